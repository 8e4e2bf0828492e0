import { OUTCOME_GROUPS, OUTCOMES } from "../../calls/call-fact.ts";
import { LONGEST_SEARCH } from "../../calls/text-limits.ts";
import type { CallFilters } from "../api/calls.ts";
import { addDays } from "../format/zone-time.ts";

/** Those of which one can be chosen by hand come first; the others come with a link, such as from the losses of a flow. */
const NAMES = [
  "from",
  "to",
  "direction",
  "outcome",
  "operatorId",
  "q",
  "hasRecording",
  "hasLostRecording",
  "flow",
  "node",
  "via",
  "ended",
  "tag",
] as const;
const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

export const OUTCOME_CHOICES = [...OUTCOME_GROUPS, ...OUTCOMES] as const;

/** Reads the address bar. What makes no sense there (typed by hand, an old link) is left out, not sent on. */
export function readFilters(search: URLSearchParams): CallFilters {
  const accepts: Record<(typeof NAMES)[number], (value: string) => boolean> = {
    from: (value) => DATE.test(value),
    to: (value) => DATE.test(value),
    direction: (value) => value === "inbound" || value === "outbound" || value === "internal",
    outcome: (value) => (OUTCOME_CHOICES as readonly string[]).includes(value),
    operatorId: (value) => /^\d+$/.test(value),
    q: (value) => value.trim() !== "" && value.trim().length <= LONGEST_SEARCH,
    hasRecording: (value) => value === "true",
    hasLostRecording: (value) => value === "true",
    flow: (value) => ID.test(value),
    node: (value) => ID.test(value),
    via: (value) => value !== "" && value.length <= 64,
    ended: (value) => value === "here",
    tag: (value) => value.trim() !== "" && value.length <= 40,
  };
  const filters: CallFilters = {};
  for (const name of NAMES) {
    const value = search.get(name);
    if (value !== null && accepts[name](value)) filters[name] = value;
  }
  // They say something of a flow only.
  if (filters.flow === undefined) for (const name of ["node", "via", "ended"] as const) delete filters[name];
  return filters;
}

/** The address bar for these filters: empty ones disappear from it. */
export function writeFilters(filters: CallFilters): URLSearchParams {
  const search = new URLSearchParams();
  for (const name of NAMES) {
    const value = filters[name];
    if (value !== undefined && value !== "") search.set(name, value);
  }
  return search;
}

export const PERIODS = ["all", "today", "yesterday", "week", "month", "custom"] as const;
export type Period = (typeof PERIODS)[number];

/** First and last day of a period, both inclusive; null for those without fixed days. */
export function daysOfPeriod(period: Period, today: string): { from: string; to: string } | null {
  switch (period) {
    case "today":
      return { from: today, to: today };
    case "yesterday":
      return { from: addDays(today, -1), to: addDays(today, -1) };
    case "week":
      return { from: addDays(today, -6), to: today };
    case "month":
      return { from: addDays(today, -29), to: today };
    case "all":
    case "custom":
      return null;
  }
}

/** Which period the dates in the address bar are. */
export function periodOf(filters: CallFilters, today: string): Period {
  if (filters.from === undefined && filters.to === undefined) return "all";
  const found = PERIODS.find((period) => {
    const days = daysOfPeriod(period, today);
    return days !== null && days.from === filters.from && days.to === filters.to;
  });
  return found ?? "custom";
}
