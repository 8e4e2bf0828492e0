/** Opening hours of a week in the site's own time zone. Pure: time and zone come in as arguments. */
import { type OpenInterval, WEEKDAYS, type Weekday, type WeeklyHours } from "../../calls/schedule.ts";
import { wallClock } from "./wall-clock.ts";

export { WEEKDAYS, type Weekday, type WeeklyHours } from "../../calls/schedule.ts";

export const MINUTES_A_DAY = 24 * 60;

/** Minutes since midnight, 0 to 1440; null when the text is no time of day. */
export function minutesOf(time: string): number | null {
  const match = /^([01][0-9]|2[0-4]):([0-5][0-9])$/.exec(time);
  if (!match) return null;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return minutes <= MINUTES_A_DAY ? minutes : null;
}

export function isOpen(hours: WeeklyHours, nowMs: number, timeZone: string): boolean {
  if (hours.alwaysOpen) return true;
  const { weekday, minutes } = wallClock(nowMs, timeZone);
  const yesterday = WEEKDAYS[(WEEKDAYS.indexOf(weekday) + 6) % 7] ?? "sunday";
  return (
    hours[weekday].some((interval) => covers(interval, minutes)) ||
    hours[yesterday].some((interval) => runsPastMidnight(interval) && minutes < (minutesOf(interval.to) ?? 0))
  );
}

function runsPastMidnight(interval: OpenInterval): boolean {
  return (minutesOf(interval.to) ?? 0) <= (minutesOf(interval.from) ?? 0);
}

function covers(interval: OpenInterval, minutes: number): boolean {
  const from = minutesOf(interval.from) ?? 0;
  const to = runsPastMidnight(interval) ? MINUTES_A_DAY : (minutesOf(interval.to) ?? 0);
  return minutes >= from && minutes < to;
}

const everyDay = (interval: OpenInterval): Record<Weekday, OpenInterval[]> => ({
  monday: [interval],
  tuesday: [interval],
  wednesday: [interval],
  thursday: [interval],
  friday: [interval],
  saturday: [interval],
  sunday: [interval],
});

/** What a new firm starts with: Monday to Saturday, nine to six. */
export function usualHours(): WeeklyHours {
  return { alwaysOpen: false, ...everyDay({ from: "09:00", to: "18:00" }), sunday: [] };
}
