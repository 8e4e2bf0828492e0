import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { TALK_MS } from "../calls/redial.ts";
import { markerTone } from "../lab/media/tones.ts";
import { verifyMarkers } from "../lab/phone/markers.ts";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { decodeRecording } from "../testing/decode-recording.ts";
import { converse, converseOn, type LoggedCall, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Operators call out while the daemon is killed, and while it is away. */
let site: Site;
let anna: ScriptedPhone;
let city: ScriptedPhone;
let mobile: ScriptedPhone;

const AS_USUAL = { numberFormat: "as-dialled", prefix: "", callerId: "own-number" };

/** Long enough for the guard to have noticed that the daemon is gone, and to have done what it does. */
const GUARD_MS = 4_500;
/** The mark that stands for what the trunk says before anybody answers. */
const ANNOUNCEMENT = 7;

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  anna = await site.operator("101");
  [city, mobile] = [await ScriptedPhone.open({ user: "city" }), await ScriptedPhone.open({ user: "mobile" })];
  for (const [name, { address }] of Object.entries({ City: city, Mobile: mobile })) {
    await site.panel.post("/trunks", { name, kind: "city", mode: "ip-peer", server: "127.0.0.1", port: address.port });
  }
});
afterEach(async () => {
  for (const world of [city, mobile]) {
    world.behaviour = { type: "ring" };
    for (const call of world.liveCalls) await call.hangUp();
    world.incoming.clear();
  }
});
afterAll(async () => {
  await Promise.all([city, mobile].map((world) => world?.close()));
  await site?.close();
});

async function outgoing(dialled: string, isAsWanted: (call: LoggedCall) => boolean = () => true): Promise<LoggedCall> {
  return await until(
    `the call to ${dialled} is in the log as wanted`,
    async () => {
      const { calls } = await site.panel.get<{ calls: LoggedCall[] }>(`/calls?q=${dialled}`);
      const [found, ...others] = calls.filter(({ direction }) => direction === "outbound");
      expect(others).toEqual([]);
      if (!found || found.outcome === null) return null;
      const call = await site.panel.get<LoggedCall>(`/calls/${found.callId}`);
      return isAsWanted(call) ? call : null;
    },
    30_000,
  );
}

async function openTicketOf(number: string): Promise<number | undefined> {
  const { tickets } = await site.panel.get<{ tickets: { ticketId: number }[] }>(`/tickets?q=${number}`);
  return tickets[0]?.ticketId;
}

const isReady = (call: LoggedCall) => call.recordings[0]?.state === "ready";
const kindsOf = (call: LoggedCall) => call.timeline.map(({ kind }) => kind);

describe("the daemon is killed and comes back", () => {
  test("while the number rings: it rings on, once, and the talk is logged and recorded as ever", async () => {
    const call = await anna.call("599112201");
    const ringing = await city.incoming.next();
    await site.daemon.kill();
    await expect(ringing.until("ended", { timeoutMs: GUARD_MS })).rejects.toThrow("to be ended");
    await site.daemon.start();
    await site.untilConnected();
    await until("the board shows the call", async () =>
      (await site.liveCalls()).some((one) => one.phase === "dialling"),
    );
    ringing.answer();
    await converse(call, ringing);
    await until("the board shows the talk", async () =>
      (await site.liveCalls()).some((one) => one.phase === "talking"),
    );
    await ringing.hangUp();
    await call.until("ended");
    const logged = await outgoing("599112201", isReady);
    expect(logged).toMatchObject({
      outcome: "talked",
      direction: "outbound",
      operatorName: "Operator 101",
      trunkName: "City",
    });
    expect(logged.legs).toHaveLength(2);
    expect(logged.recordings).toHaveLength(1);
    expect(kindsOf(logged)).toEqual([
      "arrived",
      "dialling",
      "daemon-restarted",
      "recording-started",
      "talking",
      "recording-ended",
      "hung-up",
    ]);
    expect(city.incoming.waiting + mobile.incoming.waiting).toBe(0);
  });

  test("in the conversation: both go on hearing each other, and nothing of it is told twice", async () => {
    const call = await anna.call("599112202");
    const answered = await city.incoming.next();
    answered.answer();
    await converse(call, answered);
    await site.daemon.kill();
    await converseOn(call, answered, 5);
    await site.daemon.start();
    await until("the board shows the talk", async () =>
      (await site.liveCalls()).some((one) => one.phase === "talking"),
    );
    await converseOn(call, answered, 1);
    await call.hangUp();
    await answered.until("ended");
    const logged = await outgoing("599112202", isReady);
    expect(logged).toMatchObject({ outcome: "talked", operatorName: "Operator 101" });
    expect(logged.talkSeconds).toBeGreaterThanOrEqual(6);
    expect(logged.legs).toHaveLength(2);
    expect(logged.recordings).toHaveLength(1);
    expect(logged.recordings[0]?.durationMs).toBeGreaterThan(6_000);
    const kinds = kindsOf(logged);
    for (const once of ["arrived", "talking", "recording-started", "hung-up"])
      expect(kinds.filter((kind) => kind === once)).toEqual([once]);
  });

  test("in the conversation, which ends meanwhile: the log knows afterwards how long they talked", async () => {
    const call = await anna.call("599112203");
    const answered = await city.incoming.next();
    answered.answer();
    await converse(call, answered);
    await site.daemon.kill();
    await converseOn(call, answered, 2);
    await answered.hangUp();
    await call.until("ended");
    await site.daemon.start();
    const logged = await outgoing("599112203", isReady);
    expect(logged).toMatchObject({ outcome: "talked", operatorName: "Operator 101" });
    expect(logged.talkSeconds).toBeGreaterThanOrEqual(2);
    expect(kindsOf(logged).filter((kind) => kind === "hung-up")).toHaveLength(1);
  });
});

