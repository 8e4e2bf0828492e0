import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { generate } from "../lab/media/tones.ts";
import { encodeWav } from "../lab/media/wav.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { BYE, FlowSite, kindsOf, NO, type Nodes, notesOf, YES } from "../testing/flow-site.ts";
import { converse, toneOf } from "../testing/site.ts";

/** Nodes that take keys: collect, dial-by-extension, menu, language; and the caller who presses none. */
let firm: FlowSite;
let anna: ScriptedPhone;

beforeAll(async () => {
  firm = await FlowSite.open({ operators: ["101", "102", "1025"] });
  anna = await firm.site.operator("101");
});
afterEach(async () => {
  anna.behaviour = { type: "ring" };
  await firm.untilQuiet();
});
afterAll(async () => await firm?.close());

const QUICK = { durationMs: 60, gapMs: 40 };
const ASK = toneOf("menu");

const collect = (change: Record<string, unknown> = {}): Nodes => ({
  ask: {
    ...{ type: "collect", prompt: "menu", variable: "order", minDigits: 3, maxDigits: 6, timeoutMs: 1_500, repeats: 1 },
    ...{ next: "yes", otherwise: "no" },
    ...change,
  },
});

describe("collect", () => {
  test("the # after as many digits as there can be is no wrong key of the menu that follows", async () => {
    const menu = { type: "menu", prompt: "greeting", choices: { "1": "yes" }, repeats: 0, otherwise: "no" } as const;
    const call = await firm.callInto({ ...collect({ maxDigits: 4, next: "which" }), which: menu });
    await call.ear.hears(ASK);
    await call.pressKey("4711#");
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("1");
    await call.ear.hears(YES);
    expect(kindsOf(await ended(call))).not.toContain("wrong-input");
  });

  test("digits and # are the value: it is in the log, and the caller goes on", async () => {
    const call = await firm.callInto(collect());
    await call.ear.hears(ASK);
    await call.pressKey("4711#");
    await call.ear.hears(YES);
    await call.until("ended");
    const logged = await firm.site.logged(call.number);
    expect(notesOf(logged, "collected")).toEqual([{ node: "ask", variable: "order", digits: "4711", count: 4 }]);
  });

  test("as many digits as there may be need no #", async () => {
    const call = await firm.callInto(collect({ timeoutMs: 30_000 }));
    await call.ear.hears(ASK);
    await call.pressKey("471199");
    await call.ear.hears(YES);
  });

  test("fewer than the most and a pause are the value too", async () => {
    const call = await firm.callInto(collect());
    await call.ear.hears(ASK);
    await call.pressKey("4711");
    await call.ear.hears(YES);
    expect(notesOf(await ended(call), "collected")).toMatchObject([{ digits: "4711" }]);
  });

  test("too few: told so and asked again; again too few: the other branch", async () => {
    const call = await firm.callInto(collect());
    await call.ear.hears(ASK);
    await call.pressKey("47#");
    await call.ear.hears(toneOf("wrong-input"));
    await call.ear.hears(ASK);
    await call.pressKey("11#");
    await call.ear.hears(NO);
    const logged = await ended(call);
    expect(kindsOf(logged)).not.toContain("collected");
    expect(notesOf(logged, "wrong-input")).toHaveLength(2);
  });

  test("a # alone is no input, and the second try counts", async () => {
    const call = await firm.callInto(collect());
    await call.ear.hears(ASK);
    await call.pressKey("#");
    await call.ear.hears(toneOf("no-input"));
    await call.pressKey("4712#");
    await call.ear.hears(YES);
    expect(notesOf(await ended(call), "collected")).toMatchObject([{ digits: "4712" }]);
  });

  test("more than the most: the value has its length, and the rest is not taken for anything here", async () => {
    const call = await firm.callInto(collect({ minDigits: 4, maxDigits: 4 }));
    await call.ear.hears(ASK);
    await call.pressKey("471188", QUICK);
    await call.ear.hears(YES);
    await call.until("ended");
    expect(notesOf(await ended(call), "collected")).toMatchObject([{ digits: "4711", count: 4 }]);
  });

  test("silence: told so and asked again, then the other branch", async () => {
    const call = await firm.callInto(collect());
    await call.ear.hears(ASK);
    await call.ear.hears(toneOf("no-input"));
    await call.ear.hears(ASK);
    await call.ear.hears(NO);
    expect(notesOf(await ended(call), "no-input")).toHaveLength(2);
  });

  test("typed faster than the prompts: all of it counts from the greeting on, and the prompt is not said", async () => {
    const call = await firm.callInto({
      hello: { type: "say", prompt: "greeting", purpose: "greeting", next: "ask" },
      ...collect(),
    });
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("471199", QUICK);
    await call.ear.hears(YES);
    const logged = await ended(call);
    expect(notesOf(logged, "collected")).toMatchObject([{ digits: "471199" }]);
    expect(heardToTheEnd(call)).toBe(false);
  });

  test("typed in confidence: neither the log nor the panel has it", async () => {
    const call = await firm.callInto(collect({ isSecret: true, variable: "pin" }));
    await call.ear.hears(ASK);
    await call.pressKey("90817#");
    await call.ear.hears(YES);
    const logged = await ended(call);
    expect(notesOf(logged, "collected")).toEqual([{ node: "ask", variable: "pin", digits: null, count: 5 }]);
    expect(JSON.stringify(logged)).not.toContain("90817");
    expect(firm.site.daemon.said).not.toContain("90817");
  });

  test.each([
    ["*", "412*"],
    ["0 alone", "0#"],
  ])("%s leads to a person", async (_, keys) => {
    anna.behaviour = { type: "answer" };
    const call = await firm.callInto(collect());
    await call.ear.hears(ASK);
    await call.pressKey(keys);
    await converse(call, await anna.incoming.next());
  });
});

