import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Language } from "../../calls/language.ts";
import { answer, api, soundOf, type VoiceInput } from "./client.ts";
import { keys } from "./query-client.ts";

export function useVoices() {
  return useQuery({ queryKey: keys.voices, queryFn: () => answer(api.voices.$get()) });
}

function useRefreshVoices() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.voices }),
      client.invalidateQueries({ queryKey: keys.prompts }),
      client.invalidateQueries({ queryKey: keys.today }),
    ]);
  };
}

/** `server` null: back to our own voice, if there is one. */
export function useSaveVoice() {
  const onSuccess = useRefreshVoices();
  return useMutation({
    mutationFn: ({ language, server }: { language: Language; server: VoiceInput | null }) =>
      server === null
        ? answer(api.voices[":language"].$delete({ param: { language } }))
        : answer(api.voices[":language"].$put({ param: { language }, json: server })),
    onSuccess,
  });
}

/** What the server makes of a sentence, without its being kept. */
export function useTryVoice() {
  return useMutation({
    mutationFn: ({ language, server, text }: { language: Language; server: VoiceInput; text: string }) =>
      soundOf(api.voices[":language"].try.$post({ param: { language }, json: { ...server, text } })),
  });
}
