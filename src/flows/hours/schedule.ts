/**
 * Whether a schedule is open, and until when. Pure: time and zone come in as arguments. What holds on a date, the first that applies: the
 * touch of a button, an own date, a public holiday, the week.
 */
import {
  MAIN_SCHEDULE,
  type OpenInterval,
  type OwnDate,
  type PublicHoliday,
  type Schedule,
  type WeeklyHours,
} from "../../calls/schedule.ts";
import { addDays, momentsOf, nextMidnight, wallClock, weekdayOf } from "./wall-clock.ts";
import { MINUTES_A_DAY, minutesOf } from "./weekly-hours.ts";

type OpenReason = "weekly" | "holiday" | "own-date" | "override";

interface OpenState {
  isOpen: boolean;
  /** What decides. A night that began on the day before is that day's. */
  reason: OpenReason;
  /** Of the holiday or the own date. */
  name: string | null;
}

/** How far ahead an opening or a closing is looked for: longer than a year, so that a yearly date is found. */
const HORIZON_DAYS = 400;
/** Days looked at in one go; a change is mostly near. */
const STEP_DAYS = 8;
const WHOLE_DAY: readonly OpenInterval[] = [{ from: "00:00", to: "24:00" }];

interface Day {
  periods: readonly OpenInterval[];
  reason: Exclude<OpenReason, "override">;
  name: string | null;
}

/** The main schedule of a firm that has said nothing but its week. */
export function plainSchedule(weekly: WeeklyHours): Schedule {
  const holidays = { country: null, exceptions: [], days: [] };
  return { scheduleId: MAIN_SCHEDULE, name: "", weekly, holidays, dates: [], override: null };
}

export function isOpenBySchedule(schedule: Schedule, atMs: number, timeZone: string): OpenState {
  const { override } = schedule;
  if (override !== null && isInForce(override, atMs))
    return { isOpen: override.state === "open", reason: "override", name: null };
  const { date, minutes } = wallClock(atMs, timeZone);
  const today = dayOf(schedule, date);
  if (!today.periods.some((period) => covers(period, minutes))) {
    const yesterday = dayOf(schedule, addDays(date, -1));
    if (yesterday.periods.some((period) => covers(period, minutes + MINUTES_A_DAY)))
      return { isOpen: true, reason: yesterday.reason, name: yesterday.name };
    return { isOpen: false, reason: today.reason, name: today.name };
  }
  return { isOpen: true, reason: today.reason, name: today.name };
}

/** An override that has run out is as if it had never been. */
export function isInForce(override: { untilMs: number | null }, atMs: number): boolean {
  return override.untilMs === null || atMs < override.untilMs;
}

/** The first moment (Unix ms) at or after `atMs` at which it is open; null: not within the coming year. */
export function nextOpening(schedule: Schedule, atMs: number, timeZone: string): number | null {
  return isOpenBySchedule(schedule, atMs, timeZone).isOpen ? atMs : nextChange(schedule, atMs, timeZone);
}

/** The first moment (Unix ms) after `atMs` at which it opens, if it is closed, or closes, if it is open; null: not within the coming year. */
export function nextChange(schedule: Schedule, atMs: number, timeZone: string): number | null {
  const isOpen = (ms: number) => isOpenBySchedule(schedule, ms, timeZone).isOpen;
  const before = isOpen(atMs);
  const { date: today } = wallClock(atMs, timeZone);
  const { override } = schedule;
  const endOfOverride = override?.untilMs ?? null;
  if (override !== null && override.untilMs === null) return null;
  let fromMs = atMs;
  for (let day = 0; day < HORIZON_DAYS; day += STEP_DAYS) {
    const [from, until] = [fromMs, Date.parse(`${addDays(today, day + STEP_DAYS)}T00:00:00Z`)];
    // Two days more at each end: zones are up to 14 hours from UTC, and nights run on.
    const dates = Array.from({ length: STEP_DAYS + 4 }, (_, at) => addDays(today, day + at - 2));
    const moments = dates.flatMap((date) => momentsOf(date, edgesOf(dayOf(schedule, date).periods), timeZone));
    if (endOfOverride !== null) moments.push(endOfOverride);
    const changed = moments
      .filter((moment) => moment > from && moment <= until)
      .sort((one, other) => one - other)
      .find((moment) => isOpen(moment) !== before);
    if (changed !== undefined) return changed;
    fromMs = until;
  }
  return null;
}

/** Until when 'closed now' lasts if nobody says otherwise: the next opening by the plan. Null: the plan never closes, or never opens. */
export function closedUntilNextOpening(schedule: Schedule, atMs: number, timeZone: string): number | null {
  const plan = { ...schedule, override: null };
  if (!isOpenBySchedule(plan, atMs, timeZone).isOpen) return nextOpening(plan, atMs, timeZone);
  const closing = nextChange(plan, atMs, timeZone);
  return closing === null ? null : nextOpening(plan, closing, timeZone);
}

/** Until when 'open now' lasts if nobody says otherwise. */
export function openUntilMidnight(atMs: number, timeZone: string): number {
  return nextMidnight(atMs, timeZone);
}

/** What the plan says of a date `YYYY-MM-DD`. */
function dayOf(schedule: Schedule, date: string): Day {
  const own = ownDate(schedule, date);
  if (own) return { periods: own.periods, reason: "own-date", name: own.name === "" ? null : own.name };
  const { weekly } = schedule;
  if (weekly.alwaysOpen) return { periods: WHOLE_DAY, reason: "weekly", name: null };
  const holiday = holidayOn(schedule, date);
  if (holiday) return { periods: [], reason: "holiday", name: holiday.name };
  return { periods: weekly[weekdayOf(date)], reason: "weekly", name: null };
}

function ownDate(schedule: Schedule, date: string): OwnDate | undefined {
  return schedule.dates.find((own) => own.date === date);
}

function holidayOn({ holidays }: Schedule, date: string): PublicHoliday | undefined {
  if (holidays.country === null) return undefined;
  return holidays.days.find((day) => day.date === date && !holidays.exceptions.includes(day.key));
}

/** Minutes since the day's midnight; the end of a night is past 24:00. */
function spanOf({ from, to }: OpenInterval): { fromMinutes: number; toMinutes: number } {
  const fromMinutes = minutesOf(from) ?? 0;
  const toMinutes = minutesOf(to) ?? 0;
  return { fromMinutes, toMinutes: toMinutes <= fromMinutes ? toMinutes + MINUTES_A_DAY : toMinutes };
}

function covers(period: OpenInterval, minutes: number): boolean {
  const { fromMinutes, toMinutes } = spanOf(period);
  return minutes >= fromMinutes && minutes < toMinutes;
}

function edgesOf(periods: readonly OpenInterval[]): number[] {
  return periods.flatMap((period) => {
    const { fromMinutes, toMinutes } = spanOf(period);
    return [fromMinutes, toMinutes];
  });
}
