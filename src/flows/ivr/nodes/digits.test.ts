import { expect, test } from "vitest";
import type { Extension } from "../../../calls/ids.ts";
import { operatorId } from "../../../calls/ids.ts";
import { FINISHED, FlowCaller, fired } from "../../../testing/flow-caller.ts";
import type { FlowContentInput } from "../document.ts";

type NodeInput = FlowContentInput["nodes"][string];

const collect = (change: Record<string, unknown> = {}) => ({
  ask: {
    ...{ type: "collect" as const, prompt: "ask", variable: "order", minDigits: 3, maxDigits: 5, repeats: 1 },
    ...{ next: "yes", otherwise: "no", ...change },
  },
});

test("the first digit ends the prompt, and the clock runs from the last digit on", () => {
  const caller = new FlowCaller(collect({ timeoutMs: 3_000 })).press("4");
  expect(caller.effects("stop-playing")).toHaveLength(1);
  expect(caller.effects("start-timer")).toEqual([{ type: "start-timer", timer: "input", ms: 3_000 }]);
  // The prompt that was broken off has ended: that starts no clock anew.
  expect(caller.on(FINISHED).effects("start-timer")).toEqual([]);
  expect(caller.press("7").effects("stop-playing")).toEqual([]);
});

test.each<[string, (caller: FlowCaller) => FlowCaller, string]>([
  ["# after enough", (one) => one.press("4", "7", "1", "#"), "471"],
  ["the most", (one) => one.press("4", "7", "1", "1", "0"), "47110"],
  ["a pause after enough", (one) => one.press("4", "7", "1").on(fired("input")), "471"],
  ["zeros among others", (one) => one.press("0", "0", "7", "#"), "007"],
])("%s is the value", (_, type, digits) => {
  const caller = type(new FlowCaller(collect()));
  expect(caller).toMatchObject({ at: "yes", state: { variables: { order: digits } } });
});

test.each<[string, (caller: FlowCaller) => FlowCaller, string]>([
  ["too few and #", (one) => one.press("4", "#"), "wrong-input"],
  ["too few and a pause", (one) => one.press("4").on(fired("input")), "wrong-input"],
  ["# alone", (one) => one.press("#"), "no-input"],
  ["nothing", (one) => one.on(FINISHED, fired("input")), "no-input"],
])("%s: asked again, what was typed is forgotten, and the second time the other branch", (_, fail, word) => {
  const caller = fail(new FlowCaller(collect()));
  expect(caller.hears).toEqual([word, "ask"]);
  expect(caller.state.stage).toMatchObject({ name: "collecting", digits: "", attempt: 1 });
  expect(fail(caller).at).toBe("no");
});

test("* at any time and a 0 alone lead to a person; a 0 that is as long as the value is the value", () => {
  expect(new FlowCaller(collect()).press("4", "7", "*").at).toBe("people");
  expect(new FlowCaller(collect()).press("0", "#").at).toBe("people");
  expect(new FlowCaller(collect()).press("0").on(fired("input")).at).toBe("people");
  const one = new FlowCaller(collect({ minDigits: 1 })).press("0", "#");
  expect(one).toMatchObject({ at: "yes", state: { variables: { order: "0" } } });
});

test("without an end key # is no digit and ends nothing", () => {
  const caller = new FlowCaller(collect({ endKey: null })).press("4", "7", "1", "#");
  expect(caller.state.stage).toMatchObject({ name: "collecting", digits: "471" });
  expect(caller.on(fired("input")).state.variables).toEqual({ order: "471" });
});

test.each<[string, NodeInput, string[]]>([
  ["a menu", { type: "menu", prompt: "b", choices: { "#": "no" }, repeats: 0, otherwise: "no" }, ["b"]],
  ["a text", { type: "say", prompt: "b", next: "no" }, ["b"]],
  ["a message", { type: "voicemail", prompt: "b", saved: "no", none: "no" }, ["b", "beep"]],
  ["the next value", { ...collect().ask, prompt: "b", repeats: 0 }, ["b"]],
  ["a group", { type: "ring-group", prompt: "b", noAnswer: "no" }, ["b"]],
  ["a silent group", { type: "ring-group", noAnswer: "no" }, ["ringback"]],
])("the # after as many digits as there can be is none of the next place's keys: %s", (_, next, heard) => {
  const caller = new FlowCaller({ ...collect({ next: "two" }), two: next }).press("4", "7", "1", "1", "0");
  expect(caller).toMatchObject({ at: "two", hears: heard });
  // It has stopped what was said.
  expect(caller.press("#")).toMatchObject({ at: "two", hears: heard, ways: [] });
  expect(caller.state.stage).not.toMatchObject({ attempt: 1 });
});

