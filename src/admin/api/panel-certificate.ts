import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "./client.ts";
import { keys } from "./query-client.ts";

const WHILE_TRYING_MS = 1_000;

export function usePanelCertificate() {
  return useQuery({
    queryKey: keys.panelCertificate,
    queryFn: () => answer(api["panel-certificate"].$get()),
    refetchInterval: ({ state }) => (state.data?.certificate?.acme.wanted?.isTrying === true ? WHILE_TRYING_MS : false),
  });
}

/** Null: back to the box's own. */
export function useSaveOwnCertificate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: { certificate: string; key: string } | null) =>
      json === null
        ? answer(api["panel-certificate"].own.$delete())
        : answer(api["panel-certificate"].own.$put({ json })),
    onSuccess: (now) => client.setQueryData(keys.panelCertificate, now),
  });
}

/** One from an authority on the internet. Null: no more. */
export function useWantCertificate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: { domain: string; email: string | null; hasAgreed: boolean } | null) =>
      json === null
        ? answer(api["panel-certificate"].acme.$delete())
        : answer(api["panel-certificate"].acme.$put({ json })),
    onSuccess: (now) => client.setQueryData(keys.panelCertificate, now),
  });
}
