/** What a language must know to say numbers, and what its words are made of. Each language is a file of its own. */
export type Gender = "masculine" | "feminine" | "neuter";

/** ISO 4217 codes of the money that is spoken here. */
export const CURRENCIES = ["GEL", "RUB", "USD", "EUR", "MNT", "KZT", "KGS", "AMD", "AZN", "TRY"] as const;
export type Currency = (typeof CURRENCIES)[number];

export function isCurrency(text: string): text is Currency {
  return (CURRENCIES as readonly string[]).includes(text);
}

export type DurationUnit = "days" | "hours" | "minutes" | "seconds";
/** `[[2, "minutes"], [30, "seconds"]]`, in the order in which it is said; at least one. */
type DurationParts = readonly (readonly [n: number, unit: DurationUnit])[];

/** Numbers come in whole, not negative and below `NUMBER_LIMIT`; dates and times exist. */
export interface Grammar {
  number(n: number, gender: Gender): string;
  minus: string;
  /** `fraction`: one to three digits, the last of them not 0. */
  decimal(whole: number, fraction: string): string;
  /** `major` or `minor` may be 0; both only when the sum is nothing. */
  money(major: number, minor: number, currency: Currency): string;
  date(date: { year: number; month: number; day: number }, withYear: boolean): string;
  time(hours: number, minutes: number): string;
  /** From 1 to 999. */
  position(place: number): string;
  /** For places beyond that. */
  farPosition(place: number): string;
  duration(parts: DurationParts): string;
  signs: Record<"+" | "*" | "#", string>;
  /** Whether people there say the groups of a phone number as numbers: 'девятьсот шестнадцать', not 'девять один шесть'. */
  saysGroupsAsNumbers: boolean;
}

/** Numbers from here on are said digit by digit: nobody would follow. */
export const NUMBER_LIMIT = 1_000_000_000_000_000;

/** `[12, 345, 678]` as values with their power of a thousand, the greatest first, without those that are 0. */
export function triads(n: number): { value: number; power: number }[] {
  const found: { value: number; power: number }[] = [];
  for (let rest = n, power = 0; rest > 0; rest = Math.floor(rest / 1_000), power++) {
    const value = rest % 1_000;
    if (value > 0) found.unshift({ value, power });
  }
  return found;
}

/** The word at a place of a table that has it for sure. @throws RangeError */
export function wordAt(words: readonly string[], place: number): string {
  const word = words[place];
  if (word === undefined) throw new RangeError(`no word at ${place}`);
  return word;
}

export function spaced(...words: readonly (string | null)[]): string {
  return words.filter((word) => word !== null && word !== "").join(" ");
}