test("it is the # alone, as the next key, soon, and where # ends what is typed", () => {
  const next = { yes: { type: "menu" as const, prompt: "yes", choices: { "#": "no" }, otherwise: "end" } };
  const typed = (change: Record<string, unknown> = {}) =>
    new FlowCaller({ ...collect(change), ...next }).press("4", "7", "1", "1", "0");
  expect(typed().press("#").at).toBe("yes");
  expect(typed().press("#", "#").at).toBe("no");
  expect(typed().press("5", "#").at).toBe("no");
  expect(typed({ endKey: null }).press("#").at).toBe("no");
  const late = typed();
  late.nowMs += 3_001;
  expect(late.press("#").at).toBe("no");
  const asked = new FlowCaller({ ...collect(), ...next }).press("4", "7", "1", "#");
  expect(asked.press("#").at).toBe("no");
});

test("a prompt that was said to its end is not said again for it, and the clock runs on", () => {
  const caller = new FlowCaller(collect()).press("4", "7", "1", "1", "0").on(FINISHED).press("#");
  expect(caller).toMatchObject({ at: "yes", hears: null });
  expect(caller.effects("stop-timer")).toEqual([]);
  expect(caller.on(fired("input")).notes("no-input")).toHaveLength(1);
});

test("least and most that contradict each other do not shut the caller in", () => {
  const caller = new FlowCaller(collect({ minDigits: 5, maxDigits: 3 })).press("4", "7", "1", "1");
  expect(caller.stage).toBe("collecting");
  expect(caller.press("0").state.variables).toEqual({ order: "47110" });
});

test("what is typed in confidence is told to nobody and kept in no place", () => {
  const next = { yes: { type: "menu" as const, prompt: "yes", otherwise: "end" } };
  const caller = new FlowCaller({ ...collect({ isSecret: true }), ...next }).press("9", "0", "8", "#");
  expect(caller.notes("collected")).toEqual([{ node: "ask", variable: "order", digits: null, count: 3 }]);
  expect(JSON.stringify(caller.effects("keep-place"))).not.toContain("908");
  const open = new FlowCaller({ ...collect(), ...next }).press("9", "0", "8", "#");
  expect(open.effects("keep-place").at(-1)?.place.memory?.variables).toEqual({ order: "908" });
});

const EXTENSIONS = [
  { extension: "10" as Extension, operatorId: operatorId(1) },
  { extension: "101" as Extension, operatorId: operatorId(2) },
  { extension: "20" as Extension, operatorId: operatorId(3) },
];
const dial = (free = [operatorId(1), operatorId(2), operatorId(3)]) =>
  new FlowCaller(
    { ask: { type: "dial-extension", prompt: "ask", ringSeconds: 20, repeats: 0, noAnswer: "no", otherwise: "yes" } },
    {
      world: {
        extensions: () => EXTENSIONS,
        group: ({ operatorIds }) => ({ free: free.filter((id) => operatorIds.includes(id)), registeredCount: 1 }),
      },
    },
  );
const rung = (caller: FlowCaller) => caller.effects("ring-operator").map((effect) => Number(effect.operatorId));

test("an extension that no longer one begins with rings at once; one that does waits for a pause or #", () => {
  expect(rung(dial().press("2", "0"))).toEqual([3]);
  expect(rung(dial().press("1", "0"))).toEqual([]);
  expect(rung(dial().press("1", "0", "#"))).toEqual([1]);
  expect(rung(dial().press("1", "0").on(fired("input")))).toEqual([1]);
  expect(rung(dial().press("1", "0", "1"))).toEqual([2]);
});

test("the # after an extension that rings already leaves the words before the ringing whole", () => {
  const caller = dial().press("2", "0", "#");
  expect(caller.stage).toBe("ringing");
  expect(caller.hears).toEqual(["connecting"]);
});

test("one that nobody has is wrong with its first digit too many, a 0 alone leads to a person", () => {
  expect(dial().press("3").at).toBe("yes");
  expect(dial().press("1", "1").at).toBe("yes");
  expect(dial().press("0").at).toBe("people");
  expect(dial().press("2", "*").at).toBe("people");
});

test("whoever is absent or refuses is not waited for", () => {
  expect(dial([]).press("2", "0").at).toBe("no");
  const refused = dial().press("2", "0");
  refused.world = { ...refused.world, group: () => ({ free: [], registeredCount: 1 }) };
  expect(refused.on({ type: "operator-failed", operatorId: operatorId(3), failure: "busy" }).at).toBe("no");
});
