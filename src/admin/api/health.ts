import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "./client.ts";
import { keys } from "./query-client.ts";

export function useHealth() {
  return useQuery({ queryKey: keys.health, queryFn: () => answer(api.health.$get()) });
}

/** Looks at everything anew; it takes some seconds. */
export function useLookAgain() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.health.look.$post()),
    onSuccess: async (health) => {
      client.setQueryData(keys.health, health);
      await client.invalidateQueries({ queryKey: keys.today });
    },
  });
}

export function useSecurityUpdates() {
  return useQuery({ queryKey: keys.securityUpdates, queryFn: () => answer(api["security-updates"].$get()) });
}

export function useAllowReboot() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (mayReboot: boolean) => answer(api["security-updates"].$put({ json: { mayReboot } })),
    onSuccess: (updates) => client.setQueryData(keys.securityUpdates, updates),
  });
}
