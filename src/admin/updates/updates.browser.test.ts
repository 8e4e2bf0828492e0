import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { buildPanelIfOld } from "../../../scripts/build-panel.ts";
import { backgroundOf } from "../../backup/background-program.ts";
import { PanelBrowser, signIn } from "../../testing/browser.ts";
import { keptLog } from "../../testing/quiet-log.ts";
import { temporaryDir } from "../../testing/temporary.ts";
import { SETUP, startTestApi } from "../../testing/test-api.ts";
import { withTestDatabase } from "../../testing/test-database.ts";
import { UpdateDesk } from "../../updates/update-desk.ts";
import type { UpdateRecord, UpdateStatus } from "../../updates/update-record.ts";

const panelDir = fileURLToPath(new URL("../../../dist/admin", import.meta.url));
/** To be looked at. */
const PICTURES = fileURLToPath(new URL("../../../test-results", import.meta.url));
const RECORD: UpdateRecord = {
  ...{ state: "ready", from: { slot: "A", version: "0.1.0" }, to: { slot: "B", version: "0.2.0" } },
  ...{ atMs: Date.now(), healthy: [], trunks: [], reason: null, missing: [] },
};

test("an update that is installed waits for its moment; one that went back says what was the matter", async () => {
  await withTestDatabase(async ({ db, url }) => {
    const { path: dir, remove } = await temporaryDir();
    const status = join(dir, "status");
    await mkdir(status);
    await mkdir(PICTURES, { recursive: true });
    const tell = async (told: UpdateStatus) => await writeFile(join(status, "status.json"), JSON.stringify(told));
    await tell({ booted: "A", record: null, request: null });
    let told = () => undefined as void;
    let calls = 1;
    const desk = new UpdateDesk({
      ...{ db, databaseUrl: () => url, dataDir: dir, version: "0.1.0", log: keptLog() },
      run: backgroundOf(null),
      ...{ calls: () => calls, isDatabaseThere: () => true, isSwitchThere: () => true, trunks: () => [] },
      ...{ syntheticCall: () => Promise.resolve(null), clock: () => "12:00", onChange: () => told() },
      ...{ nowMs: () => Date.now(), statusFolder: status, sticks: [join(dir, "stick")], lookMs: 50 },
    });
    await desk.start();
    buildPanelIfOld();
    const api = await startTestApi(db, dir, { updates: desk, panelDir });
    told = () => api.events.updatesChanged();
    await api.panel.post("/setup", SETUP);
    const own = await PanelBrowser.open(api.origin);
    try {
      const { page, troubles } = await own.person({ viewport: { width: 390, height: 844 } });
      await signIn(page, SETUP.admin.login, SETUP.admin.password);
      await page.goto("/health/updates");
      const now = page.getByTestId("updates-now");
      await now.getByText("0.1.0").waitFor();
      await tell({
        booted: "A",
        record: { ...RECORD, state: "writing" },
        request: { id: "12345678", action: "install", percent: 40, isDone: false },
      });
      await now.getByRole("progressbar").waitFor();
      await page.screenshot({ path: join(PICTURES, "updates-writing.png"), fullPage: true });
      await tell({ booted: "A", record: RECORD, request: null });
      const ready = page.getByTestId("update-ready");
      await ready.getByText("0.2.0").waitFor();
      await page.screenshot({ path: join(PICTURES, "updates-ready.png"), fullPage: true });
      await ready.getByRole("button").first().click();
      await ready.getByRole("status").waitFor();
      expect(desk.restartMoment).toBe("at-night");
      await ready.getByRole("status").getByRole("button").click();
      await ready.getByRole("button").nth(1).waitFor();
      expect(desk.restartMoment).toBeNull();
      calls = 0;
      await tell({
        booted: "A",
        record: { ...RECORD, state: "went-back", reason: "not-healthy", missing: ["database", "trunk Magti"] },
        request: null,
      });
      await now.locator("[data-state=went-back]").getByText("Magti").waitFor();
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.screenshot({ path: join(PICTURES, "updates-went-back.png"), fullPage: true });
      expect(troubles.filter((trouble) => !/status of 401/.test(trouble))).toEqual([]);
    } finally {
      await own.close();
      await api.stop();
      await desk.stop();
      await remove();
    }
  });
});
