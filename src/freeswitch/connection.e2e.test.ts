import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { converse, converseOn, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** The connection between daemon and switch breaks, is refused, or is not let in. */
let site: Site | null = null;
afterEach(async () => {
  await site?.close();
  site = null;
});

interface Status {
  switch: { connected: boolean; reason: string | null };
}
const status = async (of: Site) => (await of.panel.get<Status>("/status")).switch;
const linesWith = (of: Site, text: string) => of.daemon.said.split("\n").filter((line) => line.includes(text));

test("refused at start: the panel is served and says so; one line in the log; connected as soon as the switch is there", async () => {
  site = await Site.openBare();
  await site.switch.stop();
  await site.daemon.start();
  expect(await status(site)).toMatchObject({ connected: false, reason: "refused" });
  await site.startSwitchAgain();
  await site.untilConnected(20_000);
  expect(linesWith(site, "refused").length).toBe(1);
});

test("wrong secret: named as such, in one line; it keeps trying and comes in when the secret is right", async () => {
  site = await Site.openBare();
  const file = join(site.dataDir, "freeswitch", "event-socket-secret");
  const secret = await readFile(file, "utf8");
  await writeFile(file, `${"0".repeat(48)}\n`);
  await site.daemon.start();
  const open = site;
  await until("the panel names the wrong secret", async () => (await status(open)).reason === "wrong-secret");
  await site.daemon.stop();
  expect(linesWith(site, "secret").length).toBe(1);
  await writeFile(file, secret);
  await site.daemon.start();
  await site.untilConnected();
});

test("lost while a caller hears the menu and two others talk: the talk goes on, the caller is in the menu again", async () => {
  site = await Site.open({ operators: ["101"], isProxied: true });
  const anna = await site.operator("101");
  anna.behaviour = { type: "answer" };
  const talking = await site.callIn();
  await talking.ear.hears(toneOf("greeting"));
  await talking.pressKey("1");
  const operator = await anna.incoming.next();
  await converse(talking, operator);
  const listening = await site.callIn();
  await listening.ear.hears(toneOf("menu"));

  site.proxy?.cut();
  await site.untilConnected();
  await listening.ear.hears(toneOf("menu"));
  await converseOn(talking, operator, 2);
  await listening.pressKey("2");
  await listening.ear.hears(toneOf("information"));
  await Promise.all([listening.hangUp(), talking.hangUp()]);
  expect(await site.logged(talking.number)).toMatchObject({ outcome: "talked" });
  await site.logged(listening.number);
  expect(await site.callsOf(talking.number)).toHaveLength(1);
});

test("lost for longer than the guard waits: the caller is held, and back in the menu when the connection is", async () => {
  site = await Site.open({ operators: ["101"], isProxied: true });
  const call = await site.callIn();
  await call.ear.hears(toneOf("menu"));
  site.proxy?.cut({ andRefuse: true });
  await call.ear.hears(toneOf("one-moment"), { timeoutMs: 8_000 });
  const open = site;
  await until("the panel says that the switch is not connected", async () => !(await status(open)).connected);
  site.proxy?.accept();
  await call.ear.hears(toneOf("menu"), { timeoutMs: 10_000 });
  await call.hangUp();
  await site.logged(call.number);
});

test("a caller hangs up while the connection is lost: the call is closed when it is back, once", async () => {
  site = await Site.open({ operators: ["101"], isProxied: true });
  const call = await site.callIn();
  await call.ear.hears(toneOf("menu"));
  site.proxy?.cut({ andRefuse: true });
  await call.hangUp();
  site.proxy?.accept();
  await site.untilConnected();
  // Cut off, as far as the daemon knows; then the switch's own record says when and how it ended.
  const logged = await site.logged(call.number, ({ outcome }) => outcome !== null && outcome !== "cut-off");
  expect(logged.outcome).toBe("abandoned-in-menu");
  expect(logged.legs.every(({ endedAt }) => endedAt !== null)).toBe(true);
  expect(await site.callsOf(call.number)).toHaveLength(1);
});
