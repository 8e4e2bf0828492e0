import { describe, expect, test } from "vitest";
import { wallClock } from "./wall-clock.ts";
import { isOpen, minutesOf, usualHours, type WeeklyHours } from "./weekly-hours.ts";

const at = (iso: string) => Date.parse(iso);
const hours = (over: Partial<WeeklyHours>): WeeklyHours => ({ ...usualHours(), ...over });

describe("weekly hours", () => {
  test("are read on the wall clock of the site, not of the machine", () => {
    // Tbilisi is four hours ahead of UTC all year.
    expect(wallClock(at("2026-11-23T05:30:00Z"), "Asia/Tbilisi")).toEqual({
      date: "2026-11-23",
      weekday: "monday",
      minutes: 9 * 60 + 30,
    });
    expect(isOpen(usualHours(), at("2026-11-23T04:59:59Z"), "Asia/Tbilisi")).toBe(false);
    expect(isOpen(usualHours(), at("2026-11-23T05:00:00Z"), "Asia/Tbilisi")).toBe(true);
    expect(isOpen(usualHours(), at("2026-11-23T13:59:59Z"), "Asia/Tbilisi")).toBe(true);
    expect(isOpen(usualHours(), at("2026-11-23T14:00:00Z"), "Asia/Tbilisi")).toBe(false);
  });

  test("an interval past midnight belongs to the day on which it begins", () => {
    const night = hours({ friday: [{ from: "20:00", to: "02:00" }], saturday: [], sunday: [] });
    expect(isOpen(night, at("2026-11-27T21:00:00Z"), "UTC")).toBe(true);
    expect(isOpen(night, at("2026-11-28T01:59:00Z"), "UTC")).toBe(true);
    expect(isOpen(night, at("2026-11-28T02:00:00Z"), "UTC")).toBe(false);
    expect(isOpen(night, at("2026-11-27T01:00:00Z"), "UTC")).toBe(false);
  });

  test("several intervals, always open, and 24:00", () => {
    const lunch = hours({
      monday: [
        { from: "09:00", to: "13:00" },
        { from: "14:00", to: "24:00" },
      ],
    });
    expect(isOpen(lunch, at("2026-11-23T13:30:00Z"), "UTC")).toBe(false);
    expect(isOpen(lunch, at("2026-11-23T23:59:59Z"), "UTC")).toBe(true);
    expect(isOpen(lunch, at("2026-11-24T00:00:00Z"), "UTC")).toBe(false);
    expect(isOpen(hours({ alwaysOpen: true }), at("2026-11-22T03:00:00Z"), "UTC")).toBe(true);
  });

  test("hold across both changes of daylight saving time", () => {
    // Berlin 2026: forward on 29 March, back on 25 October, both Sundays.
    const sunday = hours({ sunday: [{ from: "09:00", to: "10:00" }] });
    expect(isOpen(sunday, at("2026-03-29T07:00:00Z"), "Europe/Berlin")).toBe(true);
    expect(isOpen(sunday, at("2026-03-29T08:00:00Z"), "Europe/Berlin")).toBe(false);
    expect(isOpen(sunday, at("2026-10-25T08:00:00Z"), "Europe/Berlin")).toBe(true);
    expect(isOpen(sunday, at("2026-10-25T07:59:00Z"), "Europe/Berlin")).toBe(false);
  });

  test("a text that is no time of day is not one", () => {
    expect(["9:00", "24:01", "25:00", "12:60", "", "noon"].map(minutesOf)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(minutesOf("00:00")).toBe(0);
  });
});
