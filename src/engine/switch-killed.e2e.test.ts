import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { verifyMarkers } from "../lab/phone/markers.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { decodeRecording } from "../testing/decode-recording.ts";
import { converse, converseOn, type LoggedCall, Site, toneOf } from "../testing/site.ts";
import { TrunkRegistrar } from "../testing/trunk-registrar.ts";
import { until } from "../testing/until.ts";

/** The switch is killed in mid-call: what was cut is known as cut, what was recorded is kept, and all are back by themselves. */
let site: Site;
let anna: ScriptedPhone;
let company: TrunkRegistrar;

/** What the switch has not written when it is killed. */
const UNWRITTEN_SECONDS = 2;
const TALK_SECONDS = 6;

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  // Who was cut off is called back after a minute, which would ring the phone in the middle of another scenario.
  const settings = await site.panel.get<{ redial: object }>("/settings");
  await site.panel.put("/settings", { ...settings, redial: { ...settings.redial, isEnabled: false } });
  await site.keepSwitchRunning();
  anna = await site.operator("101");
  company = await TrunkRegistrar.open();
  await site.panel.post("/trunks", {
    ...{ name: "City", kind: "city", mode: "register", server: "127.0.0.1", port: company.port },
    ...{ user: "322112233", password: "secret-of-the-line" },
  });
});
afterEach(async () => await site.untilQuiet());
afterAll(async () => {
  await site?.close();
  company?.close();
});

async function talk(phone: ScriptedPhone) {
  const call = await site.callIn();
  await call.ear.hears(toneOf("greeting"));
  await call.pressKey("1");
  const operator = await phone.incoming.next();
  operator.answer();
  await converse(call, operator);
  await converseOn(call, operator, TALK_SECONDS);
  return { call, operator };
}

/** Nobody says BYE for a switch that is gone; who hears nothing any more puts the receiver down. */
function leave(...calls: PhoneCall[]): void {
  for (const call of calls) call.drop();
}

const isReady = (call: LoggedCall) => call.recordings[0]?.state === "ready";

async function expectCutOffButKept(number: string, operatorName: string): Promise<void> {
  const logged = await until(
    "the call that was cut off is in the log with its recording",
    async () => {
      const [found] = await site.callsOf(number);
      const call = found && (await site.panel.get<LoggedCall>(`/calls/${found.callId}`));
      // Compared with the talk a moment after it is ready.
      return call?.outcome && isReady(call) && call.talkSeconds !== 0 ? call : null;
    },
    60_000,
  );
  expect(logged).toMatchObject({ outcome: "cut-off", operatorName });
  expect(logged.legs.map(({ hangupCause }) => hangupCause)).toEqual(["LOST", "LOST"]);
  expect(logged.timeline.filter(({ kind }) => kind === "hung-up")).toHaveLength(1);
  expect(await site.callsOf(number)).toHaveLength(1);
  const { left, right } = await decodeRecording(site, logged.recordings[0]?.recordingId ?? "");
  for (const [channel, marker] of [
    [left, 0],
    [right, 1],
  ] as const) {
    const { seconds, missing } = verifyMarkers(channel, marker);
    expect(seconds).toBeGreaterThanOrEqual(TALK_SECONDS - UNWRITTEN_SECONDS);
    expect(missing.filter((second) => second > 1)).toEqual([]);
  }
  // The log and the recording tell the same story: what is not on it, is said to be missing.
  const heardSeconds = Math.round((logged.recordings[0]?.durationMs ?? 0) / 1_000);
  expect(logged.talkSeconds).toBeGreaterThanOrEqual(heardSeconds - 1);
  expect(logged.talkSeconds).toBeLessThanOrEqual(heardSeconds + UNWRITTEN_SECONDS + 2);
}

async function ticketsOf(number: string): Promise<{ state: string; gaveUp: { outcome: string } }[]> {
  const { tickets } = await site.panel.get<{ tickets: { state: string; gaveUp: { outcome: string } }[] }>(
    `/tickets?q=${number}`,
  );
  return tickets;
}

const pidOfSwitch = () => site.switch.pid;

async function untilAllIsBack(pid: number, registrationsBefore: number): Promise<void> {
  await until("another switch runs", () => pidOfSwitch() !== pid && site.switch.isRunning(), 30_000);
  await site.untilConnected(30_000);
  await until("the line registered again", () => company.registered.length > registrationsBefore, 20_000);
  await until("the panel shows the line", async () => {
    const [trunk] = await site.panel.get<{ state: string }[]>("/trunks");
    return trunk?.state === "registered";
  });
}

/** Neither phone has said a word to the new switch, and a caller reaches them. */
async function expectToBeReached(phone: ScriptedPhone, extension: string): Promise<void> {
  await site.untilPresence(extension, ({ isRegistered }) => isRegistered);
  const next = await site.callIn();
  await next.ear.hears(toneOf("greeting"), { timeoutMs: 15_000 });
  await next.pressKey("1");
  const ringing = await phone.incoming.next();
  ringing.answer();
  await converse(next, ringing);
  await next.hangUp();
  expect((await site.logged(next.number)).outcome).toBe("talked");
}

test("in a conversation, and while another caller hears the menu", { timeout: 180_000 }, async () => {
  const talking = await talk(anna);
  const listening = await site.callIn();
  await listening.ear.hears(toneOf("menu"));
  await until("the line is registered", () => company.registered.length > 0, 20_000);
  const [pid, registrations] = [pidOfSwitch(), company.registered.length];
  await site.switch.kill();
  leave(talking.call, talking.operator, listening);
  await untilAllIsBack(pid, registrations);
  await expectToBeReached(anna, "101");

  await expectCutOffButKept(talking.call.number, "Operator 101");
  expect((await site.logged(listening.number)).outcome).toBe("cut-off");
  for (const { number } of [talking.call, listening]) {
    await until("there is a ticket", async () => (await ticketsOf(number)).length > 0);
    expect(await ticketsOf(number)).toMatchObject([{ state: "open", gaveUp: { outcome: "cut-off" } }]);
  }
});

test("together with the daemon: what is known of the talk comes from its recording", { timeout: 180_000 }, async () => {
  const talking = await talk(anna);
  const [pid, registrations] = [pidOfSwitch(), company.registered.length];
  await Promise.all([site.daemon.kill(), site.switch.kill()]);
  leave(talking.call, talking.operator);
  await site.daemon.start();
  await untilAllIsBack(pid, registrations);
  await expectCutOffButKept(talking.call.number, "Operator 101");
  await until("there is a ticket", async () => (await ticketsOf(talking.call.number)).length > 0);
  expect(await ticketsOf(talking.call.number)).toMatchObject([{ state: "open", gaveUp: { outcome: "cut-off" } }]);
  await expectToBeReached(anna, "101");
});

test("while the daemon is away: it finds out when it comes back", { timeout: 180_000 }, async () => {
  const talking = await talk(anna);
  await site.daemon.kill();
  await converseOn(talking.call, talking.operator, 1);
  const [pid, registrations] = [pidOfSwitch(), company.registered.length];
  await site.switch.kill();
  leave(talking.call, talking.operator);
  await until("another switch runs", () => pidOfSwitch() !== pid && site.switch.isRunning(), 30_000);
  await site.daemon.start();
  await untilAllIsBack(pid, registrations);
  await expectCutOffButKept(talking.call.number, "Operator 101");
  await until("there is a ticket", async () => (await ticketsOf(talking.call.number)).length > 0);
  expect(await ticketsOf(talking.call.number)).toHaveLength(1);
  await expectToBeReached(anna, "101");
});
