import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type MessageFormatElement, parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { describe, expect, test } from "vitest";
import { BACKUP_PROBLEMS } from "../calls/backup.ts";
import { OUTCOMES } from "../calls/call-fact.ts";
import { CHECKS } from "../calls/health.ts";
import { LANGUAGES, type Language } from "../calls/language.ts";
import { FLOW_PROMPTS, INTERPRETER_PROMPTS } from "../flows/ivr/flow-prompts.ts";

const here = import.meta.dirname;
const read = (language: Language) =>
  JSON.parse(readFileSync(join(here, "messages", `${language}.json`), "utf8")) as Record<string, string>;
const messages = Object.fromEntries(LANGUAGES.map((language) => [language, read(language)])) as Record<
  Language,
  Record<string, string>
>;
const english = messages.en;
const translations = LANGUAGES.filter((language) => language !== "en");

/** Words that are the same in the language that is meant and in English, and texts that are values only. */
const SAME_AS_ENGLISH: Readonly<Partial<Record<Language, readonly string[]>>> = {
  ka: ["timeline.not-answered"],
  ru: ["timeline.not-answered"],
  mn: ["timeline.not-answered"],
};

const SCRIPT: Record<Language, RegExp> = {
  ka: /\p{Script=Georgian}/u,
  ru: /\p{Script=Cyrillic}/u,
  mn: /\p{Script=Cyrillic}/u,
  en: /\p{Script=Latin}/u,
};
/** Scripts of the other languages, which must not slip in. */
const FOREIGN: Record<Language, RegExp> = {
  ka: /\p{Script=Cyrillic}/u,
  ru: /[\p{Script=Georgian}ӨөҮү]/u,
  mn: /\p{Script=Georgian}/u,
  en: /[\p{Script=Georgian}\p{Script=Cyrillic}]/u,
};
const PLURALS: Record<Language, readonly string[]> = {
  ka: ["one", "other"],
  ru: ["few", "many", "one", "other"],
  mn: ["one", "other"],
  en: ["one", "other"],
};

interface Shape {
  /** `name`, `count:plural`, `by:select(caller|other)`: what a caller of the message must give. */
  values: Set<string>;
  plurals: string[][];
}

function shapeOf(elements: MessageFormatElement[], shape: Shape = { values: new Set(), plurals: [] }): Shape {
  for (const element of elements) {
    if (element.type === TYPE.argument) shape.values.add(element.value);
    if (element.type === TYPE.plural || element.type === TYPE.select) {
      const choices = Object.keys(element.options).toSorted();
      if (element.type === TYPE.plural) shape.plurals.push(choices);
      shape.values.add(
        element.type === TYPE.plural ? `${element.value}:plural` : `${element.value}:select(${choices.join("|")})`,
      );
      for (const option of Object.values(element.options)) shapeOf(option.value, shape);
    }
  }
  return shape;
}

function textOf(elements: MessageFormatElement[]): string {
  return elements
    .map((element) => {
      if (element.type === TYPE.literal) return element.value;
      if (element.type === TYPE.plural || element.type === TYPE.select)
        return Object.values(element.options)
          .map((option) => textOf(option.value))
          .join(" ");
      return "";
    })
    .join(" ");
}

function canBeRead(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

describe.each(LANGUAGES)("the words of the panel in %s", (language) => {
  const own = messages[language];
  const entries = Object.entries(own);

  test("are for the same keys as in English, in the same order", () => {
    expect(Object.keys(own)).toEqual(Object.keys(english));
  });

  test("are there, trimmed, and can be read as ICU messages", () => {
    expect(entries.filter(([, text]) => text === "" || text !== text.trim())).toEqual([]);
    expect(entries.filter(([, text]) => !canBeRead(text))).toEqual([]);
  });

  test("take the same values as the English ones, and every plural has the language's own categories", () => {
    for (const [key, text] of entries) {
      const shape = shapeOf(parse(text));
      const expected = shapeOf(parse(english[key] ?? ""));
      expect({ key, values: [...shape.values].toSorted() }).toEqual({ key, values: [...expected.values].toSorted() });
      for (const categories of shape.plurals)
        expect({ key, categories }).toEqual({ key, categories: PLURALS[language] });
    }
  });

  test("are written in the language's script and in no other's", () => {
    const technical = /^(size\.|phone\.|timeline\.not-answered)/;
    const words = entries.map(([key, text]) => ({ key, text: textOf(parse(text)) }));
    expect(words.filter(({ text }) => FOREIGN[language].test(text))).toEqual([]);
    expect(words.filter(({ key, text }) => !technical.test(key) && !SCRIPT[language].test(text))).toEqual([]);
  });
});

test.each(translations)("no text in %s is the English one", (language) => {
  const same = Object.entries(messages[language])
    .filter(([key, text]) => text === english[key])
    .map(([key]) => key);
  expect(same).toEqual(SAME_AS_ENGLISH[language] ?? []);
});

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.includes(".test.") ? [path] : [];
  });
}

