import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type NumberInput, type TrunkInput } from "./client.ts";
import { keys } from "./query-client.ts";

export function useTrunks() {
  return useQuery({ queryKey: keys.trunks, queryFn: () => answer(api.trunks.$get()) });
}

export function useNumbers() {
  return useQuery({ queryKey: keys.numbers, queryFn: () => answer(api.numbers.$get()) });
}

function useRefresh() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.trunks }),
      client.invalidateQueries({ queryKey: keys.numbers }),
      client.invalidateQueries({ queryKey: keys.today }),
    ]);
  };
}

/** Adds a trunk, or changes the one with this id. An empty password leaves the one that is kept. */
export function useSaveTrunk(trunkId: number | null) {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (json: TrunkInput) =>
      trunkId === null
        ? answer(api.trunks.$post({ json }))
        : answer(api.trunks[":id"].$patch({ param: { id: String(trunkId) }, json })),
    onSuccess,
  });
}

export function useDeleteTrunk() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (trunkId: number) => answer(api.trunks[":id"].$delete({ param: { id: String(trunkId) } })),
    onSuccess,
  });
}

export function useRestoreTrunk() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (trunkId: number) => answer(api.trunks[":id"].restore.$post({ param: { id: String(trunkId) } })),
    onSuccess,
  });
}

export function useSaveNumber(numberId: number | null) {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (json: NumberInput) =>
      numberId === null
        ? answer(api.numbers.$post({ json }))
        : answer(api.numbers[":id"].$patch({ param: { id: String(numberId) }, json })),
    onSuccess,
  });
}

export function useDeleteNumber() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (numberId: number) => answer(api.numbers[":id"].$delete({ param: { id: String(numberId) } })),
    onSuccess,
  });
}
