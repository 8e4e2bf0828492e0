import { expect, test } from "vitest";
import { FINISHED, FlowCaller, fired } from "../../../testing/flow-caller.ts";
import type { LookUpAnswer } from "../ivr-types.ts";

const find = (change: Record<string, unknown> = {}) => ({
  find: {
    ...{ type: "look-up" as const, url: "https://shop.test/orders?by={caller}", prompt: null, deadlineMs: 2_000 },
    ...{ outputs: [{ variable: "state", path: "order.items.0.state" }], next: "yes", failed: "no", ...change },
  },
});
const answered = (json: unknown, requestId = 1) =>
  ({ type: "look-up-ended", requestId, answer: { ok: true, json }, tookMs: 41.6 }) as const;
const GOOD = { order: { items: [{ state: " ready\n" }] } };

test("asks with what is known, and takes the values on to the next node", () => {
  const caller = new FlowCaller(find());
  expect(caller.effects("look-up")).toEqual([
    {
      ...{ type: "look-up", requestId: 1 },
      request: {
        ...{ url: "https://shop.test/orders?by=%2B995599000001", method: "GET", deadlineMs: 2_000, body: null },
      },
    },
  ]);
  caller.on(answered(GOOD));
  expect(caller).toMatchObject({ at: "yes", state: { variables: { state: "ready" } } });
  expect(caller.notes("looked-up")).toEqual([{ node: "find", ms: 42 }]);
});

test.each<[string, unknown]>([
  ["nothing there", { order: { items: [] } }],
  ["a list where a word should be", { order: { items: [{ state: ["ready"] }] } }],
  ["null", { order: { items: [{ state: null }] } }],
  ["an empty word", { order: { items: [{ state: "  " }] } }],
  ["not even an object", 7],
  ["what every object has, but this one not of its own", { order: Object.create({ items: [{ state: "ready" }] }) }],
])("%s is no value: the other branch, and nothing is taken on", (_, json) => {
  const caller = new FlowCaller(find()).on(answered(json));
  expect(caller).toMatchObject({ at: "no", state: { variables: {} } });
  expect(caller.notes("look-up-failed")).toEqual([{ node: "find", reason: "no-such-value" }]);
});

test("each way of failing has its name in the log", () => {
  const reasons = ["timeout", "unreachable", "redirected", "refused", "too-large", "not-json"] as const;
  for (const reason of reasons) {
    const answer: LookUpAnswer = { ok: false, reason };
    const caller = new FlowCaller(find()).on({ type: "look-up-ended", requestId: 1, answer, tookMs: 1 });
    expect(caller.at).toBe("no");
    expect(caller.notes("look-up-failed")).toEqual([{ node: "find", reason }]);
  }
});

test("whoever asks and never answers: their deadline and a second, then the other branch; what comes later is dropped", () => {
  const caller = new FlowCaller(find());
  expect(caller.effects("start-timer")).toContainEqual({ type: "start-timer", timer: "request", ms: 3_000 });
  caller.on(fired("request"));
  expect(caller.effects("drop-request")).toEqual([{ type: "drop-request", requestId: 1 }]);
  expect(caller.at).toBe("no");
  expect(caller.on(answered(GOOD)).at).toBe("no");
});

test.each([
  ["https://shop.test/{order}", "variable-missing"],
  ["ftp://shop.test/", "address-not-allowed"],
  ["https://{caller}.test/", "address-not-allowed"],
  ["https://user:secret@shop.test/", "address-not-allowed"],
  ["", "address-not-allowed"],
])("an address that cannot be asked (%s) is not asked", (url, reason) => {
  const caller = new FlowCaller(find({ url }));
  expect(caller.effects("look-up")).toEqual([]);
  expect(caller.notes("look-up-failed")).toEqual([{ node: "find", reason }]);
  expect(caller.at).toBe("no");
});

