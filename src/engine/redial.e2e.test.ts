import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { converse, converseOn, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Whoever was missed is called back: an operator first, then the caller, each attempt once. */
let site: Site;
let anna: ScriptedPhone;
let world: ScriptedPhone;

const SOON = 0.02;
/** Longer than what counts as a talk. */
const TALK_SECONDS = 11;
/** Long enough for the guard to have noticed that the daemon is gone, and to have done what it does. */
const GUARD_SECONDS = 5;

interface Ticket {
  ticketId: number;
  state: string;
  caller: { e164: string };
  callCount: number;
  gaveUp: { outcome: string; node: string | null };
  dueAt: string | null;
  waitsFor: string | null;
  tries: number;
  lastTry: { outcome: string | null } | null;
  owner: { name: string } | null;
  closedReason: string | null;
  closedText: string | null;
}
interface TicketDetail extends Ticket {
  calls: { callId: string; direction: string; outcome: string | null; recordingState: string | null }[];
  attempts: { number: number; callId: string; wasDialled: boolean; outcome: string | null; endedAt: string | null }[];
}

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  anna = await site.operator("101");
  world = await ScriptedPhone.open({ user: "world" });
  await site.panel.post("/trunks", {
    name: "City",
    kind: "city",
    mode: "ip-peer",
    server: "127.0.0.1",
    port: world.address.port,
  });
});
afterEach(async () => {
  await redial({ isEnabled: false });
  for (const phone of [anna, world]) phone.behaviour = { type: "ring" };
  for (const call of world.liveCalls) await call.hangUp();
  await site.untilQuiet();
  const { tickets } = await site.panel.get<{ tickets: Ticket[] }>("/tickets");
  for (const { ticketId } of tickets) {
    await until("no attempt is under way", async () => (await ticket(ticketId)).waitsFor !== "in-progress");
    await site.panel.post(`/tickets/${ticketId}/close`, { reason: "end of the scenario" });
  }
  world.incoming.clear();
  anna.incoming.clear();
});
afterAll(async () => {
  await world.close();
  await site.close();
});

async function redial(change: Partial<{ isEnabled: boolean; delaysMinutes: number[]; ringCallerSeconds: number }>) {
  const settings = await site.panel.get<Record<string, unknown>>("/settings");
  const usual = { isEnabled: true, delaysMinutes: [SOON, 5], ringOperatorSeconds: 5, ringCallerSeconds: 5 };
  await site.panel.put("/settings", { ...settings, redial: { ...usual, ...change } });
}

const ticket = async (ticketId: number) => await site.panel.get<TicketDetail>(`/tickets/${ticketId}`);

async function ticketOf(number: string, state = "open"): Promise<Ticket | undefined> {
  const { tickets } = await site.panel.get<{ tickets: Ticket[] }>(`/tickets?state=${state}&q=${number}`);
  return tickets[0];
}

async function untilTicket(number: string, isAsWanted: (one: TicketDetail) => boolean, state = "open") {
  return await until(
    `the ticket of ${number} is ${state} and as wanted`,
    async () => {
      const found = await ticketOf(number, state);
      const detail = found && (await ticket(found.ticketId));
      return detail && isAsWanted(detail) ? detail : null;
    },
    25_000,
  );
}

/** Calls, comes as far as the menu, and gives up. */
async function missedCaller() {
  const call = await site.callIn();
  await call.ear.hears(toneOf("greeting"));
  await call.hangUp();
  const opened = await untilTicket(call.number, () => true);
  return { number: call.number, ticketId: opened.ticketId };
}

/** The operator is rung, hears who is missed, and agrees. */
async function operatorAgrees(): Promise<PhoneCall> {
  const ringing = await anna.incoming.next({ timeoutMs: 15_000 });
  ringing.answer();
  await ringing.ear.hears(toneOf("redial-missed-call"));
  await ringing.pressKey("1");
  return ringing;
}

