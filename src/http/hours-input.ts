import { z } from "zod";
import { type Country, isCountry } from "../calls/phone-number.ts";
import { WEEKDAYS, type Weekday } from "../calls/schedule.ts";
import { checkPeriods, checkWeek } from "../flows/hours/check-hours.ts";
import { knowsHolidaysOf } from "../holidays/public-holidays.ts";
import { line } from "./validate.ts";

const MOST_PERIODS = 10;
const MOST_DATES = 400;
const period = z.object({ from: z.string().max(5), to: z.string().max(5) });
const periods = z.array(period).max(MOST_PERIODS);

/** A week that does not contradict itself; each problem is told at its field (`monday.0.to`). Of an open-always week only the form counts. */
export const WeekInput = z
  .object({
    alwaysOpen: z.boolean(),
    ...(Object.fromEntries(WEEKDAYS.map((day) => [day, periods])) as Record<Weekday, typeof periods>),
  })
  .superRefine((week, context) => {
    // What is kept must be times even where it does not count now.
    const found = checkWeek({ ...week, alwaysOpen: false }).filter(
      ({ problem }) => !week.alwaysOpen || problem === "not-a-time",
    );
    for (const { day, index, field, problem } of found)
      context.addIssue({ code: "custom", message: problem, path: [day, index, field] });
  });

const date = z.string().refine(isDate, { error: "not-a-date" });

const OwnDateInput = z
  .object({ date, name: z.union([z.literal(""), line(60)]), periods })
  .superRefine((own, context) => {
    for (const { index, field, problem } of checkPeriods(own.periods))
      context.addIssue({ code: "custom", message: problem, path: ["periods", index, field] });
  });

const holidayCountry = z
  .string()
  .refine((code) => isCountry(code) && knowsHolidaysOf(code), { error: "no-holidays-known" })
  .transform((code) => code as Country);

export const ScheduleInput = z.object({
  name: line(60),
  weekly: WeekInput,
  holidays: z.object({
    country: holidayCountry.nullable(),
    exceptions: z
      .array(z.string().min(1).max(120))
      .max(100)
      .transform((keys) => [...new Set(keys)].sort()),
  }),
  dates: z
    .array(OwnDateInput)
    .max(MOST_DATES)
    .superRefine((dates, context) => {
      const seen = new Set<string>();
      for (const [index, own] of dates.entries()) {
        if (seen.has(own.date)) context.addIssue({ code: "custom", message: "twice", path: [index, "date"] });
        seen.add(own.date);
      }
    })
    .transform((dates) => dates.toSorted((one, other) => one.date.localeCompare(other.date))),
});

/** The main schedule may have no name. */
export const SchedulePatch = ScheduleInput.extend({ name: z.union([z.literal(""), line(60)]) }).partial();

export const OverrideInput = z.object({
  state: z.enum(["open", "closed"], { error: "not-a-state" }),
  /** ISO 8601; null: until somebody ends it. */
  until: z.iso.datetime({ offset: true, error: "not-a-time" }).nullable(),
});

export const CountryQuery = z.object({ country: holidayCountry });

function isDate(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
