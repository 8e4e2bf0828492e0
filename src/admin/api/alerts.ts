import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "./client.ts";
import { keys } from "./query-client.ts";

const WHILE_RUNNING_MS = 1_000;

export function useAlerts(isWanted: boolean) {
  return useQuery({ queryKey: keys.alerts, queryFn: () => answer(api.alerts.$get()), enabled: isWanted });
}

export function useAcknowledge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (alertId: number) => answer(api.alerts[":id"].acknowledge.$post({ param: { id: String(alertId) } })),
    onSuccess: async (alerts) => {
      client.setQueryData(keys.alerts, alerts);
      await client.invalidateQueries({ queryKey: keys.today });
    },
  });
}

/** How each trunk stands. */
export function useTrunkWatch() {
  return useQuery({ queryKey: keys.trunkWatch, queryFn: () => answer(api["trunk-watch"].$get()) });
}

export function useTrunkHistory(trunkId: number) {
  return useQuery({
    queryKey: keys.trunkHistory(trunkId),
    queryFn: () => answer(api["trunk-watch"][":id"].$get({ param: { id: String(trunkId) } })),
  });
}

export function useSyntheticCalls() {
  return useQuery({
    queryKey: keys.syntheticCalls,
    queryFn: () => answer(api["synthetic-calls"].$get()),
    refetchInterval: (query) => (query.state.data?.isRunning === true ? WHILE_RUNNING_MS : false),
  });
}

/** All numbers, one after the other. */
export function useTryNumbers() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api["synthetic-calls"].$post({ json: {} })),
    onSuccess: (calls) => client.setQueryData(keys.syntheticCalls, calls),
  });
}
