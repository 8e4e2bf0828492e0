import { join } from "node:path";
import { expect, test } from "vitest";
import type { CheckId, Finding } from "../calls/health.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { until } from "../testing/until.ts";
import { HealthWatch } from "./health-watch.ts";

const well: Finding = { state: "ok", reason: "room", params: { freeGb: 50, totalGb: 100 } };
const filling: Finding = { state: "look", reason: "filling", params: { freeGb: 5, totalGb: 100 } };
const full: Finding = { state: "broken", reason: "full", params: { freeGb: 1, totalGb: 100 } };
const MINUTE_MS = 60_000;

/** A box whose disk and clock go as the test says; what is told is kept in words. */
async function withBox(
  work: (box: {
    see: (finding: Finding | null, atMinute: number) => Promise<void>;
    /** Nobody asks for a look. */
    is: (finding: Finding, atMinute: number) => void;
    told: string[];
    watch: () => HealthWatch;
    restart: () => Promise<void>;
  }) => Promise<void>,
  check: CheckId = "disk",
  { isSteady = false, tickMs = 1e9 } = {},
): Promise<void> {
  await withTemporaryDir(async (dir) => {
    const told: string[] = [];
    let nowMs = 0;
    let finding: Finding | null = well;
    const make = () =>
      new HealthWatch({
        probes: [{ check, everyMs: MINUTE_MS, read: () => Promise.resolve(finding), isSteady }],
        file: join(dir, "health.json"),
        log: keptLog(),
        desk: {
          raise: ({ subject }) => told.push(`raise ${subject}`),
          settle: ({ subject }, _at, { isSaid }) => told.push(`settle ${subject}${isSaid ? "" : " silently"}`),
        },
        onChange: () => undefined,
        nowMs: () => nowMs,
        tickMs,
      });
    let watch = make();
    await watch.start();
    await watch.lookNow();
    told.length = 0;
    await work({
      told,
      watch: () => watch,
      is: (seen, atMinute) => {
        nowMs = atMinute * MINUTE_MS;
        finding = seen;
      },
      see: async (seen, atMinute) => {
        nowMs = atMinute * MINUTE_MS;
        finding = seen;
        await watch.lookNow();
      },
      restart: async () => {
        await watch.stop();
        watch = make();
        await watch.start();
        await watch.lookNow();
      },
    });
    await watch.stop();
  });
}

test("a change is told once, what gets worse is told again, and the end is told", async () => {
  await withBox(async ({ see, told, watch }) => {
    await see(filling, 1);
    expect(told).toEqual([]);
    await see(filling, 2);
    await see(filling, 30);
    expect(told).toEqual(["raise check:disk:look"]);
    expect(watch().now()).toEqual([{ check: "disk", ...filling, sinceMs: MINUTE_MS }]);
    await see(full, 31);
    await see(full, 32);
    expect(told.slice(1)).toEqual(["settle check:disk:look silently", "raise check:disk:broken"]);
    await see(well, 40);
    expect(told).toHaveLength(3);
    await see(well, 43);
    expect(told.slice(3)).toEqual(["settle check:disk:broken"]);
  });
});

test("what flickers is not told", async () => {
  await withBox(async ({ see, told }) => {
    for (let minute = 1; minute < 20; minute += 1) await see(minute % 2 === 0 ? well : filling, minute * 0.9);
    expect(told).toEqual([]);
  });
});

test("a restart forgets nothing and tells nothing twice", async () => {
  await withBox(async ({ see, told, watch, restart }) => {
    await see(full, 1);
    await see(full, 2);
    expect(told).toEqual(["raise check:disk:broken"]);
    await restart();
    expect(told).toHaveLength(1);
    expect(watch().now()[0]).toMatchObject({ state: "broken", sinceMs: MINUTE_MS });
  });
});

test("when nothing can be said, what was said stays", async () => {
  await withBox(async ({ see, watch }) => {
    await see(null, 5);
    expect(watch().now()[0]).toMatchObject({ state: "ok", sinceMs: 0 });
  });
});

test("what does not flicker counts at once", async () => {
  await withBox(
    async ({ see, told, watch }) => {
      await see(filling, 1);
      expect(told).toEqual(["raise check:disk:look"]);
      await see(well, 1.1);
      expect(watch().now()[0]).toMatchObject({ state: "ok" });
    },
    "disk",
    { isSteady: true },
  );
});

test("what has alerts of its own raises none here", async () => {
  await withBox(async ({ see, told }) => {
    await see({ state: "broken", reason: "all-down", params: {} }, 1);
    await see({ state: "broken", reason: "all-down", params: {} }, 5);
    expect(told).toEqual([]);
  }, "trunks");
});

test("a clock that was ahead, and is set right, keeps nothing from being looked at", async () => {
  await withBox(
    async ({ see, is, watch }) => {
      await see(well, 240);
      is(filling, 1);
      await until("it is seen", () => watch().now()[0]?.state === "look");
    },
    "disk",
    { isSteady: true, tickMs: 5 },
  );
  await withBox(async ({ see, told }) => {
    await see(full, 240);
    await see(full, 1);
    await see(full, 2);
    expect(told).toEqual(["raise check:disk:broken"]);
  });
});
