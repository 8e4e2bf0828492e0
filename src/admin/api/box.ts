import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { NetworkSettings } from "../../calls/box.ts";
import { answer, api } from "./client.ts";
import { keys } from "./query-client.ts";

const WHILE_SOMETHING_GOES_ON_MS = 1_000;

export function useBox() {
  return useQuery({
    queryKey: keys.box,
    queryFn: () => answer(api.box.$get()),
    refetchInterval: ({ state: { data } }) =>
      (data?.state?.trial ?? data?.leaving ?? null) === null ? false : WHILE_SOMETHING_GOES_ON_MS,
  });
}

function useRefreshBox() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: keys.box });
}

export function useTryNetwork() {
  const onSuccess = useRefreshBox();
  return useMutation({
    mutationFn: (json: { settings: NetworkSettings; evenWithCalls: boolean }) =>
      answer(api.box.network.$post({ json: { ...json, settings: sendable(json.settings) } })),
    onSuccess,
  });
}

/** What is sent is written to. */
function sendable({ ipv4, ...settings }: NetworkSettings) {
  return { ...settings, ipv4: ipv4.method === "dhcp" ? ipv4 : { ...ipv4, dns: [...ipv4.dns] } };
}

export function useReturnNetwork() {
  const onSuccess = useRefreshBox();
  return useMutation({
    mutationFn: (trial: string) => answer(api.box.network.return.$post({ json: { trial } })),
    onSuccess,
  });
}

/** Needs no session: at the new address nobody has one yet. */
export function useKeepNetwork() {
  const onSuccess = useRefreshBox();
  return useMutation({
    mutationFn: (trial: string) => answer(api["keep-network"].$post({ json: { trial } })),
    onSuccess,
  });
}

export function useSaveTimeServers() {
  const onSuccess = useRefreshBox();
  return useMutation({
    mutationFn: (ntpServers: string[]) => answer(api.box.clock.$put({ json: { ntpServers } })),
    onSuccess,
  });
}

export function useLeave() {
  const onSuccess = useRefreshBox();
  return useMutation({
    mutationFn: (json: { kind: "restart" | "shut-down"; waits: boolean }) => answer(api.box.leave.$post({ json })),
    onSuccess,
  });
}

export function useStay() {
  const onSuccess = useRefreshBox();
  return useMutation({ mutationFn: () => answer(api.box.stay.$post()), onSuccess });
}
