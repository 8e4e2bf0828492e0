import { describe, expect, test } from "vitest";
import type { Ticket } from "../api/client.ts";
import type { Translate } from "../messages/language.tsx";
import { dueText, gaveUpText, numberOf, tryText } from "./ticket-words.ts";

/** The key and its values instead of the words, so that each test sees which sentence was chosen. */
const t: Translate = (key, values) => (values === undefined ? key : `${key} ${JSON.stringify(values)}`);
const time = { dayName: () => "today", clock: (iso: string) => iso.slice(11, 16) };

const now = Date.parse("2026-11-24T10:00:00Z");
const ticket: Ticket = {
  ticketId: 1,
  state: "open",
  caller: { number: "0599123456", e164: "+995599123456", formatted: "599 12 34 56", name: "", isHidden: false },
  openedAt: "2026-11-24T09:50:00Z",
  lastCallAt: "2026-11-24T09:50:00Z",
  lastCallId: "00000000-0000-4000-8000-000000000001",
  callCount: 1,
  gaveUp: { outcome: "no-answer", node: "operators" },
  dueAt: null,
  waitsFor: null,
  tries: 0,
  lastTry: null,
  owner: null,
  reopened: null,
  closedAt: null,
  closedReason: null,
  closedText: null,
  closedBy: null,
};
const dueAfter = (ms: number) => dueText({ ...ticket, dueAt: new Date(now + ms).toISOString() }, now, time, t);

describe("when a missed caller is called back", () => {
  test("is told in minutes while it is near, then by the clock", () => {
    expect(dueAfter(-5_000)).toBe("missed.dueNow");
    expect(dueAfter(0)).toBe("missed.dueNow");
    expect(dueAfter(20_000)).toBe("missed.dueSoon");
    expect(dueAfter(5 * 60_000)).toBe('missed.dueInMinutes {"count":5}');
    expect(dueAfter(60 * 60_000)).toBe('missed.dueInMinutes {"count":60}');
    expect(dueAfter(3 * 3_600_000)).toBe('missed.dueAt {"day":"today","time":"13:00"}');
  });

  test("is told by what it waits for when no time is known", () => {
    expect(dueText({ ...ticket, waitsFor: "abroad" }, now, time, t)).toBe("missed.wait.abroad");
    expect(dueText({ ...ticket, waitsFor: "taken" }, now, time, t)).toBe("missed.wait.taken");
  });
});

test("where somebody gave up is told by outcome and place", () => {
  expect(gaveUpText({ outcome: "abandoned-in-menu", node: "menu" }, t)).toBe("missed.gaveUp.menu");
  expect(gaveUpText({ outcome: "abandoned-in-menu", node: "greeting" }, t)).toBe("missed.gaveUp.greeting");
  expect(gaveUpText({ outcome: "abandoned-in-menu", node: "a-node-of-a-later-version" }, t)).toBe("missed.gaveUp.menu");
  expect(gaveUpText({ outcome: "abandoned-while-ringing", node: "operators" }, t)).toBe("missed.gaveUp.waiting");
  expect(gaveUpText({ outcome: "after-hours", node: "closed" }, t)).toBe("missed.gaveUp.after-hours");
  expect(gaveUpText({ outcome: "after-hours", node: "voicemail" }, t)).toBe("missed.gaveUp.message");
  expect(gaveUpText({ outcome: "voicemail", node: "voicemail" }, t)).toBe("missed.gaveUp.voicemail");
  expect(gaveUpText({ outcome: "caller-busy", node: null }, t)).toBe("outcome.caller-busy");
});

test("a try without an end is under way", () => {
  expect(tryText(null, t)).toBe("missed.try.running");
  expect(tryText("talked-briefly", t)).toBe("missed.try.talked-briefly");
});

test("a number that is not known is called hidden", () => {
  expect(numberOf(ticket, t)).toBe("599 12 34 56");
  expect(numberOf({ caller: { ...ticket.caller, formatted: "" } }, t)).toBe("party.hidden");
});
