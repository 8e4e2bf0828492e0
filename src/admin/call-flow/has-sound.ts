import type { Language } from "../../calls/language.ts";
import type { Prompt } from "../api/client.ts";

/** A take that could not be made yet is told with its problem, and there is nothing to be heard. */
export function hasSound(prompt: Pick<Prompt, "takes"> | undefined, language: Language): boolean {
  return (prompt?.takes[language]?.durationMs ?? 0) > 0;
}
