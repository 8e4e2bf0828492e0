/** What calls out cost and which of a bundle's minutes they used. Pure; times are Unix ms. */
import type { NumberMatch, TrunkCosts } from "../../calls/outgoing.ts";
import type { Country } from "../../calls/phone-number.ts";
import { type OutsideNumber, writtenForms } from "./outside-number.ts";

export function isMeant(number: OutsideNumber, match: NumberMatch, home: Country): boolean {
  const { kinds, countries, prefixes } = match;
  if (kinds.length > 0 && !kinds.some((kind) => kind === number.kind)) return false;
  if (countries.length > 0 && (number.country === null || !countries.includes(number.country))) return false;
  if (prefixes.length === 0) return true;
  const forms = writtenForms(number, home);
  return prefixes.some((prefix) => forms.some((form) => form.startsWith(prefix)));
}

/** Null: nobody has said. */
export function priceOf(number: OutsideNumber, costs: TrunkCosts, home: Country): number | null {
  const price = costs.prices.find(({ numbers }) => isMeant(number, numbers, home));
  if (price) return price.perMinuteMinor;
  return number.kind === "toll-free" || number.kind === "emergency" ? 0 : null;
}

/** Which of the trunk's bundles pays for this number; null: none. */
export function bundleOf(number: OutsideNumber, costs: TrunkCosts, home: Country): number | null {
  const index = costs.bundles.findIndex(({ numbers }) => isMeant(number, numbers, home));
  return index < 0 ? null : index;
}

/** What a trunk has cost and carried. */
export interface Spent {
  /** Billed minutes since the limit's day began. */
  minutesToday: number;
  /** In hundredth parts of the currency. */
  moneyTodayMinor: number;
  /** Of each bundle, in the month. */
  bundleMinutesUsed: readonly number[];
}

export const NOTHING_SPENT: Spent = { minutesToday: 0, moneyTodayMinor: 0, bundleMinutesUsed: [] };

/** A conversation with a number outside. */
export interface PaidCall {
  /** Null: no number that we know; its minutes count, its price is not known. */
  number: OutsideNumber | null;
  answeredAtMs: number;
  /** Null: it goes on. */
  endedAtMs: number | null;
}

export interface SpendingPeriod {
  monthFromMs: number;
  /** The site's day, or when its count was begun anew by hand. */
  dayFromMs: number;
  nowMs: number;
}

export function billedMinutes(durationMs: number, stepSeconds: number): number {
  return (Math.ceil(Math.max(0, durationMs) / (stepSeconds * 1000)) * stepSeconds) / 60;
}

/**
 * Adds up. A call that goes on counts as if it ended now, and with a step at least. Bundles are used up in the order in which calls began; what
 * they do not pay has its price. `before`: what calls that began earlier had used up. A call belongs to the day and month in which it was answered.
 */
export function addUp(
  calls: readonly PaidCall[],
  costs: TrunkCosts,
  home: Country,
  { monthFromMs, dayFromMs, nowMs }: SpendingPeriod,
  before: Spent = NOTHING_SPENT,
): Spent {
  const used = costs.bundles.map((_, index) => before.bundleMinutesUsed[index] ?? 0);
  let { minutesToday, moneyTodayMinor } = before;
  const inOrder = calls
    .filter(({ answeredAtMs }) => answeredAtMs >= Math.min(monthFromMs, dayFromMs))
    .toSorted((one, other) => one.answeredAtMs - other.answeredAtMs);
  for (const { number, answeredAtMs, endedAtMs } of inOrder) {
    const durationMs = endedAtMs === null ? Math.max(1, nowMs - answeredAtMs) : endedAtMs - answeredAtMs;
    const minutes = billedMinutes(durationMs, costs.stepSeconds);
    const isOfMonth = answeredAtMs >= monthFromMs;
    const index = isOfMonth && number ? bundleOf(number, costs, home) : null;
    const bundle = index === null ? undefined : costs.bundles[index];
    let free = 0;
    if (index !== null && bundle) {
      const usedBefore = used[index] ?? 0;
      free = Math.min(minutes, Math.max(0, bundle.minutesPerMonth - usedBefore));
      used[index] = usedBefore + minutes;
    }
    if (answeredAtMs < dayFromMs) continue;
    minutesToday += minutes;
    moneyTodayMinor += (minutes - free) * ((number && priceOf(number, costs, home)) ?? 0);
  }
  return { minutesToday, moneyTodayMinor, bundleMinutesUsed: used };
}
