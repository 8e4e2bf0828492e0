import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OwnDate, PublicHoliday, Schedule, WeeklyHours } from "../../calls/schedule.ts";
import {
  closedUntilNextOpening,
  isOpenBySchedule,
  nextChange,
  nextOpening,
  openUntilMidnight,
  plainSchedule,
} from "./schedule.ts";
import { usualHours } from "./weekly-hours.ts";

const MINUTE = 60_000;
const at = (iso: string) => Date.parse(iso);
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString().slice(0, 16).concat("Z"));
const TBILISI = "Asia/Tbilisi";
const BERLIN = "Europe/Berlin";
const NEW_YORK = "America/New_York";

const NEVER: WeeklyHours = {
  alwaysOpen: false,
  ...{ monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] },
};
/** Monday to Saturday, nine to six. */
const usual = (over: Partial<Schedule> = {}): Schedule => ({ ...plainSchedule(usualHours()), ...over });
const week = (over: Partial<WeeklyHours>, base = NEVER): Schedule => plainSchedule({ ...base, ...over });
const GEORGE: PublicHoliday = { date: "2026-11-23", key: "11-23", name: "გიორგობა" };
const NEW_YEAR: PublicHoliday = { date: "2027-01-01", key: "01-01", name: "ახალი წელი" };
const inGeorgia = (exceptions: string[] = []) => ({ country: "GE" as const, exceptions, days: [GEORGE, NEW_YEAR] });
const own = (date: string, periods: OwnDate["periods"] = [], name = ""): OwnDate => ({ date, name, periods });

describe("public holidays", () => {
  test("are closed, by name, from midnight to midnight on the site's clock", () => {
    const schedule = usual({ holidays: inGeorgia() });
    expect(isOpenBySchedule(schedule, at("2026-11-23T08:00Z"), TBILISI)).toEqual({
      isOpen: false,
      reason: "holiday",
      name: "გიორგობა",
    });
    expect(isOpenBySchedule(schedule, at("2026-11-24T08:00Z"), TBILISI)).toEqual({
      isOpen: true,
      reason: "weekly",
      name: null,
    });
    // 22 November 20:00 UTC is the 23rd there already.
    expect(isOpenBySchedule(schedule, at("2026-11-22T20:00Z"), TBILISI).reason).toBe("holiday");
    expect(isOpenBySchedule(schedule, at("2026-11-22T19:59Z"), TBILISI).reason).toBe("weekly");
  });

  test("on which the firm works are days like any other; so are all without a country", () => {
    const noon = at("2026-11-23T08:00Z");
    expect(isOpenBySchedule(usual({ holidays: inGeorgia(["11-23"]) }), noon, TBILISI).isOpen).toBe(true);
    expect(isOpenBySchedule(usual({ holidays: { ...inGeorgia(), country: null } }), noon, TBILISI).isOpen).toBe(true);
  });

  test("do not close what is always open; an own date does", () => {
    const schedule = { ...week({ alwaysOpen: true }), holidays: inGeorgia() };
    expect(isOpenBySchedule(schedule, at("2026-11-23T08:00Z"), TBILISI).isOpen).toBe(true);
    const closed = { ...schedule, dates: [own("2026-11-23", [], "Moving house")] };
    expect(isOpenBySchedule(closed, at("2026-11-23T08:00Z"), TBILISI)).toEqual({
      isOpen: false,
      reason: "own-date",
      name: "Moving house",
    });
    expect(iso(nextOpening(closed, at("2026-11-23T08:00Z"), TBILISI))).toBe("2026-11-23T20:00Z");
  });

  test("a night that began before the holiday goes on into it; one that would begin on it does not", () => {
    const night = { from: "20:00", to: "02:00" };
    const schedule = { ...week({ sunday: [night], monday: [night] }), holidays: inGeorgia() };
    // The holiday is Monday the 23rd.
    expect(isOpenBySchedule(schedule, at("2026-11-22T21:00Z"), TBILISI)).toMatchObject({
      isOpen: true,
      reason: "weekly",
    });
    expect(isOpenBySchedule(schedule, at("2026-11-23T17:00Z"), TBILISI).isOpen).toBe(false);
    expect(isOpenBySchedule(schedule, at("2026-11-23T21:00Z"), TBILISI).isOpen).toBe(false);
  });
});

