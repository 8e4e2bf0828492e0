/** Until when a touch lasts: the choices, and the moment that each stands for. */
import { momentsOf, wallClock } from "../../flows/hours/wall-clock.ts";
import { MINUTES_A_DAY, minutesOf } from "../../flows/hours/weekly-hours.ts";
import { addDays } from "../format/zone-time.ts";

/** `usual`: the next opening for what is closed, midnight for what is opened; `end`: until somebody ends it. */
export const UNTIL_CHOICES = ["usual", "hour", "time", "end"] as const;
export type UntilChoice = (typeof UNTIL_CHOICES)[number];

export function isUntilChoice(text: string): text is UntilChoice {
  return (UNTIL_CHOICES as readonly string[]).includes(text);
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export function inAnHour(nowMs: number): string {
  return new Date(Math.ceil((nowMs + HOUR_MS) / MINUTE_MS) * MINUTE_MS).toISOString();
}

/** The next moment at which the site's clock shows that time (`HH:MM`); null when it is no time, or left out as clocks change. */
export function nextAt(time: string, nowMs: number, timeZone: string): string | null {
  const minutes = minutesOf(time);
  if (minutes === null) return null;
  const { date } = wallClock(nowMs, timeZone);
  const moments = [date, addDays(date, 1)]
    .flatMap((day) => momentsOf(day, [minutes], timeZone))
    .filter((moment) => moment > nowMs && wallClock(moment, timeZone).minutes === minutes % MINUTES_A_DAY);
  return moments.length === 0 ? null : new Date(Math.min(...moments)).toISOString();
}
