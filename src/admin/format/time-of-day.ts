import { minutesOf } from "../../flows/hours/weekly-hours.ts";

/** Reads what people type for a time of day: `9`, `930`, `9.30`, `09:30`, `24:00`. Returns `09:30`, or null when it is no time. */
export function readTimeOfDay(typed: string): string | null {
  const match = /^\s*(\d{1,2})(?:\s*[:.\-\s]?\s*(\d{2}))?\s*$/.exec(typed);
  if (match === null) return null;
  const hour = Number(match[1]);
  const minute = Number(match[2] ?? "0");
  if (minute > 59 || hour > 24 || (hour === 24 && minute > 0)) return null;
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** `to` before or equal to `from` runs past midnight (as in flows/hours). */
export interface Interval {
  from: string;
  to: string;
}

/** `same-time`: it ends as it begins; whether that is nothing or a whole day, nobody can tell. */
export type IntervalProblem = "not-a-time" | "same-time" | "overlaps";

const DAY_MINUTES = 24 * 60;

/** Minutes since the day's midnight, the end after the start; null when one of the two is no time. */
function span({ from, to }: Interval): { from: number; to: number } | null {
  const start = minutesOf(readTimeOfDay(from) ?? "");
  const end = minutesOf(readTimeOfDay(to) ?? "");
  if (start === null || end === null || start === DAY_MINUTES) return null;
  return { from: start, to: end <= start ? end + DAY_MINUTES : end };
}

export function runsPastMidnight(interval: Interval): boolean {
  const found = span(interval);
  return found !== null && found.to > DAY_MINUTES;
}

/** What is wrong with each interval of a day, in order; null where nothing is. Intervals may touch but not overlap. */
export function checkIntervals(intervals: readonly Interval[]): (IntervalProblem | null)[] {
  const spans = intervals.map(span);
  return intervals.map(({ from, to }, index) => {
    const own = spans[index] ?? null;
    if (own === null) return "not-a-time";
    if (readTimeOfDay(from) === readTimeOfDay(to)) return "same-time";
    const isOver = spans.some(
      (other, at) => other !== null && at < index && own.from < other.to && other.from < own.to,
    );
    return isOver ? "overlaps" : null;
  });
}