test("0 leads to a person and lets the question go; other keys do nothing", () => {
  const caller = new FlowCaller(find()).press("5");
  expect(caller).toMatchObject({ stage: "looking-up", done: [] });
  caller.press("0");
  expect(caller.at).toBe("people");
  expect(caller.effects("drop-request")).toHaveLength(1);
});

test("after a restart what is read is asked again, what is posted is not", () => {
  const place = { flow: "main", version: 3, node: "find", language: "en" };
  expect(new FlowCaller(find()).on({ type: "taken-back", place }).effects("look-up")).toHaveLength(1);
  const posted = new FlowCaller(find({ method: "POST" }));
  expect(posted.effects("look-up")[0]?.request.body).toEqual({
    ...{ caller: "+995599000001", dialled: "0322112233", language: "en" },
  });
  posted.on({ type: "taken-back", place });
  expect(posted.effects("look-up")).toEqual([]);
  expect(posted.notes("look-up-failed")).toEqual([{ node: "find", reason: "interrupted" }]);
});

const tell = (parts: readonly Record<string, string>[], change: Record<string, unknown> = {}) => ({
  find: {
    ...{ type: "look-up" as const, url: "https://shop.test/", prompt: null, next: "tell", failed: "end" },
    outputs: [
      { variable: "number", path: "n" },
      { variable: "word", path: "w" },
    ],
  },
  tell: { type: "say-values" as const, parts: parts as never, next: "yes", failed: "no", ...change },
});
const MIXED = [{ prompt: "order" }, { variable: "number", as: "digits" }, { prompt: "is" }, { variable: "word" }];
const told = (parts = MIXED, world = {}) =>
  new FlowCaller(tell(parts, { purpose: "information", choices: { "5": "no" } }), { world }).on(
    answered({ n: "47", w: "ready" }),
  );
const ready = (isReady = true, requestId = 2) => ({ type: "speech-prepared", requestId, isReady }) as const;

test("prompts and values are said in their order, once the voice has them", () => {
  const caller = told();
  expect(caller.effects("prepare-speech")).toMatchObject([
    { requestId: 2, texts: ["four seven", "ready"], language: "en" },
  ]);
  expect(caller.hears).toBeNull();
  expect(caller.on(ready()).hears).toEqual(["order", '"four seven"', "is", '"ready"']);
  expect(caller.notes("values-said")).toEqual([{ node: "tell" }]);
  caller.on(FINISHED);
  expect(caller).toMatchObject({ at: "yes", state: { settled: "information-heard" } });
});

test("prompts alone need no voice", () => {
  expect(told([{ prompt: "order" }], { hasVoice: () => false }).hears).toEqual(["order"]);
});

test("no voice, but the owner has recorded the digits: those", () => {
  const numbers = [{ variable: "number", as: "digits" }];
  expect(told(numbers, { hasVoice: () => false }).hears).toEqual(["digit-4", "digit-7"]);
  expect(told(numbers, { hasVoice: () => false, hasPrompt: () => false }).at).toBe("no");
});

test.each<[string, (caller: FlowCaller) => FlowCaller]>([
  ["the voice fails", (one) => one.on(ready(false))],
  ["nobody says whether it is ready", (one) => one.on(fired("request"))],
])("%s: the other branch, and nothing is said", (_, fail) => {
  const caller = fail(told());
  expect(caller.at).toBe("no");
  expect(caller.notes("values-said")).toEqual([]);
});

test("no parts, and a value that nobody has: the other branch at once", () => {
  expect(told([]).at).toBe("no");
  expect(told([{ prompt: "order" }, { variable: "nobody" }]).at).toBe("no");
});

test("keys lead on while the voice prepares and while it speaks", () => {
  expect(told().press("5").at).toBe("no");
  expect(told().press("0").at).toBe("people");
  expect(told().press("8").stage).toBe("preparing-speech");
  expect(told().on(ready()).press("5").at).toBe("no");
  // Not a choice: it has stopped the words, so they are said again.
  expect(told().on(ready()).press("8").hears).toEqual(["order", '"four seven"', "is", '"ready"']);
});
