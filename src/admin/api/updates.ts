import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { readApiError } from "./api-error.ts";
import { answer, api, type RestartInput } from "./client.ts";
import { keys } from "./query-client.ts";

const WHILE_RUNNING_MS = 1_000;

export function useUpdates() {
  return useQuery({
    queryKey: keys.updates,
    queryFn: () => answer(api.updates.$get()),
    refetchInterval: (query) => ((query.state.data?.running ?? null) === null ? false : WHILE_RUNNING_MS),
  });
}

function useRefreshUpdates() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: keys.updates });
}

export function useFindUpdates() {
  const onSuccess = useRefreshUpdates();
  return useMutation({ mutationFn: () => answer(api.updates.find.$post()), onSuccess });
}

export function useSaveChannel() {
  const onSuccess = useRefreshUpdates();
  return useMutation({
    mutationFn: (channel: string) => answer(api.updates.channel.$put({ json: { channel } })),
    onSuccess,
  });
}

export function useBeginUpdate() {
  const onSuccess = useRefreshUpdates();
  return useMutation({
    mutationFn: (offerId: string) => answer(api.updates.begin.$post({ json: { offerId } })),
    onSuccess,
  });
}

export function useRestartIntoUpdate() {
  const onSuccess = useRefreshUpdates();
  return useMutation({ mutationFn: (json: RestartInput) => answer(api.updates.restart.$post({ json })), onSuccess });
}

export function useDismissRestart() {
  const onSuccess = useRefreshUpdates();
  return useMutation({ mutationFn: () => answer(api.updates.dismiss.$post()), onSuccess });
}

/** The file is sent as it is: it does not fit into memory. */
export function useUploadUpdate() {
  const onSuccess = useRefreshUpdates();
  return useMutation({
    mutationFn: async (file: File) => {
      const response = await fetch("/api/update-upload", { method: "POST", headers: { "X-Hotline": "1" }, body: file });
      if (!response.ok) throw readApiError(response.status, await response.json().catch(() => null));
    },
    onSuccess,
  });
}
