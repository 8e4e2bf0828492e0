import type { Language } from "../../calls/language.ts";

/** A moment as the clock on the wall of a time zone shows it. */
interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const readers = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError when `timeZone` is not an IANA zone or `atMs` not a time */
function wallTime(atMs: number, timeZone: string): WallTime {
  let reader = readers.get(timeZone);
  if (reader === undefined) {
    reader = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    readers.set(timeZone, reader);
  }
  const parts = new Map(reader.formatToParts(atMs).map((part) => [part.type, Number(part.value)]));
  const read = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return {
    year: read("year"),
    month: read("month"),
    day: read("day"),
    hour: read("hour"),
    minute: read("minute"),
    second: read("second"),
  };
}

const two = (value: number) => String(value).padStart(2, "0");

/** `14:05` in the site's zone. */
export function formatClock(iso: string, timeZone: string): string {
  const time = wallTime(Date.parse(iso), timeZone);
  return `${two(time.hour)}:${two(time.minute)}`;
}

/** `14:05:09` in the site's zone. */
export function formatClockSeconds(iso: string, timeZone: string): string {
  const time = wallTime(Date.parse(iso), timeZone);
  return `${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;
}

/** The date of a moment in the site's zone as `2026-11-24`. */
export function zoneDate(atMs: number, timeZone: string): string {
  const { year, month, day } = wallTime(atMs, timeZone);
  return `${year}-${two(month)}-${two(day)}`;
}

/** A date (`2026-11-24`) as written where the language is spoken: `24.11.2026`, in Mongolian `2026.11.24`, in English `24/11/2026`. */
export function formatDate(date: string, language: Language): string {
  const [year = "", month = "", day = ""] = date.split("-");
  if (language === "mn") return `${year}.${month}.${day}`;
  const mark = language === "en" ? "/" : ".";
  return [day, month, year].join(mark);
}

/** Adds days to a date (`2026-11-24`), whatever the zone does with its clocks. */
export function addDays(date: string, days: number): string {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, day + days)).toISOString().slice(0, 10);
}

/** The moment (Unix ms) at which the zone's clock shows this date (`2026-11-24`) and time (`14:05`); of two, the later. */
export function zoneTimeMs(date: string, time: string, timeZone: string): number {
  const shownMs = Date.parse(`${date}T${time}:00Z`);
  const shownAt = (atMs: number) => {
    const { year, month, day, hour, minute } = wallTime(atMs, timeZone);
    return Date.UTC(year, month - 1, day, hour, minute);
  };
  // The offset at the moment itself is not known before it: the one nearby is right but on the day of a change.
  const nearMs = shownMs - (shownAt(shownMs) - shownMs);
  return shownMs - (shownAt(nearMs) - nearMs);
}

/** How far a zone is from UTC at a moment, as `UTC+04:00`. */
export function formatUtcOffset(timeZone: string, atMs: number): string {
  const { year, month, day, hour, minute, second } = wallTime(atMs, timeZone);
  const shownMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const minutes = Math.round((shownMs - Math.floor(atMs / 1000) * 1000) / 60_000);
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? "\u2212" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
