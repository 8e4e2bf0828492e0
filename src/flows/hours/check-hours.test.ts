import { expect, test } from "vitest";
import type { WeeklyHours } from "../../calls/schedule.ts";
import { checkPeriods, checkWeek } from "./check-hours.ts";
import { usualHours } from "./weekly-hours.ts";

const week = (over: Partial<WeeklyHours>): WeeklyHours => ({ ...usualHours(), ...over });

test("usual hours, lunch breaks, touching periods and nights are fine", () => {
  expect(checkWeek(usualHours())).toEqual([]);
  const lunch = [
    { from: "09:00", to: "13:00" },
    { from: "13:00", to: "18:00" },
  ];
  const night = [{ from: "20:00", to: "02:00" }];
  expect(checkWeek(week({ monday: lunch, friday: night, saturday: night }))).toEqual([]);
  expect(checkPeriods([{ from: "00:00", to: "24:00" }])).toEqual([]);
  expect(checkPeriods([{ from: "18:00", to: "00:00" }])).toEqual([]);
});

test("what is no time, ends as it begins or lies over another is pointed at, by place and field", () => {
  expect(checkPeriods([{ from: "9", to: "25:00" }])).toEqual([
    { index: 0, field: "from", problem: "not-a-time" },
    { index: 0, field: "to", problem: "not-a-time" },
  ]);
  expect(checkPeriods([{ from: "24:00", to: "02:00" }])).toEqual([{ index: 0, field: "from", problem: "not-a-time" }]);
  expect(checkPeriods([{ from: "09:00", to: "09:00" }])).toEqual([{ index: 0, field: "to", problem: "same-time" }]);
  const periods = [
    { from: "09:00", to: "13:00" },
    { from: "12:59", to: "18:00" },
    { from: "17:00", to: "01:00" },
  ];
  expect(checkPeriods(periods)).toEqual([
    { index: 1, field: "from", problem: "overlaps" },
    { index: 2, field: "from", problem: "overlaps" },
  ]);
});

test("a night that runs into the next day's hours is pointed at where it ends", () => {
  const long = [{ from: "20:00", to: "10:00" }];
  expect(checkWeek(week({ monday: long }))).toEqual([{ day: "monday", index: 0, field: "to", problem: "overlaps" }]);
  // Sunday's night runs into Monday.
  expect(checkWeek(week({ sunday: long }))).toEqual([{ day: "sunday", index: 0, field: "to", problem: "overlaps" }]);
  expect(checkWeek(week({ saturday: long }))).toEqual([]);
});

test("days that do not count are not objected to", () => {
  expect(checkWeek(week({ alwaysOpen: true, monday: [{ from: "", to: "" }] }))).toEqual([]);
});
