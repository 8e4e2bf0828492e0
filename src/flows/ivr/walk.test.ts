import { expect, test } from "vitest";
import { flowId } from "../../calls/ids.ts";
import { documentOf } from "../../testing/any-flow.ts";
import { FINISHED, FlowCaller, fired } from "../../testing/flow-caller.ts";
import type { FlowContentInput } from "./document.ts";
import { emptyFlow } from "./templates.ts";

type Nodes = FlowContentInput["nodes"];

test("a way of two hundred nodes without a word is long, and no circle", () => {
  const tags: Nodes = Object.fromEntries(
    Array.from({ length: 200 }, (_, at) => [
      `tag-${at}`,
      { type: "tag" as const, tag: `${at}`, next: at < 199 ? `tag-${at + 1}` : "yes" },
    ]),
  );
  const caller = new FlowCaller(tags);
  expect(caller.at).toBe("yes");
  expect(caller.effects("tag")).toHaveLength(200);
  expect(caller.notes("flow-fault")).toEqual([]);
});

test("a circle without a word leads to a person after one round, and is told", () => {
  const caller = new FlowCaller({
    one: { type: "tag", tag: "a", next: "two" },
    two: { type: "hours", open: "one", closed: "end" },
  });
  expect(caller.at).toBe("people");
  expect(caller.effects("tag")).toHaveLength(1);
  expect(caller.notes("flow-fault")).toEqual([{ node: "one" }]);
});

test("a circle that the person lies on ends the call", () => {
  const caller = new FlowCaller({
    one: { type: "tag", tag: "a", next: "people" },
    people: { type: "operator", operatorId: null, noAnswer: "one" },
  });
  expect(caller.stage).toBe("ended");
  expect(caller.done.at(-1)).toEqual({ type: "hang-up" });
});

test("a circle through two flows is one too", () => {
  const other = { ...documentOf(emptyFlow()), id: flowId("other") };
  const back = {
    ...other,
    start: "back" as never,
    nodes: { ...other.nodes, back: { type: "go-to-flow", name: null, flowId: flowId("main") } as const },
  };
  const nodes: Nodes = { on: { type: "go-to-flow", flowId: "other" } };
  const main = new FlowCaller(nodes, { world: { flow: () => null } }).state.document;
  const caller = new FlowCaller(nodes, { world: { flow: (id) => (id === "main" ? main : back) } });
  expect(caller.stage).toBe("ringing");
  expect(caller.notes("flow-fault")).toHaveLength(1);
});

test("branches that lead nowhere, and flows that are gone, lead to a person", () => {
  expect(new FlowCaller({ one: { type: "tag", tag: "a", next: "" } }).at).toBe("people");
  expect(new FlowCaller({ on: { type: "go-to-flow", flowId: "gone" } }).at).toBe("people");
  expect(new FlowCaller({ one: { type: "tag", tag: "a", next: "constructor" } }).at).toBe("people");
});

test("a key that was not for one node and is for the next may lead back to where it passed, once", () => {
  const caller = new FlowCaller({
    hello: { type: "say", prompt: "hello", purpose: "greeting", next: "mark" },
    mark: { type: "tag", tag: "a", next: "ask" },
    ask: { type: "say", prompt: "ask", choices: { "4": "mark" }, next: "end" },
  }).press("4");
  expect(caller).toMatchObject({ at: "ask", hears: ["ask"] });
  expect(caller.notes("flow-fault")).toEqual([]);
});

test("another flow: what is known goes along, the language is not asked again, and 0 leads to its own people", () => {
  const other = {
    ...documentOf(emptyFlow()),
    ...{ id: flowId("other"), start: "which" as never },
  };
  const nodes = {
    ...other.nodes,
    which: { type: "language", name: null, timeoutMs: 1_000, next: "hello" as never } as const,
    hello: { type: "say", name: null, prompt: "hello", purpose: "notice", choices: {}, next: "end" as never } as const,
  };
  const caller = new FlowCaller(
    {
      which: { type: "language", next: "ask" },
      ask: { type: "collect", prompt: "ask", variable: "order", next: "on", otherwise: "end" },
      on: { type: "go-to-flow", flowId: "other" },
    },
    { languages: ["en", "ka"], world: { flow: () => ({ ...other, nodes }) } },
  );
  caller.press("2", "4", "7", "#");
  expect(caller).toMatchObject({ hears: ["hello"], state: { language: "ka", variables: { order: "47" } } });
  expect(caller.press("0").at).toBe("operators");
});

test("two hours after it began a call that is not a talk ends, wherever it is, also if the daemon was started again meanwhile", () => {
  const ask: Nodes = { ask: { type: "menu", prompt: "ask", choices: { "1": "yes" }, otherwise: "ask" } };
  expect(new FlowCaller(ask).effects("start-timer")).toEqual([
    { type: "start-timer", timer: "call", ms: 2 * 60 * 60_000 },
  ]);
  expect(new FlowCaller(ask).on(FINISHED, fired("call")).stage).toBe("ended");
  const caller = new FlowCaller(ask);
  caller.nowMs += 3 * 60 * 60_000;
  caller.on({ type: "taken-back", place: { flow: "main", version: 3, node: "ask", language: "en" } });
  expect(caller.effects("start-timer")).toEqual([{ type: "start-timer", timer: "call", ms: 0 }]);
});
