import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { TALK_MS } from "../calls/redial.ts";
import { markerTone } from "../lab/media/tones.ts";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { converse, converseOn, type LoggedCall, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Operators call out while the daemon is killed, and while it is away. */
let site: Site;
let anna: ScriptedPhone;
let city: ScriptedPhone;
let mobile: ScriptedPhone;

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

  beforeAll(async () => {
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
  });

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

  test("the log has all of it when the daemon is back", async () => {
    await site.daemon.start();
    expect(await outgoing("599112212")).toMatchObject({ outcome: "talked", direction: "outbound" });
    expect(await outgoing("599112213")).toMatchObject({ outcome: "failed" });
  });
});