/** Both talk for longer than 10 s, and the caller hangs up. */
async function talkLong(operator: PhoneCall, caller: PhoneCall): Promise<void> {
  await converse(operator, caller);
  await converseOn(operator, caller, TALK_SECONDS);
  await caller.hangUp();
  await operator.until("ended");
}

describe("a ticket is made", () => {
  test("for who gives up in the menu, and for who calls again it is the same one", async () => {
    const { number, ticketId } = await missedCaller();
    const again = await site.callIn({ from: { number, name: "Caller" } });
    await again.ear.hears(toneOf("greeting"));
    await again.pressKey("1");
    await anna.incoming.next();
    await again.hangUp();
    const found = await untilTicket(number, ({ callCount }) => callCount === 2);
    expect(found).toMatchObject({ ticketId, tries: 0, gaveUp: { outcome: "abandoned-while-ringing" } });
    expect(found.calls).toHaveLength(2);
    const { attention } = await site.panel.get<{ attention: { kind: string; link: string }[] }>("/today");
    expect(attention).toContainEqual({ kind: "missed-callers", params: { count: 1 }, link: "/missed" });
  });

  test("for whom nobody answers", async () => {
    await site.setFlow({ ringSeconds: 5, maxWaitSeconds: 10 });
    const call = await site.callIn();
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("1");
    await call.until("ended", { timeoutMs: 30_000 });
    await site.setFlow({});
    expect(await untilTicket(call.number, () => true)).toMatchObject({ gaveUp: { outcome: "no-answer" } });
  });

  test("for who calls outside of the opening hours, and is due when the firm opens", async () => {
    const never = { monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
    await site.setFlow({ hours: { ...never, alwaysOpen: false } });
    const call = await site.callIn();
    await call.ear.hears(toneOf("closed"));
    await call.hangUp();
    await redial({});
    const found = await untilTicket(call.number, () => true);
    expect(found).toMatchObject({ gaveUp: { outcome: "after-hours" }, dueAt: null, waitsFor: "never-open" });
    await site.setFlow({});
  });

  test("not for who heard the information, hides their number, is one of ours, or is blocked", async () => {
    const heard = await site.callIn();
    await heard.ear.hears(toneOf("greeting"));
    await heard.pressKey("2");
    await heard.ear.hears(toneOf("goodbye"), { timeoutMs: 10_000 });
    await heard.until("ended", { timeoutMs: 10_000 });
    expect((await site.logged(heard.number)).outcome).toBe("information-heard");
    expect(await ticketOf(heard.number)).toBeUndefined();

    await site.panel.post("/blocked-numbers", { number: "599777001", note: "calls each night" });
    for (const from of ["hidden", { number: "0322112233" }, { number: "599777001" }] as const) {
      const call = await site.callIn({ from });
      await call.ear.hears(toneOf("greeting"));
      await call.hangUp();
    }
    expect((await site.logged("599777001")).outcome).toBe("abandoned-in-menu");
    expect((await site.panel.get<{ total: number }>("/tickets")).total).toBe(0);
  });
});

describe("a ticket is closed", () => {
  test("by a talk of 10 s when the caller calls again, not by a shorter one", async () => {
    const { number, ticketId } = await missedCaller();
    anna.behaviour = { type: "answer" };
    for (const isLong of [false, true]) {
      const again = await site.callIn({ from: { number, name: "Caller" } });
      await again.ear.hears(toneOf("greeting"));
      await again.pressKey("1");
      const operator = await anna.incoming.next();
      if (isLong) await talkLong(operator, again);
      else {
        await converse(operator, again);
        await again.hangUp();
        await until("the short talk is in the log", async () =>
          (await site.callsOf(number)).some(({ outcome }) => outcome === "talked"),
        );
        expect((await ticket(ticketId)).state).toBe("open");
        await operator.until("ended");
      }
    }
    expect(await untilTicket(number, () => true, "closed")).toMatchObject({ ticketId, closedReason: "talked" });
  });

  test("by an operator who dials the number and talks", async () => {
    const { number, ticketId } = await missedCaller();
    const operator = await anna.call(`0${number}`);
    const caller = await world.incoming.next();
    caller.answer();
    await talkLong(operator, caller);
    expect(await untilTicket(number, () => true, "closed")).toMatchObject({
      ticketId,
      closedReason: "talked",
      tries: 0,
    });
  });

  test("by an operator with a reason; who has taken it over is not disturbed by automatic calls", async () => {
    const { number, ticketId } = await missedCaller();
    await site.panel.post(`/tickets/${ticketId}/take`);
    await redial({});
    expect(await untilTicket(number, ({ waitsFor }) => waitsFor === "taken")).toMatchObject({
      owner: { name: "Owner" },
    });
    await expect(anna.incoming.next({ timeoutMs: 4_000 })).rejects.toThrow("an incoming call");
    await site.panel.post(`/tickets/${ticketId}/close`, { reason: "Wrote to them" });
    const closed = await ticket(ticketId);
    expect(closed).toMatchObject({ closedReason: "closed-by-operator", closedText: "Wrote to them", tries: 0 });
    await expect(site.panel.post(`/tickets/${ticketId}/take`)).rejects.toThrow("ticket-closed");
  });

  test("when the caller is blocked", async () => {
    const { number, ticketId } = await missedCaller();
    await site.panel.post("/blocked-numbers", { number });
    expect(await ticket(ticketId)).toMatchObject({ state: "closed", closedReason: "blocked" });
    await site.panel.delete(`/blocked-numbers/${encodeURIComponent(`+995${number}`)}`);
  });

  test("when every try was in vain: busy, then no answer", async () => {
    const { number } = await missedCaller();
    await redial({ delaysMinutes: [SOON, SOON] });
    world.behaviour = { type: "reject", status: 486 };
    await (await operatorAgrees()).until("ended");
    await untilTicket(number, ({ tries, lastTry }) => tries === 1 && lastTry?.outcome === "caller-busy");
    world.behaviour = { type: "ring" };
    await (await operatorAgrees()).until("ended", { timeoutMs: 15_000 });
    const closed = await untilTicket(number, () => true, "closed");
    expect(closed).toMatchObject({ closedReason: "gave-up", tries: 2 });
    expect(closed.attempts.map(({ outcome }) => outcome)).toEqual(["caller-busy", "caller-no-answer"]);
    expect(await outcomesOfCalls(closed)).toEqual(["caller-busy", "no-answer"]);
  });
});

/** In the call log, oldest first. */
async function outcomesOfCalls({ calls }: TicketDetail) {
  return calls
    .filter(({ direction }) => direction === "outbound")
    .map(({ outcome }) => outcome)
    .toReversed();
}

describe("an attempt", () => {
  test("the operator agrees, the caller answers, they talk: recorded, logged, closed", async () => {
    const { number, ticketId } = await missedCaller();
    await redial({});
    const operator = await operatorAgrees();
    const caller = await world.incoming.next();
    expect(caller.invite.uri).toContain(`+995${number}`);
    caller.answer();
    await talkLong(operator, caller);
    const closed = await untilTicket(number, (one) => one.attempts[0]?.outcome !== null, "closed");
    expect(closed).toMatchObject({ ticketId, closedReason: "talked", tries: 1, lastTry: { outcome: "talked" } });
    const logged = await until(
      "it is recorded",
      async () => {
        const [call] = (await ticket(ticketId)).calls.filter(({ direction }) => direction === "outbound");
        return call?.recordingState === "ready" ? call : null;
      },
      30_000,
    );
    expect(logged.outcome).toBe("talked");
    expect(world.incoming.waiting).toBe(0);
  });

  test("the caller refuses: a try, and the next is due later", async () => {
    const { number } = await missedCaller();
    await redial({});
    world.behaviour = { type: "reject", status: 603 };
    await (await operatorAgrees()).until("ended");
    const found = await untilTicket(number, ({ lastTry }) => lastTry?.outcome === "caller-refused");
    expect(found).toMatchObject({ tries: 1, state: "open" });
    const minutes = (Date.parse(found.dueAt ?? "") - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(4.5);
    expect(minutes).toBeLessThanOrEqual(5);
  });

  test("a talk of less than 10 s, a machine perhaps: a try, and the ticket stays", async () => {
    const { number } = await missedCaller();
    await redial({});
    const operator = await operatorAgrees();
    const caller = await world.incoming.next();
    caller.answer();
    await converse(operator, caller);
    await operator.hangUp();
    await caller.until("ended");
    const found = await untilTicket(number, ({ lastTry }) => lastTry?.outcome === "talked-briefly");
    expect(found).toMatchObject({ tries: 1, state: "open" });
  });

  test("the operator refuses, then hangs up unasked: no try, and asked again soon", async () => {
    const { number } = await missedCaller();
    await redial({});
    const first = await anna.incoming.next({ timeoutMs: 15_000 });
    first.reject(603);
    await untilTicket(number, ({ attempts }) => attempts[0]?.outcome === "operator-refused");
    const second = await anna.incoming.next({ timeoutMs: 15_000 });
    second.answer();
    await second.ear.hears(toneOf("redial-missed-call"));
    await second.hangUp();
    const found = await untilTicket(number, ({ attempts }) => attempts[1]?.outcome === "operator-refused");
    expect(found.tries).toBe(0);
    expect(world.incoming.waiting).toBe(0);
  });

  test("the operator answers and presses nothing: asked three times, and nobody is dialled", async () => {
    const { number } = await missedCaller();
    await redial({});
    const ringing = await anna.incoming.next({ timeoutMs: 15_000 });
    ringing.answer();
    for (let time = 0; time < 3; time += 1) {
      await ringing.ear.hears(toneOf("redial-missed-call"), { timeoutMs: 20_000 });
      await ringing.ear.hears(toneOf("redial-press-1"), { timeoutMs: 20_000 });
    }
    await ringing.until("ended", { timeoutMs: 10_000 });
    const found = await untilTicket(number, ({ attempts }) => attempts[0]?.outcome === "operator-no-answer");
    expect(found.tries).toBe(0);
    expect(world.incoming.waiting).toBe(0);
  });

  test("the caller calls while we dial them: our call is dropped, and the operator takes theirs", async () => {
    const { number } = await missedCaller();
    await redial({});
    const operator = await operatorAgrees();
    const ringing = await world.incoming.next();
    const again = await site.callIn({ from: { number, name: "Caller" } });
    await Promise.all([operator.until("ended"), ringing.until("ended")]);
    await again.ear.hears(toneOf("greeting"));
    await again.pressKey("1");
    const theirs = await anna.incoming.next();
    theirs.answer();
    await talkLong(theirs, again);
    const closed = await untilTicket(number, () => true, "closed");
    expect(closed).toMatchObject({ closedReason: "talked", attempts: [{ outcome: "caller-called-us" }] });
    expect(world.incoming.waiting).toBe(0);
  });

  test("the caller calls while the operator is asked: nobody is dialled", async () => {
    const { number } = await missedCaller();
    await redial({});
    const operator = await anna.incoming.next({ timeoutMs: 15_000 });
    operator.answer();
    await operator.ear.hears(toneOf("redial-missed-call"));
    const again = await site.callIn({ from: { number, name: "Caller" } });
    await operator.until("ended");
    await again.hangUp();
    const found = await untilTicket(number, ({ attempts }) => attempts[0]?.outcome === "caller-called-us");
    expect(found.tries).toBe(0);
    expect(world.incoming.waiting).toBe(0);
  });
});

describe("the daemon is killed", () => {
  async function restart(): Promise<void> {
    await site.daemon.start();
    await site.untilConnected();
  }

  test("while the operator's phone rings: rung again afterwards, and the caller's phone rings once", async () => {
    const { number } = await missedCaller();
    await redial({});
    const ringing = await anna.incoming.next({ timeoutMs: 15_000 });
    await site.daemon.kill();
    await ringing.until("ended", { timeoutMs: 10_000 });
    await restart();
    const operator = await operatorAgrees();
    const caller = await world.incoming.next();
    caller.answer();
    await talkLong(operator, caller);
    const closed = await untilTicket(number, () => true, "closed");
    expect(closed.attempts.map(({ outcome }) => outcome)).toEqual(["socket-lost", "talked"]);
    expect(closed.tries).toBe(1);
    expect(world.incoming.waiting).toBe(0);
  });

  test("while the operator is asked: asked again afterwards, and the caller's phone rings once", async () => {
    const { number } = await missedCaller();
    await redial({});
    const asked = await anna.incoming.next({ timeoutMs: 15_000 });
    asked.answer();
    await asked.ear.hears(toneOf("redial-missed-call"));
    await site.daemon.kill();
    await asked.until("ended", { timeoutMs: 10_000 });
    await restart();
    const operator = await operatorAgrees();
    const caller = await world.incoming.next();
    caller.answer();
    await talkLong(operator, caller);
    const closed = await untilTicket(number, () => true, "closed");
    expect(closed.attempts.map(({ outcome }) => outcome)).toEqual(["socket-lost", "talked"]);
    expect(world.incoming.waiting).toBe(0);
  });

  test("while the caller's phone rings: it rings on, they talk, and it was one call", async () => {
    const { number } = await missedCaller();
    await redial({ ringCallerSeconds: 60, delaysMinutes: [SOON, SOON] });
    const operator = await operatorAgrees();
    const caller = await world.incoming.next();
    await site.daemon.kill();
    // Nothing is to happen: what could, would in this time.
    await expect(caller.until("ended", { timeoutMs: GUARD_SECONDS * 1000 })).rejects.toThrow("not within");
    await restart();
    expect(caller.state).toBe("ringing");
    caller.answer();
    await talkLong(operator, caller);
    const closed = await untilTicket(number, ({ attempts }) => attempts[0]?.outcome !== null, "closed");
    expect(closed.attempts).toMatchObject([{ outcome: "talked", wasDialled: true }]);
    expect(await outcomesOfCalls(closed)).toEqual(["talked"]);
    expect(world.incoming.waiting).toBe(0);
  });

  test("while they talk: they talk on, and it is recorded and closed as one call", async () => {
    const { number } = await missedCaller();
    await redial({ delaysMinutes: [SOON, SOON] });
    const operator = await operatorAgrees();
    const caller = await world.incoming.next();
    caller.answer();
    await converse(operator, caller);
    await site.daemon.kill();
    await converseOn(operator, caller, GUARD_SECONDS);
    await restart();
    await talkLong(operator, caller);
    const closed = await untilTicket(number, ({ attempts }) => attempts[0]?.outcome !== null, "closed");
    expect(closed.attempts).toMatchObject([{ outcome: "talked" }]);
    expect(world.incoming.waiting).toBe(0);
  });

  test("while they talk, and they hang up before it is back: the switch's record tells", async () => {
    const { number } = await missedCaller();
    await redial({ delaysMinutes: [SOON, SOON] });
    const operator = await operatorAgrees();
    const caller = await world.incoming.next();
    caller.answer();
    await converse(operator, caller);
    await site.daemon.kill();
    await talkLong(operator, caller);
    await restart();
    const closed = await untilTicket(number, ({ attempts }) => attempts[0]?.outcome !== null, "closed");
    expect(closed).toMatchObject({ closedReason: "talked", attempts: [{ outcome: "talked" }] });
    expect(await outcomesOfCalls(closed)).toEqual(["talked"]);
    expect(world.incoming.waiting).toBe(0);
  });

  test("while the caller's phone rings, which turns out to be busy: a try, and not made twice", async () => {
    const { number } = await missedCaller();
    await redial({ ringCallerSeconds: 60, delaysMinutes: [SOON, 5] });
    await operatorAgrees();
    const caller = await world.incoming.next();
    await site.daemon.kill();
    caller.reject(486);
    await restart();
    const found = await untilTicket(number, ({ lastTry }) => lastTry?.outcome === "caller-busy");
    expect(found.tries).toBe(1);
    expect(world.incoming.waiting).toBe(0);
  });
});
