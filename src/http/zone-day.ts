/** Days on the wall clock of a time zone. */

const formats = new Map<string, Intl.DateTimeFormat>();

function wallClockAsUtcMs(atMs: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (!format) {
    const numeric = "numeric" as const;
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
      hourCycle: "h23",
    });
    formats.set(timeZone, format);
  }
  const part = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
}

const isoDate = (utcMs: number) => new Date(utcMs).toISOString().slice(0, 10);

/** `2026-11-22`, on the wall clock there. */
export function dateIn(timeZone: string, at: Date): string {
  return isoDate(wallClockAsUtcMs(at.getTime(), timeZone));
}

/** 0 to 23, on the wall clock there. */
export function hourIn(timeZone: string, at: Date): number {
  return new Date(wallClockAsUtcMs(at.getTime(), timeZone)).getUTCHours();
}

/** `2026-11-22 09:30:05`, on the wall clock there. */
export function dateTimeIn(timeZone: string, at: Date): string {
  return new Date(wallClockAsUtcMs(at.getTime(), timeZone)).toISOString().slice(0, 19).replace("T", " ");
}

/** The moment, Unix ms, at which the clock there shows this; of one that it leaves out, when it would have been. */
function momentOf(shownAsUtcMs: number, timeZone: string): number {
  const byOffsetAt = (atMs: number) => shownAsUtcMs - (wallClockAsUtcMs(atMs, timeZone) - atMs);
  // The offset is that of the moment itself; two rounds settle days on which it changes.
  const near = byOffsetAt(shownAsUtcMs);
  const at = byOffsetAt(near);
  // Left out, it is before the change by one of the two offsets and after it by the other.
  return wallClockAsUtcMs(at, timeZone) === shownAsUtcMs ? at : Math.max(near, at);
}

/** When the day `date` begins there. `daysLater` 1 gives its end. */
export function startOfDay(date: string, timeZone: string, daysLater = 0): Date {
  return new Date(momentOf(Date.parse(`${date}T00:00:00Z`) + daysLater * 86_400_000, timeZone));
}

/** The last moment, Unix ms, at which the clock there showed `02:30`; on a day without that time, the moment that it would have been. */
export function lastTimeOfDay(time: string, timeZone: string, nowMs: number): number {
  const at = (date: string) => momentOf(Date.parse(`${date}T${time}:00Z`), timeZone);
  const today = dateIn(timeZone, new Date(nowMs));
  if (at(today) <= nowMs) return at(today);
  return at(isoDate(Date.parse(`${today}T00:00:00Z`) - 86_400_000));
}

export function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && isoDate(Date.parse(text)) === text;
}
