import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RINGBACK } from "../lab/media/tones.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { agrees, CallBackSite, SOON_MINUTES, staysQuiet, talkLong } from "../testing/call-back-site.ts";
import { converse, type Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Whom we owe a call, and what settles it. */
const never = { monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
const CLOSED = { hours: { ...never, alwaysOpen: false } };

let firm: CallBackSite;
let site: Site;
let anna: ScriptedPhone;
let world: ScriptedPhone;

beforeAll(async () => {
  firm = await CallBackSite.open({ operators: ["101", "102"] });
  ({ site, world } = firm);
  anna = await site.operator("101");
});
afterEach(async () => {
  await site.setFlow({});
  await firm.tidy();
});
afterAll(async () => await firm?.close());

async function missedCallersOnToday(): Promise<unknown> {
  const { attention } = await site.panel.get<{ attention: { kind: string }[] }>("/today");
  return attention.find(({ kind }) => kind === "missed-callers");
}

describe("a ticket is made", () => {
  test("for who gives up in the menu, and for who calls again it is the same one", async () => {
    const { number, ticketId } = await firm.missedCaller();
    const again = await firm.callsAgain(number);
    await anna.incoming.next();
    await again.hangUp();
    const found = await firm.untilTicket(number, ({ callCount }) => callCount === 2);
    expect(found).toMatchObject({ ticketId, tries: 0, gaveUp: { outcome: "abandoned-while-ringing" } });
    expect(found.calls).toHaveLength(2);
    expect(await missedCallersOnToday()).toEqual({ kind: "missed-callers", params: { count: 1 }, link: "/missed" });
  });

  test("for each of two: who hangs up in the greeting, and who does while a phone rings; Today counts both", async () => {
    const hurried = await site.callIn();
    await hurried.ear.hears(toneOf("greeting"));
    await hurried.hangUp();
    const waiting = await site.callIn();
    await waiting.ear.hears(toneOf("greeting"));
    await waiting.pressKey("1");
    await waiting.ear.hears(RINGBACK);
    const ringing = await anna.incoming.next();
    await waiting.hangUp();
    await ringing.until("ended");
    const first = await firm.untilTicket(hurried.number);
    expect(first.gaveUp).toEqual({ outcome: "abandoned-in-menu", node: "greeting" });
    expect((await firm.untilTicket(waiting.number)).gaveUp.outcome).toBe("abandoned-while-ringing");
    expect(await missedCallersOnToday()).toMatchObject({ params: { count: 2 } });
    const { counts } = await site.panel.get<{ counts: { missed: number; inbound: number } }>("/today");
    expect(counts.missed).toBe(counts.inbound);
  });

  test("for whom nobody answers", async () => {
    await site.setFlow({ ringSeconds: 5, maxWaitSeconds: 10 });
    const call = await site.callIn();
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("1");
    await call.until("ended", { timeoutMs: 30_000 });
    expect(await firm.untilTicket(call.number)).toMatchObject({ gaveUp: { outcome: "no-answer" } });
  });

  test("for who leaves a message when nobody answers; hearing it settles nothing, a talk does", async () => {
    await site.setFlow({ ringSeconds: 5, maxWaitSeconds: 10, voicemail: { isEnabled: true } });
    const call = await site.callIn();
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("1");
    await call.ear.hears(toneOf("leave-message"), { timeoutMs: 20_000 });
    await call.pressKey("5");
    call.sendMarkers(0);
    await until("the message is being recorded", async () =>
      (await site.liveCalls()).some(({ phase, caller }) => phase === "message" && caller.number === call.number),
    );
    const sinceMs = call.ear.nowMs;
    await until("they have spoken", () => call.ear.nowMs - sinceMs > 3_000);
    await call.pressKey("#");
    await call.ear.hears(toneOf("message-saved"));
    await call.until("ended");
    const owed = await firm.untilTicket(call.number);
    expect(owed).toMatchObject({ gaveUp: { outcome: "voicemail" }, callCount: 1 });
    const message = await until(
      "the message can be heard",
      async () => {
        const { messages } = await site.panel.get<{ messages: { callId: string; recordingId: string }[] }>(
          "/voicemail",
        );
        return messages.find(({ callId }) => callId === owed.calls[0]?.callId);
      },
      20_000,
    );
    await site.panel.post(`/voicemail/${message.recordingId}/heard`);
    expect((await firm.ticket(owed.ticketId)).state).toBe("open");
    const operator = await anna.call(`0${call.number}`);
    const caller = await world.incoming.next();
    caller.answer();
    await talkLong(operator, caller);
    expect(await firm.untilClosed(call.number)).toMatchObject({ ticketId: owed.ticketId, closedReason: "talked" });
  });

  test("for who calls outside of the opening hours, and is due when the firm opens", async () => {
    await site.setFlow(CLOSED);
    const call = await site.callIn();
    await call.ear.hears(toneOf("closed"));
    await call.hangUp();
    await firm.redial({});
    const found = await firm.untilTicket(call.number);
    expect(found).toMatchObject({ gaveUp: { outcome: "after-hours" }, dueAt: null, waitsFor: "never-open" });
  });

  test("once for a number that different lines deliver in different writing", async () => {
    const { number, ticketId } = await firm.missedCaller();
    for (const from of [`0${number}`, `+995${number}`, `995${number}`, `00995${number}`]) {
      const call = await site.callIn({ from: { number: from, name: "Caller" } });
      await call.ear.hears(toneOf("greeting"));
      await call.hangUp();
    }
    expect(await firm.untilTicket(number, ({ callCount }) => callCount === 5)).toMatchObject({ ticketId });
    expect(await firm.openTickets()).toHaveLength(1);
  });

  test("for a number abroad, which nobody calls by itself: it may be a trap", async () => {
    const call = await site.callIn({ from: { number: "+447911123456", name: "One ring" } });
    await call.ear.hears(toneOf("greeting"));
    await call.hangUp();
    await firm.redial({});
    const found = await firm.untilTicket("447911123456");
    expect(found).toMatchObject({ caller: { e164: "+447911123456" }, dueAt: null, waitsFor: "abroad" });
    expect(await staysQuiet(anna)).toBe(true);
    expect((await firm.ticket(found.ticketId)).attempts).toEqual([]);
  });

  test("not for who heard the information, hides their number, is one of ours, is blocked, or has no number", async () => {
    const heard = await site.callIn();
    await heard.ear.hears(toneOf("greeting"));
    await heard.pressKey("2");
    await heard.ear.hears(toneOf("goodbye"), { timeoutMs: 10_000 });
    await heard.until("ended", { timeoutMs: 10_000 });
    expect((await site.logged(heard.number)).outcome).toBe("information-heard");
    expect(await firm.ticketOf(heard.number)).toBeUndefined();

    await site.panel.post("/blocked-numbers", { number: "599777001", note: "calls each night" });
    const numberless = ["0322112233", "599777001", "112", "service", "42"];
    for (const from of ["hidden" as const, ...numberless.map((number) => ({ number }))]) {
      const call = await site.callIn({ from });
      await call.ear.hears(toneOf("greeting"));
      await call.hangUp();
    }
    for (const from of numberless) expect((await site.logged(from)).outcome).toBe("abandoned-in-menu");
    expect(await firm.openTickets()).toEqual([]);
  });
});

describe("a ticket is closed", () => {
  test("by a talk of 10 s when the caller calls again, not by a shorter one", async () => {
    const { number, ticketId } = await firm.missedCaller();
    anna.behaviour = { type: "answer" };
    for (const isLong of [false, true]) {
      const again = await firm.callsAgain(number);
      const operator = await anna.incoming.next();
      if (isLong) await talkLong(operator, again);
      else {
        await converse(operator, again);
        await again.hangUp();
        await until("the short talk is in the log", async () =>
          (await site.callsOf(number)).some(({ outcome }) => outcome === "talked"),
        );
        expect((await firm.ticket(ticketId)).state).toBe("open");
        await operator.until("ended");
      }
    }
    expect(await firm.untilClosed(number)).toMatchObject({ ticketId, closedReason: "talked" });
  });

  test("by an operator who dials the number, however they write it, and talks; not by busy, nor by a short talk", async () => {
    const { number, ticketId } = await firm.missedCaller();
    world.behaviour = { type: "reject", status: 486 };
    const busy = await anna.call(`0${number}`);
    await busy.until("ended");
    world.behaviour = { type: "ring" };
    world.incoming.clear();
    for (const [dialled, isLong] of [
      [number, false],
      [`+995${number}`, true],
    ] as const) {
      expect((await firm.ticket(ticketId)).state).toBe("open");
      const operator = await anna.call(dialled);
      const caller = await world.incoming.next();
      caller.answer();
      if (isLong) await talkLong(operator, caller);
      else {
        await converse(operator, caller);
        await operator.hangUp();
        await caller.until("ended");
        await site.untilQuiet();
      }
    }
    expect(await firm.untilClosed(number)).toMatchObject({ ticketId, closedReason: "talked", tries: 0 });
  });

  test("by an operator who dials a local number without its area code; meanwhile the caller is not called back", async () => {
    const { number, ticketId } = await firm.missedCaller("322998877");
    await firm.areaCode("32");
    const boris = await site.operator("102");
    const operator = await anna.call("2998877");
    const caller = await world.incoming.next();
    caller.answer();
    await converse(operator, caller);
    await firm.redial({});
    expect(await staysQuiet(boris)).toBe(true);
    await talkLong(operator, caller);
    expect(await firm.untilClosed(number)).toMatchObject({ ticketId, closedReason: "talked", tries: 0 });
    await boris.unregister();
    await firm.areaCode(null);
  });

  test("by no talk of others: operators among themselves, or with another number", async () => {
    const { ticketId } = await firm.missedCaller();
    const boris = await site.operator("102");
    const inside = await anna.call("102");
    const colleague = await boris.incoming.next();
    colleague.answer();
    await talkLong(inside, colleague);
    await boris.unregister();
    const outside = await anna.call("599776655");
    const somebody = await world.incoming.next();
    somebody.answer();
    await talkLong(outside, somebody);
    await until("both talks are in the log", async () => {
      const { calls } = await site.panel.get<{ calls: { dialled: string; outcome: string | null }[] }>("/calls");
      return ["102", "599776655"].every((number) =>
        calls.some(({ dialled, outcome }) => dialled === number && outcome === "talked"),
      );
    });
    expect(await firm.ticket(ticketId)).toMatchObject({ state: "open" });
  });

  test("by an operator with a reason, and it is not taken or called any more", async () => {
    const { ticketId } = await firm.missedCaller();
    await site.panel.post(`/tickets/${ticketId}/close`, { reason: "Wrote to them" });
    expect(await firm.ticket(ticketId)).toMatchObject({
      closedReason: "closed-by-operator",
      closedText: "Wrote to them",
      tries: 0,
    });
    for (const act of ["take", "call-now", "release"])
      await expect(site.panel.post(`/tickets/${ticketId}/${act}`)).rejects.toThrow("ticket-closed");
    await firm.redial({});
    expect(await staysQuiet(anna)).toBe(true);
  });

  test("when the caller is blocked", async () => {
    const { number, ticketId } = await firm.missedCaller();
    await site.panel.post("/blocked-numbers", { number });
    expect(await firm.ticket(ticketId)).toMatchObject({ state: "closed", closedReason: "blocked" });
    await site.panel.delete(`/blocked-numbers/${encodeURIComponent(`+995${number}`)}`);
  });

  test("when every try was in vain: busy, then no answer; and whoever is missed again is owed a call again", async () => {
    const { number, ticketId } = await firm.missedCaller();
    await firm.redial({ delaysMinutes: [SOON_MINUTES, SOON_MINUTES] });
    world.behaviour = { type: "reject", status: 486 };
    await (await agrees(anna)).until("ended");
    await firm.untilTicket(number, ({ tries, lastTry }) => tries === 1 && lastTry?.outcome === "caller-busy");
    world.behaviour = { type: "ring" };
    await (await agrees(anna)).until("ended", { timeoutMs: 15_000 });
    const closed = await firm.untilClosed(number);
    expect(closed).toMatchObject({ closedReason: "gave-up", tries: 2 });
    expect(closed.attempts.map(({ outcome }) => outcome)).toEqual(["caller-busy", "caller-no-answer"]);
    expect(await firm.outcomesOfCallsBack(closed)).toEqual(["caller-busy", "no-answer"]);

    await firm.redial({ isEnabled: false });
    const anew = await firm.missedCaller(number);
    expect(anew.ticketId).not.toBe(ticketId);
    expect(await firm.ticket(anew.ticketId)).toMatchObject({ callCount: 1, tries: 0, attempts: [] });
  });
});
