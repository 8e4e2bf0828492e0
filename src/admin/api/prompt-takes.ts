import { useMutation, useQuery } from "@tanstack/react-query";
import type { Language } from "../../calls/language.ts";
import { answer, api } from "./client.ts";
import { keys } from "./query-client.ts";
import { useRefreshPrompts } from "./settings.ts";

interface TakePlace {
  language: Language;
  name: string;
  id: string;
}

export function usePromptTakes(language: Language, name: string) {
  return useQuery({
    queryKey: keys.promptTakes(language, name),
    queryFn: () => answer(api.prompts[":language"][":name"].takes.$get({ param: { language, name } })),
  });
}

export function useUseTake() {
  const onSuccess = useRefreshPrompts();
  return useMutation({
    mutationFn: (param: TakePlace) => answer(api.prompts[":language"][":name"].takes[":id"].use.$post({ param })),
    onSuccess,
  });
}

/** A take of this id is never another sound, but it may be made anew by another voice. */
export function takeAudioUrl({ language, name, id }: TakePlace, madeAt: string): string {
  return `/api/prompts/${language}/${encodeURIComponent(name)}/takes/${id}/audio?at=${encodeURIComponent(madeAt)}`;
}
