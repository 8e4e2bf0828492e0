import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Language } from "../../calls/language.ts";
import { answer, api, type FlowInput, type SettingsInput } from "./client.ts";
import { keys } from "./query-client.ts";

export function useSettings() {
  return useQuery({ queryKey: keys.settings, queryFn: () => answer(api.settings.$get()) });
}

export function useSaveSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: SettingsInput) => answer(api.settings.$put({ json })),
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.settings }),
        client.invalidateQueries({ queryKey: keys.session }),
        client.invalidateQueries({ queryKey: keys.prompts }),
        client.invalidateQueries({ queryKey: keys.today }),
      ]);
    },
  });
}

export function useFlow() {
  return useQuery({ queryKey: keys.flow, queryFn: () => answer(api.flow.$get()) });
}

export function usePublishFlow() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (json: FlowInput) => answer(api.flow.$put({ json })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.flow });
    },
  });
}

export function usePrompts() {
  return useQuery({ queryKey: keys.prompts, queryFn: () => answer(api.prompts.$get()) });
}

export function useRefreshPrompts() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.prompts }),
      client.invalidateQueries({ queryKey: keys.flowContexts }),
      client.invalidateQueries({ queryKey: keys.today }),
    ]);
  };
}

interface PromptPlace {
  language: Language;
  name: string;
}

export function useUploadPrompt() {
  const onSuccess = useRefreshPrompts();
  return useMutation({
    mutationFn: ({ language, name, audio, source }: PromptPlace & { audio: File; source: "upload" | "recording" }) =>
      answer(api.prompts[":language"][":name"].$put({ param: { language, name }, form: { audio, source } })),
    onSuccess,
  });
}

export function useRemoveUpload() {
  const onSuccess = useRefreshPrompts();
  return useMutation({
    mutationFn: ({ language, name }: PromptPlace) =>
      answer(api.prompts[":language"][":name"].$delete({ param: { language, name } })),
    onSuccess,
  });
}

export function useSavePromptText() {
  const onSuccess = useRefreshPrompts();
  return useMutation({
    mutationFn: ({ language, name, text }: PromptPlace & { text: string }) =>
      answer(api.prompts[":language"][":name"].text.$put({ param: { language, name }, json: { text } })),
    onSuccess,
  });
}

export function useCreatePrompt() {
  const onSuccess = useRefreshPrompts();
  return useMutation({ mutationFn: (title: string) => answer(api.prompts.$post({ json: { title } })), onSuccess });
}

export function useRenamePrompt() {
  const onSuccess = useRefreshPrompts();
  return useMutation({
    mutationFn: ({ name, title }: { name: string; title: string }) =>
      answer(api.prompts[":name"].$patch({ param: { name }, json: { title } })),
    onSuccess,
  });
}

export function useDropPrompt() {
  const onSuccess = useRefreshPrompts();
  return useMutation({
    mutationFn: (name: string) => answer(api.prompts[":name"].$delete({ param: { name } })),
    onSuccess,
  });
}

/** `updatedAt` makes the browser fetch a take again once it has changed. */
export function promptAudioUrl({ language, name }: PromptPlace, updatedAt: string): string {
  return `/api/prompts/${language}/${encodeURIComponent(name)}/audio?at=${encodeURIComponent(updatedAt)}`;
}
