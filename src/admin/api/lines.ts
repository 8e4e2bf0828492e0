import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { answer, api, type NumberInput, type TrunkInput, type TrunkTestRequest } from "./client.ts";
import { keys } from "./query-client.ts";

export function useTrunks() {
  return useQuery({ queryKey: keys.trunks, queryFn: () => answer(api.trunks.$get()), refetchInterval: 30_000 });
}

export function useNumbers() {
  return useQuery({ queryKey: keys.numbers, queryFn: () => answer(api.numbers.$get()) });
}

/** Numbers that callers dialled and nobody entered. */
export function useUnknownNumbers() {
  return useQuery({ queryKey: keys.unknownNumbers, queryFn: () => answer(api.numbers.unknown.$get()) });
}

function useRefresh() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.trunks }),
      client.invalidateQueries({ queryKey: keys.numbers }),
      client.invalidateQueries({ queryKey: keys.outgoing }),
      client.invalidateQueries({ queryKey: keys.flows }),
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

/** A test takes up to 20 s and can be stopped. */
function useStoppableTest<Variables>(send: (what: Variables, init: RequestInit) => ReturnType<typeof testTyped>) {
  const running = useRef<AbortController | null>(null);
  const test = useMutation({
    mutationFn: (what: Variables) => {
      running.current = new AbortController();
      return send(what, { signal: running.current.signal });
    },
  });
  return { test, stop: () => running.current?.abort() };
}

const testTyped = (json: TrunkTestRequest, init: RequestInit) => answer(api.trunks.test.$post({ json }, { init }));

/** Tries a trunk as it is typed; nothing is kept. */
export const useTestTrunk = () => useStoppableTest(testTyped);

/** The same during the first start, when nobody can have signed in. */
export const useTestFirstTrunk = () =>
  useStoppableTest((json: TrunkTestRequest, init) => answer(api.setup["test-trunk"].$post({ json }, { init })));

/** Tries a trunk as it is kept. */
export const useTestKeptTrunk = () =>
  useStoppableTest((trunkId: number, init) =>
    answer(api.trunks[":id"].test.$post({ param: { id: String(trunkId) } }, { init })),
  );

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
