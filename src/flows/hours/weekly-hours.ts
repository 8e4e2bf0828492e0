/** Opening hours of a week in the site's own time zone. Pure: time and zone come in as arguments. */
export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** `from` and `to` as `HH:MM`, 00:00 to 24:00; `to` before or equal to `from` runs past midnight into the next day. */
interface OpenInterval {
  from: string;
  to: string;
}

export type WeeklyHours = { alwaysOpen: boolean } & Record<Weekday, OpenInterval[]>;

const MINUTES_A_DAY = 24 * 60;

/** Minutes since midnight, 0 to 1440; null when the text is no time of day. */
export function minutesOf(time: string): number | null {
  const match = /^([01][0-9]|2[0-4]):([0-5][0-9])$/.exec(time);
  if (!match) return null;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return minutes <= MINUTES_A_DAY ? minutes : null;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      weekday: "long",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** Weekday and minutes since midnight at `nowMs` (Unix ms) on a wall clock in `timeZone` (IANA name). */
export function wallClock(nowMs: number, timeZone: string): { weekday: Weekday; minutes: number } {
  const parts = new Map(
    formatFor(timeZone)
      .formatToParts(nowMs)
      .map((part) => [part.type, part.value]),
  );
  const weekday = (parts.get("weekday") ?? "").toLowerCase();
  const found = WEEKDAYS.find((name) => name === weekday);
  if (!found) throw new RangeError(`no weekday in ${timeZone}`);
  return { weekday: found, minutes: Number(parts.get("hour")) * 60 + Number(parts.get("minute")) };
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

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * MINUTES_A_DAY * MINUTE_MS;
/** Clocks that change may bring an opening up to two hours nearer than the wall clock says. */
const CLOCK_CHANGE_MINUTES = 120;

/** The first moment (Unix ms) at or after `nowMs` at which the firm is open, to the minute; null when it never opens. */
export function nextOpening(hours: WeeklyHours, nowMs: number, timeZone: string): number | null {
  if (isOpen(hours, nowMs, timeZone)) return nowMs;
  let atMs = Math.ceil((nowMs + 1) / MINUTE_MS) * MINUTE_MS;
  while (!isOpen(hours, atMs, timeZone)) {
    const minutes = minutesToOpening(hours, atMs, timeZone);
    // An opening that a changing clock leaves out comes a week later.
    if (minutes === null || atMs - nowMs > 3 * WEEK_MS) return null;
    atMs += Math.max(1, minutes - CLOCK_CHANGE_MINUTES) * MINUTE_MS;
  }
  return atMs;
}

/** By the wall clock, as if no clock changed in between. */
function minutesToOpening(hours: WeeklyHours, atMs: number, timeZone: string): number | null {
  const { weekday, minutes } = wallClock(atMs, timeZone);
  const today = WEEKDAYS.indexOf(weekday);
  const waits = Array.from({ length: 8 }, (_, days) => days).flatMap((days) =>
    hours[WEEKDAYS[(today + days) % 7] ?? "monday"]
      .map(({ from }) => days * MINUTES_A_DAY + (minutesOf(from) ?? 0) - minutes)
      .filter((wait) => wait > 0),
  );
  return waits.length === 0 ? null : Math.min(...waits);
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
