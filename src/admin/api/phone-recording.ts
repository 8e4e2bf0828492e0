import { useMutation, useQuery } from "@tanstack/react-query";
import type { Language } from "../../calls/language.ts";
import { answer, api } from "./client.ts";
import { keys } from "./query-client.ts";

const SOON_MS = 1_000;

/** `operatorId` left out: the own phone of who asks. */
export function useRecordByPhone() {
  return useMutation({
    mutationFn: ({ language, name, ...json }: { language: Language; name: string; operatorId?: number }) =>
      answer(api.prompts[":language"][":name"].phone.$post({ param: { language, name }, json })),
  });
}

/** How it goes, asked again and again until it is over. */
export function usePhoneRecording(id: string) {
  return useQuery({
    queryKey: keys.phoneRecording(id),
    queryFn: () => answer(api.prompts["by-phone"][":id"].$get({ param: { id } })),
    refetchInterval: ({ state }) => (state.data?.state === "done" || state.status === "error" ? false : SOON_MS),
  });
}
