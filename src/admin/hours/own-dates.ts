import type { Schedule } from "../api/client.ts";
import type { Interval } from "../format/time-of-day.ts";

export type OwnDate = Schedule["dates"][number];

/** `09:00–13:00, 14:00–18:00` */
export function hoursText(periods: readonly Interval[]): string {
  return periods.map(({ from, to }) => `${from}–${to}`).join(", ");
}

export function withoutDate(dates: readonly OwnDate[], date: string): OwnDate[] {
  return dates.filter((one) => one.date !== date);
}

/** With one for its date, in place of what was there and of the one that it was made from. */
export function withDate(dates: readonly OwnDate[], changed: OwnDate, before: string | null): OwnDate[] {
  const others = dates.filter((one) => one.date !== changed.date && one.date !== before);
  return [...others, changed].toSorted((left, right) => left.date.localeCompare(right.date));
}
