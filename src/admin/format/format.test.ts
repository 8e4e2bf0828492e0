import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, secondsBetween } from "./duration.ts";
import { formatBytes, formatNumber } from "./quantity.ts";
import { checkIntervals, readTimeOfDay, runsPastMidnight } from "./time-of-day.ts";
import { showControlCharacters } from "./untrusted-text.ts";
import { addDays, formatClock, formatClockSeconds, formatDate, formatUtcOffset, zoneDate } from "./zone-time.ts";

describe("durations", () => {
  test.each([
    [0, "0:00"],
    [7, "0:07"],
    [125, "2:05"],
    [125.9, "2:05"],
    [3599, "59:59"],
    [3725, "1:02:05"],
    [-4, "0:00"],
    [Number.NaN, "0:00"],
  ])("%s seconds are %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  test("what is shown adds up to the seconds that were given", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seconds) => {
        const total = formatDuration(seconds)
          .split(":")
          .reduce((sum, part) => sum * 60 + Number(part), 0);
        expect(total).toBe(seconds);
      }),
    );
  });

  test("a start in the future (a clock that is off) counts as just now", () => {
    expect(secondsBetween("2026-11-24T10:00:10Z", Date.parse("2026-11-24T10:00:00Z"))).toBe(0);
    expect(secondsBetween("2026-11-24T10:00:00Z", Date.parse("2026-11-24T10:02:05.700Z"))).toBe(125);
  });
});

describe("numbers", () => {
  test("carry the marks of the language", () => {
    expect(formatNumber(1234567, "ka")).toBe("1\u00a0234\u00a0567");
    expect(formatNumber(1234567.25, "ru", 2)).toBe("1\u00a0234\u00a0567,25");
    expect(formatNumber(1234, "ru")).toBe("1234");
    expect(formatNumber(1234, "mn")).toBe("1,234");
    expect(formatNumber(-1234.5, "en", 1)).toBe("\u22121,234.5");
    expect(formatNumber(999, "en")).toBe("999");
  });
  test("sizes are never shown as nothing", () => {
    expect(formatBytes(12, "en")).toEqual({ value: "1", unit: "kb" });
    expect(formatBytes(999_400, "en")).toEqual({ value: "999", unit: "kb" });
    expect(formatBytes(1_540_000, "ka")).toEqual({ value: "1,5", unit: "mb" });
  });
});

describe("times are those of the site's zone", () => {
  const lateEvening = "2026-11-24T21:30:05Z";
  test("the clock and the date are Tbilisi's, not this computer's", () => {
    expect(formatClock(lateEvening, "Asia/Tbilisi")).toBe("01:30");
    expect(formatClockSeconds(lateEvening, "Asia/Ulaanbaatar")).toBe("05:30:05");
    expect(zoneDate(Date.parse(lateEvening), "Asia/Tbilisi")).toBe("2026-11-25");
    expect(zoneDate(Date.parse(lateEvening), "Europe/London")).toBe("2026-11-24");
  });
  test("midnight is 00:00, not 24:00", () => {
    expect(formatClock("2026-11-24T20:00:00Z", "Asia/Tbilisi")).toBe("00:00");
  });
  test("dates are written as the language writes them", () => {
    expect(formatDate("2026-11-04", "ka")).toBe("04.11.2026");
    expect(formatDate("2026-11-04", "mn")).toBe("2026.11.04");
    expect(formatDate("2026-11-04", "en")).toBe("04/11/2026");
  });
  test("days are added across months, leap days and changes of the clock", () => {
    expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
    expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
  });
  test("a zone's distance from UTC follows summer time and half hours", () => {
    const winter = Date.parse("2026-01-15T12:00:00.400Z");
    const summer = Date.parse("2026-07-15T12:00:00Z");
    expect(formatUtcOffset("Asia/Tbilisi", winter)).toBe("UTC+04:00");
    expect(formatUtcOffset("America/New_York", winter)).toBe("UTC\u221205:00");
    expect(formatUtcOffset("America/New_York", summer)).toBe("UTC\u221204:00");
    expect(formatUtcOffset("Asia/Kolkata", summer)).toBe("UTC+05:30");
  });
});

describe("times of day as typed", () => {
  test.each([
    ["9", "09:00"],
    ["930", "09:30"],
    ["0930", "09:30"],
    ["9.30", "09:30"],
    [" 18:05 ", "18:05"],
    ["24:00", "24:00"],
  ])("%s is %s", (typed, time) => {
    expect(readTimeOfDay(typed)).toBe(time);
  });
  test.each(["", "25", "9:75", "24:01", "nine", "9:3", "123456"])("%s is no time", (typed) => {
    expect(readTimeOfDay(typed)).toBeNull();
  });

  test("intervals may touch, not overlap, and may run past midnight", () => {
    const check = (...times: [string, string][]) => checkIntervals(times.map(([from, to]) => ({ from, to })));
    expect(check(["09:00", "13:00"], ["13:00", "18:00"])).toEqual([null, null]);
    expect(check(["09:00", "13:00"], ["12:00", "18:00"])).toEqual([null, "overlaps"]);
    expect(check(["14", "18"], ["9", "14"])).toEqual([null, null]);
    expect(check(["18:00", "09:00"])).toEqual([null]);
    expect(check(["18:00", "02:00"], ["23:00", "23:30"])).toEqual([null, "overlaps"]);
    expect(check(["24:00", "24:00"])).toEqual(["not-a-time"]);
    expect(check(["", "18:00"])).toEqual(["not-a-time"]);
    expect(runsPastMidnight({ from: "20:00", to: "2" })).toBe(true);
    expect(runsPastMidnight({ from: "9", to: "24" })).toBe(false);
    expect(runsPastMidnight({ from: "9", to: "" })).toBe(false);
  });
});

describe("untrusted text", () => {
  test("line breaks and control characters are shown", () => {
    expect(showControlCharacters("a\r\nb\nc\u2028d")).toBe("a↵b↵c↵d");
    expect(showControlCharacters("a\u0000b\tc\u007fd\u0085e")).toBe("a\u2400b\u2409c\u2421d\ufffde");
  });
  test("no control character is left, and words in any script stay as they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(showControlCharacters(text)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
    );
    expect(showControlCharacters('ნინო "O’Brien" %41 ${x}')).toBe('ნინო "O’Brien" %41 ${x}');
  });
});
