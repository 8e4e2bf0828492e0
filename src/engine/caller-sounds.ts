import type { Sound } from "../calls/call-command.ts";
import type { CallId } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import type { Speech } from "../flows/ivr/ivr-types.ts";
import type { Surroundings } from "./surroundings.ts";

/** Speech of a flow as sounds of the switch. A prompt that the language lacks is said in the caller's first language. */
export function soundsOf(
  speech: readonly Speech[],
  { callId, first }: { callId: CallId; first: Language },
  { prompts, spokenTexts, logger }: Pick<Surroundings, "prompts" | "spokenTexts" | "logger">,
): Sound[] {
  const sounds = speech.flatMap((one): Sound[] => {
    if (one === "ringback") return [{ kind: "ringback" }];
    if (one === "beep") return [{ kind: "beep" }];
    const { language } = one;
    const path =
      "text" in one
        ? spokenTexts.file(one.text, language)
        : (prompts.file(one.prompt, language) ?? prompts.file(one.prompt, first));
    if (path !== null) return [{ kind: "file", path }];
    logger.warn({ callId, prompt: "prompt" in one ? one.prompt : null, language }, "no such prompt");
    return [];
  });
  // What exists in no language is a pause: the flow goes on, the caller is not stuck.
  return sounds.length > 0 ? sounds : [{ kind: "silence", ms: 500 }];
}
