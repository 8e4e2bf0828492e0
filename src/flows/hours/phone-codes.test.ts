import { describe, expect, test } from "vitest";
import { overrideFor, readHoursCode } from "./phone-codes.ts";
import { plainSchedule } from "./schedule.ts";
import { usualHours } from "./weekly-hours.ts";

describe("a code that is dialled", () => {
  test("says what is wanted, and for which hours", () => {
    expect(readHoursCode("*91")).toEqual({ wish: "close", scheduleId: 1 });
    expect(readHoursCode("*92")).toEqual({ wish: "open", scheduleId: 1 });
    expect(readHoursCode("*90")).toEqual({ wish: "plan", scheduleId: 1 });
    expect(readHoursCode("*91*12")).toEqual({ wish: "close", scheduleId: 12 });
  });

  test.each(["91", "*9", "*93", "*910", "*91#", "*91*", "*91*0", "*91*x", "**91", "+*91", "101", ""])(
    "'%s' is none",
    (dialled) => {
      expect(readHoursCode(dialled)).toBeNull();
    },
  );
});

describe("what it comes to", () => {
  const monday = Date.parse("2026-11-23T10:00Z");
  const usual = plainSchedule(usualHours());

  test("closed until the next opening, open until midnight, or the plan", () => {
    expect(overrideFor("close", usual, monday, "UTC")).toEqual({
      state: "closed",
      untilMs: Date.parse("2026-11-24T09:00Z"),
    });
    expect(overrideFor("open", usual, monday, "Asia/Tbilisi")).toEqual({
      state: "open",
      untilMs: Date.parse("2026-11-23T20:00Z"),
    });
    expect(overrideFor("plan", usual, monday, "UTC")).toBeNull();
  });

  test("closing what never closes by itself lasts until somebody ends it", () => {
    const always = plainSchedule({ ...usualHours(), alwaysOpen: true });
    expect(overrideFor("close", always, monday, "UTC")).toEqual({ state: "closed", untilMs: null });
  });
});
