import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RINGBACK } from "../lab/media/tones.ts";
import { hearEachOther, type ScriptedPhone } from "../lab/phone/phone.ts";
import { converse, converseOn, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** What happens between the caller's key and the conversation. */
let site: Site;
let anna: ScriptedPhone;
let boris: ScriptedPhone;

beforeAll(async () => {
  site = await Site.open({ operators: ["101", "102", "103"] });
  anna = await site.operator("101");
  boris = await site.operator("102");
});
afterEach(async () => {
  anna.behaviour = { type: "ring" };
  boris.behaviour = { type: "ring" };
  await site.setFlow({});
  await site.untilQuiet();
});
afterAll(async () => await site.close());

/** What the switch tells a phone whose call another one took. */
const ANSWERED_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';

async function callerInQueue() {
  const call = await site.callIn();
  await call.ear.hears(toneOf("greeting"));
  await call.pressKey("1");
  return call;
}

describe("simultaneous", () => {
  test("all phones ring; one answers, the others stop", async () => {
    const call = await callerInQueue();
    const [atAnna, atBoris] = await Promise.all([anna.incoming.next(), boris.incoming.next()]);
    atBoris.answer();
    await atAnna.until("ended");
    // A phone shows no missed call then (RFC 3326).
    expect(atAnna.endCause?.reason).toBe(ANSWERED_ELSEWHERE);
    await converse(call, atBoris);
    await call.hangUp();
    expect(await site.logged(call.number)).toMatchObject({ outcome: "talked", operatorName: "Operator 102" });
  });

  test("a short number, another exchange's extension, say, stands on the phones as it came", async () => {
    const call = await site.callIn({ from: { number: "2205", name: "Branch" } });
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("1");
    expect((await anna.incoming.next()).caller.number).toBe("2205");
    await call.hangUp();
  });

  test("a busy phone does not keep the other from answering", async () => {
    anna.behaviour = { type: "reject", status: 486 };
    const call = await callerInQueue();
    const atBoris = await boris.incoming.next();
    atBoris.answer();
    await converse(call, atBoris);
    await call.hangUp();
    const logged = await site.logged(call.number);
    expect(logged.timeline.find((entry) => entry.kind === "not-answered")?.data).toMatchObject({
      operatorName: "Operator 101",
      reason: "busy",
    });
  });

  test("everybody declines: the caller waits on, and the next round reaches them", async () => {
    anna.behaviour = { type: "reject", status: 603 };
    boris.behaviour = { type: "reject", status: 603 };
    const call = await callerInQueue();
    await Promise.all([anna.incoming.next(), boris.incoming.next()]);
    anna.behaviour = { type: "answer" };
    await call.ear.hears(RINGBACK);
    const atAnna = await anna.incoming.next({ timeoutMs: 12_000 });
    await converse(call, atAnna);
    await call.hangUp();
    expect((await site.logged(call.number)).outcome).toBe("talked");
  });

  test("nobody answers in the time set: the caller is told, and the log says so", async () => {
    await site.setFlow({ ringSeconds: 5, maxWaitSeconds: 10 });
    const call = await callerInQueue();
    await anna.incoming.next();
    await call.ear.hears(toneOf("no-answer"), { timeoutMs: 15_000 });
    await call.until("ended");
    const logged = await site.logged(call.number);
    expect(logged.outcome).toBe("no-answer");
    expect(logged.legs.filter((leg) => leg.endedAt === null)).toEqual([]);
  });

  test("the caller hangs up while phones ring: they stop", async () => {
    const call = await callerInQueue();
    const [atAnna, atBoris] = await Promise.all([anna.incoming.next(), boris.incoming.next()]);
    await call.hangUp();
    await Promise.all([atAnna.until("ended"), atBoris.until("ended")]);
    for (const { endCause } of [atAnna, atBoris]) expect(endCause?.reason).not.toBe(ANSWERED_ELSEWHERE);
    expect((await site.logged(call.number)).outcome).toBe("abandoned-while-ringing");
  });

  test("a key pressed while waiting changes nothing: it rings on", async () => {
    const call = await callerInQueue();
    const atAnna = await anna.incoming.next();
    await call.ear.hears(RINGBACK);
    await call.pressKey("3");
    await call.ear.hears(RINGBACK);
    atAnna.answer();
    await converse(call, atAnna);
    await call.hangUp();
    await site.logged(call.number);
  });
});

describe("sequential", () => {
  test("the first does not answer: the second rings, and only then", async () => {
    await site.setFlow({ strategy: "sequential", ringSeconds: 5 });
    const call = await callerInQueue();
    const atAnna = await anna.incoming.next();
    expect(boris.liveCalls).toEqual([]);
    const atBoris = await boris.incoming.next({ timeoutMs: 10_000 });
    await atAnna.until("ended");
    atBoris.answer();
    await converse(call, atBoris);
    await call.hangUp();
    expect(await site.logged(call.number)).toMatchObject({ operatorName: "Operator 102" });
  });

  test("the order is the one that the owner chose", async () => {
    const [first, second] = site.phones;
    const operatorIds = [second?.operatorId ?? 0, first?.operatorId ?? 0];
    await site.setFlow({ strategy: "sequential", operatorIds });
    const call = await callerInQueue();
    const atBoris = await boris.incoming.next();
    expect(anna.liveCalls).toEqual([]);
    await call.hangUp();
    await atBoris.until("ended");
    await site.logged(call.number);
  });
});

describe("several callers", () => {
  test("two callers, two operators: each gets one, and a third waits for whoever is free first", async () => {
    anna.behaviour = { type: "answer" };
    const one = await callerInQueue();
    const atAnna = await anna.incoming.next();
    await converse(one, atAnna);
    // His phone rang too, until she answered.
    boris.incoming.clear();
    boris.behaviour = { type: "answer" };
    const two = await callerInQueue();
    const atBoris = await boris.incoming.next();
    await converse(two, atBoris);
    const three = await callerInQueue();
    await three.ear.hears(RINGBACK);
    await one.hangUp();
    const again = await anna.incoming.next();
    await converse(again, three);
    await Promise.all([two.hangUp(), three.hangUp()]);
    expect((await site.logged(three.number)).waitSeconds).not.toBeNull();
    await site.logged(one.number);
    await site.logged(two.number);
  });
});

describe("operators come and go", () => {
  test("no phone is registered: the caller is told early instead of waiting for nobody", async () => {
    await Promise.all([anna.unregister(), boris.unregister()]);
    await site.untilPresence("101", (presence) => !presence.isRegistered);
    await site.untilPresence("102", (presence) => !presence.isRegistered);
    const call = await callerInQueue();
    await call.ear.hears(toneOf("no-answer"), { timeoutMs: 25_000 });
    await call.until("ended");
    expect((await site.logged(call.number)).outcome).toBe("no-answer");
    await Promise.all([anna.register(), boris.register()]);
  });

  test("a phone that registers while a caller waits is rung for them", async () => {
    await Promise.all([anna.unregister(), boris.unregister()]);
    await site.untilPresence("101", (presence) => !presence.isRegistered);
    await site.untilPresence("102", (presence) => !presence.isRegistered);
    const call = await callerInQueue();
    await call.ear.hears(RINGBACK);
    await anna.register();
    const atAnna = await anna.incoming.next();
    await call.hangUp();
    await atAnna.until("ended");
    await boris.register();
    await site.untilPresence("102", (presence) => presence.isRegistered);
    await site.logged(call.number);
  });

  test("an operator made in the panel gets a phone that registers and rings, without a restart", async () => {
    const { phone } = await site.panel.post<{ phone: { sipUser: string; sipPassword: string } }>("/operators", {
      name: "New",
      extension: "250",
    });
    const added = await site.phone(phone.sipUser, phone.sipPassword);
    await added.register();
    await site.untilPresence("250", (presence) => presence.isRegistered);
    const call = await callerInQueue();
    const ringing = await added.incoming.next();
    ringing.answer();
    await converse(call, ringing);
    await call.hangUp();
    expect(await site.logged(call.number)).toMatchObject({ operatorName: "New" });
    await added.unregister();
  });

  test("a wrong phone password registers nothing", async () => {
    const thief = await site.phone("103", "not the password");
    await expect(thief.register()).rejects.toMatchObject({ reason: "refused" });
  });

  test("the operator puts the caller on hold and takes them back: both are in the time line", async () => {
    anna.behaviour = { type: "answer" };
    const call = await callerInQueue();
    const atAnna = await anna.incoming.next();
    await converse(call, atAnna);
    await atAnna.hold();
    await atAnna.unhold();
    await hearEachOther(call, atAnna);
    await call.hangUp();
    const logged = await site.logged(call.number);
    expect(logged.timeline.map((entry) => entry.kind).filter((kind) => kind === "held" || kind === "resumed")).toEqual([
      "held",
      "resumed",
    ]);
  });
});

describe("an operator with a second call", () => {
  /** Anna alone is rung for callers. She talks with one, and another waits. */
  async function talkAndWaiter() {
    await site.setFlow({ operatorIds: [site.phones[0]?.operatorId ?? 0] });
    const talk = await callerInQueue();
    const atAnna = await anna.incoming.next();
    atAnna.answer();
    await converse(talk, atAnna);
    const waiter = await callerInQueue();
    await waiter.ear.hears(RINGBACK);
    return { talk, atAnna, waiter };
  }

  /** Her second call is over, the first goes on: she is shown talking, and who waits rings her only after it. */
  async function isRungAfterTheTalk({ talk, atAnna, waiter }: Awaited<ReturnType<typeof talkAndWaiter>>) {
    await until("her second call has ended", async () => (await site.liveCalls()).length === 2);
    await site.untilPresence("101", ({ state }) => state === "talking");
    await converseOn(talk, atAnna, 1);
    const endsAtMs = Date.now();
    await talk.hangUp();
    const fromQueue = await anna.incoming.next();
    fromQueue.answer();
    await converse(waiter, fromQueue);
    await waiter.hangUp();
    await site.logged(talk.number);
    const { timeline } = await site.logged(waiter.number);
    const rung = timeline.filter(({ kind }) => kind === "ringing");
    expect(rung).toHaveLength(1);
    expect(Date.parse(rung[0]?.at ?? "")).toBeGreaterThanOrEqual(endsAtMs);
  }

  test("she holds the caller, asks a colleague and comes back: who waits rings her after the talk", async () => {
    const calls = await talkAndWaiter();
    await calls.atAnna.hold();
    const question = await anna.call("102");
    const atBoris = await boris.incoming.next();
    atBoris.answer();
    await converse(question, atBoris);
    await question.hangUp();
    await atBoris.until("ended");
    await calls.atAnna.unhold();
    await isRungAfterTheTalk(calls);
  });

  test("a colleague dials her, finds her busy and hangs up: who waits rings her after the talk", async () => {
    const calls = await talkAndWaiter();
    anna.behaviour = { type: "reject", status: 486 };
    const question = await boris.call("101");
    await anna.incoming.next();
    await question.until("ended");
    anna.behaviour = { type: "ring" };
    await isRungAfterTheTalk(calls);
  });
});
