import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as passes } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { toneOf as frequency } from "../lab/media/tones.ts";
import { verifyMarkers } from "../lab/phone/markers.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { decodeRecording } from "../testing/decode-recording.ts";
import { MailServer } from "../testing/mail-server.ts";
import { type LoggedCall, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Whoever reaches nobody leaves a message, and it is heard in the panel. */
const BEEP = frequency(1_000);
const never = { monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
const CLOSED = { hours: { alwaysOpen: false, ...never }, voicemail: { isEnabled: true } };

let site: Site;
let anna: ScriptedPhone;

beforeAll(async () => {
  site = await Site.open({ operators: ["101"], flow: CLOSED });
  anna = await site.operator("101");
});
afterEach(async () => {
  anna.behaviour = { type: "ring" };
  await site.untilQuiet();
});
afterAll(async () => await site.close());

type Caller = Awaited<ReturnType<Site["callIn"]>>;

/** A caller after hours, at the beep. */
async function atTheBeep(): Promise<Caller> {
  const call = await site.callIn();
  await call.ear.hears(toneOf("closed"));
  await call.ear.hears(toneOf("leave-message"));
  await call.ear.hears(BEEP);
  return call;
}

async function speak(call: Caller, seconds: number): Promise<void> {
  call.sendMarkers(0);
  await passes(seconds * 1_000);
}

interface Message {
  recordingId: string;
  callId: string;
  state: string;
  recordingState: string;
  durationMs: number | null;
  caller: { number: string };
  heardBy: string | null;
  mail: string;
}

async function messagesOf(call: { number: string }, state = ""): Promise<Message[]> {
  const { messages } = await site.panel.get<{ messages: Message[] }>(`/voicemail?state=${state}`);
  return messages.filter(({ caller }) => caller.number === call.number);
}

async function readyMessage(call: { number: string }): Promise<Message> {
  return await until(
    "the message can be heard in the panel",
    async () => (await messagesOf(call)).find(({ recordingState }) => recordingState === "ready") ?? null,
    30_000,
  );
}

/** The caller's marker is in each second of what the panel plays. */
async function expectEverySecond(message: Message, seconds: number): Promise<void> {
  const { left } = await decodeRecording(site, message.recordingId);
  const heard = verifyMarkers(left, 0);
  expect(heard.seconds).toBeGreaterThanOrEqual(seconds);
  // The first second began before the caller did.
  expect(heard.missing.filter((second) => second > 0)).toEqual([]);
  expect(Math.abs(left.length / 8 - (message.durationMs ?? 0))).toBeLessThan(100);
}

const kinds = ({ timeline }: LoggedCall) => timeline.map((entry) => entry.kind);

describe("a message", () => {
  test("after no answer: every second of it plays in the panel, a key ends it, and the caller is thanked", async () => {
    await site.setFlow({ ringSeconds: 5, maxWaitSeconds: 10, voicemail: { isEnabled: true } });
    const call = await site.callIn();
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("0");
    await anna.incoming.next();
    await call.ear.hears(toneOf("no-answer"), { timeoutMs: 15_000 });
    await call.ear.hears(toneOf("leave-message"));
    await call.ear.hears(BEEP);
    await speak(call, 5);
    await call.pressKey("#");
    await call.ear.hears(toneOf("message-saved"));
    await call.until("ended");
    const logged = await site.logged(call.number);
    expect(logged.outcome).toBe("voicemail");
    expect(kinds(logged).slice(-3)).toEqual(["leaving-message", "message-left", "hung-up"]);
    const message = await readyMessage(call);
    await expectEverySecond(message, 4);
    const { recordings } = (await site.logged(call.number)) as { recordings: { kind?: string }[] };
    expect(recordings).toMatchObject([{ kind: "message", state: "ready" }]);
    expect(await readdir(join(site.dataDir, "spool", "messages"))).toEqual([]);
  });

  test("after hours, ended by hanging up; new on the page and on Today until somebody has heard it", async () => {
    await site.setFlow(CLOSED);
    const call = await atTheBeep();
    await speak(call, 3);
    await call.hangUp();
    expect((await site.logged(call.number)).outcome).toBe("voicemail");
    const message = await readyMessage(call);
    await expectEverySecond(message, 2);
    expect(message).toMatchObject({ state: "new", mail: "none" });
    const attention = async () => {
      const today = await site.panel.get<{ attention: { kind: string; params: { count?: number } }[] }>("/today");
      return today.attention.find(({ kind }) => kind === "new-voicemail")?.params.count ?? 0;
    };
    const before = await attention();
    expect(before).toBeGreaterThan(0);
    const heard = await site.panel.post<Message>(`/voicemail/${message.recordingId}/heard`, {});
    expect(heard).toMatchObject({ state: "heard", heardBy: "Owner" });
    expect(await attention()).toBe(before - 1);
    expect(await messagesOf(call, "new")).toEqual([]);
    await site.panel.post(`/voicemail/${message.recordingId}/new`, {});
    expect(await messagesOf(call, "new")).toHaveLength(1);
  });

  test("ended by silence: what was said counts, the silence does not", async () => {
    await site.setFlow(CLOSED);
    const call = await atTheBeep();
    await speak(call, 3);
    call.say(null);
    await call.ear.hears(toneOf("message-saved"), { timeoutMs: 10_000 });
    await call.until("ended");
    expect((await site.logged(call.number)).outcome).toBe("voicemail");
    expect((await readyMessage(call)).durationMs).toBeGreaterThan(6_000);
  });

  test("the caller hangs up before the beep: there is none", async () => {
    await site.setFlow(CLOSED);
    const call = await site.callIn();
    await call.ear.hears(toneOf("leave-message"));
    await call.hangUp();
    expect((await site.logged(call.number)).outcome).toBe("after-hours");
    expect(await messagesOf(call)).toEqual([]);
  });

  test("nothing is said: goodbye, no message, and nothing is left in the spool", async () => {
    await site.setFlow(CLOSED);
    const call = await atTheBeep();
    await call.ear.hears(toneOf("goodbye"), { timeoutMs: 10_000 });
    await call.until("ended");
    const logged = await site.logged(call.number);
    expect(logged.outcome).toBe("after-hours");
    expect(kinds(logged)).toContain("no-message");
    await until(
      "the spool is empty",
      async () => (await readdir(join(site.dataDir, "spool", "messages"))).length === 0,
    );
    expect(await messagesOf(call)).toEqual([]);
  });

  test("0 before the beep reaches a person; another key brings the beep at once", async () => {
    await site.setFlow(CLOSED);
    const toPerson = await site.callIn();
    await toPerson.ear.hears(toneOf("leave-message"));
    await toPerson.pressKey("0");
    const ringing = await anna.incoming.next();
    await toPerson.hangUp();
    await ringing.until("ended");
    const hurried = await site.callIn();
    await hurried.ear.hears(toneOf("leave-message"));
    await hurried.pressKey("5");
    await hurried.ear.hears(BEEP);
    await speak(hurried, 2);
    await hurried.hangUp();
    expect((await site.logged(hurried.number)).outcome).toBe("voicemail");
  });
});

describe("the daemon is killed while a caller leaves a message", () => {
  test("and comes back while they speak: nobody notices", async () => {
    await site.setFlow(CLOSED);
    const call = await atTheBeep();
    await speak(call, 1);
    await site.daemon.kill();
    await speak(call, 5);
    await site.daemon.start();
    await site.untilConnected();
    await speak(call, 1);
    await call.pressKey("1");
    await call.ear.hears(toneOf("message-saved"));
    await call.until("ended");
    expect(call.ear.log.some(({ tone }) => tone === toneOf("one-moment").name)).toBe(false);
    expect((await site.logged(call.number)).outcome).toBe("voicemail");
    await expectEverySecond(await readyMessage(call), 7);
  });

  test("and does not come back: they finish, are thanked, and it appears afterwards", async () => {
    await site.setFlow(CLOSED);
    const call = await atTheBeep();
    await speak(call, 1);
    await site.daemon.kill();
    await speak(call, 5);
    await call.pressKey("1");
    await call.ear.hears(toneOf("message-saved"), { timeoutMs: 8_000 });
    await call.until("ended");
    await site.daemon.start();
    await expectEverySecond(await readyMessage(call), 5);
    const logged = await site.logged(call.number, ({ outcome }) => outcome === "voicemail");
    expect(await site.callsOf(call.number)).toHaveLength(1);
    expect(logged.recordings).toHaveLength(1);
  });
});

test("a message left in the static fallback appears when the daemon is back", async () => {
  await site.daemon.kill();
  anna.behaviour = { type: "reject", status: 486 };
  const call = await site.callIntoFallback();
  await call.ear.hears(BEEP, { timeoutMs: 15_000 });
  await speak(call, 4);
  await call.hangUp();
  await site.daemon.start();
  await expectEverySecond(await readyMessage(call), 3);
  const logged = await site.logged(call.number, ({ outcome }) => outcome === "voicemail");
  expect(logged.recordings.map(({ state }) => state)).toContain("ready");
});

describe("mail", () => {
  async function setMail(over: Record<string, unknown>): Promise<void> {
    const settings = await site.panel.get<Record<string, unknown>>("/settings");
    await site.panel.put("/settings", { ...settings, ...over });
  }
  const server = (port: number, password?: string) => ({
    smtp: { host: "127.0.0.1", port, user: "box", secure: false, ...(password === undefined ? {} : { password }) },
  });
  const mailOf = async (call: Caller, state: string) =>
    await until(`the mail is ${state}`, async () => (await messagesOf(call))[0]?.mail === state, 40_000);

  async function leaveMessage(): Promise<Caller> {
    await site.setFlow(CLOSED);
    const call = await atTheBeep();
    await speak(call, 2);
    await call.hangUp();
    await readyMessage(call);
    return call;
  }

  test("a message is mailed once, with its sound and who left it, although the server is away first and the daemon is killed", async () => {
    const mails = new MailServer();
    const port = await mails.open();
    await setMail({ voicemailEmail: "owner@example.org", ...server(1, "a secret: %$") });
    try {
      const call = await leaveMessage();
      await mailOf(call, "waiting");
      await until("it was tried", async () => site.daemon.said.includes('"problem":"server-away"'));
      await site.daemon.kill();
      await site.daemon.start();
      // The password stays with its host.
      await setMail(server(port));
      await mailOf(call, "sent");
      expect(mails.taken).toHaveLength(1);
      const [mail = ""] = mails.taken;
      expect(mail).toContain(`Subject: Voice message from ${call.number}`);
      expect(mail).toContain("To: owner@example.org");
      const encoded = /Content-Type: audio\/ogg[^]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+)/.exec(mail)?.[1] ?? "";
      const { recordingId } = await readyMessage(call);
      const response = await site.panel.fetch(`/voicemail/${recordingId}/audio`);
      expect(Buffer.from(encoded, "base64").equals(Buffer.from(await response.arrayBuffer()))).toBe(true);
      const kept = await site.panel.get<{ smtp: object }>("/settings");
      expect(kept.smtp).toMatchObject({ hasPassword: true });
      expect(JSON.stringify(kept)).not.toContain("a secret");
    } finally {
      await setMail({ voicemailEmail: null, smtp: null });
      await mails.close();
    }
  });

  test("killed while the server has the mail and has not said yes: offered once more, under the same id, and never again", async () => {
    const mails = new MailServer();
    const port = await mails.open();
    await setMail({ voicemailEmail: "owner@example.org", ...server(port, "a secret: %$") });
    try {
      mails.holdBack();
      const call = await leaveMessage();
      await until("the server has the mail", () => mails.asked === 1, 15_000);
      await site.daemon.kill();
      const taken = mails.taken.length;
      await site.daemon.start();
      await until("it is offered again", () => mails.asked === 2, 30_000);
      mails.letGo();
      await mailOf(call, "sent");
      const ids = mails.taken.slice(taken).map((mail) => /^Message-ID: (.+)$/m.exec(mail)?.[1]);
      // A server that kept the first one all the same knows both by one id.
      expect(new Set(ids).size).toBe(1);
      await site.daemon.stop();
      await site.daemon.start();
      expect(mails.asked).toBe(2);
    } finally {
      await setMail({ voicemailEmail: null, smtp: null });
      await mails.close();
    }
  });
});
