import type { Sound } from "../calls/call-command.ts";
import type { CallId } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import { languagesToSay } from "../flows/ivr/flow-prompts.ts";
import type { Speech } from "../flows/ivr/ivr-types.ts";
import type { Surroundings } from "./surroundings.ts";

/** Speech of a flow as sounds of the switch. A prompt that its language lacks is said in another of those that the caller was offered. */
export function soundsOf(
  speech: readonly Speech[],
  { callId, languages }: { callId: CallId; languages: readonly Language[] },
  { prompts, spokenTexts, logger }: Pick<Surroundings, "prompts" | "spokenTexts" | "logger">,
): Sound[] {
  const promptFile = (prompt: string, language: Language) =>
    languagesToSay(prompt, language, languages)
      .map((one) => prompts.file(prompt, one))
      .find((path) => path !== null) ?? null;
  const sounds = speech.flatMap((one): Sound[] => {
    if (one === "ringback") return [{ kind: "ringback" }];
    if (one === "beep") return [{ kind: "beep" }];
    const { language } = one;
    const path = "text" in one ? spokenTexts.file(one.text, language) : promptFile(one.prompt, language);
    if (path !== null) return [{ kind: "file", path }];
    logger.warn({ callId, prompt: "prompt" in one ? one.prompt : null, language }, "no such prompt");
    return [];
  });
  // What exists in no language is a pause: the flow goes on, the caller is not stuck.
  return sounds.length > 0 ? sounds : [{ kind: "silence", ms: 500 }];
}
