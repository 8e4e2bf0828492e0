/** Values of a call as words, and the words as what is to be played. Pure. */
import type { Language } from "../../calls/language.ts";
import { isCurrency, spokenDate, spokenDigits, spokenMoney, spokenNumber, spokenTime } from "../speech/spoken.ts";
import type { SpokenPart } from "./document.ts";
import type { Speech } from "./ivr-types.ts";

type ValuePart = Extract<SpokenPart, { variable: string }>;

const MOST_TEXT_CHARACTERS = 200;
const NUMBER = /^-?[0-9]{1,15}(?:[.,][0-9]{1,6})?$/;
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const TIME = /^([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?$/;
/** A moment says its zone, or it would be guessed. */
const MOMENT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})$/;

export interface SpeakingWorld {
  language: Language;
  timeZone: string;
  nowMs: number;
  hasVoice(language: Language): boolean;
  hasPrompt(name: string, language: Language): boolean;
}

/** What is to be played for these parts; null when a value cannot be said. Texts have yet to be spoken by the voice. */
export function speechOf(
  parts: readonly SpokenPart[],
  variables: Readonly<Record<string, string>>,
  world: SpeakingWorld,
): Speech[] | null {
  const speech: Speech[] = [];
  for (const part of parts) {
    const said =
      "prompt" in part ? [{ prompt: part.prompt, language: world.language }] : valueSpeech(part, variables, world);
    if (said === null) return null;
    speech.push(...said);
  }
  return speech;
}

function valueSpeech(
  part: ValuePart,
  variables: Readonly<Record<string, string>>,
  world: SpeakingWorld,
): Speech[] | null {
  const value = Object.hasOwn(variables, part.variable) ? variables[part.variable]?.trim() : undefined;
  if (!value) return null;
  const { language } = world;
  if (world.hasVoice(language)) {
    const text = spokenValue(part, value, world);
    return text === null || text === "" ? null : [{ text, language }];
  }
  // Without a voice, digits can still be said by the prompts that the owner has recorded for them.
  const prompts = Array.from(value, (sign) => `digit-${sign}`);
  const isRecorded = /^[0-9]{1,30}$/.test(value) && prompts.every((prompt) => world.hasPrompt(prompt, language));
  return part.as === "digits" && isRecorded ? prompts.map((prompt) => ({ prompt, language })) : null;
}

/** Null when the value is none of what it is to be said as. */
function spokenValue({ as, currency }: ValuePart, value: string, world: SpeakingWorld): string | null {
  const { language } = world;
  switch (as) {
    case "text":
      return value.slice(0, MOST_TEXT_CHARACTERS);
    case "digits":
      return spokenDigits(value.slice(0, MOST_TEXT_CHARACTERS), language);
    case "number":
      return NUMBER.test(value) ? spokenNumber(Number(value.replace(",", ".")), language) : null;
    case "money": {
      if (!NUMBER.test(value) || currency === undefined || !isCurrency(currency)) return null;
      const minor = Math.round(Number(value.replace(",", ".")) * 100);
      return Number.isSafeInteger(minor) && Math.abs(minor) < 1e15 ? spokenMoney(minor, currency, language) : null;
    }
    case "date":
      return spokenDay(value, world);
    case "time":
      return spokenMoment(value, world);
  }
}

function spokenDay(value: string, { language, timeZone, nowMs }: SpeakingWorld): string | null {
  const day = DATE.test(value) ? value : MOMENT.test(value) ? clockOf(Date.parse(value), timeZone)?.day : undefined;
  const [, year, month, date] = (DATE.exec(day ?? "") ?? []).map(Number);
  if (year === undefined || month === undefined || date === undefined || !isDay(year, month, date)) return null;
  const thisYear = Number(clockOf(nowMs, timeZone)?.day.slice(0, 4));
  return spokenDate(year, month, date, language, { withYear: year !== thisYear });
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1_000 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function spokenMoment(value: string, { language, timeZone }: SpeakingWorld): string | null {
  const time = TIME.test(value) ? value : MOMENT.test(value) ? clockOf(Date.parse(value), timeZone)?.time : undefined;
  const [, hours, minutes] = (TIME.exec(time ?? "") ?? []).map(Number);
  if (hours === undefined || minutes === undefined || hours > 23 || minutes > 59) return null;
  return spokenTime(hours, minutes, language);
}

/** `2026-11-22` and `14:30` on the wall clock of a zone. */
function clockOf(ms: number, timeZone: string): { day: string; time: string } | null {
  if (Number.isNaN(ms)) return null;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    ...{ year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  });
  const part = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const day = `${part.get("year")?.padStart(4, "0")}-${part.get("month")}-${part.get("day")}`;
  return { day, time: `${part.get("hour")}:${part.get("minute")}` };
}
