/** Public holidays by country: date-holidays (data: CC-BY 3.0), and a table of our own where it has none. */
import Holidays from "date-holidays";
import type { Language } from "../calls/language.ts";
import type { Country } from "../calls/phone-number.ts";
import type { PublicHoliday } from "../calls/schedule.ts";
import { mongolianHolidays } from "./mongolia.ts";

const DAY_MS = 86_400_000;
/** A year is computed in some 10 ms; snapshots and pages ask for the same few again and again. */
const cache = new Map<string, readonly PublicHoliday[]>();
const CACHE_SIZE = 200;
let countries: ReadonlySet<string> | null = null;

/** Whether anything is known of that country's holidays. */
export function knowsHolidaysOf(country: string): boolean {
  countries ??= new Set([...Object.keys(new Holidays().getCountries()), "MN"]);
  return countries.has(country);
}

/**
 * Days off by law, nationwide, one entry per date, in order. Days that are holidays only from noon on are left out. Names are in `language`
 * where they are known so, else in the country's own.
 */
export function publicHolidays(
  country: Country,
  firstYear: number,
  lastYear: number,
  language: Language,
): PublicHoliday[] {
  const found: PublicHoliday[] = [];
  for (let year = firstYear; year <= lastYear; year++) found.push(...holidaysOfYear(country, year, language));
  return found;
}

/** What a schedule needs at `nowMs`: from the end of last year (nights run past midnight) to the end of the year after next. */
export function holidaysAround(country: Country, nowMs: number, language: Language): PublicHoliday[] {
  const year = new Date(nowMs).getUTCFullYear();
  return publicHolidays(country, year - 1, year + 2, language).filter(({ date }) => date >= `${year - 1}-12-30`);
}

function holidaysOfYear(country: Country, year: number, language: Language): readonly PublicHoliday[] {
  const place = `${country} ${year} ${language}`;
  const known = cache.get(place);
  if (known) return known;
  const found = country === "MN" ? mongolian(year, language) : computed(country, year, language);
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(place, found);
  return found;
}

function mongolian(year: number, language: Language): PublicHoliday[] {
  return mongolianHolidays(year).map(({ date, key, names }) => ({ date, key, name: names[language] }));
}

function computed(country: Country, year: number, language: Language): PublicHoliday[] {
  if (!knowsHolidaysOf(country)) return [];
  const byDate = new Map<string, PublicHoliday>();
  for (const { date, start, end, rule, name } of new Holidays(country, { types: ["public"] }).getHolidays(
    year,
    language,
  )) {
    if (date.slice(11, 19) !== "00:00:00") continue;
    const days = Math.max(1, Math.round((end.getTime() - start.getTime()) / DAY_MS));
    for (let day = 0; day < days; day++) {
      const at = new Date(Date.parse(`${date.slice(0, 10)}T00:00:00Z`) + day * DAY_MS).toISOString().slice(0, 10);
      const key = days === 1 ? rule : `${rule} #${day + 1}`;
      // Two on one date: the first is name enough.
      if (!byDate.has(at)) byDate.set(at, { date: at, key, name: name.replace(/ \(substitute day\)$/, "") });
    }
  }
  return [...byDate.values()].sort((one, other) => one.date.localeCompare(other.date));
}
