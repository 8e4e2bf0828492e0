import type { Readable } from "node:stream";
import type { Language } from "../calls/language.ts";
import type { LanguageView, Prompts, PromptTakeView, PromptView } from "./prompts.ts";

/** The prompts in the words of the panel's API (`PromptLibrary` of http/ports.ts). */
export function promptLibrary(prompts: Prompts) {
  return {
    languages: async (): Promise<LanguageView[]> => prompts.languages(),
    prompts: async (): Promise<PromptView[]> => prompts.list(),
    file: async (language: Language, name: string): Promise<string | null> => prompts.file(name, language),
    upload: async (language: Language, name: string, audio: Readable | Uint8Array): Promise<PromptTakeView> =>
      await prompts.upload(language, name, audio),
    speak: async (language: Language, name: string, text: string): Promise<PromptTakeView> =>
      await prompts.setText(language, name, text),
    removeUpload: async (language: Language, name: string): Promise<PromptTakeView | null> =>
      await prompts.remove(language, name),
  };
}
