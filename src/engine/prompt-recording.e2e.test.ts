import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as passes } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { toneOf as frequency, markerTone } from "../lab/media/tones.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { type LoggedCall, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** The owner records by phone what callers hear; here the greeting. */
const BEEP = frequency(1_000);
const PLACE = "/prompts/en/greeting";

interface Take {
  id: string;
  source: string;
  isInUse: boolean;
}
interface Recording {
  state: string;
  outcome: string | null;
}

let site: Site;
let anna: ScriptedPhone;
let annaId: number;
/** What callers heard before each scenario. */
let usual: string;

beforeAll(async () => {
  // Boris's phone is never there.
  site = await Site.open({ operators: ["101", "102"] });
  anna = await site.operator("101");
  annaId = await operatorIdOf("101");
  usual = (await takes()).find(({ isInUse }) => isInUse)?.id ?? "";
});
afterEach(async () => {
  anna.behaviour = { type: "ring" };
  await site.untilQuiet();
  await site.panel.post(`${PLACE}/takes/${usual}/use`);
});
afterAll(async () => await site?.close());

const takes = async () => await site.panel.get<Take[]>(`${PLACE}/takes`);
const inUse = async () => (await takes()).find((take) => take.isInUse);

async function operatorIdOf(extension: string): Promise<number> {
  const presence = await site.panel.get<{ operatorId: number; extension: string }[]>("/operators/presence");
  const found = presence.find((one) => one.extension === extension);
  if (!found) throw new Error(`nobody has extension ${extension}`);
  return found.operatorId;
}

const wish = async (operatorId = annaId) => await site.panel.post<{ id: string }>(`${PLACE}/phone`, { operatorId });

async function untilDone(id: string): Promise<string | null> {
  const { outcome } = await until("it is over", async () => {
    const now = await site.panel.get<Recording>(`/prompts/by-phone/${id}`);
    return now.state === "done" ? now : null;
  });
  return outcome;
}

/** Anna's phone rings, she takes it and has heard the tone. */
async function atTheTone(): Promise<{ id: string; call: PhoneCall }> {
  const { id } = await wish();
  const call = await anna.incoming.next();
  expect(await site.panel.get<Recording>(`/prompts/by-phone/${id}`)).toEqual({ state: "ringing", outcome: null });
  call.answer();
  await call.ear.hears(toneOf("record-invite"));
  await call.ear.hears(BEEP);
  return { id, call };
}

async function speak(call: PhoneCall, marker: number, seconds: number): Promise<void> {
  call.sendMarkers(marker);
  await passes(seconds * 1_000);
}

async function callerHears(tone: ReturnType<typeof markerTone>): Promise<void> {
  const caller = await site.callIn();
  await caller.ear.hears(tone);
  await caller.hangUp();
}

async function logged(): Promise<LoggedCall> {
  const { callId } = await until("the call is in the log", async () => {
    const { calls } = await site.panel.get<{ calls: { callId: string; outcome: string | null; dialled: string }[] }>(
      "/calls?direction=internal",
    );
    return calls.find(({ dialled, outcome }) => dialled === "101" && outcome !== null);
  });
  return await site.panel.get<LoggedCall>(`/calls/${callId}`);
}

/** Nothing is left, and nothing of it became a message of a caller's. */
async function untilSpoolIsEmpty(): Promise<void> {
  const spool = join(site.dataDir, "spool", "messages");
  await until("the spool is empty", async () => (await readdir(spool)).length === 0);
  const { messages } = await site.panel.get<{ messages: unknown[] }>("/voicemail?state=");
  expect(messages).toEqual([]);
}

