import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Language } from "../calls/language.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { agrees, asked, CallBackSite, SOON_MINUTES, staysQuiet, talkLong } from "../testing/call-back-site.ts";
import { converse, type HeardPrompt, type Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Each attempt to call a missed caller back: an operator first, then the caller, once; and how it ends. */
const QUESTION_MS = 20_000;

let firm: CallBackSite;
let site: Site;
let anna: ScriptedPhone;
let world: ScriptedPhone;
/** A colleague, in the scenario that needs one. */
let boris: ScriptedPhone | null = null;

beforeAll(async () => {
  firm = await CallBackSite.open({ operators: ["101", "102"] });
  ({ site, world } = firm);
  anna = await site.operator("101");
});
afterEach(async () => {
  await site.setFlow({});
  await boris?.unregister();
  boris = null;
  await firm.tidy();
});
afterAll(async () => await firm?.close());

describe("the caller", () => {
  test("answers and they talk: recorded, logged, closed", async () => {
    const { number, ticketId } = await firm.missedCaller();
    await firm.redial({});
    const operator = await agrees(anna);
    const caller = await world.incoming.next();
    expect(caller.invite.uri).toContain(`+995${number}`);
    caller.answer();
    await talkLong(operator, caller);
    const closed = await firm.untilTicket(number, (one) => one.attempts[0]?.outcome !== null, "closed");
    expect(closed).toMatchObject({ ticketId, closedReason: "talked", tries: 1, lastTry: { outcome: "talked" } });
    const logged = await until(
      "it is recorded",
      async () => {
        const [call] = (await firm.ticket(ticketId)).calls.filter(({ direction }) => direction === "outbound");
        return call?.recordingState === "ready" ? call : null;
      },
      30_000,
    );
    expect(logged.outcome).toBe("talked");
    expect(world.incoming.waiting).toBe(0);
  });

  test("refuses: a try, and the next is due when the second delay has passed since", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({});
    world.behaviour = { type: "reject", status: 603 };
    await (await agrees(anna)).until("ended");
    const found = await firm.untilTicket(number, ({ lastTry }) => lastTry?.outcome === "caller-refused");
    expect(found).toMatchObject({ tries: 1, state: "open" });
    const [attempt] = found.attempts;
    expect(Date.parse(found.dueAt ?? "") - Date.parse(attempt?.endedAt ?? "")).toBe(5 * 60_000);
  });

  test("cannot be reached: the line has no way to them, then does not know the number; both are tries", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({ delaysMinutes: [SOON_MINUTES, SOON_MINUTES, 5] });
    for (const [index, status] of [503, 404].entries()) {
      world.behaviour = { type: "reject", status };
      await (await agrees(anna)).until("ended");
      await firm.untilTicket(number, ({ attempts }) => attempts[index]?.outcome === "unreachable");
    }
    const found = await firm.untilTicket(number, ({ tries }) => tries === 2);
    expect(await firm.outcomesOfCallsBack(found)).toEqual(["failed", "failed"]);
  });

  test("is talked with for less than 10 s, a machine perhaps: a try, and the ticket stays", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({});
    const operator = await agrees(anna);
    const caller = await world.incoming.next();
    caller.answer();
    await converse(operator, caller);
    await operator.hangUp();
    await caller.until("ended");
    const found = await firm.untilTicket(number, ({ lastTry }) => lastTry?.outcome === "talked-briefly");
    expect(found).toMatchObject({ tries: 1, state: "open" });
  });

  test("turns out to be a machine that talks longer: opened again, it says so, and the tries go on", async () => {
    const { number, ticketId } = await firm.missedCaller();
    await firm.redial({ delaysMinutes: [SOON_MINUTES, SOON_MINUTES, 5] });
    const operator = await agrees(anna);
    const machine = await world.incoming.next();
    machine.answer();
    await talkLong(operator, machine);
    await firm.untilTicket(number, ({ attempts }) => attempts[0]?.outcome === "talked", "closed");
    await site.panel.post(`/tickets/${ticketId}/reopen`, { wasMachine: true });
    // Somebody is there the next time.
    const again = await agrees(anna);
    const person = await world.incoming.next();
    person.answer();
    await talkLong(again, person);
    const closed = await firm.untilTicket(number, ({ attempts }) => attempts[1]?.outcome === "talked", "closed");
    expect(closed).toMatchObject({ ticketId, closedReason: "talked", tries: 2 });
    expect(closed.attempts.map(({ outcome }) => outcome)).toEqual(["answering-machine", "talked"]);
  });

  test("calls while we dial them: our call is dropped, and the operator takes theirs", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({});
    const operator = await agrees(anna);
    const ringing = await world.incoming.next();
    const again = await site.callIn({ from: { number, name: "Caller" } });
    await Promise.all([operator.until("ended"), ringing.until("ended")]);
    await again.ear.hears(toneOf("greeting"));
    await again.pressKey("1");
    const theirs = await anna.incoming.next();
    theirs.answer();
    await talkLong(theirs, again);
    const closed = await firm.untilClosed(number);
    expect(closed).toMatchObject({ closedReason: "talked", attempts: [{ outcome: "caller-called-us" }] });
    expect(world.incoming.waiting).toBe(0);
  });

  test("calls while the operator is asked: nobody is dialled", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({});
    const operator = await asked(anna);
    const again = await site.callIn({ from: { number, name: "Caller" } });
    await operator.until("ended");
    await again.hangUp();
    const found = await firm.untilTicket(number, ({ attempts }) => attempts[0]?.outcome === "caller-called-us");
    expect(found.tries).toBe(0);
    expect(world.incoming.waiting).toBe(0);
  });
});

