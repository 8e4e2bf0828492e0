import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WEEKDAYS } from "../calls/schedule.ts";
import { RINGBACK } from "../lab/media/tones.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { BYE, FlowSite, kindsOf, NO, type Nodes, notesOf, YES } from "../testing/flow-site.ts";
import { converse, converseOn, type LoggedCall, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Nodes that lead callers elsewhere: by who they are, by the hour, to a phone, to a number outside, to a message, to another flow. */
let firm: FlowSite;
let anna: ScriptedPhone;
let boris: ScriptedPhone;

beforeAll(async () => {
  firm = await FlowSite.open({ operators: ["101", "102"] });
  anna = await firm.site.operator("101");
  boris = await firm.site.operator("102");
});
afterEach(async () => {
  for (const phone of [anna, boris]) phone.behaviour = { type: "ring" };
  await firm.untilQuiet();
});
afterAll(async () => await firm?.close());

async function ended(call: PhoneCall & { number: string }): Promise<LoggedCall> {
  await call.hangUp();
  return await firm.site.logged(call.number);
}

const operatorId = (extension: string) =>
  firm.site.phones.find((phone) => phone.extension === extension)?.operatorId ?? 0;

describe("caller branch", () => {
  const branch = (when: Record<string, unknown>): Nodes => ({
    who: { type: "caller-branch", cases: [{ when: when as never, next: "yes" }], otherwise: "no" },
  });
  /** As the log will have them: the last call of a number counts. */
  const call = async (nodes: Nodes, number: string) => await firm.callInto(nodes, { number, name: "" });

  test("known: not before somebody has talked with them", async () => {
    const number = firm.site.newNumber();
    const first = await call(branch({ type: "known" }), number);
    await first.ear.hears(NO);
    await first.hangUp();
    anna.behaviour = { type: "answer" };
    const talk = await call({ group: { type: "ring-group", noAnswer: "bye" } }, number);
    const ringing = await anna.incoming.next();
    await converse(talk, ringing);
    await converseOn(talk, ringing, 11);
    await talk.hangUp();
    await until("the talk is in the log", async () =>
      (await firm.site.callsOf(number)).some(({ outcome }) => outcome === "talked"),
    );
    const second = await call(branch({ type: "known" }), number);
    await second.ear.hears(YES);
  });

  test("called within so many days: the second time", async () => {
    const number = firm.site.newNumber();
    const first = await call(branch({ type: "recent", days: 1 }), number);
    await first.ear.hears(NO);
    await first.hangUp();
    await firm.site.logged(number);
    const second = await call(branch({ type: "recent", days: 1 }), number);
    await second.ear.hears(YES);
    await second.hangUp();
    await until("both are in the log", async () => {
      const calls = await firm.site.callsOf(number);
      return calls.length === 2 && calls.every(({ outcome }) => outcome !== null);
    });
    expect(notesOf(await firm.site.logged(number), "caller-branch")).toEqual([{ node: "who", branch: "case-1" }]);
  });

  test("by the beginning of the number, in whatever writing it comes", async () => {
    const nodes = branch({ type: "prefix", prefixes: ["+99555", "+995599"] });
    const mobile = await call(nodes, `00995${firm.site.newNumber()}`);
    await mobile.ear.hears(YES);
    await mobile.hangUp();
    const city = await call(nodes, "0322998877");
    await city.ear.hears(NO);
  });

  test("hidden", async () => {
    await firm.publish(branch({ type: "hidden" }));
    const hidden = await firm.site.callIn({ from: "hidden" });
    await hidden.ear.hears(YES);
    await hidden.hangUp();
    const open = await firm.site.callIn();
    await open.ear.hears(NO);
  });

  test("blocked, and not any more", async () => {
    const number = firm.site.newNumber();
    const { number: e164 } = await firm.site.panel.post<{ number: string }>("/blocked-numbers", { number });
    const blocked = await call(branch({ type: "blocked" }), number);
    await blocked.ear.hears(YES);
    await blocked.hangUp();
    await firm.site.panel.delete(`/blocked-numbers/${encodeURIComponent(e164)}`);
    const free = await call(branch({ type: "blocked" }), number);
    await free.ear.hears(NO);
  });

  test("a category that nobody has: the other branch; the cases count in their order", async () => {
    const call = await firm.callInto({
      who: {
        type: "caller-branch",
        cases: [
          { when: { type: "category", category: "VIP" }, next: "bye" },
          { when: { type: "prefix", prefixes: ["+995"] }, next: "yes" },
          { when: { type: "prefix", prefixes: ["+9955"] }, next: "bye" },
        ],
        otherwise: "no",
      },
    });
    await call.ear.hears(YES);
  });

  test("a key that was pressed while the book was asked is the next menu's", async () => {
    const call = await firm.callInto({
      hello: { type: "say", prompt: "greeting", purpose: "greeting", next: "who" },
      ...branch({ type: "known" }),
      no: { type: "menu", prompt: "menu", choices: { "4": "bye" }, otherwise: "yes" },
    });
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("4");
    await call.ear.hears(BYE);
  });
});

describe("hours", () => {
  const week = (periods: { from: string; to: string }[], alwaysOpen = false) => ({
    ...(Object.fromEntries(WEEKDAYS.map((day) => [day, periods])) as Record<(typeof WEEKDAYS)[number], typeof periods>),
    alwaysOpen,
  });
  test.each([
    ["open all day", week([{ from: "00:00", to: "24:00" }]), YES],
    ["closed all week", week([]), NO],
    ["always open", week([], true), YES],
  ])("of its own: %s", async (_, hours, heard) => {
    const call = await firm.callInto({ when: { type: "hours", hours, open: "yes", closed: "no" } });
    await call.ear.hears(heard);
  });

  test("by a schedule that is closed by hand, and opened again", async () => {
    const nodes: Nodes = { when: { type: "hours", schedule: 1, open: "yes", closed: "no" } };
    await firm.site.panel.post("/schedules/1/override", { state: "closed", until: null });
    const closed = await firm.callInto(nodes);
    await closed.ear.hears(NO);
    await closed.hangUp();
    await firm.site.panel.delete("/schedules/1/override");
    const open = await firm.site.callIn();
    await open.ear.hears(YES);
  });
});

describe("one operator", () => {
  const nodes = (): Nodes => ({
    one: { type: "operator", operatorId: operatorId("102"), ringSeconds: 5, noAnswer: "no" },
  });

  test("only their phone rings, and both talk", async () => {
    const call = await firm.callInto(nodes());
    const ringing = await boris.incoming.next();
    ringing.answer();
    await converse(call, ringing);
    expect(anna.incoming.waiting).toBe(0);
    expect(await ended(call)).toMatchObject({ outcome: "talked", operatorName: "Operator 102" });
  });

  test("refuses: the branch for it at once, and nobody else is asked", async () => {
    boris.behaviour = { type: "reject", status: 486 };
    const call = await firm.callInto(nodes());
    await call.ear.hears(NO);
    expect(anna.incoming.waiting).toBe(0);
  });

  test("is in a talk: the branch for it at once", async () => {
    boris.behaviour = { type: "answer" };
    const first = await firm.callInto(nodes());
    await converse(first, await boris.incoming.next());
    const second = await firm.site.callIn();
    await second.ear.hears(NO);
  });

  test("does not pick up: their phone stops, and the caller goes on", async () => {
    const call = await firm.callInto(nodes());
    const ringing = await boris.incoming.next();
    await call.ear.hears(NO, { timeoutMs: 15_000 });
    await ringing.until("ended");
  });
});

describe("a number outside", () => {
  let last = 599_770_000;
  const outside = (number = `+995${++last}`, change: Record<string, unknown> = {}): Nodes => ({
    out: { type: "outside-number", number, ringSeconds: 5, failed: "no", ...change },
  });

  test("answers: both talk, and the log names the line and the number", async () => {
    const call = await firm.callInto(outside("+995599770099"));
    const ringing = await firm.world.incoming.next();
    await call.ear.hears(RINGBACK);
    ringing.answer();
    await converse(call, ringing);
    const logged = await ended(call);
    expect(logged).toMatchObject({ outcome: "talked" });
    expect(logged.legs.find(({ role }) => role === "callee")).toMatchObject({ trunkName: "City" });
    expect(notesOf(logged, "dialling-out")).toEqual([{ node: "out", number: "+995599770099" }]);
    await ringing.until("ended");
  });

  test.each([
    ["is busy", 486],
    ["does not exist", 404],
    ["is not there", 480],
  ])("%s: the caller goes on at once", async (_, status) => {
    firm.world.behaviour = { type: "reject", status };
    const call = await firm.callInto(outside());
    await call.ear.hears(NO);
    const logged = await ended(call);
    expect(logged.outcome).toBe("no-answer");
    expect(kindsOf(logged)).toContain("not-answered");
  });

  test("does not pick up: it stops ringing, and the caller goes on", async () => {
    const call = await firm.callInto(outside());
    const ringing = await firm.world.incoming.next();
    await call.ear.hears(NO, { timeoutMs: 15_000 });
    await ringing.until("ended");
  });

  test("0 while it rings leads to a person here, and it stops ringing", async () => {
    const call = await firm.callInto(outside(undefined, { ringSeconds: 30 }));
    const ringing = await firm.world.incoming.next();
    await call.until("talking");
    await call.pressKey("0");
    (await anna.incoming.next()).answer();
    await ringing.until("ended");
    await call.until("talking");
  });

  test("the caller hangs up: it stops ringing", async () => {
    const call = await firm.callInto(outside(undefined, { ringSeconds: 30 }));
    const ringing = await firm.world.incoming.next();
    const logged = await ended(call);
    await ringing.until("ended");
    expect(logged.outcome).toBe("abandoned-while-ringing");
  });

  test("abroad, where nothing may go: the caller goes on, and the log says why", async () => {
    const call = await firm.callInto(outside("+491711234567"));
    await call.ear.hears(NO);
    expect(notesOf(await ended(call), "not-answered")).toEqual([
      { operatorName: "+491711234567", reason: "international" },
    ]);
  });
});

describe("what callers leave behind", () => {
  const ticketOf = async (number: string) => {
    const { tickets } = await firm.site.panel.get<{ tickets: { gaveUp: { outcome: string } }[] }>(
      `/tickets?state=open&q=${number}`,
    );
    return tickets[0];
  };

  test("a call back is promised: a ticket, also for who hangs up at once", async () => {
    const call = await firm.callInto({ wish: { type: "callback", prompt: "greeting", next: "yes", hidden: "no" } });
    await call.ear.hears(toneOf("greeting"));
    const logged = await ended(call);
    expect(logged.outcome).toBe("callback-requested");
    expect(await until("there is a ticket", async () => ticketOf(call.number))).toMatchObject({
      gaveUp: { outcome: "callback-requested" },
    });
  });

  test("also for who comes by a line that puts a digit before every number", async () => {
    const incoming = { numberFormat: "national", prefix: "9" };
    await firm.site.panel.patch(`/trunks/${firm.trunkId}`, { incoming });
    await firm.publish({
      who: {
        type: "caller-branch",
        cases: [{ when: { type: "prefix", prefixes: ["+9955"] }, next: "wish" }],
        otherwise: "bye",
      },
      wish: { type: "callback", prompt: "greeting", next: "yes", hidden: "no" },
    });
    const number = firm.site.newNumber();
    const call = await firm.world.call("0322112233", { from: { number: `9${number}` } });
    await call.ear.hears(toneOf("greeting"));
    await call.hangUp();
    const logged = await firm.site.logged(number);
    expect(logged).toMatchObject({ outcome: "callback-requested", caller: { e164: `+995${number}` } });
    await until("there is a ticket", async () => ticketOf(number));
    await firm.site.panel.patch(`/trunks/${firm.trunkId}`, { incoming: { numberFormat: "auto", prefix: "" } });
  });

  test("who hides their number is promised nothing", async () => {
    await firm.publish({ wish: { type: "callback", prompt: "greeting", next: "yes", hidden: "no" } });
    const call = await firm.site.callIn({ from: "hidden" });
    await call.ear.hears(NO);
    expect(call.ear.log.map(({ tone }) => tone)).not.toContain(toneOf("greeting").name);
  });

  test("a message: its branch, the log and a ticket; none: the other branch", async () => {
    const nodes: Nodes = {
      leave: { type: "voicemail", prompt: "leave-message", silenceSeconds: 2, saved: "yes", none: "no" },
    };
    const call = await firm.callInto(nodes);
    await call.ear.hears(toneOf("leave-message"));
    await call.ear.hearsSilence({ forMs: 500 });
    call.sendMarkers(0);
    await call.ear.hearsSilence({ forMs: 2_500 });
    await call.pressKey("1");
    await call.ear.hears(YES);
    const logged = await ended(call);
    expect(logged.outcome).toBe("voicemail");
    expect(notesOf(logged, "message-left")).toHaveLength(1);
    await until("there is a ticket", async () => ticketOf(call.number));
    const silent = await firm.site.callIn({ isSilent: true });
    await silent.ear.hears(NO, { timeoutMs: 15_000 });
    expect(notesOf(await ended(silent), "no-message")).toHaveLength(1);
  });

  test("a tag is in the log, and calls are found by it", async () => {
    const call = await firm.callInto({
      mark: { type: "tag", tag: "Repair & more", next: "again" },
      again: { type: "tag", tag: "გადაუდებელი", next: "yes" },
    });
    await call.ear.hears(YES);
    const logged = await ended(call);
    expect(notesOf(logged, "tagged")).toEqual([{ tag: "Repair & more" }, { tag: "გადაუდებელი" }]);
    const found = await firm.site.panel.get<{ calls: { tags: string[] }[] }>(
      `/calls?tag=${encodeURIComponent("გადაუდებელი")}`,
    );
    expect(found.calls).toMatchObject([{ tags: expect.arrayContaining(["Repair & more", "გადაუდებელი"]) }]);
  });

  test("hang-up ends the call by our side", async () => {
    const call = await firm.callInto({ over: { type: "tag", tag: "short", next: "end" } });
    await call.until("ended");
    expect(call.endCause?.by).toBe("them");
    const logged = await firm.site.logged(call.number);
    expect(logged.timeline.at(-1)?.data).toMatchObject({ by: "system" });
  });
});

describe("another flow", () => {
  test("goes on at its start with what is known, does not ask for the language again, and 0 leads to its people", async () => {
    const { flowId } = await firm.site.panel.post<{ flowId: string }>("/flows", { name: "Orders", template: "empty" });
    await firm.publish(
      {
        which: { type: "language", timeoutMs: 3_000, next: "menu" },
        menu: { type: "menu", prompt: "menu", choices: { "1": "yes" }, otherwise: "bye" },
        people: { type: "operator", operatorId: operatorId("102"), ringSeconds: 5, noAnswer: "bye" },
      },
      { flow: flowId },
    );
    const call = await firm.callInto({
      which: { type: "language", timeoutMs: 3_000, next: "on" },
      on: { type: "go-to-flow", flowId },
    });
    await call.ear.hears(toneOf("choose-language-1"));
    await call.pressKey("2");
    await call.ear.hears(toneOf("menu", "ru"));
    await call.pressKey("0");
    const ringing = await boris.incoming.next();
    ringing.answer();
    await converse(call, ringing);
    expect(anna.incoming.waiting).toBe(0);
    const logged = await ended(call);
    expect(notesOf(logged, "other-flow")).toEqual([{ flow: flowId }]);
    expect(notesOf(logged, "language-chosen")).toHaveLength(1);
  });
});
