import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOpenBySchedule, nextOpening, plainSchedule } from "../hours/schedule.ts";
import { usualHours } from "../hours/weekly-hours.ts";
import {
  dueAt,
  hasGivenUp,
  isWantedNow,
  type PastAttempt,
  type RedialSettings,
  type TicketTimes,
  USUAL_REDIAL,
} from "./due.ts";

const MINUTE = 60_000;
const T = Date.parse("2026-11-23T10:00:00Z");
const always = (atMs: number) => atMs;
const minutesAfter = (atMs: number | null) => (atMs === null ? null : (atMs - T) / MINUTE);
const vain = (minutes: number): PastAttempt => ({ isTry: true, endedAtMs: T + minutes * MINUTE });
const notMade = (minutes: number): PastAttempt => ({ isTry: false, endedAtMs: T + minutes * MINUTE });

interface Over {
  lastCall?: number;
  callNow?: number;
  reopened?: number;
  isTaken?: boolean;
  isEnabled?: boolean;
}

function ticketWith(attempts: PastAttempt[], { lastCall = 0, callNow, reopened, isTaken = false }: Over): TicketTimes {
  const at = (minutes: number | undefined) => (minutes === undefined ? null : T + minutes * MINUTE);
  const lastCallAtMs = T + lastCall * MINUTE;
  return { lastCallAtMs, callNowAtMs: at(callNow), reopenedAtMs: at(reopened), isTaken, attempts };
}

function dueAfter(attempts: PastAttempt[], over: Over = {}): number | null {
  const settings = { ...USUAL_REDIAL, isEnabled: over.isEnabled ?? true };
  return minutesAfter(dueAt(ticketWith(attempts, over), settings, always));
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
    expect(dueAfter([vain(2), notMade(4)], { callNow: 3.5 })).toBe(7);
  });

  test("never by itself when somebody works on it or it is switched off, but at once when they ask for it", () => {
    for (const over of [{ isTaken: true }, { isEnabled: false }]) {
      expect(dueAfter([vain(2)], over)).toBeNull();
      expect(dueAfter([vain(2)], { ...over, callNow: 4 })).toBe(4);
      expect(dueAfter([vain(2), vain(5)], { ...over, callNow: 4 })).toBeNull();
    }
  });

  test("once more after the last try, when somebody asks for it; only then is it given up", () => {
    const all = [vain(2), vain(8), vain(40), vain(161)];
    expect(dueAfter(all, { callNow: 170 })).toBe(170);
    expect(hasGivenUp(ticketWith(all, {}), USUAL_REDIAL)).toBe(true);
    expect(hasGivenUp(ticketWith(all, { callNow: 170 }), USUAL_REDIAL)).toBe(false);
    expect(hasGivenUp(ticketWith([...all, vain(171)], { callNow: 170 }), USUAL_REDIAL)).toBe(true);
    expect(hasGivenUp(ticketWith(all, { isTaken: true }), USUAL_REDIAL)).toBe(false);
  });

  test("1 minute after it was reopened where no try counts, otherwise when it would have been", () => {
    expect(dueAfter([], { reopened: 50 })).toBe(51);
    expect(dueAfter([notMade(40)], { reopened: 50 })).toBe(51);
    expect(dueAfter([vain(2)], { reopened: 3 })).toBe(7);
  });

  test("when the firm opens, if that is later", () => {
    const ticket = { ...ticketWith([], {}), lastCallAtMs: Date.parse("2026-11-21T17:59:30Z") };
    const opening = (atMs: number) => nextOpening(plainSchedule(usualHours()), atMs, "UTC");
    expect(dueAt(ticket, USUAL_REDIAL, opening)).toBe(Date.parse("2026-11-23T09:00:00Z"));
    const never = { ...usualHours(), monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [] };
    expect(dueAt(ticket, USUAL_REDIAL, (atMs) => nextOpening(plainSchedule(never), atMs, "UTC"))).toBeNull();
  });
});

const settings: fc.Arbitrary<RedialSettings> = fc.record({
  isEnabled: fc.constant(true),
  delaysMinutes: fc.array(fc.double({ min: 0.01, max: 1440, noNaN: true }), { minLength: 1, maxLength: 10 }),
  ringOperatorSeconds: fc.constant(20),
  ringCallerSeconds: fc.constant(40),
});
const attempts = fc.array(fc.record({ isTry: fc.boolean(), endedAtMs: fc.integer({ min: T, max: T + 86_400_000 }) }), {
  maxLength: 12,
});

test("never more tries than delays unless asked for, never two within a minute (or the shortest delay), never when closed", () => {
  fc.assert(
    fc.property(
      settings,
      attempts,
      fc.option(fc.integer({ min: T, max: T + 86_400_000 })),
      fc.option(fc.integer({ min: T, max: T + 86_400_000 })),
      fc.boolean(),
      fc.integer({ min: T, max: T + 86_400_000 }),
      (redial, past, callNowAtMs, reopenedAtMs, isTaken, lastCallAtMs) => {
        const ticket = { lastCallAtMs, callNowAtMs, reopenedAtMs, isTaken, attempts: past };
        const opening = (atMs: number) => nextOpening(plainSchedule(usualHours()), atMs, "Asia/Tbilisi");
        const atMs = dueAt(ticket, redial, opening);
        const tries = past.filter(({ isTry }) => isTry);
        const isUsedUp = tries.length >= redial.delaysMinutes.length;
        const isAsked = isWantedNow(ticket);
        expect(atMs === null).toBe(!isAsked && (isUsedUp || isTaken));
        expect(hasGivenUp(ticket, redial)).toBe(isUsedUp && !isAsked && !isTaken);
        if (atMs === null) return;
        const spacing = Math.min(MINUTE, ...redial.delaysMinutes.map((minutes) => minutes * MINUTE));
        for (const { endedAtMs } of tries) expect(atMs).toBeGreaterThanOrEqual(endedAtMs + spacing - 1);
        if (reopenedAtMs !== null && tries.length === 0 && !isAsked) expect(atMs).toBeGreaterThan(reopenedAtMs);
        expect(isOpenBySchedule(plainSchedule(usualHours()), atMs, "Asia/Tbilisi").isOpen).toBe(true);
      },
    ),
  );
});