describe("the operator", () => {
  /** The prompts that the phone heard one after the other, by name. */
  async function heardQuestion(number: string, language: Language): Promise<HeardPrompt[]> {
    const expected = [
      "redial-missed-call" as const,
      ...Array.from(number, (digit) => `digit-${digit}` as HeardPrompt),
      "redial-press-1" as const,
    ];
    const names = new Map(expected.map((prompt) => [toneOf(prompt, language).name, prompt]));
    const operator = await anna.incoming.next({ timeoutMs: 15_000 });
    operator.answer();
    await operator.ear.hears(toneOf("redial-press-1", language), { timeoutMs: QUESTION_MS });
    await operator.hangUp();
    // A tone of no such name is a prompt that belongs elsewhere; one that a late packet cut in two is one (no digit stands beside its like).
    const heard = operator.ear.log.map(({ tone }) => names.get(tone) ?? (tone as HeardPrompt));
    return heard.filter((prompt, index) => prompt !== heard[index - 1]);
  }

  test("hears who is missed, digit by digit, in their own language; in the firm's where theirs has no voice", async () => {
    const number = "591234567";
    const question = ["redial-missed-call", ...Array.from(number, (digit) => `digit-${digit}`), "redial-press-1"];
    const panel = await firm.signIn("101", "anna");
    await firm.missedCaller(number);
    await firm.redial({});
    for (const [own, spoken] of [
      ["ka", "ka"],
      ["mn", "en"],
      ["en", "en"],
    ] as const) {
      await panel.patch("/session", { language: own });
      expect(await heardQuestion(number, spoken)).toEqual(question);
    }
  });

  test("refuses, then hangs up unasked: no try, and asked again soon", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({});
    const first = await anna.incoming.next({ timeoutMs: 15_000 });
    first.reject(603);
    await firm.untilTicket(number, ({ attempts }) => attempts[0]?.outcome === "operator-refused");
    await (await asked(anna)).hangUp();
    const found = await firm.untilTicket(number, ({ attempts }) => attempts[1]?.outcome === "operator-refused");
    expect(found.tries).toBe(0);
    expect(world.incoming.waiting).toBe(0);
  });

  test("does not pick up: no try, and a colleague is asked the next time", async () => {
    const { number } = await firm.missedCaller();
    boris = await site.operator("102");
    await firm.redial({});
    const first = await anna.incoming.next({ timeoutMs: 15_000 });
    await first.until("ended", { timeoutMs: 10_000 });
    const second = await boris.incoming.next({ timeoutMs: 15_000 });
    second.reject(486);
    const found = await firm.untilTicket(number, ({ attempts }) => attempts[1]?.outcome === "operator-refused");
    expect(found.attempts[0]).toMatchObject({ outcome: "operator-no-answer", wasDialled: false });
    expect(found.tries).toBe(0);
  });

  test("answers and presses nothing: asked three times, and nobody is dialled", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({});
    const ringing = await anna.incoming.next({ timeoutMs: 15_000 });
    ringing.answer();
    for (let time = 0; time < 3; time += 1) {
      await ringing.ear.hears(toneOf("redial-missed-call"), { timeoutMs: QUESTION_MS });
      await ringing.ear.hears(toneOf("redial-press-1"), { timeoutMs: QUESTION_MS });
    }
    await ringing.until("ended", { timeoutMs: 10_000 });
    const found = await firm.untilTicket(number, ({ attempts }) => attempts[0]?.outcome === "operator-no-answer");
    expect(found.tries).toBe(0);
    expect(world.incoming.waiting).toBe(0);
  });

  test("hangs up while the caller's phone rings: it stops, and that was a try", async () => {
    const { number } = await firm.missedCaller();
    await firm.redial({});
    const operator = await agrees(anna);
    const ringing = await world.incoming.next();
    await operator.hangUp();
    await ringing.until("ended");
    const found = await firm.untilTicket(number, ({ lastTry }) => lastTry?.outcome === "cancelled");
    expect(found).toMatchObject({ tries: 1, state: "open", attempts: [{ wasDialled: true }] });
  });

  test("agrees when it has just been settled: they are let go, and nobody is dialled", async () => {
    const { number, ticketId } = await firm.missedCaller();
    await firm.redial({});
    const operator = await asked(anna);
    await site.panel.post(`/tickets/${ticketId}/close`, { reason: "They came to the shop" });
    await operator.pressKey("1");
    await operator.until("ended");
    const closed = await firm.untilTicket(number, ({ attempts }) => attempts[0]?.outcome === "cancelled", "closed");
    expect(closed).toMatchObject({ closedReason: "closed-by-operator", tries: 0 });
    expect(world.incoming.waiting).toBe(0);
  });
});