async function killDaemon(): Promise<void> {
  await site.daemon.kill();
  city.behaviour = { type: "reject", status: 486 };
  await until(
    "the switch has noticed that the daemon is gone",
    async () => {
      const attempt = await anna.call("599112210");
      await attempt.until("ended", { timeoutMs: 2_000 }).catch(() => attempt.hangUp());
      return city.incoming.waiting > 0;
    },
    20_000,
  );
  city.incoming.clear();
}
test("without the daemon a missed caller is dialled, who says something and never answers: no talk, and still owed a call", async () => {
  const caller = await site.callIn();
  await caller.ear.hears(toneOf("greeting"));
  await caller.hangUp();
  const ticketId = await until("the caller is owed a call", async () => await openTicketOf(caller.number));
  await site.daemon.kill();
  city.behaviour = { type: "early", markers: ANNOUNCEMENT };
  const call = await anna.call(`0${caller.number}`);
  await call.ear.hears(markerTone(ANNOUNCEMENT), { timeoutMs: 15_000 });
  const sinceMs = call.ear.nowMs;
  await until("it would have been a talk", () => call.ear.nowMs - sinceMs > TALK_MS, 15_000);
  await call.hangUp();
  await site.daemon.start();
  expect(await outgoing(`0${caller.number}`)).toMatchObject({ outcome: "abandoned-while-ringing", talkSeconds: null });
  expect(await openTicketOf(caller.number)).toBe(ticketId);
});

describe("the daemon is away", () => {
  /** Both ends of a call by the static way; the first trunk says `status` to it. */
  async function dial(number: string, status: number): Promise<PhoneCall> {
    city.behaviour = { type: "reject", status };
    return await anna.call(number);
  }

  beforeAll(killDaemon);

  test.each([
    ["is busy", 486],
    ["refuses", 603],
    ["does not exist", 404],
  ])("who %s is not called a second time by the next trunk", async (_, status) => {
    const call = await dial("599112211", status);
    await city.incoming.next();
    await call.until("ended");
    expect(call.endCause?.status).toBe(status);
    expect(mobile.incoming.waiting).toBe(0);
  });

  test("a trunk that is congested: the next one is taken", async () => {
    const call = await dial("599112212", 503);
    const ringing = await mobile.incoming.next();
    ringing.answer();
    await converse(call, ringing);
    await converseOn(call, ringing, 3);
    await call.hangUp();
    expect(city.incoming.waiting).toBe(1);
  });

  test("both are congested: the phone is told so", async () => {
    mobile.behaviour = { type: "reject", status: 503 };
    const call = await dial("599112213", 503);
    await call.until("ended");
    expect(call.endCause?.status).toBe(503);
    expect([city.incoming.waiting, mobile.incoming.waiting]).toEqual([1, 1]);
  });

  test("an emergency number is tried by every trunk, whatever the first one says", async () => {
    const call = await dial("112", 486);
    const ringing = await mobile.incoming.next();
    ringing.answer();
    await converse(call, ringing);
    await call.hangUp();
  });

  test("the log has all of it when the daemon is back, with what was said", async () => {
    await site.daemon.start();
    const talked = await outgoing("599112212", isReady);
    expect(talked).toMatchObject({ outcome: "talked", direction: "outbound" });
    expect(talked.recordings).toHaveLength(1);
    const { left, right } = await decodeRecording(site, talked.recordings[0]?.recordingId ?? "");
    // The called person says 1, our operator 0.
    for (const [channel, marker] of [
      [left, 1],
      [right, 0],
    ] as const) {
      const { seconds, missing } = verifyMarkers(channel, marker);
      expect(missing.filter((second) => second > 1)).toEqual([]);
      expect(seconds).toBeGreaterThan(2);
    }
    expect(await outgoing("599112213")).toMatchObject({ outcome: "failed" });
  });
});

