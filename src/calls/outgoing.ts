/** The words in which a site says how its calls leave. */
import type { TrunkId } from "./ids.ts";
import type { Country } from "./phone-number.ts";

/**
 * Kinds of numbers, as rules, rights and prices tell them apart. `short`: 3 to 6 digits that are no subscriber's number; `premium`: whoever is
 * called earns by it, wherever they are; `international`: every other number of another country.
 */
export const NUMBER_KINDS = ["fixed", "mobile", "toll-free", "short", "premium", "international"] as const;
export type NumberKind = (typeof NUMBER_KINDS)[number];

/** Which numbers are meant; what is empty says nothing, so all three empty mean every number. */
export interface NumberMatch {
  kinds: readonly NumberKind[];
  countries: readonly Country[];
  /** Digits, or a plus and digits: `599`, `0322`, `+49`. */
  prefixes: readonly string[];
}

/** The first rule that means a number says by which trunks it leaves. Numbers that none means leave by any. */
export interface OutgoingRule {
  name: string;
  numbers: NumberMatch;
  /** Tried in this order. */
  trunkIds: readonly TrunkId[];
  /** What the called person sees, one of our own numbers; null: as the trunk has it. */
  callerNumber: string | null;
}

/** What may be dialled from a phone; each includes those before it. `abroad`: countries that the site has allowed. */
export const DIAL_RIGHTS = ["internal", "national", "mobile", "abroad", "premium"] as const;
export type DialRight = (typeof DIAL_RIGHTS)[number];

/** How much one phone may call out; protects a shop whose phone's password was stolen. Null: no limit. */
interface PhonePace {
  /** Calls to the outside, also those that were refused. */
  mostPerMinute: number | null;
  mostPerHour: number | null;
  mostAtOnce: number | null;
  /** Of conversation with numbers outside, in the site's day. */
  minutesPerDay: number | null;
}

export interface OutgoingSettings {
  /** Countries that may be called besides one's own. */
  allowedCountries: readonly Country[];
  /** Put before local numbers that are dialled without it; null: such numbers are not dialled. Digits without a leading 0. */
  areaCode: string | null;
  /** ISO 4217; prices and limits are in its hundredth parts. */
  currency: string;
  rules: readonly OutgoingRule[];
  pace: PhonePace;
}

/** Reached: the trunk takes no new calls out until the next day in the site's zone, but for emergencies. Null: no limit. */
export interface TrunkLimits {
  minutesPerDay: number | null;
  /** In hundredth parts of the currency. */
  moneyPerDayMinor: number | null;
}

/** Which limit was reached. */
export type FreezeReason = "minutes" | "money";

export interface Price {
  numbers: NumberMatch;
  /** In hundredth parts of the currency. */
  perMinuteMinor: number;
}

/** Minutes that are paid already, for example 500 a month to one's own mobile network. */
export interface Bundle {
  numbers: NumberMatch;
  minutesPerMonth: number;
}

export interface TrunkCosts {
  /** The first that means a number counts; toll-free numbers cost nothing when none does. */
  prices: readonly Price[];
  bundles: readonly Bundle[];
  /** A call is billed in whole steps of so many seconds, rounded up. */
  stepSeconds: number;
}

const USUAL_PACE: PhonePace = { mostPerMinute: 20, mostPerHour: 200, mostAtOnce: 3, minutesPerDay: 600 };
export const USUAL_OUTGOING: OutgoingSettings = {
  allowedCountries: [],
  areaCode: null,
  currency: "GEL",
  rules: [],
  pace: USUAL_PACE,
};
export const USUAL_LIMITS: TrunkLimits = { minutesPerDay: 1_500, moneyPerDayMinor: null };
export const NO_COSTS: TrunkCosts = { prices: [], bundles: [], stepSeconds: 60 };