describe("no attempt is made", () => {
  test("while the only operator talks with somebody else; at once when they are free", async () => {
    const { ticketId } = await firm.missedCaller();
    anna.behaviour = { type: "answer", markers: 0 };
    const other = await firm.callsAgain(site.newNumber());
    const talk = await anna.incoming.next();
    await converse(talk, other);
    anna.behaviour = { type: "ring" };
    await firm.redial({});
    expect(await staysQuiet(anna)).toBe(true);
    expect((await firm.ticket(ticketId)).attempts).toEqual([]);
    await other.hangUp();
    await talk.until("ended");
    await asked(anna);
    expect((await firm.ticket(ticketId)).attempts).toHaveLength(1);
  });

  test("while no phone is registered; at once when one is", async () => {
    const { ticketId } = await firm.missedCaller();
    await anna.unregister();
    await site.untilPresence("101", ({ isRegistered }) => !isRegistered);
    await firm.redial({});
    expect(await staysQuiet(anna)).toBe(true);
    expect((await firm.ticket(ticketId)).attempts).toEqual([]);
    await anna.register();
    await asked(anna);
  });

  test("while the line is down: no operator is disturbed and no try is used; when it works again they are called", async () => {
    const { number, ticketId } = await firm.missedCaller();
    // The telephone operator refuses the registration.
    await site.panel.patch(`/trunks/${firm.trunkId}`, { mode: "register", user: "firm", password: "a-secret" });
    await firm.redial({});
    await firm.untilTicket(number, ({ waitsFor }) => waitsFor === "line-down");
    expect(await staysQuiet(anna)).toBe(true);
    expect(await firm.ticket(ticketId)).toMatchObject({ tries: 0, attempts: [], waitsFor: "line-down" });
    await site.panel.patch(`/trunks/${firm.trunkId}`, { mode: "ip-peer", user: "" });
    await agrees(anna);
    await world.incoming.next();
  });

  test("outside of the opening hours, also when somebody asks for it; when the firm opens they are called", async () => {
    const { number, ticketId } = await firm.missedCaller();
    const { hours, opensAt } = closedNow();
    await site.setFlow({ hours });
    await firm.redial({});
    const clockOf = (time: string | null) =>
      new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Tbilisi", timeStyle: "short" }).format(new Date(time ?? ""));
    const found = await firm.untilTicket(number, ({ dueAt }) => dueAt !== null);
    expect(clockOf(found.dueAt)).toBe(opensAt);
    const now = await site.panel.post<{ dueAt: string | null }>(`/tickets/${ticketId}/call-now`);
    expect(clockOf(now.dueAt)).toBe(opensAt);
    expect(await staysQuiet(anna)).toBe(true);
    await site.setFlow({});
    await agrees(anna);
    await world.incoming.next();
  });

  test("for a second caller as long as the operator is busy with the first", async () => {
    const first = await firm.missedCaller();
    const second = await firm.missedCaller();
    await firm.redial({});
    world.behaviour = { type: "reject", status: 486 };
    const operator = await asked(anna);
    const attemptsOf = async () =>
      (await Promise.all([first, second].map(({ ticketId }) => firm.ticket(ticketId)))).map(
        ({ attempts }) => attempts.length,
      );
    expect(await staysQuiet(anna)).toBe(true);
    expect(new Set(await attemptsOf())).toEqual(new Set([0, 1]));
    await operator.pressKey("1");
    await operator.until("ended");
    await (await agrees(anna)).until("ended");
    for (const { number } of [first, second]) await firm.untilTicket(number, ({ tries }) => tries === 1);
    expect(world.incoming.waiting).toBe(2);
  });
});

/** Opening hours of one hour a day, far from now. */
function closedNow() {
  const hour = Number(
    new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Tbilisi", hour: "2-digit", hourCycle: "h23" }).format(),
  );
  const opensAt = hour < 12 ? "20:00" : "05:00";
  const day = [{ from: opensAt, to: hour < 12 ? "21:00" : "06:00" }];
  const days = { monday: day, tuesday: day, wednesday: day, thursday: day, friday: day, saturday: day, sunday: day };
  return { hours: { ...days, alwaysOpen: false }, opensAt };
}
