import { describe, expect, it } from "vitest";
import { dateIn, dateTimeIn, hourIn, isDate, lastTimeOfDay, startOfDay } from "./zone-day.ts";

describe("days on a wall clock", () => {
  it.each([
    ["Asia/Tbilisi", "2026-11-22", "2026-11-21T20:00:00.000Z"],
    ["Asia/Ulaanbaatar", "2026-11-22", "2026-11-21T16:00:00.000Z"],
    ["UTC", "2026-11-22", "2026-11-22T00:00:00.000Z"],
    ["America/New_York", "2026-11-22", "2026-11-22T05:00:00.000Z"],
    // Clocks go forward and back on these days: they have 23 and 25 hours.
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z"],
    ["Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z"],
    // There is no midnight on this day: the clock goes from 23:59:59 to 01:00.
    ["Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z"],
    ["America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000Z"],
    // There are two on this one: it goes from 00:59:59 to 00:00.
    ["America/Havana", "2026-11-01", "2026-11-01T04:00:00.000Z"],
  ])("in %s %s begins at %s", (timeZone, date, expected) => {
    expect(startOfDay(date, timeZone).toISOString()).toBe(expected);
  });

  it("the end of a day is the beginning of the next, also over a year's end", () => {
    expect(startOfDay("2026-03-29", "Europe/Berlin", 1).toISOString()).toBe("2026-03-29T22:00:00.000Z");
    expect(startOfDay("2026-12-31", "Asia/Tbilisi", 1)).toEqual(startOfDay("2027-01-01", "Asia/Tbilisi"));
  });

  it("a moment is read on the wall there", () => {
    const at = new Date("2026-11-22T20:30:05.999Z");
    expect(dateIn("Asia/Tbilisi", at)).toBe("2026-11-23");
    expect(dateTimeIn("Asia/Tbilisi", at)).toBe("2026-11-23 00:30:05");
    expect(dateIn("America/New_York", at)).toBe("2026-11-22");
    expect(hourIn("Asia/Tbilisi", at)).toBe(0);
    expect(hourIn("Asia/Kathmandu", at)).toBe(2);
  });

  it.each(["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "yesterday", "2026-01-01T00:00"])(
    "%s is no date",
    (text) => {
      expect(isDate(text)).toBe(false);
    },
  );
  it("a leap day is one", () => {
    expect(isDate("2028-02-29")).toBe(true);
  });
});

describe("the last time that the clock there showed a time of day", () => {
  it.each([
    ["02:30", "2026-11-22T12:00:00Z", "2026-11-21T22:30:00.000Z"],
    ["02:30", "2026-11-21T22:30:00Z", "2026-11-21T22:30:00.000Z"],
    ["02:30", "2026-11-21T22:29:59Z", "2026-11-20T22:30:00.000Z"],
    ["00:00", "2026-11-21T20:00:00Z", "2026-11-21T20:00:00.000Z"],
    ["23:59", "2026-11-21T20:00:00Z", "2026-11-21T19:59:00.000Z"],
  ])("%s at %s", (time, now, expected) => {
    expect(new Date(lastTimeOfDay(time, "Asia/Tbilisi", Date.parse(now))).toISOString()).toBe(expected);
  });

  it.each([
    ["12:00", "2026-03-29T10:30:00Z", "2026-03-29T10:00:00.000Z"],
    ["12:00", "2026-10-25T11:30:00Z", "2026-10-25T11:00:00.000Z"],
    // Left out on this day: when it would have been.
    ["02:30", "2026-03-29T12:00:00Z", "2026-03-29T01:30:00.000Z"],
  ])("%s at %s, on a day of another length", (time, now, expected) => {
    expect(new Date(lastTimeOfDay(time, "Europe/Berlin", Date.parse(now))).toISOString()).toBe(expected);
  });
});
