import { checkWeek } from "../../flows/hours/check-hours.ts";
import { WEEKDAYS, type Weekday } from "../../flows/hours/weekly-hours.ts";
import type { FlowInput } from "../api/client.ts";
import { checkIntervals, type Interval, type IntervalProblem, readTimeOfDay } from "../format/time-of-day.ts";

export type Hours = NonNullable<FlowInput["hours"]>;

/** A day's next interval: the first is a usual working day, a further one begins where the last ends. */
export function nextInterval(intervals: readonly Interval[]): Interval {
  const last = intervals.at(-1);
  if (last === undefined) return { from: "09:00", to: "18:00" };
  const end = readTimeOfDay(last.to) ?? "18:00";
  const hour = Number(end.slice(0, 2));
  if (hour >= 23) return { from: "", to: "" };
  return { from: `${String(hour + 1).padStart(2, "0")}:00`, to: hour < 17 ? "18:00" : "24:00" };
}

/** The same intervals for each day of the week. */
export function copyToAllDays(hours: Hours, from: Weekday): Hours {
  const copied = { ...hours };
  for (const day of WEEKDAYS) copied[day] = hours[from].map((interval) => ({ ...interval }));
  return copied;
}

/** What is wrong with the hours, per day; empty when nothing is. Hours that do not count (always open) are not objected to. */
export function checkHours(hours: Hours): Partial<Record<Weekday, (IntervalProblem | null)[]>> {
  const problems: Partial<Record<Weekday, (IntervalProblem | null)[]>> = {};
  if (hours.alwaysOpen) return problems;
  for (const day of WEEKDAYS) {
    const found = checkIntervals(hours[day]);
    if (found.some((problem) => problem !== null)) problems[day] = found;
  }
  if (Object.keys(problems).length > 0) return problems;
  // Each day is right in itself; what is left are nights that run into the next day's hours.
  const written = { ...hours };
  for (const day of WEEKDAYS) written[day] = hours[day].map(writtenOut);
  for (const { day, index, problem } of checkWeek(written)) {
    const found = hours[day].map(() => null as IntervalProblem | null);
    found[index] = problem;
    problems[day] = found;
  }
  return problems;
}

/** Hours as the API wants them: times written out, intervals in their order in the day. */
export function tidyHours(hours: Hours): Hours {
  const tidy = { ...hours };
  for (const day of WEEKDAYS) {
    const intervals = hours[day].map(writtenOut);
    // While always open, what was left half typed is of no use later.
    const whole = hours.alwaysOpen
      ? intervals.filter((_, index) => checkIntervals(intervals)[index] === null)
      : intervals;
    tidy[day] = whole.toSorted((left, right) => left.from.localeCompare(right.from));
  }
  return tidy;
}

export function writtenOut({ from, to }: Interval): Interval {
  return { from: readTimeOfDay(from) ?? from, to: readTimeOfDay(to) ?? to };
}

/** The order in which operators ring, with those who are gone left out and those who are new at the end. */
export function ringOrder(operatorIds: readonly number[], present: readonly number[]): number[] {
  const kept = operatorIds.filter((id) => present.includes(id));
  return [...kept, ...present.filter((id) => !kept.includes(id))];
}

/** Moves one place up (-1) or down (+1); at the ends nothing changes. */
export function move<Item>(items: readonly Item[], index: number, by: -1 | 1): Item[] {
  const moved = [...items];
  const [item] = moved.splice(index, 1);
  const target = index + by;
  if (item === undefined || target < 0 || target > moved.length) return [...items];
  moved.splice(target, 0, item);
  return moved;
}