describe("own dates", () => {
  test("half days: open in the morning, closed after, whatever the week says", () => {
    const schedule = usual({ dates: [own("2026-12-31", [{ from: "09:00", to: "13:00" }], "New Year's Eve")] });
    expect(isOpenBySchedule(schedule, at("2026-12-31T08:59Z"), TBILISI)).toEqual({
      isOpen: true,
      reason: "own-date",
      name: "New Year's Eve",
    });
    expect(isOpenBySchedule(schedule, at("2026-12-31T09:00Z"), TBILISI).isOpen).toBe(false);
    expect(iso(nextChange(schedule, at("2026-12-31T06:00Z"), TBILISI))).toBe("2026-12-31T09:00Z");
    expect(iso(nextOpening(schedule, at("2026-12-31T10:00Z"), TBILISI))).toBe("2027-01-01T05:00Z");
  });

  test("short hours on a public holiday, and hours on a Sunday", () => {
    const schedule = usual({
      holidays: inGeorgia(),
      dates: [own("2026-11-23", [{ from: "10:00", to: "14:00" }]), own("2026-11-22", [{ from: "10:00", to: "12:00" }])],
    });
    expect(isOpenBySchedule(schedule, at("2026-11-23T09:59Z"), TBILISI)).toMatchObject({ isOpen: true, name: null });
    expect(isOpenBySchedule(schedule, at("2026-11-23T10:00Z"), TBILISI).isOpen).toBe(false);
    expect(isOpenBySchedule(schedule, at("2026-11-22T07:00Z"), TBILISI).isOpen).toBe(true);
  });

  test("holidays in a row are passed over: the next opening is after them", () => {
    const days = ["01-01", "01-02", "01-04", "01-05"].map((day) => ({ date: `2027-${day}`, key: day, name: day }));
    const schedule = usual({ holidays: { country: "RU", exceptions: [], days }, dates: [own("2027-01-06")] });
    // 3 January is a Sunday.
    expect(iso(nextOpening(schedule, at("2026-12-31T15:00Z"), "UTC"))).toBe("2026-12-31T15:00Z");
    expect(iso(nextOpening(schedule, at("2026-12-31T18:00Z"), "UTC"))).toBe("2027-01-07T09:00Z");
  });
});

describe("closed now, open now", () => {
  test("hold until their time and not a moment longer", () => {
    const override = { state: "closed", untilMs: at("2026-11-24T10:30Z") } as const;
    const schedule = usual({ override });
    expect(isOpenBySchedule(schedule, at("2026-11-24T10:29:59Z"), TBILISI)).toEqual({
      isOpen: false,
      reason: "override",
      name: null,
    });
    expect(isOpenBySchedule(schedule, at("2026-11-24T10:30Z"), TBILISI)).toMatchObject({
      isOpen: true,
      reason: "weekly",
    });
    expect(iso(nextChange(schedule, at("2026-11-24T09:00Z"), TBILISI))).toBe("2026-11-24T10:30Z");
    expect(iso(nextOpening(schedule, at("2026-11-24T09:00Z"), TBILISI))).toBe("2026-11-24T10:30Z");
  });

  test("go before holidays, own dates and the week", () => {
    const sunday = at("2026-11-22T08:00Z");
    const schedule = usual({
      holidays: inGeorgia(),
      dates: [own("2026-11-22")],
      override: { state: "open", untilMs: null },
    });
    expect(isOpenBySchedule(schedule, sunday, TBILISI)).toMatchObject({ isOpen: true, reason: "override" });
    expect(isOpenBySchedule(schedule, at("2026-11-23T08:00Z"), TBILISI).isOpen).toBe(true);
    expect(nextChange(schedule, sunday, TBILISI)).toBeNull();
  });

  test("an end that changes nothing is no change: open until after closing time runs out at closing time, not before", () => {
    const schedule = usual({ override: { state: "open", untilMs: at("2026-11-24T12:00Z") } });
    // The plan is open then too, until 14:00 UTC.
    expect(iso(nextChange(schedule, at("2026-11-24T09:00Z"), TBILISI))).toBe("2026-11-24T14:00Z");
  });

  test("closed until further notice never opens", () => {
    const schedule = usual({ override: { state: "closed", untilMs: null } });
    expect(nextOpening(schedule, at("2026-11-24T09:00Z"), TBILISI)).toBeNull();
  });

  test("'closed now' lasts until the plan opens again", () => {
    const lunch = [
      { from: "09:00", to: "13:00" },
      { from: "14:00", to: "18:00" },
    ];
    const schedule = week({ monday: lunch, tuesday: lunch });
    const until = (moment: string) => iso(closedUntilNextOpening(schedule, at(moment), "UTC"));
    expect(until("2026-11-23T10:00Z")).toBe("2026-11-23T14:00Z");
    expect(until("2026-11-23T15:00Z")).toBe("2026-11-24T09:00Z");
    expect(until("2026-11-24T15:00Z")).toBe("2026-11-30T09:00Z");
    expect(until("2026-11-23T20:00Z")).toBe("2026-11-24T09:00Z");
    // What is in force at the moment is not the plan.
    const opened: Schedule = { ...schedule, override: { state: "open", untilMs: null } };
    expect(iso(closedUntilNextOpening(opened, at("2026-11-23T20:00Z"), "UTC"))).toBe("2026-11-24T09:00Z");
    expect(closedUntilNextOpening(week({ alwaysOpen: true }), at("2026-11-23T20:00Z"), "UTC")).toBeNull();
    expect(closedUntilNextOpening(week({}), at("2026-11-23T20:00Z"), "UTC")).toBeNull();
  });

  test("'open now' lasts until midnight on the site's clock, also when that night the clocks change", () => {
    expect(iso(openUntilMidnight(at("2026-11-22T12:00Z"), TBILISI))).toBe("2026-11-22T20:00Z");
    expect(iso(openUntilMidnight(at("2026-11-22T20:00Z"), TBILISI))).toBe("2026-11-23T20:00Z");
    expect(iso(openUntilMidnight(at("2026-03-29T10:00Z"), BERLIN))).toBe("2026-03-29T22:00Z");
    expect(iso(openUntilMidnight(at("2026-03-28T23:30Z"), BERLIN))).toBe("2026-03-29T22:00Z");
    expect(iso(openUntilMidnight(at("2026-10-25T10:00Z"), BERLIN))).toBe("2026-10-25T23:00Z");
    // There clocks went from 24:00 to 01:00: no clock showed 00:00.
    expect(iso(openUntilMidnight(at("2014-03-27T12:00Z"), "Asia/Amman"))).toBe("2014-03-27T22:00Z");
  });
});