describe("a prompt recorded by phone", () => {
  test("is played back, kept by 1, and heard by the next caller; the take before can be put back", async () => {
    const { id, call } = await atTheTone();
    await speak(call, 0, 4);
    await call.pressKey("#");
    call.say(null);
    await call.ear.hears(markerTone(0));
    await call.ear.hears(toneOf("record-choose"));
    expect(await site.panel.get<Recording>(`/prompts/by-phone/${id}`)).toEqual({ state: "asking", outcome: null });
    await call.pressKey("1");
    await call.ear.hears(toneOf("record-kept"));
    await call.until("ended");
    expect(await untilDone(id)).toBe("kept");
    expect(await inUse()).toMatchObject({ source: "phone" });
    await callerHears(markerTone(0));
    await site.untilPresence("101", ({ state }) => state === "free");
    const found = await logged();
    expect(found).toMatchObject({ outcome: "information-heard", direction: "internal", caller: { number: "101" } });
    expect(found.timeline.map(({ kind }) => kind)).toEqual(["arrived", "ringing", "prompt-recorded", "hung-up"]);
    expect(found.timeline.at(-1)?.data).toMatchObject({ by: "system" });
    await untilSpoolIsEmpty();
    await site.panel.post(`${PLACE}/takes/${usual}/use`);
    await callerHears(toneOf("greeting"));
  });

  test("is recorded again by 2, and only the second is kept", async () => {
    const { id, call } = await atTheTone();
    await speak(call, 0, 3);
    await call.pressKey("#");
    call.say(null);
    await call.ear.hears(markerTone(0));
    await call.pressKey("2");
    await call.ear.hears(BEEP);
    await speak(call, 1, 3);
    await call.pressKey("#");
    call.say(null);
    await call.ear.hears(markerTone(1));
    await call.pressKey("1");
    await call.ear.hears(toneOf("record-kept"));
    await call.until("ended");
    expect(await untilDone(id)).toBe("kept");
    await callerHears(markerTone(1));
    await untilSpoolIsEmpty();
  });

  test("is kept when the hang-up ends it, and not when the hang-up follows the question", async () => {
    const first = await atTheTone();
    await speak(first.call, 0, 3);
    await first.call.hangUp();
    expect(await untilDone(first.id)).toBe("kept");
    await callerHears(markerTone(0));
    await site.untilPresence("101", ({ state }) => state === "free");
    const second = await atTheTone();
    await speak(second.call, 1, 3);
    await second.call.pressKey("#");
    second.call.say(null);
    await second.call.ear.hears(toneOf("record-choose"));
    await second.call.hangUp();
    expect(await untilDone(second.id)).toBe("hung-up");
    await callerHears(markerTone(0));
    await untilSpoolIsEmpty();
  });

  test("is asked for again when the key comes before a word", async () => {
    const { id, call } = await atTheTone();
    // A key within the tone would only end the tone.
    await call.ear.hearsSilence({ forMs: 100 });
    await call.pressKey("#");
    await call.ear.hears(toneOf("record-invite"));
    await call.hangUp();
    expect(await untilDone(id)).toBe("hung-up");
    expect(await inUse()).toMatchObject({ id: usual });
  });

  test("is not begun by a key before the tone: the tone comes at once", async () => {
    const { id } = await wish();
    const call = await anna.incoming.next();
    call.answer();
    await call.ear.hears(toneOf("record-invite"));
    await call.pressKey("5");
    await call.ear.hears(BEEP);
    await call.hangUp();
    await untilDone(id);
  });
});

describe("a phone", () => {
  test("that is refused, that is not there, that is busy: each is told, and what callers hear stays", async () => {
    anna.behaviour = { type: "reject", status: 486 };
    const { id } = await wish();
    expect(await untilDone(id)).toBe("no-answer");
    await anna.incoming.next();
    await site.untilPresence("101", ({ state }) => state === "free");
    await expect(wish(await operatorIdOf("102"))).rejects.toThrow(/409.*phone-away/);
    anna.behaviour = { type: "ring" };
    const { call } = await atTheTone();
    await expect(wish()).rejects.toThrow(/409.*phone-busy/);
    await call.hangUp();
    await expect(wish(4_711)).rejects.toThrow(/409.*no-such-operator/);
    // The owner has no phone of their own here.
    await expect(site.panel.post(`${PLACE}/phone`, {})).rejects.toThrow(/409.*no-phone-of-yours/);
    expect(await inUse()).toMatchObject({ id: usual });
  });

  test("is let go when the daemon is killed while it records, and nothing of it is left", async () => {
    const { call } = await atTheTone();
    await speak(call, 0, 2);
    await site.daemon.kill();
    await call.until("ended", { timeoutMs: 15_000 });
    await site.daemon.start();
    await site.untilConnected();
    await anna.register();
    await site.untilPresence("101", ({ isRegistered }) => isRegistered);
    expect(await inUse()).toMatchObject({ id: usual });
    await untilSpoolIsEmpty();
  });
});