describe("dial by extension", () => {
  const dial = (): Nodes => ({
    ask: {
      ...{ type: "dial-extension", prompt: "menu", timeoutMs: 1_500, repeats: 1, ringSeconds: 5 },
      ...{ noAnswer: "no", otherwise: "yes" },
    },
  });

  test("the right one rings, and both talk", async () => {
    const call = await firm.callInto(dial());
    await call.ear.hears(ASK);
    await call.pressKey("101");
    const ringing = await anna.incoming.next();
    ringing.answer();
    await converse(call, ringing);
    await call.hangUp();
    expect(await firm.site.logged(call.number)).toMatchObject({ outcome: "talked", operatorName: "Operator 101" });
  });

  test("who does not answer: the branch for it", async () => {
    const call = await firm.callInto(dial());
    await call.ear.hears(ASK);
    await call.pressKey("101");
    await anna.incoming.next();
    await call.ear.hears(NO, { timeoutMs: 15_000 });
  });

  test("whose phone is not there: the branch for it at once; one that begins like another waits for its end", async () => {
    const call = await firm.callInto(dial());
    await call.ear.hears(ASK);
    // 102 is the beginning of 1025.
    await call.pressKey("102#");
    await call.ear.hears(NO);
    expect((await ended(call)).legs.map(({ role }) => role)).toEqual(["caller"]);
  });

  test("one that nobody has: told so and asked again, then the other branch", async () => {
    const call = await firm.callInto(dial());
    await call.ear.hears(ASK);
    await call.pressKey("7");
    await call.ear.hears(toneOf("wrong-input"));
    await call.ear.hears(ASK);
    await call.pressKey("109");
    await call.ear.hears(YES);
  });

  test("an operator who is switched off is not to be had", async () => {
    const operator = firm.site.phones.find(({ extension }) => extension === "102");
    await firm.site.panel.patch(`/operators/${operator?.operatorId}`, { isEnabled: false });
    const call = await firm.callInto(dial());
    await call.ear.hears(ASK);
    await call.pressKey("102#");
    await call.ear.hears(toneOf("wrong-input"));
    await firm.site.panel.patch(`/operators/${operator?.operatorId}`, { isEnabled: true });
  });
});

describe("menu", () => {
  const menu = (change: Record<string, unknown> = {}): Nodes => ({
    ask: {
      type: "menu",
      prompt: "menu",
      choices: { "1": "yes", "#": "bye" },
      timeoutMs: 1_500,
      otherwise: "no",
      ...change,
    },
  });

  test("a key ends the prompt and counts at once", async () => {
    const call = await firm.callInto(menu());
    await call.ear.hears(ASK);
    await call.pressKey("1", QUICK);
    await call.ear.hears(YES);
    expect(call.ear.log.find(({ tone }) => tone === ASK.name)).toBeDefined();
    expect(heardToTheEnd(call)).toBe(false);
  });

  test("# can be a choice like any other", async () => {
    const call = await firm.callInto(menu());
    await call.ear.hears(ASK);
    await call.pressKey("#");
    await call.ear.hears(BYE);
  });

  test("a wrong key, then none: told each time, then the other branch", async () => {
    const call = await firm.callInto(menu({ repeats: 2 }));
    await call.ear.hears(ASK);
    await call.pressKey("9");
    await call.ear.hears(toneOf("wrong-input"));
    await call.ear.hears(ASK);
    await call.ear.hears(toneOf("no-input"));
    await call.ear.hears(ASK);
    await call.ear.hears(NO);
    const logged = await ended(call);
    expect(kindsOf(logged).filter((kind) => kind.endsWith("-input"))).toEqual(["wrong-input", "no-input", "no-input"]);
  });

  test("0 leads to a person where the menu does not say so", async () => {
    anna.behaviour = { type: "answer" };
    const call = await firm.callInto(menu());
    await call.ear.hears(ASK);
    await call.pressKey("0");
    await converse(call, await anna.incoming.next());
  });
});

