/** What clocks on the wall show in a time zone, and when they show it: some times come twice a year there, some not at all. */
import { WEEKDAYS, type Weekday } from "../../calls/schedule.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Zones are at most 14 hours from UTC: from so far off, the offset is the one before or after any change on a day. */
const FAR_MS = 36 * 60 * MINUTE_MS;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      calendar: "gregory",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formats.set(timeZone, format);
  }
  return format;
}

export interface WallClock {
  /** `YYYY-MM-DD` */
  date: string;
  weekday: Weekday;
  /** Since midnight by the clock, 0 to 1439. */
  minutes: number;
}

/** What the clock shows at `atMs` (Unix ms) in `timeZone` (IANA name). */
export function wallClock(atMs: number, timeZone: string): WallClock {
  let [year, month, day, hour, minute] = ["", "", "", "", ""];
  for (const { type, value } of formatFor(timeZone).formatToParts(atMs)) {
    if (type === "year") year = value;
    else if (type === "month") month = value;
    else if (type === "day") day = value;
    else if (type === "hour") hour = value;
    else if (type === "minute") minute = value;
  }
  const date = `${year}-${month}-${day}`;
  return { date, weekday: weekdayOf(date), minutes: Number(hour) * 60 + Number(minute) };
}

/** Of a date `YYYY-MM-DD`. */
export function weekdayOf(date: string): Weekday {
  return WEEKDAYS[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7] ?? "monday";
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** By how many ms the zone's clock is ahead of UTC. */
function offsetMs(atMs: number, timeZone: string): number {
  const { date, minutes } = wallClock(atMs, timeZone);
  return Date.parse(`${date}T00:00:00Z`) + minutes * MINUTE_MS - Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
}

/**
 * Every moment (Unix ms) at which the clock may come to one of these minutes of the date; 24:00 and more are the next day's. On a day on
 * which clocks change that is a moment by either offset, and the moment of the change; otherwise one for each.
 */
export function momentsOf(date: string, minutesOfDay: readonly number[], timeZone: string): number[] {
  const midnightMs = Date.parse(`${date}T00:00:00Z`);
  const before = offsetMs(midnightMs - FAR_MS, timeZone);
  const after = offsetMs(midnightMs + 2 * DAY_MS + FAR_MS, timeZone);
  const by = (offset: number) => minutesOfDay.map((minutes) => midnightMs + minutes * MINUTE_MS - offset);
  if (before === after) return by(before);
  const changeMs = changeBetween(midnightMs - FAR_MS, midnightMs + 2 * DAY_MS + FAR_MS, timeZone);
  return [...by(before), ...by(after), changeMs];
}

/** The moment of the change between two moments that have different offsets. */
function changeBetween(earlierMs: number, laterMs: number, timeZone: string): number {
  const before = offsetMs(earlierMs, timeZone);
  let [low, high] = [Math.floor(earlierMs / MINUTE_MS), Math.ceil(laterMs / MINUTE_MS)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMs(middle * MINUTE_MS, timeZone) === before) low = middle;
    else high = middle;
  }
  return high * MINUTE_MS;
}

/** The first moment after `atMs` that is on a later date. */
export function nextMidnight(atMs: number, timeZone: string): number {
  const { date } = wallClock(atMs, timeZone);
  const found = momentsOf(addDays(date, 1), [0], timeZone).filter(
    (moment) => moment > atMs && wallClock(moment, timeZone).date > date,
  );
  return Math.min(...found);
}
