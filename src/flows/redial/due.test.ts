import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOpen, nextOpening, usualHours, type WeeklyHours } from "../hours/weekly-hours.ts";
import { dueAt, hasGivenUp, type PastAttempt, type RedialSettings, USUAL_REDIAL } from "./due.ts";

const MINUTE = 60_000;
const T = Date.parse("2026-11-23T10:00:00Z");
const always = (atMs: number) => atMs;
const minutesAfter = (atMs: number | null) => (atMs === null ? null : (atMs - T) / MINUTE);
const vain = (minutes: number): PastAttempt => ({ wasDialled: true, endedAtMs: T + minutes * MINUTE });
const notMade = (minutes: number): PastAttempt => ({ wasDialled: false, endedAtMs: T + minutes * MINUTE });

function dueAfter(attempts: PastAttempt[], over: { lastCall?: number; callNow?: number } = {}): number | null {
  const { lastCall = 0, callNow } = over;
  const ticket = {
    lastCallAtMs: T + lastCall * MINUTE,
    callNowAtMs: callNow === undefined ? null : T + callNow * MINUTE,
    attempts,
  };
  return minutesAfter(dueAt(ticket, USUAL_REDIAL, always));
}

describe("the next try is due", () => {
  test("1 minute after the missed call, then 5, 30 and 120 after the last try, and then not any more", () => {
    expect(dueAfter([])).toBe(1);
    expect(dueAfter([vain(2)])).toBe(7);
    expect(dueAfter([vain(2), vain(8)])).toBe(38);
    expect(dueAfter([vain(2), vain(8), vain(40)])).toBe(160);
    expect(dueAfter([vain(2), vain(8), vain(40), vain(161)])).toBeNull();
  });

  test("1 minute after another call of theirs: they are at their phone", () => {
    expect(dueAfter([vain(2), vain(8)], { lastCall: 20 })).toBe(21);
    expect(dueAfter([vain(2), vain(8), vain(22)], { lastCall: 20 })).toBe(22 + 120);
  });

  test("soon again when no operator was there for it, and that was no try", () => {
    expect(dueAfter([notMade(1.5)])).toBe(2);
    expect(dueAfter([notMade(1.5), notMade(2.5), vain(4)])).toBe(9);
  });

  test("at once when somebody wants so, but never twice within a minute", () => {
    expect(dueAfter([vain(2)], { callNow: 3.5 })).toBe(3.5);
    expect(dueAfter([vain(2)], { callNow: 2.1 })).toBe(3);
    // It was done since.
    expect(dueAfter([vain(2), vain(4)], { callNow: 3.5 })).toBe(34);
  });

  test("when the firm opens, if that is later", () => {
    const ticket = { lastCallAtMs: Date.parse("2026-11-21T17:59:30Z"), callNowAtMs: null, attempts: [] };
    const opening = (atMs: number) => nextOpening(usualHours(), atMs, "UTC");
    expect(dueAt(ticket, USUAL_REDIAL, opening)).toBe(Date.parse("2026-11-23T09:00:00Z"));
    const never = { ...usualHours(), monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [] };
    expect(dueAt(ticket, USUAL_REDIAL, (atMs) => nextOpening(never, atMs, "UTC"))).toBeNull();
  });
});

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`);
const day = fc.array(fc.record({ from: time, to: time }), { maxLength: 2 });
const week: fc.Arbitrary<WeeklyHours> = fc.record({
  alwaysOpen: fc.constant(false),
  monday: day,
  tuesday: day,
  wednesday: day,
  thursday: day,
  friday: day,
  saturday: day,
  sunday: day,
});
// With changing clocks, and without.
const zone = fc.constantFrom("UTC", "Asia/Tbilisi", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe");
const instant = fc.integer({ min: Date.parse("2026-01-01"), max: Date.parse("2027-12-31") });

test("the next opening is the first: open then, and closed in every minute before", () => {
  fc.assert(
    fc.property(week, zone, instant, (hours, timeZone, nowMs) => {
      const atMs = nextOpening(hours, nowMs, timeZone);
      if (atMs === null) {
        const week = Array.from({ length: 7 * 24 * 4 }, (_, quarter) => nowMs + quarter * 15 * MINUTE);
        return week.every((moment) => !isOpen(hours, moment, timeZone));
      }
      expect(atMs).toBeGreaterThanOrEqual(nowMs);
      expect(isOpen(hours, atMs, timeZone)).toBe(true);
      for (let before = Math.max(nowMs, atMs - 200 * MINUTE); before < atMs; before += MINUTE)
        expect(isOpen(hours, before, timeZone)).toBe(false);
      for (let before = nowMs; before < atMs; before += 17 * MINUTE)
        expect(isOpen(hours, before, timeZone)).toBe(false);
      return true;
    }),
    { numRuns: 60 },
  );
});

const settings: fc.Arbitrary<RedialSettings> = fc.record({
  isEnabled: fc.constant(true),
  delaysMinutes: fc.array(fc.double({ min: 0.01, max: 1440, noNaN: true }), { minLength: 1, maxLength: 10 }),
  ringOperatorSeconds: fc.constant(20),
  ringCallerSeconds: fc.constant(40),
});
const attempts = fc.array(
  fc.record({ wasDialled: fc.boolean(), endedAtMs: fc.integer({ min: T, max: T + 86_400_000 }) }),
  { maxLength: 12 },
);

test("never more tries than delays, never two within a minute (or the shortest delay), never when closed", () => {
  fc.assert(
    fc.property(
      settings,
      attempts,
      fc.option(fc.integer({ min: T, max: T + 86_400_000 })),
      fc.integer({ min: T, max: T + 86_400_000 }),
      (redial, past, callNowAtMs, lastCallAtMs) => {
        const ticket = { lastCallAtMs, callNowAtMs, attempts: past };
        const opening = (atMs: number) => nextOpening(usualHours(), atMs, "Asia/Tbilisi");
        const atMs = dueAt(ticket, redial, opening);
        const tries = past.filter(({ wasDialled }) => wasDialled);
        expect(atMs === null).toBe(tries.length >= redial.delaysMinutes.length);
        expect(hasGivenUp(ticket, redial)).toBe(atMs === null);
        if (atMs === null) return;
        const spacing = Math.min(MINUTE, ...redial.delaysMinutes.map((minutes) => minutes * MINUTE));
        for (const { endedAtMs } of tries) expect(atMs).toBeGreaterThanOrEqual(endedAtMs + spacing - 1);
        expect(isOpen(usualHours(), atMs, "Asia/Tbilisi")).toBe(true);
      },
    ),
  );
});
