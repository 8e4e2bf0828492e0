import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NumberMatch, TrunkCosts } from "../../calls/outgoing.ts";
import { type OutsideNumber, readOutsideNumber } from "./outside-number.ts";
import { addUp, billedMinutes, isMeant, type PaidCall, priceOf } from "./spending.ts";

const MINUTE_MS = 60_000;
const every: NumberMatch = { kinds: [], countries: [], prefixes: [] };
const read = (dialled: string): OutsideNumber => {
  const number = readOutsideNumber(dialled, { country: "GE", areaCode: null });
  if (number === null) throw new Error(`${dialled}: no number`);
  return number;
};
const mobile = read("599110001");
const fixed = read("0322112233");
const abroad = read("+447400123456");
const period = { monthFromMs: 0, dayFromMs: 0, nowMs: 1_000 * MINUTE_MS };
const call = (number: OutsideNumber, fromMinute: number, minutes: number | null): PaidCall => ({
  number,
  answeredAtMs: fromMinute * MINUTE_MS,
  endedAtMs: minutes === null ? null : (fromMinute + minutes) * MINUTE_MS,
});

describe("which numbers are meant", () => {
  test.each<[Partial<NumberMatch>, boolean, boolean, boolean]>([
    [{}, true, true, true],
    [{ kinds: ["mobile"] }, true, false, false],
    [{ kinds: ["mobile", "fixed"] }, true, true, false],
    [{ countries: ["GB"] }, false, false, true],
    [{ prefixes: ["599"] }, true, false, false],
    [{ prefixes: ["0322"] }, false, true, false],
    [{ prefixes: ["322"] }, false, true, false],
    [{ prefixes: ["+995"] }, true, true, false],
    [{ prefixes: ["+44"] }, false, false, true],
    [{ prefixes: ["0044"] }, false, false, true],
    [{ prefixes: ["44"] }, false, false, false],
    [{ kinds: ["fixed"], prefixes: ["599"] }, false, false, false],
  ])("%j", (match, ...expected) => {
    expect([mobile, fixed, abroad].map((number) => isMeant(number, { ...every, ...match }, "GE"))).toEqual(expected);
  });
});

const costs: TrunkCosts = {
  prices: [
    { numbers: { ...every, kinds: ["mobile"] }, perMinuteMinor: 10 },
    { numbers: every, perMinuteMinor: 4 },
  ],
  bundles: [{ numbers: { ...every, prefixes: ["599"] }, minutesPerMonth: 30 }],
  stepSeconds: 60,
};

describe("what calls cost", () => {
  test("the first price that means a number counts; toll-free is free when nobody has said", () => {
    expect(priceOf(mobile, costs, "GE")).toBe(10);
    expect(priceOf(fixed, costs, "GE")).toBe(4);
    const unsaid = { ...costs, prices: [] };
    expect(priceOf(mobile, unsaid, "GE")).toBeNull();
    expect(priceOf(read("0800123456"), unsaid, "GE")).toBe(0);
  });

  test("whole steps are billed", () => {
    expect(billedMinutes(1, 60)).toBe(1);
    expect(billedMinutes(60_000, 60)).toBe(1);
    expect(billedMinutes(60_001, 60)).toBe(2);
    expect(billedMinutes(1_500, 1)).toBeCloseTo(2 / 60);
    expect(billedMinutes(0, 60)).toBe(0);
  });

  test("free minutes go first, in the order in which calls began; what is beyond has its price", () => {
    const spent = addUp([call(mobile, 100, 25), call(mobile, 10, 20), call(fixed, 50, 5)], costs, "GE", period);
    expect(spent).toEqual({ minutesToday: 50, moneyTodayMinor: 15 * 10 + 5 * 4, bundleMinutesUsed: [45] });
  });

  test("a call that goes on counts up to now, and one that has just begun as a whole step", () => {
    expect(addUp([call(fixed, 990, null)], costs, "GE", period).minutesToday).toBe(10);
    expect(addUp([call(fixed, 1_000, null)], costs, "GE", period).minutesToday).toBe(1);
  });

  test("yesterday uses the month's minutes up, but not today's limit; last month neither", () => {
    const then = { monthFromMs: 100 * MINUTE_MS, dayFromMs: 500 * MINUTE_MS, nowMs: 1_000 * MINUTE_MS };
    const calls = [call(mobile, 90, 20), call(mobile, 200, 28), call(mobile, 600, 5)];
    expect(addUp(calls, costs, "GE", then)).toEqual({
      minutesToday: 5,
      moneyTodayMinor: 3 * 10,
      bundleMinutesUsed: [33],
    });
  });
});

const paid: fc.Arbitrary<PaidCall> = fc
  .tuple(fc.constantFrom(mobile, fixed, abroad), fc.nat(1_000), fc.option(fc.nat(120)))
  .map(([number, from, minutes]) => call(number, from, minutes));

test("one more call never makes a day cheaper or shorter, and the order in which calls are told changes nothing", () => {
  fc.assert(
    fc.property(fc.array(paid), paid, (calls, more) => {
      const before = addUp(calls, costs, "GE", period);
      const after = addUp([...calls, more], costs, "GE", period);
      expect(after.minutesToday).toBeGreaterThanOrEqual(before.minutesToday);
      expect(after.bundleMinutesUsed[0]).toBeGreaterThanOrEqual(before.bundleMinutesUsed[0] ?? 0);
      expect(after.moneyTodayMinor).toBeGreaterThanOrEqual(before.moneyTodayMinor);
      const turned = addUp(calls.toReversed(), costs, "GE", period);
      expect(turned.minutesToday).toBeCloseTo(before.minutesToday);
      expect(turned.moneyTodayMinor).toBeCloseTo(before.moneyTodayMinor);
    }),
  );
});