describe("across changes of daylight saving time", () => {
  const nineToTen = week({ sunday: [{ from: "09:00", to: "10:00" }] });
  const night = week({ saturday: [{ from: "22:00", to: "03:30" }] });

  test.each([
    ["Berlin, clocks forward", BERLIN, "2026-03-27T12:00Z", "2026-03-29T07:00Z", "2026-03-29T08:00Z"],
    ["Berlin, clocks back", BERLIN, "2026-10-23T12:00Z", "2026-10-25T08:00Z", "2026-10-25T09:00Z"],
    ["New York, clocks forward", NEW_YORK, "2026-03-06T12:00Z", "2026-03-08T13:00Z", "2026-03-08T14:00Z"],
    ["New York, clocks back", NEW_YORK, "2026-10-30T12:00Z", "2026-11-01T14:00Z", "2026-11-01T15:00Z"],
    ["Tbilisi has none", TBILISI, "2026-03-27T12:00Z", "2026-03-29T05:00Z", "2026-03-29T06:00Z"],
  ])("nine o'clock is nine o'clock: %s", (_, zone, before, opens, closes) => {
    expect(iso(nextOpening(nineToTen, at(before), zone))).toBe(opens);
    expect(iso(nextChange(nineToTen, at(opens), zone))).toBe(closes);
  });

  test("a night over the change ends when the clock says so: an hour earlier in spring, an hour later in autumn", () => {
    expect(iso(nextOpening(night, at("2026-03-28T12:00Z"), BERLIN))).toBe("2026-03-28T21:00Z");
    expect(iso(nextChange(night, at("2026-03-28T21:00Z"), BERLIN))).toBe("2026-03-29T01:30Z");
    expect(iso(nextChange(night, at("2026-10-24T20:00Z"), BERLIN))).toBe("2026-10-25T02:30Z");
  });

  test("hours that begin in the hour that is left out begin when the clock has gone past it", () => {
    // There is no 02:30 on 29 March: clocks go from 02:00 to 03:00 at 01:00 UTC.
    const early = week({ sunday: [{ from: "02:30", to: "05:00" }] });
    expect(iso(nextOpening(early, at("2026-03-28T12:00Z"), BERLIN))).toBe("2026-03-29T01:00Z");
    const within = week({ sunday: [{ from: "02:10", to: "02:50" }] });
    expect(iso(nextOpening(within, at("2026-03-28T12:00Z"), BERLIN))).toBe("2026-04-05T00:10Z");
  });

  test("an hour that comes twice is open twice", () => {
    const twice = week({ sunday: [{ from: "02:00", to: "03:00" }] });
    expect(iso(nextOpening(twice, at("2026-10-24T12:00Z"), BERLIN))).toBe("2026-10-25T00:00Z");
    expect(iso(nextChange(twice, at("2026-10-25T00:00Z"), BERLIN))).toBe("2026-10-25T02:00Z");
    const half = week({ sunday: [{ from: "02:00", to: "02:30" }] });
    expect(iso(nextChange(half, at("2026-10-25T00:00Z"), BERLIN))).toBe("2026-10-25T00:30Z");
    expect(iso(nextOpening(half, at("2026-10-25T00:30Z"), BERLIN))).toBe("2026-10-25T01:00Z");
  });

  test("a holiday of 23 or 25 hours is closed all of it", () => {
    const days = [{ date: "2026-10-25", key: "x", name: "X" }];
    const schedule: Schedule = {
      ...week({ saturday: [{ from: "00:00", to: "24:00" }], monday: [{ from: "00:00", to: "24:00" }] }),
      holidays: { country: "DE", exceptions: [], days },
    };
    expect(iso(nextChange(schedule, at("2026-10-24T12:00Z"), BERLIN))).toBe("2026-10-24T22:00Z");
    expect(iso(nextOpening(schedule, at("2026-10-24T22:00Z"), BERLIN))).toBe("2026-10-25T23:00Z");
  });
});

