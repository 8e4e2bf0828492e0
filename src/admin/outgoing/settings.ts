import type { NumberMatch, Outgoing, OutgoingInput, OutgoingRule, OutgoingTrunk } from "../api/client.ts";

export const EVERY_NUMBER: NumberMatch = { kinds: [], countries: [], prefixes: [] };

/** What is sent back to change one part: the rest as it came. Terms of trunks are sent only where they change. */
export function inputOf(outgoing: Outgoing, change: Partial<OutgoingInput>): OutgoingInput {
  const { allowedCountries, areaCode, currency, rules, pace } = outgoing;
  return { allowedCountries, areaCode, currency, rules, pace, trunks: [], ...change };
}

/** @param by -1: one place up, 1: one place down */
export function moved(rules: readonly OutgoingRule[], index: number, by: -1 | 1): OutgoingRule[] {
  const result = [...rules];
  const [rule] = result.splice(index, 1);
  if (rule !== undefined) result.splice(Math.max(0, index + by), 0, rule);
  return result;
}

/** What was typed between commas, spaces or line breaks. */
export function prefixesOf(typed: string): string[] {
  return [...new Set(typed.split(/[\s,;]+/).filter((prefix) => prefix !== ""))];
}

export function isEveryNumber({ kinds, countries, prefixes }: NumberMatch): boolean {
  return kinds.length === 0 && countries.length === 0 && prefixes.length === 0;
}

/** Hundredth parts as people write them: `12.5` for 1250. */
export const majorOf = (minor: number) => minor / 100;
/** Prices below a hundredth part are kept: some companies charge 0.0325 a minute. */
export const minorOf = (major: number) => Math.round(major * 1_000_000) / 10_000;

/** How much of the limits of the day is used, from 0 to 1; null: there is none. */
export function shareUsed({ limits, spent }: Pick<OutgoingTrunk, "limits" | "spent">): number | null {
  const shares = [
    ...(limits.minutesPerDay === null ? [] : [[spent.minutesToday, limits.minutesPerDay] as const]),
    ...(limits.moneyPerDayMinor === null ? [] : [[spent.moneyTodayMinor, limits.moneyPerDayMinor] as const]),
  ].map(([used, limit]) => (limit === 0 ? 1 : used / limit));
  return shares.length === 0 ? null : Math.min(1, Math.max(...shares));
}
