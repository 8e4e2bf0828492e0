/** What is wrong, on the box's own screen: in the panel's words. */
import en from "../admin/messages/en.json" with { type: "json" };
import ka from "../admin/messages/ka.json" with { type: "json" };
import mn from "../admin/messages/mn.json" with { type: "json" };
import ru from "../admin/messages/ru.json" with { type: "json" };
import type { BoxAnswer } from "../calls/box.ts";
import type { Language } from "../calls/language.ts";

const WORDS: Readonly<Record<Language, Readonly<Record<string, string>>>> = { en, ka, ru, mn };

/** @param code of `checkNetwork`, or `invalid` for what cannot be read at all */
export function fieldProblem(language: Language, code: string): string {
  return WORDS[language][`field.${code}`] ?? code;
}

/** Of an answer that is not "done": what is wrong with the fields, else why it was not done. */
export function boxProblem(language: Language, { problem, fields }: Pick<BoxAnswer, "problem" | "fields">): string {
  const ofFields = Object.values(fields).map((code) => fieldProblem(language, code));
  return ofFields.length > 0 ? ofFields.join("; ") : (WORDS[language][`error.box-${problem}`] ?? String(problem));
}