describe("properties", () => {
  const time = fc.integer({ min: 0, max: 95 }).map((quarter) => clock(quarter * 15));
  const periods = fc.array(fc.record({ from: time, to: time }), { maxLength: 2 });
  const day = fc.integer({ min: 0, max: 40 }).map((days) => new Date(at("2026-03-20T00:00Z") + days * 86_400_000));
  const date = day.map((found) => found.toISOString().slice(0, 10));
  const schedule: fc.Arbitrary<Schedule> = fc.record({
    scheduleId: fc.constant(plainSchedule(NEVER).scheduleId),
    name: fc.constant(""),
    weekly: fc.record({
      alwaysOpen: fc.constant(false),
      ...{ monday: periods, tuesday: periods, wednesday: periods, thursday: periods, friday: periods },
      ...{ saturday: periods, sunday: periods },
    }),
    holidays: fc.record({
      country: fc.constant("DE" as const),
      exceptions: fc.constant(["worked"]),
      days: fc.array(fc.record({ date, key: fc.constantFrom("worked", "off"), name: fc.constant("X") })),
    }),
    dates: fc.array(fc.record({ date, name: fc.constant("own"), periods }), { maxLength: 3 }),
    override: fc.option(
      fc.record({
        state: fc.constantFrom("open" as const, "closed" as const),
        untilMs: fc.integer({ min: at("2026-03-20T00:00Z"), max: at("2026-04-10T00:00Z") }),
      }),
    ),
  });
  // Changes of clocks in between: New York on 8 March, Berlin on 29 March, Lord Howe (by half an hour) on 5 April.
  const zone = fc.constantFrom("UTC", TBILISI, BERLIN, NEW_YORK, "Australia/Lord_Howe", "Pacific/Kiritimati");
  const moment = fc.integer({ min: at("2026-03-05T00:00Z"), max: at("2026-04-10T00:00Z") });

  test("the next change is the first: nothing changes in any minute before, and it changes then", () => {
    fc.assert(
      fc.property(schedule, zone, moment, (found, timeZone, fromMs) => {
        const isOpen = (ms: number) => isOpenBySchedule(found, ms, timeZone).isOpen;
        const changeMs = nextChange(found, fromMs, timeZone);
        const until = changeMs ?? fromMs + 16 * 86_400_000;
        for (let ms = fromMs; ms < until; ms += 23 * MINUTE) expect(isOpen(ms)).toBe(isOpen(fromMs));
        for (let ms = Math.max(fromMs, until - 130 * MINUTE); ms < until; ms += MINUTE)
          expect(isOpen(ms)).toBe(isOpen(fromMs));
        if (changeMs === null) return;
        expect(changeMs).toBeGreaterThan(fromMs);
        expect(isOpen(changeMs)).toBe(!isOpen(fromMs));
      }),
      { numRuns: 50 },
    );
  });

  test("it is open at the next opening, and never before it", () => {
    fc.assert(
      fc.property(schedule, zone, moment, (found, timeZone, fromMs) => {
        const opening = nextOpening(found, fromMs, timeZone);
        if (opening === null) return;
        expect(opening).toBeGreaterThanOrEqual(fromMs);
        expect(isOpenBySchedule(found, opening, timeZone).isOpen).toBe(true);
        for (let ms = fromMs; ms < opening; ms += 19 * MINUTE)
          expect(isOpenBySchedule(found, ms, timeZone).isOpen).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
