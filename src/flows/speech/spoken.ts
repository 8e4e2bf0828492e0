/**
 * Numbers, money, dates and times as words that a voice can read, in each language by its own grammar. Pure: every function returns text.
 */
import type { Language } from "../../calls/language.ts";
import { type Country, isE164, writtenNumber } from "../../calls/phone-number.ts";
import { english } from "./english.ts";
import { georgian } from "./georgian.ts";
import { type Currency, type DurationUnit, type Gender, type Grammar, NUMBER_LIMIT } from "./grammar.ts";
import { mongolian } from "./mongolian.ts";
import { russian } from "./russian.ts";

export { CURRENCIES, type Currency, type Gender, isCurrency } from "./grammar.ts";

const GRAMMARS: Record<Language, Grammar> = { ka: georgian, ru: russian, mn: mongolian, en: english };
const MAX_DECIMALS = 3;
const FAR_POSITION = 1_000;

/**
 * `25` as `twenty-five`. Decimals are rounded to three places; whole numbers of 10^15 and more are said digit by digit. `gender`: what is
 * counted, for languages that mind it (`две`, `одна`); masculine when left out.
 * @throws RangeError when `n` is not finite
 */
export function spokenNumber(n: number | bigint, language: Language, options: { gender?: Gender } = {}): string {
  const grammar = GRAMMARS[language];
  const isNegative = n < 0;
  const words = magnitude(isNegative ? -n : n, language, options.gender ?? "masculine");
  return isNegative && words !== grammar.number(0, "masculine") ? `${grammar.minus} ${words}` : words;
}

/** `n` is not negative. */
function magnitude(n: number | bigint, language: Language, gender: Gender): string {
  const grammar = GRAMMARS[language];
  if (typeof n === "number" && !Number.isFinite(n)) throw new RangeError("not a number that can be said");
  if (n >= NUMBER_LIMIT) return spokenDigits(BigInt(typeof n === "number" ? Math.round(n) : n).toString(), language);
  const [whole = "0", decimals = ""] = Number(n).toFixed(MAX_DECIMALS).split(".");
  const fraction = decimals.replace(/0+$/, "");
  return fraction === "" ? grammar.number(Number(whole), gender) : grammar.decimal(Number(whole), fraction);
}

/**
 * An order number, a code: digit by digit, with a pause (a comma) at each space or hyphen and after each third digit of a longer row.
 * Letters stay as they are; other signs are left out.
 */
