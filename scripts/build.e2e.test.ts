/** What goes onto a box: built, copied by appliance/payload into an empty folder, and started there without the project around it. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NotifySocket } from "../src/testing/notify-socket.ts";
import { converse, Site, toneOf } from "../src/testing/site.ts";
import { temporaryDir } from "../src/testing/temporary.ts";
import { buildPrograms } from "./build.ts";
import { buildPanelIfOld } from "./build-panel.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
let box: { path: string; remove: () => Promise<void> };
let systemd: NotifySocket;
let site: Site;

beforeAll(async () => {
  buildPanelIfOld();
  await buildPrograms();
  box = await temporaryDir();
  execFileSync(join(root, "appliance/copy-payload.sh"), [root, box.path], { stdio: "inherit" });
  systemd = await NotifySocket.open();
  site = await Site.open({
    operators: ["101"],
    daemonProgram: [join(box.path, "dist/hotlined.js")],
    daemonEnvironment: { NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: "1000000" },
  });
}, 240_000);

afterAll(async () => {
  await site?.close();
  await systemd?.hears("STOPPING=1");
  await systemd?.close();
  await box?.remove();
});

test("it serves the panel, and systemd hears that it is ready and lives", async () => {
  await systemd.hears("READY=1");
  await systemd.hears("WATCHDOG=1", 3);
  const page = await fetch(site.daemon.origin);
  expect(page.status).toBe(200);
  const script = /<script[^>]+src="([^"]+)"/.exec(await page.text())?.[1] ?? "/none";
  const code = await fetch(new URL(script, site.daemon.origin));
  expect(code.headers.get("content-type")).toContain("javascript");
  expect((await code.text()).length).toBeGreaterThan(100_000);
});

test("a caller reaches an operator, and the call is in the log with its recording", async () => {
  const operator = await site.operator("101");
  const caller = await site.callIn();
  await caller.ear.hears(toneOf("greeting"));
  await caller.pressKey("1");
  const rung = await operator.incoming.next();
  rung.answer();
  await converse(caller, rung);
  await caller.hangUp();
  const call = await site.logged(caller.number, ({ recordings }) => recordings[0]?.state === "ready");
  expect(call.operatorName).not.toBeNull();
});
