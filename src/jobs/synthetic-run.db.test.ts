import { expect, test } from "vitest";
import { type AlertSettings, type SyntheticOutcome, USUAL_ALERTS } from "../calls/alert.ts";
import type { TrunkId } from "../calls/ids.ts";
import { listClosedAlerts, listOpenAlerts } from "../database/alerts.ts";
import { readLastSyntheticCalls } from "../database/synthetic-calls.ts";
import { insertNumber, insertTrunk, USUAL_TRUNK } from "../database/trunks.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { quietWorld, routingConfiguration, routingTrunk } from "../testing/routing.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { until } from "../testing/until.ts";
import { AlertDesk } from "./alert-desk.ts";
import { SyntheticRun } from "./synthetic-run.ts";

const NUMBER = {
  ...{ number: "0322112233", name: "Shop", trunkId: 1 as TrunkId, language: null, scheduleId: null },
  ...{ flowId: null, recordCalls: null },
};

async function withRun(
  work: (world: {
    db: Parameters<Parameters<typeof withTestDatabase>[0]>[0]["db"];
    called: string[];
    found: (outcome: SyntheticOutcome) => void;
    run: () => SyntheticRun;
  }) => Promise<void>,
  { trunks = 2, times = [] as string[] } = {},
): Promise<void> {
  await withTestDatabase(async ({ db }) => {
    await db.transaction().execute(async (tx) => {
      const usual = { ...USUAL_TRUNK, codecs: ["PCMA" as const], sources: [], server: "127.0.0.1", port: 5060 };
      for (const name of ["City", "Mobile"].slice(0, trunks))
        await insertTrunk(tx, { ...usual, name, kind: "city", mode: "ip-peer" });
      await insertNumber(tx, NUMBER);
    });
    const log = keptLog();
    const settings: AlertSettings = { ...USUAL_ALERTS, emails: ["owner@example.org"], syntheticCallTimes: times };
    const desk = new AlertDesk({ db, log, settings: () => settings, onNotice: () => {}, onChanged: () => {} });
    const configuration = routingConfiguration({
      numbers: [NUMBER],
      trunks: [routingTrunk(1), routingTrunk(2)].slice(0, trunks),
    });
    const called: string[] = [];
    let next: SyntheticOutcome = "arrived";
    const run = () =>
      new SyntheticRun({
        ...{ db, log, desk, world: quietWorld(), configuration: () => configuration, settings: () => settings },
        ...{ accountNames: () => [], clock: () => "09:00", isSwitchThere: () => true, onChanged: () => {} },
        nowMs: () => Date.now(),
        caller: {
          call: async ({ number, target }) => {
            called.push(`${number.number} by ${target.gateway}`);
            return { outcome: next, arrivedAs: null, arrivedBy: null, cause: null, status: null };
          },
        },
      });
    await work({ db, called, run, found: (outcome) => void (next = outcome) });
  });
}

test("each number is called from another line; what fails is said once, and when it arrives again", async () => {
  await withRun(async ({ db, called, found, run }) => {
    const calls = run();
    const once = async () => {
      expect(calls.begin(null)).toBe(true);
      expect(calls.begin(null)).toBe(false);
      await until("it is done", () => !calls.isRunning);
    };
    await once();
    found("never-arrived");
    await once();
    await once();
    expect(called).toEqual(Array.from({ length: 3 }, () => "0322112233 by trunk-2"));
    expect(await listOpenAlerts(db)).toMatchObject([
      {
        kind: "synthetic-call-failed",
        params: { number: "0322112233", outcome: "never-arrived", trunkName: "Trunk 2" },
      },
    ]);
    // The line works, or nobody could have carried it: no word about either.
    found("busy");
    await once();
    found("arrived");
    await once();
    expect(await listOpenAlerts(db)).toEqual([]);
    expect(await listClosedAlerts(db, 10)).toHaveLength(1);
    expect(await readLastSyntheticCalls(db)).toMatchObject([{ outcome: "arrived", fromTrunkId: 2 }]);
  });
});

test("with one line it is written down that there is no other, and nobody is troubled", async () => {
  await withRun(
    async ({ db, called, run }) => {
      const calls = run();
      expect(calls.hasSecondTrunk).toBe(false);
      calls.begin(null);
      await until("it is done", () => !calls.isRunning);
      expect(called).toEqual([]);
      expect(await readLastSyntheticCalls(db)).toMatchObject([{ outcome: "no-second-trunk", fromTrunkId: null }]);
      expect(await listOpenAlerts(db)).toEqual([]);
    },
    { trunks: 1 },
  );
});

test("at its time, once, however often the daemon starts in that minute", { timeout: 40_000 }, async () => {
  await withRun(
    async ({ db, called, run }) => {
      const lives = [run(), run()];
      for (const life of lives) life.start();
      try {
        const runs = async () => (await db.selectFrom("synthetic_runs").selectAll().execute()).length;
        await until("it was time", async () => (await runs()) > 0 && called.length > 0, 15_000);
        // Should the minute turn just now, it is another time of the plan.
        await until("all are done", () => lives.every(({ isRunning }) => !isRunning));
        expect(called.length).toBeLessThanOrEqual(await runs());
      } finally {
        for (const life of lives) life.stop();
      }
    },
    { times: ["09:00"] },
  );
});