export function spokenDigits(text: string, language: Language): string {
  const groups = text.match(/[\p{L}]+|[0-9]+|[+*#]/gu) ?? [];
  return groups
    .flatMap((group) => (/^[0-9]{5,}$/.test(group) ? inThrees(group) : [group]))
    .map((group) => Array.from(group, (sign) => signWord(sign, language)).join(" "))
    .join(", ");
}

/**
 * A phone number: its groups as numbers where people say them so (`пятьсот пятьдесят пять, двенадцать, ...`), digit by digit elsewhere.
 * One in E.164 form is parted as people write it, nationally within `home`; else by the spaces that it has; a row of digits without any
 * from its end: 3-2-2, 3-3-2-2.
 */
export function spokenPhoneNumber(text: string, language: Language, options: { home?: Country } = {}): string {
  const grammar = GRAMMARS[language];
  const written = isE164(text) ? writtenNumber(text, options.home ?? null) : text;
  const groups = written.match(/[0-9]+|[+*#]/g) ?? [];
  const words = grammar.saysGroupsAsNumbers
    ? groups.flatMap(phoneGroups).map((group) => (isSign(group) ? grammar.signs[group] : groupAsNumber(group, grammar)))
    : groups
        .flatMap((group) => (group.length > 4 ? inThrees(group) : [group]))
        .map((group) => Array.from(group, (sign) => signWord(sign, language)).join(" "));
  // No pause after the plus.
  return words.join(", ").replace(`${grammar.signs["+"]}, `, `${grammar.signs["+"]} `);
}

/** Zeros in front are said: 05 is not 5. */
function groupAsNumber(group: string, grammar: Grammar): string {
  const rest = group.replace(/^0+/, "");
  const zeros = Array.from({ length: group.length - rest.length }, () => grammar.number(0, "masculine"));
  return [...zeros, ...(rest === "" ? [] : [grammar.number(Number(rest), "masculine")])].join(" ");
}

function phoneGroups(group: string): string[] {
  if (group.length <= 3) return [group];
  if (group.length === 4 || group.length === 6 || group.length === 8) return group.match(/../g) ?? [];
  const last = group.slice(-4);
  return [...inThrees(group.slice(0, -4)), last.slice(0, 2), last.slice(2)];
}

/** From the start; what would be left alone at the end joins no group: 7 is 3-2-2, 4 is 2-2. */
function inThrees(digits: string): string[] {
  if (digits.length <= 3) return digits === "" ? [] : [digits];
  const size = digits.length === 4 ? 2 : 3;
  return [digits.slice(0, size), ...inThrees(digits.slice(size))];
}

function signWord(sign: string, language: Language): string {
  const grammar = GRAMMARS[language];
  if (/^[0-9]$/.test(sign)) return grammar.number(Number(sign), "masculine");
  return isSign(sign) ? grammar.signs[sign] : sign;
}

function isSign(text: string): text is "+" | "*" | "#" {
  return text === "+" || text === "*" || text === "#";
}

/**
 * `2540` in GEL as `twenty-five lari and forty tetri`: `amountMinor` counts hundredths in every currency.
 * @throws RangeError when it is not whole, or 10^15 and more
 */
export function spokenMoney(amountMinor: bigint | number, currency: Currency, language: Language): string {
  const isNegative = amountMinor < 0;
  const magnitudeMinor = Number(isNegative ? -amountMinor : amountMinor);
  if (!Number.isInteger(magnitudeMinor) || magnitudeMinor >= NUMBER_LIMIT) throw new RangeError("not an amount");
  const grammar = GRAMMARS[language];
  const words = grammar.money(Math.floor(magnitudeMinor / 100), magnitudeMinor % 100, currency);
  return isNegative ? `${grammar.minus} ${words}` : words;
}

/**
 * A date in the case in which it stands alone: `двадцать второе ноября две тысячи двадцать шестого года`.
 * @throws RangeError when there is no such date in the years 1 to 9999
 */
export function spokenDate(
  year: number,
  month: number,
  day: number,
  language: Language,
  options: { withYear: boolean },
): string {
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  const isDate = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!isDate || year < 1 || year > 9_999) throw new RangeError("no such date");
  return GRAMMARS[language].date({ year, month, day }, options.withYear);
}

/**
 * A time of day, 00:00 to 24:00.
 * @throws RangeError when there is no such time
 */
export function spokenTime(hours: number, minutes: number, language: Language): string {
  const isTime = Number.isInteger(hours) && Number.isInteger(minutes) && hours >= 0 && minutes >= 0 && minutes < 60;
  if (!isTime || hours * 60 + minutes > 24 * 60) throw new RangeError("no such time of day");
  return GRAMMARS[language].time(hours, minutes);
}

/**
 * The whole sentence: `You are third in the queue.`
 * @throws RangeError when `place` is not a whole number from 1 on
 */
export function spokenPosition(place: number, language: Language): string {
  if (!Number.isSafeInteger(place) || place < 1 || place >= NUMBER_LIMIT) throw new RangeError("no such place");
  const grammar = GRAMMARS[language];
  return place < FAR_POSITION ? grammar.position(place) : grammar.farPosition(place);
}

const UNIT_SECONDS: readonly (readonly [unit: DurationUnit, seconds: number])[] = [
  ["days", 86_400],
  ["hours", 3_600],
  ["minutes", 60],
  ["seconds", 1],
];

/**
 * `150` as `two minutes and thirty seconds`: the two greatest units that are next to each other; what is below them is cut off.
 * @throws RangeError when `seconds` is negative or not finite
 */
export function spokenDuration(seconds: number, language: Language): string {
  const whole = Math.floor(seconds);
  if (!(whole >= 0 && whole < NUMBER_LIMIT)) throw new RangeError("not a duration");
  const first = Math.max(
    0,
    UNIT_SECONDS.findIndex(([, unitSeconds]) => whole >= unitSeconds),
  );
  const isNothing = whole === 0;
  let rest = whole;
  const parts: [number, DurationUnit][] = [];
  for (const [unit, unitSeconds] of UNIT_SECONDS.slice(first, first + 2)) {
    const n = Math.floor(rest / unitSeconds);
    rest %= unitSeconds;
    if (n > 0) parts.push([n, unit]);
  }
  return GRAMMARS[language].duration(isNothing ? [[0, "seconds"]] : parts);
}
