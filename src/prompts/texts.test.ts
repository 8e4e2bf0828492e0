import { expect, test } from "vitest";
import { DIGITS } from "../calls/digit.ts";
import { LANGUAGES, type Language } from "../calls/language.ts";
import { FLOW_PROMPTS, INTERPRETER_PROMPTS } from "../flows/ivr/flow-prompts.ts";
import { FLOW_PROMPT_NAMES, neededPromptNames, PROMPT_NAMES } from "./prompt-names.ts";
import { promptTexts, USUAL_FACTS } from "./texts.ts";

const SCRIPTS: Record<Language, RegExp> = {
  ka: /^[\u10d0-\u10ff .,]+$/,
  ru: /^[а-яё .,]+$/i,
  mn: /^[а-яёөү .,]+$/i,
  en: /^[a-z .,]+$/i,
};

test("what flows say is what there are prompts for", () => {
  expect([...FLOW_PROMPT_NAMES].toSorted()).toEqual([...FLOW_PROMPTS, ...INTERPRETER_PROMPTS].toSorted());
});

test.each(LANGUAGES)("%s: every prompt has a text in its own script, short enough for one who waits", (language) => {
  const texts = promptTexts(language, USUAL_FACTS);
  expect(Object.keys(texts).toSorted()).toEqual([...PROMPT_NAMES].toSorted());
  for (const name of PROMPT_NAMES) {
    expect(texts[name]).toMatch(SCRIPTS[language]);
    expect(texts[name]).toMatch(/\.$/);
    expect(texts[name].length).toBeLessThan(160);
  }
  expect(new Set(Object.values(texts)).size).toBe(PROMPT_NAMES.length);
});

test.each(LANGUAGES)("%s: the menu names the keys that the flow has, and no others", (language) => {
  const menus = DIGITS.map((operatorsDigit) => promptTexts(language, { ...USUAL_FACTS, operatorsDigit }).menu);
  expect(new Set(menus).size).toBe(DIGITS.length);
  const usual = promptTexts(language, USUAL_FACTS).menu;
  const without = promptTexts(language, { ...USUAL_FACTS, informationDigit: null }).menu;
  expect(usual.startsWith(`${without} `)).toBe(true);
  const swapped = promptTexts(language, { ...USUAL_FACTS, operatorsDigit: "2", informationDigit: "1" });
  expect(swapped.menu).not.toBe(usual);
  expect(swapped.information).not.toBe(promptTexts(language, USUAL_FACTS).information);
});

test.each(LANGUAGES)("%s: nobody is told of a recording that is not made", (language) => {
  const told = promptTexts(language, USUAL_FACTS);
  const silent = promptTexts(language, { ...USUAL_FACTS, isRecorded: false });
  const differing = PROMPT_NAMES.filter((name) => told[name] !== silent[name]);
  expect(differing).toEqual(["connecting", "fallback"]);
  for (const name of differing) expect(told[name].startsWith(`${silent[name]} `)).toBe(true);
});

test("a language needs the sentence by which it is chosen only where there is a choice, and for its own place", () => {
  expect(neededPromptNames("ka", [])).toEqual(FLOW_PROMPT_NAMES);
  expect(neededPromptNames("ka", ["ka"])).toEqual(FLOW_PROMPT_NAMES);
  expect(neededPromptNames("ru", ["ka", "ru"]).at(-1)).toBe("choose-language-2");
  expect(neededPromptNames("ka", ["ka", "ru"]).at(-1)).toBe("choose-language-1");
  expect(neededPromptNames("mn", ["ka", "ru", "en"]).at(-1)).toBe("choose-language-4");
});
