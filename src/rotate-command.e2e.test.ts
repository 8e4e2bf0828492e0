/** All secrets of a site are changed while people talk. One test leads to the next. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EslConnection } from "./freeswitch/esl-connection.ts";
import { readSwitchSecret } from "./freeswitch/generated-config.ts";
import type { ScriptedPhone } from "./lab/phone/phone.ts";
import { getSecurely } from "./testing/secure-panel.ts";
import { converse, converseOn, Site, toneOf } from "./testing/site.ts";
import { freeTcpPort } from "./testing/temporary.ts";
import { until } from "./testing/until.ts";

const run = promisify(execFile);
const COMMAND = fileURLToPath(new URL("rotate-command.ts", import.meta.url));

let site: Site;
let nino: ScriptedPhone;
let environment: Record<string, string>;

beforeAll(async () => {
  const port = await freeTcpPort();
  site = await Site.open({ operators: ["101"], daemonEnvironment: { HOTLINE_HTTPS_PORT: `${port}` } });
  nino = await site.operator("101");
  environment = { ...site.daemon.environment, PATH: process.env["PATH"] ?? "" };
});
afterAll(async () => await site?.close());

const rotate = async (...words: string[]) =>
  await run(process.execPath, ["--import", "tsx", COMMAND, ...words], { env: environment });

async function talking() {
  const caller = await site.callIn();
  await caller.ear.hears(toneOf("greeting"));
  await caller.pressKey("1");
  const ringing = await nino.incoming.next();
  ringing.answer();
  await converse(caller, ringing);
  return { caller, ringing };
}

test("a conversation goes on while daemon and switch take another secret; the old one opens nothing", async () => {
  const { caller, ringing } = await talking();
  const before = await readSwitchSecret(site.dataDir);
  const { stdout } = await rotate("event-socket");
  expect(stdout).toContain("event-socket: new; daemon and switch go on");
  const after = await readSwitchSecret(site.dataDir);
  expect(after).not.toBe(before);
  await site.untilConnected();
  await converseOn(caller, ringing, 4);
  const old = new EslConnection({ host: "127.0.0.1", port: Number(environment["EVENT_SOCKET_PORT"]), secret: before });
  await expect(old.open(5_000)).rejects.toMatchObject({ reason: "wrong-secret" });
  expect(readFileSync(join(site.dataDir, "freeswitch/vars.xml"), "utf8")).not.toContain(before);
  await caller.hangUp();
  const logged = await site.logged(caller.number);
  expect(logged.outcome).toBe("talked");
  expect(logged.talkSeconds).toBeGreaterThanOrEqual(4);
});

test("who calls afterwards is served as before", async () => {
  await site.untilQuiet();
  const { caller } = await talking();
  await caller.hangUp();
  expect((await site.logged(caller.number)).outcome).toBe("talked");
});

test("the panel gets another key by the same authority, and whoever was signed in signs in again", async () => {
  const port = Number(environment["HOTLINE_HTTPS_PORT"]);
  const ca = await (await fetch(`${site.daemon.origin}/ca.crt`)).text();
  const secret = join(site.dataDir, "secrets/panel-certificate");
  const before = readFileSync(secret, "utf8");
  const { stdout } = await rotate("certificate", "sessions");
  expect(stdout).toContain("sessions: 1 ended");
  await until("a session that has ended is refused", async () => (await site.panel.fetch("/session")).status === 401);
  const now = () => (existsSync(secret) ? readFileSync(secret, "utf8") : before);
  await until("the key is another", () => now() !== before, 80_000);
  expect((await getSecurely({ host: "127.0.0.1", port, name: "hotline.local", ca }, "/api/status")).status).toBe(200);
});

test("what it is not asked rightly it does not do", async () => {
  await expect(rotate("everything")).rejects.toMatchObject({ code: 2 });
});
