import { join } from "node:path";
import { expect, test } from "vitest";
import { USUAL_ALERTS } from "../calls/alert.ts";
import type { Finding } from "../calls/health.ts";
import { listClosedAlerts, listNotices, listOpenAlerts } from "../database/alerts.ts";
import { AlertDesk } from "../jobs/alert-desk.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { HealthWatch } from "./health-watch.ts";

const MINUTE_MS = 60_000;

test("what is found goes through the alerts that the owner has chosen: one mail for each change", async () => {
  await withTestDatabase(async ({ db }) => {
    await withTemporaryDir(async (dir) => {
      const log = keptLog();
      const settings = () => ({ ...USUAL_ALERTS, emails: ["owner@example.org"] });
      const desk = new AlertDesk({ db, log, settings, onNotice: () => undefined, onChanged: () => undefined });
      let nowMs = 0;
      let finding: Finding = { state: "ok", reason: "well", params: { count: 1 } };
      const watch = new HealthWatch({
        probes: [{ check: "smart", everyMs: MINUTE_MS, read: () => Promise.resolve(finding) }],
        ...{ file: join(dir, "health.json"), log, desk, onChange: () => undefined, nowMs: () => nowMs, tickMs: 1e9 },
      });
      await watch.start();
      const see = async (seen: Finding, minutes: number) => {
        finding = seen;
        for (const atMinute of [minutes, minutes + 4]) {
          nowMs = atMinute * MINUTE_MS;
          await watch.lookNow();
        }
        await desk.flush();
      };
      const wearing: Finding = { state: "look", reason: "wearing", params: { device: "/dev/sda" } };
      await see(finding, 1);
      await see(wearing, 10);
      await see(wearing, 20);
      expect(await listOpenAlerts(db)).toMatchObject([
        { kind: "health", subject: "check:smart:look", params: { check: "smart", state: "look", reason: "wearing" } },
      ]);
      await see({ state: "broken", reason: "failing", params: { device: "/dev/sda" } }, 30);
      expect(await listOpenAlerts(db)).toMatchObject([{ subject: "check:smart:broken" }]);
      await see({ state: "ok", reason: "well", params: { count: 1 } }, 40);
      expect(await listOpenAlerts(db)).toEqual([]);
      const closed = await listClosedAlerts(db, 10);
      const notices = await listNotices(
        db,
        closed.map(({ alertId }) => alertId),
      );
      expect(notices.map(({ about, way }) => `${about} ${way}`)).toEqual(["opened mail", "opened mail", "closed mail"]);
      await watch.stop();
    });
  });
});
