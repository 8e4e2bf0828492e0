import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { agrees, asked, CallBackSite, SOON_MINUTES, staysQuiet, talkLong } from "../testing/call-back-site.ts";
import { openEvents } from "../testing/event-stream.ts";
import type { PanelClient } from "../testing/panel-client.ts";
import { type Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Operators work missed callers in their panels; what one does the others see at once. */
let firm: CallBackSite;
let site: Site;
let world: ScriptedPhone;
let anna: ScriptedPhone;
/** Boris's phone comes after Anna's in the call flow. */
let boris: ScriptedPhone;
let annasPanel: PanelClient;
let borisPanel: PanelClient;

beforeAll(async () => {
  firm = await CallBackSite.open({ operators: ["101", "102"] });
  ({ site, world } = firm);
  anna = await site.operator("101");
  boris = await site.operator("102");
  annasPanel = await firm.signIn("101", "anna");
  borisPanel = await firm.signIn("102", "boris");
});
afterEach(async () => await firm.tidy());
afterAll(async () => await firm?.close());

/** How often a panel was told by now that this ticket changed. */
function changesOf(ticketId: number, stream: Awaited<ReturnType<typeof openEvents>>): number {
  return stream.named("ticket-changed").filter((data) => (data as { ticketId: number }).ticketId === ticketId).length;
}

test("taken over: not called any more; released: called again; a colleague's panel is told of each step", async () => {
  const { ticketId } = await firm.missedCaller();
  const stream = await openEvents(borisPanel);
  const untilTold = async (what: string, act: () => Promise<unknown>) => {
    const before = changesOf(ticketId, stream);
    await act();
    await until(`the colleague's panel is told that it was ${what}`, () => changesOf(ticketId, stream) > before);
  };
  await untilTold("taken", async () => await annasPanel.post(`/tickets/${ticketId}/take`));
  expect(await firm.ticket(ticketId)).toMatchObject({ owner: { name: "Operator 101" }, waitsFor: "taken" });
  await expect(borisPanel.post(`/tickets/${ticketId}/take`)).rejects.toThrow(/ticket-taken.*Operator 101/);
  await firm.redial({});
  expect(await Promise.all([anna, boris].map(staysQuiet))).toEqual([true, true]);
  await untilTold("released", async () => await borisPanel.post(`/tickets/${ticketId}/release`));
  await untilTold("called", async () => await asked(anna));
  await untilTold("closed", async () => await annasPanel.post(`/tickets/${ticketId}/close`, { reason: "Settled" }));
  await stream.close();
});

test("a panel that was away for a moment is told what it missed", async () => {
  const { ticketId } = await firm.missedCaller();
  const [one, other] = [await openEvents(annasPanel), await openEvents(borisPanel)];
  await annasPanel.post(`/tickets/${ticketId}/take`);
  for (const stream of [one, other]) await until("both panels are told", () => changesOf(ticketId, stream) > 0);
  const seen = other.messages.at(-1)?.id;
  await other.close();
  const before = changesOf(ticketId, one);
  await annasPanel.post(`/tickets/${ticketId}/release`);
  await until("who was not away is told", () => changesOf(ticketId, one) > before);
  const again = await openEvents(borisPanel, seen);
  await until("who was away is told what it missed", () => changesOf(ticketId, again) > 0);
  expect(again.named("reset")).toEqual([]);
  await again.close();
  await one.close();
});

test("called now: at once, the phone of who asked rings first, and they keep the caller when it was in vain", async () => {
  const { number, ticketId } = await firm.missedCaller();
  await firm.redial({ delaysMinutes: [60, 60] });
  await borisPanel.post(`/tickets/${ticketId}/take`);
  await borisPanel.post(`/tickets/${ticketId}/call-now`);
  world.behaviour = { type: "reject", status: 486 };
  await (await agrees(boris)).until("ended");
  const found = await firm.untilTicket(number, ({ lastTry }) => lastTry?.outcome === "caller-busy");
  expect(found).toMatchObject({ owner: { name: "Operator 102" }, waitsFor: "taken", tries: 1 });
  expect(anna.incoming.waiting).toBe(0);
});

test("called now by who is on another call: a colleague's phone rings", async () => {
  const { number, ticketId } = await firm.missedCaller();
  const outside = await boris.call("599776655");
  (await world.incoming.next()).answer();
  await outside.until("talking");
  await borisPanel.post(`/tickets/${ticketId}/call-now`);
  const operator = await agrees(anna);
  const caller = await world.incoming.next();
  expect(caller.invite.uri).toContain(number);
  await operator.hangUp();
  await outside.hangUp();
});

test("called now although calling back by itself is off; they talk, and it is settled", async () => {
  const { number, ticketId } = await firm.missedCaller();
  expect(await firm.ticket(ticketId)).toMatchObject({ waitsFor: "switched-off" });
  await annasPanel.post(`/tickets/${ticketId}/call-now`);
  const operator = await agrees(anna);
  const caller = await world.incoming.next();
  caller.answer();
  await talkLong(operator, caller);
  const closed = await firm.untilTicket(number, ({ attempts }) => attempts[0]?.outcome === "talked", "closed");
  expect(closed).toMatchObject({ closedReason: "talked", tries: 1 });
});

test("taken over by somebody else while an operator is asked: they are let go, and nobody is dialled", async () => {
  const { number, ticketId } = await firm.missedCaller();
  await firm.redial({});
  const operator = await asked(anna);
  await borisPanel.post(`/tickets/${ticketId}/take`);
  await operator.pressKey("1");
  await operator.until("ended");
  const found = await firm.untilTicket(number, ({ attempts }) => attempts[0]?.outcome === "cancelled");
  expect(found).toMatchObject({ tries: 0, owner: { name: "Operator 102" } });
  expect(world.incoming.waiting).toBe(0);
});

test("given up, then opened again: the tries begin anew; a blocked one only once the number is free", async () => {
  const { number, ticketId } = await firm.missedCaller();
  await firm.redial({ delaysMinutes: [SOON_MINUTES] });
  world.behaviour = { type: "reject", status: 486 };
  await (await agrees(anna)).until("ended");
  expect(await firm.untilClosed(number)).toMatchObject({ closedReason: "gave-up", tries: 1 });
  world.incoming.clear();
  await annasPanel.post(`/tickets/${ticketId}/reopen`, {});
  await (await agrees(boris)).until("ended");
  await firm.untilTicket(number, ({ attempts }) => attempts.length === 2, "closed");
  expect(world.incoming.waiting).toBe(1);

  await firm.redial({ isEnabled: false });
  await annasPanel.post(`/tickets/${ticketId}/reopen`, {});
  await annasPanel.post("/blocked-numbers", { number });
  await expect(annasPanel.post(`/tickets/${ticketId}/reopen`, {})).rejects.toThrow("number-blocked");
  await annasPanel.delete(`/blocked-numbers/${encodeURIComponent(`+995${number}`)}`);
  expect(await annasPanel.post(`/tickets/${ticketId}/reopen`, {})).toMatchObject({ state: "open" });
});

test("missed again after it was closed: the newer one counts, and the older stays closed", async () => {
  const { number, ticketId } = await firm.missedCaller();
  await annasPanel.post(`/tickets/${ticketId}/close`, { reason: "Wrote to them" });
  const again = await site.callIn({ from: { number, name: "Caller" } });
  await again.ear.hears(toneOf("greeting"));
  await again.hangUp();
  const newer = await firm.untilTicket(number);
  expect(newer.ticketId).not.toBe(ticketId);
  await expect(annasPanel.post(`/tickets/${ticketId}/reopen`, {})).rejects.toThrow("ticket-newer");
});