describe("language", () => {
  const nodes = (): Nodes => ({
    which: { type: "language", timeoutMs: 1_500, next: "hello" },
    hello: { type: "say", prompt: "greeting", purpose: "greeting", next: "ask" },
    ask: { type: "menu", prompt: "menu", choices: { "1": "yes" }, timeoutMs: 1_500, repeats: 0, otherwise: "bye" },
  });

  test("each is offered in itself, and every prompt after the choice is in it, from node to node", async () => {
    const call = await firm.callInto(nodes());
    await call.ear.hears(toneOf("choose-language-1"));
    await call.ear.hears(toneOf("choose-language-2", "ru"));
    await call.pressKey("2");
    await call.ear.hears(toneOf("greeting", "ru"));
    await call.ear.hears(toneOf("menu", "ru"));
    await call.pressKey("1");
    await call.ear.hears(toneOf("information", "ru"));
    const logged = await ended(call);
    expect(logged.language).toBe("ru");
    expect(notesOf(logged, "language-chosen")).toEqual([{ language: "ru" }]);
  });

  test("on a number that speaks another one first, what it lacks is said in one that is offered", async () => {
    const { panel } = firm.site;
    const { name } = await panel.post<{ name: string }>("/prompts", { title: "Prices" });
    const sound = encodeWav({ sampleRate: 8_000, channels: [generate(YES, { ms: 1_500 })] });
    const body = new FormData();
    body.set("audio", new File([new Uint8Array(sound)], "prices.wav", { type: "audio/wav" }));
    expect((await panel.fetch(`/prompts/en/${name}`, { method: "PUT", body })).status).toBe(200);
    const [number] = await panel.get<{ numberId: number }[]>("/numbers");
    await panel.patch(`/numbers/${number?.numberId}`, { language: "ka" });
    try {
      const call = await firm.callInto({ prices: { type: "say", prompt: name, next: "end" } });
      await call.ear.hears(YES);
      expect((await ended(call)).language).toBe("ka");
    } finally {
      await panel.patch(`/numbers/${number?.numberId}`, { language: null });
    }
  });

  test("none chosen: the first", async () => {
    const call = await firm.callInto(nodes());
    await call.ear.hears(toneOf("choose-language-1"));
    await call.ear.hears(toneOf("greeting"));
    expect((await ended(call)).language).toBe("en");
  });

  test("0 leads to a person before any language is chosen", async () => {
    anna.behaviour = { type: "answer" };
    const call = await firm.callInto(nodes());
    await call.ear.hears(toneOf("choose-language-1"));
    await call.pressKey("0");
    await converse(call, await anna.incoming.next());
  });
});

test("a caller who says and presses nothing comes to the end of the longest way by its own limits", async () => {
  const call = await firm.callInto({
    which: { type: "language", timeoutMs: 1_000, next: "ask" },
    ask: { type: "menu", prompt: "menu", choices: { "1": "yes" }, timeoutMs: 1_000, repeats: 1, otherwise: "number" },
    number: {
      ...{ type: "collect", prompt: "menu", variable: "order", timeoutMs: 1_000, repeats: 1 },
      ...{ next: "yes", otherwise: "person" },
    },
    person: {
      type: "dial-extension",
      prompt: "menu",
      timeoutMs: 1_000,
      repeats: 0,
      noAnswer: "no",
      otherwise: "group",
    },
    group: { type: "ring-group", prompt: "connecting", ringSeconds: 5, maxWaitSeconds: 10, noAnswer: "message" },
    message: { type: "voicemail", prompt: "leave-message", silenceSeconds: 2, saved: "end", none: "bye" },
  });
  await call.ear.hears(BYE, { timeoutMs: 60_000 });
  await call.until("ended");
  const logged = await firm.site.logged(call.number);
  expect(logged.outcome).toBe("no-answer");
  expect(notesOf(logged, "no-message")).toHaveLength(1);
  expect(logged.timeline.at(-1)?.data).toMatchObject({ by: "system" });
});

const ended = async (call: { number: string; hangUp(): Promise<void> }) => {
  await call.hangUp();
  return await firm.site.logged(call.number);
};

/** A prompt is one second long. */
function heardToTheEnd({ ear }: PhoneCall): boolean {
  return ear.log.some(({ tone, fromMs, toMs }) => tone === ASK.name && toMs - fromMs > 850);
}
