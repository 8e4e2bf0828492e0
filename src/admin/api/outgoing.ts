import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type OutgoingInput } from "./client.ts";
import { keys } from "./query-client.ts";

export function useOutgoing() {
  return useQuery({
    queryKey: keys.outgoing,
    queryFn: () => answer(api.outgoing.$get()),
    refetchInterval: 60_000,
  });
}

/** What is not sent of the trunks stays as it is. */
export function useSaveOutgoing() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: OutgoingInput) => answer(api.outgoing.$put({ json })),
    onSuccess: async (saved) => {
      client.setQueryData(keys.outgoing, saved);
      await client.invalidateQueries({ queryKey: keys.today });
    },
  });
}

/** The trunk's calls are counted anew from now on. */
export function useUnfreeze() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (trunkId: number) =>
      answer(api.outgoing.trunks[":id"].unfreeze.$post({ param: { id: String(trunkId) } })),
    onSuccess: async (saved) => {
      client.setQueryData(keys.outgoing, saved);
      await client.invalidateQueries({ queryKey: keys.today });
    },
  });
}

export interface WhereQuestion {
  number: string;
  /** Empty: a call that nobody dials. */
  operatorId: string;
  /** ISO 8601; empty: now. */
  at: string;
}

export function useWhere() {
  return useMutation({
    mutationFn: ({ number, operatorId, at }: WhereQuestion) =>
      answer(
        api.outgoing.where.$get({
          query: { number, ...(operatorId === "" ? {} : { operatorId }), ...(at === "" ? {} : { at }) },
        }),
      ),
  });
}
