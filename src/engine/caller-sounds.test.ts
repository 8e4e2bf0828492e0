import { expect, test } from "vitest";
import { newCallId } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { soundsOf } from "./caller-sounds.ts";

/** Callers of this number are offered Russian, Mongolian and English, in that order. */
const LANGUAGES: readonly Language[] = ["ru", "mn", "en"];

/** What is heard, given the takes that there are. */
function heard(prompt: string, language: Language, takes: readonly string[]) {
  const file = (name: string, of: Language) => (takes.includes(`${name}.${of}`) ? `${name}.${of}` : null);
  const spokenTexts = { hasVoice: () => true, prepare: async () => true, file: () => null };
  const around = { prompts: { file }, spokenTexts, logger: keptLog() };
  const call = { callId: newCallId(), languages: LANGUAGES };
  return soundsOf([{ prompt, language }], call, around).map((sound) => ("path" in sound ? sound.path : sound.kind));
}

test.each<[string, Language, string[], string]>([
  ["in the caller's language, where there is a take", "mn", ["menu.ru", "menu.mn"], "menu.mn"],
  ["in the first that was offered, else", "mn", ["menu.en", "menu.ru"], "menu.ru"],
  ["in any that was offered, also where the first is the caller's own", "ru", ["menu.en"], "menu.en"],
  ["as a pause where none of them has it", "ru", ["menu.ka"], "silence"],
])("a prompt is said %s", (_, language, takes, expected) => {
  expect(heard("menu", language, takes)).toEqual([expected]);
});

test("a language is offered in itself or not at all: in another one the same words offer that one", () => {
  expect(heard("choose-language-2", "mn", ["choose-language-2.mn"])).toEqual(["choose-language-2.mn"]);
  expect(heard("choose-language-2", "mn", ["choose-language-2.ru", "choose-language-2.en"])).toEqual(["silence"]);
});