/** Keys are dotted words; `t(`outcome.${outcome}`)` stands for all keys that begin so. */
function keysInCode(): { exact: Set<string>; patterns: RegExp[] } {
  const exact = new Set<string>();
  const patterns: RegExp[] = [];
  const heads = new Set(Object.keys(english).map((key) => key.split(".")[0]));
  for (const path of sources(here)) {
    const code = readFileSync(path, "utf8");
    for (const [, text = ""] of code.matchAll(/"([a-z][A-Za-z]*\.[A-Za-z0-9.-]+)"/g)) {
      if (heads.has(text.split(".")[0])) exact.add(text);
    }
    for (const [, text = ""] of code.matchAll(/(?:\bt\(|[=?] )`([a-z][A-Za-z]*\.[^`\s]*\$\{[^`]*)`/g)) {
      if (!heads.has(text.split(".")[0])) continue;
      const parts = text.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(".", "\\."));
      patterns.push(new RegExp(`^${parts.join("[A-Za-z0-9-]+")}$`));
    }
  }
  return { exact, patterns };
}

describe("words and code", () => {
  const { exact, patterns } = keysInCode();
  const keys = Object.keys(english);

  test("the code was looked at", () => {
    expect(exact.size).toBeGreaterThan(200);
    expect(patterns.length).toBeGreaterThan(10);
  });

  test("every key in the code has its text", () => {
    expect([...exact].filter((key) => !(key in english))).toEqual([]);
  });

  test("every beginning of a key in the code leads to texts", () => {
    expect(patterns.filter((pattern) => !keys.some((key) => pattern.test(key))).map(String)).toEqual([]);
  });

  test("no text is left over", () => {
    const unused = keys.filter((key) => !exact.has(key) && !patterns.some((pattern) => pattern.test(key)));
    expect(unused).toEqual([]);
  });

  test("every check of the box and everything that is found by it has its words, and every trouble with backups", () => {
    const judges = readFileSync(join(here, "../flows/health/machine.ts"), "utf8")
      .concat(readFileSync(join(here, "../flows/health/hotline.ts"), "utf8"))
      .split("export function judge")
      .slice(1);
    const checkOf = (judge: string) =>
      CHECKS.find((check) => judge.toLowerCase().startsWith(`${check.replaceAll("-", "")}(`));
    expect(new Set(judges.map(checkOf))).toEqual(new Set(CHECKS));
    for (const judge of judges) {
      const reasons = [...judge.matchAll(/found\("[a-z]+", "([a-z-]+)"/g)].map(([, reason]) => reason);
      expect(reasons.length).toBeGreaterThan(0);
      for (const reason of reasons) expect(english).toHaveProperty([`health.found.${checkOf(judge)}.${reason}`]);
    }
    for (const check of CHECKS)
      for (const part of ["check", "means", "todo"]) expect(english).toHaveProperty([`health.${part}.${check}`]);
    for (const problem of BACKUP_PROBLEMS) expect(english).toHaveProperty([`error.backup-${problem}`]);
  });

  test("every outcome and every prompt of the product has its name", () => {
    for (const outcome of OUTCOMES) expect(english).toHaveProperty([`outcome.${outcome}`]);
    for (const prompt of [...FLOW_PROMPTS, ...INTERPRETER_PROMPTS]) {
      expect(english).toHaveProperty([`promptName.${prompt}`]);
    }
  });
});
