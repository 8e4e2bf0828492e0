import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RINGBACK } from "../lab/media/tones.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { BYE, FlowSite, hearsVoice, NO, type Nodes, notesOf, YES } from "../testing/flow-site.ts";
import { converse, type LoggedCall, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Look-ups, and saying what they brought. The voice is the product's own; what it was given to say is told by the files it has made. */
let firm: FlowSite;
let anna: ScriptedPhone;

beforeAll(async () => {
  firm = await FlowSite.open({ operators: ["101"] });
  anna = await firm.site.operator("101");
});
afterEach(async () => {
  anna.behaviour = { type: "ring" };
  firm.orders.letGo();
  await firm.untilQuiet();
});
afterAll(async () => await firm?.close());

const ASK = toneOf("menu");
const PLAYED_MS = 20_000;

async function ended(call: PhoneCall & { number: string }): Promise<LoggedCall> {
  await call.hangUp();
  return await firm.site.logged(call.number);
}

/** Types a number of an order and is told about it. */
const order = (url: string, change: Record<string, unknown> = {}): Nodes => ({
  ask: {
    ...{ type: "collect", prompt: "menu", variable: "order", minDigits: 1, maxDigits: 6, timeoutMs: 3_000, repeats: 0 },
    ...{ next: "find", otherwise: "bye" },
  },
  find: {
    ...{ type: "look-up", url, deadlineMs: 1_500, prompt: null, next: "tell", failed: "no" },
    outputs: [
      { variable: "number", path: "number" },
      { variable: "state", path: "state" },
    ],
    ...change,
  },
  tell: {
    ...{ type: "say-values", choices: { "5": "bye" }, purpose: "information", next: "yes", failed: "no" },
    parts: [{ prompt: "greeting" }, { variable: "number", as: "digits" }, { variable: "state", as: "text" }],
  },
});

async function typesOrder(nodes: Nodes, digits = "4711#"): Promise<PhoneCall & { number: string }> {
  const call = await firm.callInto(nodes);
  await call.ear.hears(ASK);
  await call.pressKey(digits);
  return call;
}

describe("a look-up, and what it brought is said", () => {
  test("'your order 4711 is ready' in English", async () => {
    const call = await typesOrder(order(firm.orders.url("/order/{order}")));
    await call.ear.hears(toneOf("greeting"), { timeoutMs: PLAYED_MS });
    await hearsVoice(call);
    await call.ear.hears(YES, { timeoutMs: PLAYED_MS });
    const logged = await ended(call);
    expect(firm.orders.asked).toContain("/order/4711");
    expect(await firm.unspoken("en", "four seven one one", "ready")).toEqual([]);
    expect(logged.timeline.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["collected", "looked-up", "values-said"]),
    );
    expect(logged.outcome).toBe("information-heard");
  });

  test("the same in Russian, for who chose it", async () => {
    const call = await firm.callInto({
      which: { type: "language", timeoutMs: 3_000, next: "ask" },
      ...order(firm.orders.url("/order/{order}?in={language}")),
    });
    await call.ear.hears(toneOf("choose-language-1"));
    await call.pressKey("2");
    await call.ear.hears(toneOf("menu", "ru"));
    await call.pressKey("852#");
    await call.ear.hears(toneOf("greeting", "ru"), { timeoutMs: PLAYED_MS });
    await hearsVoice(call);
    await call.ear.hears(toneOf("information", "ru"), { timeoutMs: PLAYED_MS });
    expect(await firm.unspoken("ru", "восемь пять два", "ready")).toEqual([]);
  });

  test("a key during it leads where the node says", async () => {
    const call = await typesOrder(order(firm.orders.url("/order/{order}")));
    await call.ear.hears(toneOf("greeting"), { timeoutMs: PLAYED_MS });
    await call.pressKey("5");
    await call.ear.hears(BYE);
  });

  test("who hangs up in the middle of it has not heard it", async () => {
    const call = await typesOrder(order(firm.orders.url("/order/{order}")));
    await call.ear.hears(toneOf("greeting"), { timeoutMs: PLAYED_MS });
    expect((await ended(call)).outcome).toBe("abandoned-in-menu");
  });

  test("what is posted are all variables, and none that was typed in confidence is in the log", async () => {
    const nodes = order(firm.orders.url("/order/post"), { method: "POST" });
    const call = await typesOrder({ ...nodes, ask: { ...nodes["ask"], isSecret: true } as Nodes[string] }, "90817#");
    await call.ear.hears(toneOf("greeting"), { timeoutMs: PLAYED_MS });
    const logged = await ended(call);
    expect(JSON.parse(firm.orders.posted.at(-1) ?? "null")).toEqual({
      ...{ caller: `+995${call.number}`, dialled: "0322112233", language: "en" },
      order: "90817",
    });
    expect(JSON.stringify(logged)).not.toContain("90817");
  });
});

