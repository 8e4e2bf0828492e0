import { expect, test } from "vitest";
import { FINISHED, FlowCaller, fired } from "../../../testing/flow-caller.ts";

const menu = (change: Record<string, unknown> = {}) => ({
  ask: { type: "menu" as const, prompt: "ask", choices: { "1": "yes", "*": "no" }, otherwise: "end", ...change },
});

test("a menu waits for its time from the prompt's end on", () => {
  const caller = new FlowCaller(menu({ timeoutMs: 7_000 }));
  expect(caller.hears).toEqual(["ask"]);
  expect(caller.effects("start-timer").map(({ timer }) => timer)).toEqual(["call"]);
  expect(caller.on(FINISHED).effects("start-timer")).toEqual([{ type: "start-timer", timer: "input", ms: 7_000 }]);
});

test("keys lead where the menu says; 0 to a person, unless it says otherwise", () => {
  expect(new FlowCaller(menu()).press("1").at).toBe("yes");
  expect(new FlowCaller(menu()).press("*").at).toBe("no");
  expect(new FlowCaller(menu()).press("0").at).toBe("people");
  expect(new FlowCaller(menu({ choices: { "0": "yes" } })).press("0").at).toBe("yes");
  // Not drawn yet: as if it were not there.
  expect(new FlowCaller(menu({ choices: { "0": "" } })).press("0").at).toBe("people");
});

test("wrong keys and silence count together; after the repeats the other branch", () => {
  const caller = new FlowCaller(menu({ repeats: 2, otherwise: "no" }));
  expect(caller.press("7").hears).toEqual(["wrong-input", "ask"]);
  expect(caller.on(FINISHED, fired("input")).hears).toEqual(["no-input", "ask"]);
  expect(caller.on(FINISHED, fired("input")).at).toBe("no");
});

test("the time runs out in the very moment of a key: the key counts, the timer does not any more", () => {
  const caller = new FlowCaller(menu()).on(FINISHED).press("1");
  expect(caller.effects("stop-timer")).toContainEqual({ type: "stop-timer", timer: "input" });
  expect(caller.on(fired("input"))).toMatchObject({ at: "yes" });
});

const language = { which: { type: "language" as const, next: "yes" } };

test("a language is asked for in each, in their order, and only when there are several", () => {
  const caller = new FlowCaller(language, { languages: ["ka", "ru", "en"] });
  expect(caller.hears).toEqual(["choose-language-1", "choose-language-2", "choose-language-3"]);
  caller.press("3");
  expect(caller.effects("set-language")).toEqual([{ type: "set-language", language: "en" }]);
  expect(caller).toMatchObject({ at: "yes", state: { language: "en", hasChosenLanguage: true } });
  expect(new FlowCaller(language).at).toBe("yes");
});

test("no language of that number, and silence: the first one, at once", () => {
  for (const act of [(one: FlowCaller) => one.press("3"), (one: FlowCaller) => one.on(FINISHED, fired("input"))]) {
    const caller = act(new FlowCaller(language, { languages: ["ru", "en"] }));
    expect(caller).toMatchObject({ at: "yes", state: { language: "ru" } });
  }
});
