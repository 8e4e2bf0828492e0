/** Opening hours that have a name: the week, public holidays, dates of one's own, and 'closed now' or 'open now' by one touch. */
import { type ScheduleId, scheduleId } from "./ids.ts";
import type { Country } from "./phone-number.ts";

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** `from` and `to` as `HH:MM`, 00:00 to 24:00; `to` before or equal to `from` runs past midnight into the next day. */
export interface OpenInterval {
  from: string;
  to: string;
}

/** `alwaysOpen`: whatever the days say, and on public holidays too. */
export type WeeklyHours = { alwaysOpen: boolean } & Record<Weekday, OpenInterval[]>;

/** A public holiday on one date. */
export interface PublicHoliday {
  /** `YYYY-MM-DD` on the site's calendar. */
  date: string;
  /** The holiday itself, the same each year: `01-01`, `orthodox 1`. */
  key: string;
  name: string;
}

/** What holds on one date instead of the week and of public holidays. */
export interface OwnDate {
  /** `YYYY-MM-DD` on the site's calendar. */
  date: string;
  name: string;
  /** Empty: closed. */
  periods: OpenInterval[];
}

export interface HoursOverride {
  state: "open" | "closed";
  /** Unix ms; null: until somebody ends it. */
  untilMs: number | null;
}

export interface Schedule {
  scheduleId: ScheduleId;
  /** Empty for the main one until it is renamed. */
  name: string;
  weekly: WeeklyHours;
  holidays: {
    /** Null: public holidays are days like any other. */
    country: Country | null;
    /** Keys of the holidays on which the firm works. */
    exceptions: string[];
    /** Of last year's end to two years ahead: flows know no calendar but this. */
    days: PublicHoliday[];
  };
  dates: OwnDate[];
  override: HoursOverride | null;
}

/** The one that holds where no other is named. It always exists. */
export const MAIN_SCHEDULE = scheduleId(1);
