import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "./client.ts";
import { keys } from "./query-client.ts";

export function usePanelCertificate() {
  return useQuery({ queryKey: keys.panelCertificate, queryFn: () => answer(api["panel-certificate"].$get()) });
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