describe("the daemon is away, and each trunk is told what is agreed for it", () => {
  const OWN = { national: "0322112233", e164: "+995322112233", bare: "995322112233" };
  const asked: ScriptedPhone[] = [];

  /** Every trunk is congested, so that the call is offered to each, one after the other. */
  async function offered(dialled: string) {
    for (const world of [city, mobile, ...asked]) world.behaviour = { type: "reject", status: 503 };
    const call = await anna.call(dialled);
    await call.until("ended");
    const all = [];
    for (const world of [city, ...asked]) {
      const { invite } = await world.incoming.next();
      const { from, privacy } = invite.headers;
      all.push([userOf(invite.uri), userOf(from.uri), from.name?.replaceAll('"', "").trim() ?? "", privacy]);
      expect(invite.headers["p-asserted-identity"]).toBeUndefined();
      // Nowhere the extension of the phone that dialled.
      expect(JSON.stringify(invite.headers)).not.toMatch(/"?101"?[@"]/);
    }
    return all;
  }
  const userOf = (uri: unknown) => /^sip:([^@]*)@/.exec(typeof uri === "string" ? uri : "")?.[1];

  beforeAll(async () => {
    for (const [name, outgoing] of Object.entries({
      Hidden: { callerId: "hidden" },
      E164: { numberFormat: "e164" },
      Bare: { numberFormat: "e164-no-plus" },
      National: { numberFormat: "national" },
    })) {
      const world = await ScriptedPhone.open({ user: name.toLowerCase() });
      asked.push(world);
      const trunk = { name, kind: "city", mode: "ip-peer", server: "127.0.0.1", port: world.address.port };
      await site.panel.post("/trunks", { ...trunk, outgoing: { ...AS_USUAL, ...outgoing } });
    }
    await site.switchRecording(false);
    await killDaemon();
  });
  afterEach(async () => {
    for (const world of asked) world.incoming.clear();
  });
  afterAll(async () => {
    await Promise.all(asked.map((world) => world.close()));
  });

  test.each(["0599112220", "599112221", "+995599112222"])("%s", async (dialled) => {
    const digits = dialled.slice(-9);
    expect(await offered(dialled)).toEqual([
      [dialled, OWN.national, OWN.national, undefined],
      [dialled, "anonymous", "Anonymous", "id"],
      [`+995${digits}`, OWN.e164, OWN.e164, undefined],
      [`995${digits}`, OWN.bare, OWN.bare, undefined],
      [digits, OWN.national, OWN.national, undefined],
    ]);
  });

  test("an emergency number goes out as it was dialled, with our number, so that they can call back", async () => {
    expect(await offered("112")).toEqual([
      ["112", OWN.national, OWN.national, undefined],
      ["112", OWN.national, OWN.national, undefined],
      ["112", OWN.e164, OWN.e164, undefined],
      ["112", OWN.bare, OWN.bare, undefined],
      ["112", OWN.national, OWN.national, undefined],
    ]);
  });

  test("a short number goes out as it was dialled", async () => {
    expect((await offered("11808")).map(([user]) => user)).toEqual(Array.from({ length: 5 }, () => "11808"));
  });

  test("where recording is switched off, nothing is recorded", async () => {
    const call = await anna.call("599112223");
    const ringing = await city.incoming.next();
    ringing.answer();
    await converse(call, ringing);
    await call.hangUp();
    expect(await readdir(join(site.dataDir, "spool", "recordings"))).toEqual([]);
  });

  test("once our number is another one, that is shown", async () => {
    await site.daemon.start();
    await site.untilConnected();
    const [number] = await site.panel.get<{ numberId: number }[]>("/numbers");
    await site.panel.patch(`/numbers/${number?.numberId}`, { number: "0322445566" });
    await site.switchRecording(true);
    await killDaemon();
    expect((await offered("112")).map(([, shown]) => shown)).toEqual([
      ...["0322445566", "0322445566", "+995322445566", "995322445566", "0322445566"],
    ]);
  });
});
