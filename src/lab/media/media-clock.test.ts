import { describe, expect, it } from "vitest";
import { MediaClock, TICK_MS } from "./media-clock.ts";

describe("media clock", () => {
  it("delivers every tick, in order, also those that a stall made late", async () => {
    const clock = new MediaClock();
    const ticks: number[] = [];
    let afterStall = 0;
    const fromMs = performance.now();
    await new Promise<void>((resolve) => {
      const leave = clock.onTick((tick) => {
        ticks.push(tick);
        if (tick === 3) {
          const untilMs = performance.now() + 5 * TICK_MS;
          while (performance.now() < untilMs) ticks.at(0);
        }
        if (tick === 4)
          setImmediate(() => {
            afterStall = ticks.length;
          });
        if (ticks.length === 15) {
          leave();
          resolve();
        }
      });
    });
    expect(ticks).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    // Not a tick early, and the stall is made up for before anything else happens.
    expect(performance.now() - fromMs).toBeGreaterThanOrEqual(15 * TICK_MS - 1);
    expect(afterStall).toBeGreaterThanOrEqual(3 + 5);
  });

  it("lets each subscription leave alone, and stands still without any", async () => {
    const clock = new MediaClock();
    let count = 0;
    const listener = () => {
      count++;
    };
    const leaveFirst = clock.onTick(listener);
    const leaveSecond = clock.onTick(listener);
    await new Promise<void>((resolve) => {
      const leave = clock.onTick(() => {
        leave();
        resolve();
      });
    });
    expect(count).toBe(2);
    leaveFirst();
    leaveSecond();
    const next = await new Promise<number>((resolve) => {
      const leave = clock.onTick((tick) => {
        leave();
        resolve(tick);
      });
    });
    expect(next).toBe(2);
    expect(count).toBe(2);
  });
});
