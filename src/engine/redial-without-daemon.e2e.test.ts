import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { toneOf as frequency, RINGBACK } from "../lab/media/tones.ts";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import { agrees, asked, CallBackSite, SOON_MINUTES, talkLong } from "../testing/call-back-site.ts";
import { converse, converseOn, type Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** The daemon is killed: nobody who is owed a call is forgotten, and nobody is called twice. */
const BEEP = frequency(1_000);
/** Long enough for the guard to have noticed that the daemon is gone, and to have done what it does. */
const GUARD_SECONDS = 5;
const MESSAGE_MS = 4_000;

let firm: CallBackSite;
let site: Site;
let anna: ScriptedPhone;
let world: ScriptedPhone;

beforeAll(async () => {
  firm = await CallBackSite.open({ operators: ["101"] });
  ({ site, world } = firm);
  anna = await site.operator("101");
});
afterEach(async () => await firm.tidy());
afterAll(async () => await firm?.close());

async function restart(): Promise<void> {
  await site.daemon.start();
  await site.untilConnected();
}

describe("without the daemon a ticket is made", () => {
  test("for whom nobody answers, and for who then leaves a message", async () => {
    await site.daemon.kill();
    anna.behaviour = { type: "reject", status: 486 };
    const first = await site.callIntoFallback();
    await first.ear.hears(toneOf("leave-message"), { timeoutMs: 15_000 });
    await first.hangUp();
    const second = await site.callIntoFallback();
    await second.ear.hears(BEEP, { timeoutMs: 15_000 });
    second.sendMarkers(0);
    const sinceMs = second.ear.nowMs;
    await until("they have spoken", () => second.ear.nowMs - sinceMs > MESSAGE_MS);
    await second.hangUp();
    await restart();
    const missed = await firm.untilTicket(first.number);
    expect(missed).toMatchObject({ gaveUp: { outcome: "fallback-missed" }, callCount: 1 });
    await firm.untilTicket(second.number, ({ gaveUp }) => gaveUp.outcome === "voicemail");
  });

  test("for who gives up in 'one moment', and for who gives up while waiting; both are called back afterwards", async () => {
    const inMenu = await site.callIn();
    await inMenu.ear.hears(toneOf("menu"));
    const waiting = await site.callIn();
    await waiting.ear.hears(toneOf("greeting"));
    await waiting.pressKey("1");
    await waiting.ear.hears(RINGBACK);
    await site.daemon.kill();
    for (const call of [inMenu, waiting]) {
      await call.ear.hears(toneOf("one-moment"), { timeoutMs: 8_000 });
      await call.hangUp();
    }
    await restart();
    expect((await firm.untilTicket(inMenu.number)).gaveUp.outcome).toBe("abandoned-in-menu");
    expect((await firm.untilTicket(waiting.number)).gaveUp.outcome).toBe("abandoned-while-ringing");
    await site.untilQuiet();
    await firm.redial({});
    world.behaviour = { type: "reject", status: 486 };
    for (let call = 0; call < 2; call += 1) await (await agrees(anna)).until("ended");
    for (const { number } of [inMenu, waiting]) await firm.untilTicket(number, ({ tries }) => tries === 1);
    const dialled = [await world.incoming.next(), await world.incoming.next()].map(({ invite }) =>
      JSON.stringify(invite.uri),
    );
    for (const { number } of [inMenu, waiting]) expect(dialled.some((uri) => uri.includes(number))).toBe(true);
  });
});

test("without the daemon a talk closes a ticket: they call and are put through, or an operator calls them", async () => {
  const [caller, called] = [await firm.missedCaller(), await firm.missedCaller()];
  await site.daemon.kill();
  const again = await site.callIntoFallback({ number: caller.number, name: "Caller" });
  const ringing = await anna.incoming.next({ timeoutMs: 15_000 });
  ringing.answer();
  await talkLong(ringing, again);
  const operator = await anna.call(`0${called.number}`);
  const answered = await world.incoming.next();
  answered.answer();
  await talkLong(operator, answered);
  await restart();
  for (const { number, ticketId } of [caller, called])
    expect(await firm.untilClosed(number)).toMatchObject({ ticketId, closedReason: "talked", tries: 0 });
});

test("without the daemon a local number leaves as it does with it, without its area code, and a talk closes a ticket", async () => {
  const { number, ticketId } = await firm.missedCaller("322998877");
  await firm.areaCode("32");
  await until("the switch knows the area code", async () =>
    new RegExp(await site.askSwitch("global_getvar hotline_outside_pattern")).test("2998877"),
  );
  await site.daemon.kill();
  const operator = await anna.call("2998877");
  const answered = await world.incoming.next({ timeoutMs: 15_000 });
  expect(JSON.stringify(answered.invite.uri)).toContain("sip:2998877@");
  answered.answer();
  await talkLong(operator, answered);
  await restart();
  expect(await firm.untilClosed(number)).toMatchObject({ ticketId, closedReason: "talked", tries: 0 });
  await firm.areaCode(null);
});

describe("the daemon is killed", () => {
  test("while the operator's phone rings: rung again afterwards, and the caller's phone rings once", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({});
    const ringing = await anna.incoming.next({ timeoutMs: 15_000 });
    await site.daemon.kill();
    await ringing.until("ended", { timeoutMs: 10_000 });
    await restart();
    const operator = await agrees(anna);
    const caller = await world.incoming.next();
    caller.answer();
    await talkLong(operator, caller);
    const closed = await firm.untilClosed(number);
    expect(closed.attempts.map(({ outcome }) => outcome)).toEqual(["socket-lost", "talked"]);
    expect(closed.tries).toBe(1);
    expect(world.incoming.waiting).toBe(0);
  });

  test("while the operator is asked: asked again afterwards, and the caller's phone rings once", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({});
    const operatorAsked = await asked(anna);
    await site.daemon.kill();
    await operatorAsked.until("ended", { timeoutMs: 10_000 });
    await restart();
    const operator = await agrees(anna);
    const caller = await world.incoming.next();
    caller.answer();
    await talkLong(operator, caller);
    const closed = await firm.untilClosed(number);
    expect(closed.attempts.map(({ outcome }) => outcome)).toEqual(["socket-lost", "talked"]);
    expect(world.incoming.waiting).toBe(0);
  });

  test("while the caller's phone rings: it rings on, they talk, and it was one call", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({ ringCallerSeconds: 60, delaysMinutes: [SOON_MINUTES, SOON_MINUTES] });
    const operator = await agrees(anna);
    const caller = await world.incoming.next();
    await site.daemon.kill();
    // Nothing is to happen: what could, would in this time.
    await expect(caller.until("ended", { timeoutMs: GUARD_SECONDS * 1000 })).rejects.toThrow("not within");
    await restart();
    expect(caller.state).toBe("ringing");
    caller.answer();
    await talkLong(operator, caller);
    const closed = await firm.untilTicket(number, ({ attempts }) => attempts[0]?.outcome !== null, "closed");
    expect(closed.attempts).toMatchObject([{ outcome: "talked", wasDialled: true }]);
    expect(await firm.outcomesOfCallsBack(closed)).toEqual(["talked"]);
    expect(world.incoming.waiting).toBe(0);
  });

  test("while they talk: they talk on, and it is recorded and closed as one call", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({ delaysMinutes: [SOON_MINUTES, SOON_MINUTES] });
    const operator = await agrees(anna);
    const caller = await world.incoming.next();
    caller.answer();
    await converse(operator, caller);
    await site.daemon.kill();
    await converseOn(operator, caller, GUARD_SECONDS);
    await restart();
    await talkLong(operator, caller);
    const closed = await firm.untilTicket(number, ({ attempts }) => attempts[0]?.outcome !== null, "closed");
    expect(closed.attempts).toMatchObject([{ outcome: "talked" }]);
    expect(world.incoming.waiting).toBe(0);
  });

  test("while they talk, and they hang up before it is back: the switch's record tells", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({ delaysMinutes: [SOON_MINUTES, SOON_MINUTES] });
    const operator = await agrees(anna);
    const caller = await world.incoming.next();
    caller.answer();
    await converse(operator, caller);
    await site.daemon.kill();
    await talkLong(operator, caller);
    await restart();
    const closed = await firm.untilTicket(number, ({ attempts }) => attempts[0]?.outcome !== null, "closed");
    expect(closed).toMatchObject({ closedReason: "talked", attempts: [{ outcome: "talked" }] });
    expect(await firm.outcomesOfCallsBack(closed)).toEqual(["talked"]);
    expect(world.incoming.waiting).toBe(0);
  });

  test("while the caller's phone rings, which turns out to be busy: a try, and not made twice", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({ ringCallerSeconds: 60, delaysMinutes: [SOON_MINUTES, 5] });
    await agrees(anna);
    const caller = await world.incoming.next();
    await site.daemon.kill();
    caller.reject(486);
    await restart();
    const found = await firm.untilTicket(number, ({ lastTry }) => lastTry?.outcome === "caller-busy");
    expect(found.tries).toBe(1);
    expect(world.incoming.waiting).toBe(0);
  });
});

describe("the first trunk is congested, and the daemon is killed", () => {
  let mobile: ScriptedPhone;

  beforeAll(async () => {
    mobile = await ScriptedPhone.open({ user: "mobile" });
    const { port } = mobile.address;
    await site.panel.post("/trunks", { name: "Mobile", kind: "city", mode: "ip-peer", server: "127.0.0.1", port });
  });
  beforeEach(() => {
    world.behaviour = { type: "refuse", status: 503 };
  });
  afterAll(async () => await mobile?.close());

  test("while the next one rings the caller: they talk, and it was one call", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({ ringCallerSeconds: 60, delaysMinutes: [SOON_MINUTES, SOON_MINUTES] });
    const operator = await agrees(anna);
    const caller = await mobile.incoming.next();
    await site.daemon.kill();
    caller.answer();
    await talkLong(operator, caller);
    await restart();
    const closed = await firm.untilTicket(number, ({ attempts }) => attempts[0]?.outcome !== null, "closed");
    expect(closed).toMatchObject({ closedReason: "talked", attempts: [{ outcome: "talked", wasDialled: true }] });
    expect(await firm.outcomesOfCallsBack(closed)).toEqual(["talked"]);
    expect(mobile.incoming.waiting).toBe(0);
  });
});