describe("a look-up fails: its branch, and the log says why", () => {
  test.each([
    ["it knows no such order (404)", "/nothing/{order}", "refused"],
    ["it never answers", "/never", "timeout"],
    ["it answers byte by byte, for ever", "/drip", "timeout"],
    ["it answers 10 MB", "/huge", "too-large"],
    ["its answer has no end", "/endless", "too-large"],
    ["it answers a web page", "/text", "not-json"],
    ["it sends us elsewhere", "/redirect", "redirected"],
    ["the answer has no such value", "/missing", "no-such-value"],
    ["the address needs what nobody has", "/order/{nothing}", "variable-missing"],
  ])("%s", async (_, path, reason) => {
    const givenUp = firm.orders.givenUp;
    const call = await typesOrder(order(firm.orders.url(path)));
    await call.ear.hears(NO, { timeoutMs: 6_000 });
    expect(notesOf(await ended(call), "look-up-failed")).toEqual([{ node: "find", reason }]);
    // Nothing is left open at the other side.
    if (["/never", "/drip", "/endless"].includes(path))
      await until("the server is let go", () => firm.orders.givenUp === givenUp + 1);
    expect(firm.orders.asked.filter((one) => one === "/order/1")).toEqual([]);
  });

  test("nobody is there", async () => {
    const call = await typesOrder(order("http://hotline.invalid/order/{order}"));
    await call.ear.hears(NO, { timeoutMs: 6_000 });
    expect(notesOf(await ended(call), "look-up-failed")).toMatchObject([{ node: "find" }]);
  });

  test("this machine's own services are not asked: the panel, say", async () => {
    const call = await typesOrder(order(`${firm.site.daemon.origin}/api/status?order={order}`));
    await call.ear.hears(NO, { timeoutMs: 6_000 });
    expect(notesOf(await ended(call), "look-up-failed")).toEqual([{ node: "find", reason: "address-not-allowed" }]);
  });
});

describe("while a look-up is under way", () => {
  test("the caller hears that it takes a moment, and the answer goes on from there", async () => {
    const call = await typesOrder(order(firm.orders.url("/held"), { prompt: "still-waiting", deadlineMs: 10_000 }));
    await call.ear.hears(toneOf("still-waiting"));
    firm.orders.letGo();
    await call.ear.hears(toneOf("greeting"), { timeoutMs: PLAYED_MS });
  });

  test("0 leads to a person, and the answer that comes later changes nothing", async () => {
    const call = await typesOrder(order(firm.orders.url("/held"), { deadlineMs: 10_000 }));
    await until("the server was asked", () => firm.orders.asked.at(-1) === "/held");
    await call.pressKey("0");
    const ringing = await anna.incoming.next();
    firm.orders.letGo();
    ringing.answer();
    await converse(call, ringing);
    expect((await ended(call)).timeline.map(({ kind }) => kind)).not.toContain("looked-up");
  });

  test("any other key is not lost on the caller: the flow goes on", async () => {
    const call = await typesOrder(order(firm.orders.url("/held"), { deadlineMs: 10_000 }));
    await until("the server was asked", () => firm.orders.asked.at(-1) === "/held");
    await call.pressKey("7");
    firm.orders.letGo();
    await call.ear.hears(toneOf("greeting"), { timeoutMs: PLAYED_MS });
    expect(call.ear.log.map(({ tone }) => tone)).not.toContain(RINGBACK.name);
  });

  test("the caller hangs up: the server is let go too", async () => {
    const givenUp = firm.orders.givenUp;
    const call = await typesOrder(order(firm.orders.url("/never"), { deadlineMs: 10_000 }));
    await until("the server was asked", () => firm.orders.asked.at(-1) === "/never");
    await call.hangUp();
    await until("the server is let go", () => firm.orders.givenUp > givenUp, 5_000);
  });
});

describe("values are said as what they are", () => {
  const all = (as: readonly { variable: string; as: string; currency?: string }[], first: Nodes = {}): Nodes => ({
    ...first,
    find: {
      ...{ type: "look-up", url: firm.orders.url("/values"), prompt: null, next: "tell", failed: "bye" },
      outputs: ["price", "count", "day", "hour", "word"].map((name) => ({ variable: name, path: name })),
    },
    tell: { type: "say-values", parts: as as never, next: "yes", failed: "no" },
  });
  const parts = [
    { variable: "price", as: "money", currency: "GEL" },
    { variable: "count", as: "number" },
    { variable: "day", as: "date" },
    { variable: "hour", as: "time" },
  ];

  test("money, a number, a date and a time in English", async () => {
    const call = await firm.callInto(all(parts));
    await hearsVoice(call);
    await call.ear.hears(YES, { timeoutMs: 30_000 });
    expect(
      await firm.unspoken(
        ...(["en", "twelve lari and fifty tetri", "forty-two"] as const),
        ...(["the eighth of March, twenty twenty-seven", "two thirty p.m."] as const),
      ),
    ).toEqual([]);
  });

  test("and in Russian, with its grammar", async () => {
    const call = await firm.callInto(all(parts, { which: { type: "language", timeoutMs: 3_000, next: "find" } }));
    await call.ear.hears(toneOf("choose-language-1"));
    await call.pressKey("2");
    await hearsVoice(call);
    await call.ear.hears(toneOf("information", "ru"), { timeoutMs: 30_000 });
    expect(
      await firm.unspoken(
        ...(["ru", "двенадцать лари пятьдесят тетри", "сорок два"] as const),
        ...(["восьмое марта две тысячи двадцать седьмого года", "четырнадцать часов тридцать минут"] as const),
      ),
    ).toEqual([]);
  });

  test.each([
    ["a word as a number", { variable: "word", as: "number" }],
    ["a number as a date", { variable: "count", as: "date" }],
    ["what nobody has given", { variable: "nothing", as: "text" }],
  ])("%s cannot be said: the branch for it, and nothing half said", async (_, part) => {
    const call = await firm.callInto(all([{ variable: "count", as: "number" }, part]));
    await call.ear.hears(NO);
    expect((await ended(call)).timeline.map(({ kind }) => kind)).not.toContain("values-said");
  });
});
