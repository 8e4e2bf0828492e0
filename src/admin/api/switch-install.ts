import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "./client.ts";
import { keys } from "./query-client.ts";

const SOON_MS = 1_500;

/** How the installation of the switch stands. */
export function useSwitchInstall() {
  return useQuery({
    queryKey: keys.switchInstall,
    queryFn: () => answer(api["switch-install"].$get()),
    refetchInterval: SOON_MS,
  });
}

export function useInstallSwitch() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => answer(api["switch-install"].$post({ json: { token } })),
    onSuccess: (state) => client.setQueryData(keys.switchInstall, state),
  });
}
