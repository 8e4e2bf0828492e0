import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type AccessInput, answer, api, type BanSettingsInput } from "./client.ts";
import { keys } from "./query-client.ts";

export function useBans() {
  return useQuery({ queryKey: keys.bans, queryFn: () => answer(api.bans.$get()), refetchInterval: 15_000 });
}

export function useSaveBans() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: BanSettingsInput) => answer(api.bans.$put({ json })),
    onSuccess: (bans) => client.setQueryData(keys.bans, bans),
  });
}

export function useRevokeBan() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (address: string) => answer(api.bans.revoke.$post({ json: { address } })),
    onSuccess: (bans) => client.setQueryData(keys.bans, bans),
    // It may be over already.
    onError: () => client.invalidateQueries({ queryKey: keys.bans }),
  });
}

export function useAccess() {
  return useQuery({ queryKey: keys.access, queryFn: () => answer(api.access.$get()) });
}

export function useSaveAccess() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: AccessInput) => answer(api.access.$put({ json })),
    onSuccess: (access) => client.setQueryData(keys.access, access),
  });
}
