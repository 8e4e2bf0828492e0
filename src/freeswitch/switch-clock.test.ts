import { performance } from "node:perf_hooks";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SwitchClock } from "./switch-clock.ts";

const HOUR_MS = 3_600_000;
const CORE = "b185d113-c2ee-4fac-bad7-35414595a88a";

/** The machine's clock is set; the monotonic one runs on. */
function setClock(byMs: number): void {
  vi.setSystemTime(Date.now() + byMs);
}

/** What the switch says of its time when it started so long ahead of the machine. */
function heard(aheadMs: number, delayMs = 0): SwitchClock {
  const clock = new SwitchClock();
  clock.hear({ atMs: Date.now() + aheadMs - delayMs, core: CORE }, performance.now() - delayMs);
  return clock;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-23T10:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

test("as long as both clocks are one, every time stays to the millisecond, also when it took long to be told", () => {
  const now = Date.now();
  expect(heard(0).toMachine(now)).toBe(now);
  expect(heard(300).toMachine(now)).toBe(now);
  expect(heard(0, 8_000).toMachine(now)).toBe(now);
});

test.each([-4 * HOUR_MS, 4 * HOUR_MS])(
  "a machine whose clock is set by %i ms takes the switch's times with it",
  (byMs) => {
    const clock = heard(0);
    const before = Date.now();
    setClock(byMs);
    expect(Math.abs(clock.toMachine(before) - Date.now())).toBeLessThan(50);
  },
);

test("a switch that was started before the clock was set is as far off as the clock was", () => {
  const clock = heard(-4 * HOUR_MS);
  expect(Math.abs(clock.toMachine(Date.now() - 4 * HOUR_MS) - Date.now())).toBeLessThan(50);
});

test("records of another life of the switch are as they are", () => {
  const now = Date.now();
  expect(new SwitchClock().isKnown).toBe(false);
  expect(new SwitchClock().ofRecord(now, CORE)).toBe(now);
  const clock = heard(HOUR_MS);
  expect(clock.isKnown).toBe(true);
  expect(clock.ofRecord(now, "another")).toBe(now);
  expect(clock.ofRecord(now, null)).toBe(now);
  expect(Math.abs(clock.ofRecord(now + HOUR_MS, CORE) - now)).toBeLessThan(50);
});
