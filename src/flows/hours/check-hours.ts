/** What contradicts itself in hours that somebody typed. */
import { type OpenInterval, WEEKDAYS, type Weekday, type WeeklyHours } from "../../calls/schedule.ts";
import { MINUTES_A_DAY, minutesOf } from "./weekly-hours.ts";

/** `same-time`: it ends as it begins, so it is nothing or a whole day, and nobody can tell which. */
type PeriodProblem = "not-a-time" | "same-time" | "overlaps";

export interface FoundProblem {
  /** Place of the period in its day. */
  index: number;
  field: "from" | "to";
  problem: PeriodProblem;
}

interface Span {
  from: number;
  to: number;
}

/** The periods of one day. They may touch; a `to` before its `from` is a night that ends on the day after. */
export function checkPeriods(periods: readonly OpenInterval[]): FoundProblem[] {
  const found: FoundProblem[] = [];
  const spans: Span[] = [];
  for (const [index, period] of periods.entries()) {
    const [from, to] = [minutesOf(period.from), minutesOf(period.to)];
    if (from === null || from === MINUTES_A_DAY) found.push({ index, field: "from", problem: "not-a-time" });
    if (to === null) found.push({ index, field: "to", problem: "not-a-time" });
    if (from === null || from === MINUTES_A_DAY || to === null) continue;
    if (from === to) {
      found.push({ index, field: "to", problem: "same-time" });
      continue;
    }
    const span = { from, to: to < from ? to + MINUTES_A_DAY : to };
    if (spans.some((other) => overlap(span, other))) found.push({ index, field: "from", problem: "overlaps" });
    spans.push(span);
  }
  return found;
}

/** Each day by itself, and nights that run into the hours of the day after. Days that do not count (always open) are not objected to. */
export function checkWeek(weekly: WeeklyHours): (FoundProblem & { day: Weekday })[] {
  if (weekly.alwaysOpen) return [];
  const found = WEEKDAYS.flatMap((day) => checkPeriods(weekly[day]).map((problem) => ({ day, ...problem })));
  if (found.length > 0) return found;
  return WEEKDAYS.flatMap((day, at) => {
    const nextDay = WEEKDAYS[(at + 1) % WEEKDAYS.length] ?? "monday";
    return weekly[day].flatMap((period, index): (FoundProblem & { day: Weekday })[] => {
      const [from, to] = [minutesOf(period.from) ?? 0, minutesOf(period.to) ?? 0];
      if (to >= from) return [];
      const isOver = weekly[nextDay].some((other) => (minutesOf(other.from) ?? 0) < to);
      return isOver ? [{ day, index, field: "to", problem: "overlaps" }] : [];
    });
  });
}

function overlap(one: Span, other: Span): boolean {
  return one.from < other.to && other.from < one.to;
}
