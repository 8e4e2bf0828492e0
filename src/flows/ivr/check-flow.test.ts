import { describe, expect, test } from "vitest";
import { CONTEXT } from "../../testing/any-flow.ts";
import { usualHours } from "../hours/weekly-hours.ts";
import { type CheckContext, checkFlow } from "./check-flow.ts";
import { FlowContent, type FlowContentInput } from "./document.ts";
import { BUSINESSES, buildTemplate } from "./templates.ts";

type Nodes = FlowContentInput["nodes"];

/** A sound flow around these: they begin, 0 leads to `people`, and `say` says something and hangs up. */
const flow = (nodes: Nodes, change: Record<string, unknown> = {}) =>
  FlowContent.parse({
    ...{ start: Object.keys(nodes)[0], operators: "people", ...change },
    nodes: {
      people: { type: "ring-group", noAnswer: "end" },
      say: { type: "say", prompt: "a", next: "end" },
      end: { type: "hang-up" },
      ...nodes,
    },
  });

/** Besides that something is not come to, which many of these flows leave so. */
function findings(nodes: Nodes, context: Partial<CheckContext> = {}, change: Record<string, unknown> = {}) {
  return checkFlow(flow(nodes, change), { ...CONTEXT, ...context })
    .filter(({ code }) => code !== "unreachable")
    .map(({ code, severity, node }) => `${severity === "error" ? "!" : ""}${code}@${node ?? ""}`);
}

test("what refers to something that is gone is refused, each at its node", () => {
  expect(findings({ one: { type: "operator", operatorId: 9, noAnswer: "end" } })).toEqual(["!no-such-operator@one"]);
  expect(findings({ one: { type: "ring-group", operatorIds: [1, 9], noAnswer: "end" } })).toEqual([
    "!no-such-operator@one",
  ]);
  expect(findings({ one: { type: "hours", schedule: 9, open: "say", closed: "say" } })).toEqual([
    "!no-such-schedule@one",
  ]);
  expect(findings({ one: { type: "go-to-flow", flowId: "gone" } })).toEqual(["!no-such-flow@one"]);
  const flows = [{ flowId: "other", name: "Other", isPublished: false, silentlyTo: [] }];
  expect(findings({ one: { type: "go-to-flow", flowId: "other" } }, { flows })).toEqual(["!flow-not-published@one"]);
  expect(findings({ one: { type: "say", prompt: "gone", next: "end" } })).toEqual(["!no-such-prompt@one"]);
  expect(findings({ one: { type: "tag", tag: "a", next: "gone" } })).toEqual(["!branch-missing@one"]);
  expect(findings({ say: { type: "say", prompt: "a", next: "end" } }, {}, { start: "gone" })).toEqual([
    "!start-missing@",
  ]);
  expect(findings({ say: { type: "say", prompt: "a", next: "end" } }, {}, { operators: "gone" })).toEqual([
    ...["!operators-missing@", "!branch-missing@say"],
  ]);
});

test("what exists and is of no use now is told, and may be published", () => {
  const operators = CONTEXT.operators.map((one) => ({ ...one, isEnabled: false }));
  expect(findings({ one: { type: "operator", operatorId: 1, noAnswer: "end" } }, { operators })).toEqual([
    "operator-disabled@one",
  ]);
  const out: Nodes = { one: { type: "outside-number", number: "+995599112233", failed: "end" } };
  expect(findings(out, { hasTrunk: false })).toEqual(["no-trunk@one"]);
  const prompts = [{ name: "a", durationsMs: { en: 900 } }];
  const say: Nodes = { say: { type: "say", prompt: "a", next: "end" } };
  expect(findings(say, { prompts })).toEqual(["prompt-missing@say"]);
  // One of our numbers speaks a third language.
  expect(findings(say, { numberLanguages: ["mn"] })).toEqual(["prompt-missing@say"]);
});

test("hours of its own that contradict themselves are refused; those that do not count are left alone", () => {
  const hours = (periods: { from: string; to: string }[], alwaysOpen = false): Nodes => ({
    one: { type: "hours", hours: { ...usualHours(), alwaysOpen, monday: periods }, open: "say", closed: "say" },
  });
  const overlapping = [
    { from: "09:00", to: "13:00" },
    { from: "12:00", to: "18:00" },
  ];
  expect(findings(hours(overlapping))).toEqual(["!hours-contradict@one"]);
  expect(findings(hours([{ from: "09:00", to: "09:00" }]))).toEqual(["!hours-contradict@one"]);
  expect(findings(hours([{ from: "20:00", to: "02:00" }]))).toEqual([]);
  expect(findings(hours(overlapping, true))).toEqual([]);
  expect(findings({ one: { type: "hours", open: "say", closed: "say" } })).toEqual(["!no-hours@one"]);
});

describe("circles", () => {
  test("that take neither a key nor an end are refused once, also through waiting", () => {
    expect(
      findings({ one: { type: "say", prompt: "a", next: "two" }, two: { type: "tag", tag: "a", next: "one" } }),
    ).toEqual(["!loop-without-input@one"]);
    const menu: Nodes = { one: { type: "menu", prompt: "a", choices: { "1": "say" }, otherwise: "one" } };
    expect(findings(menu)).toEqual(["!loop-without-input@one"]);
    const group: Nodes = {
      people: { type: "ring-group", noAnswer: "again" },
      again: { type: "say", prompt: "a", next: "people" },
    };
    expect(findings(group)).toEqual(["!loop-without-input@people"]);
  });

  test("that a key makes are the caller's own", () => {
    const menu: Nodes = { one: { type: "menu", prompt: "a", choices: { "1": "one" }, otherwise: "say" } };
    expect(findings(menu)).toEqual([]);
  });
});

describe("ways to a person", () => {
  test("a 0 that leads elsewhere needs another way", () => {
    const menu = (choices: Record<string, string>): Nodes => ({
      one: { type: "menu", prompt: "a", choices, otherwise: "end" },
    });
    expect(findings(menu({ "0": "one" }))).toEqual(["!person-unreachable@one"]);
    expect(findings(menu({ "0": "one", "7": "people" }))).toEqual([]);
  });

  test("one that is only there at some hours, or for some callers, is none", () => {
    const by = (decides: Nodes): Nodes => ({
      one: { type: "menu", prompt: "a", choices: { "0": "one" }, otherwise: "two" },
      ...decides,
    });
    expect(findings(by({ two: { type: "hours", schedule: 1, open: "people", closed: "end" } }))).toEqual([
      "!person-unreachable@one",
    ]);
    expect(findings(by({ two: { type: "hours", schedule: 1, open: "people", closed: "say" } }))).toEqual([]);
    const cases = [{ when: { type: "known" as const }, next: "people" }];
    expect(findings(by({ two: { type: "caller-branch", cases, otherwise: "end" } }))).toEqual([
      "!person-unreachable@one",
    ]);
    expect(
      findings(by({ two: { type: "look-up", url: "https://shop.test/{x}", next: "people", failed: "end" } })),
    ).toEqual(["!person-unreachable@one", "variable-not-set@two"]);
  });

  test("where 0 leads must be a person, a message or a promise", () => {
    expect(findings({ say: { type: "say", prompt: "a", next: "end" } }, {}, { operators: "say" })[0]).toBe(
      "!operators-not-a-person@",
    );
  });

  test("who hides their number is not called back, and so is led elsewhere", () => {
    const wish = (hidden: string): Nodes => ({ wish: { type: "callback", prompt: "a", next: "end", hidden } });
    expect(findings(wish("end"))).toEqual(["!hidden-caller-stranded@wish"]);
    expect(findings(wish("say"))).toEqual([]);
    expect(findings(wish("people"))).toEqual([]);
    const message: Nodes = { ...wish("leave"), leave: { type: "voicemail", prompt: "a", saved: "end", none: "end" } };
    expect(findings(message)).toEqual([]);
    // Where a call back is all that 0 leads to, hidden callers have nothing anywhere.
    expect(findings(wish("say"), {}, { operators: "wish" })).toContain("!hidden-caller-stranded@wish");
  });
});

test("what is not filled in is refused, each for its own reason", () => {
  const one = (node: Nodes[string]): string[] => findings({ one: node });
  expect(one({ type: "menu", prompt: "a", otherwise: "end" })).toEqual(["!menu-without-keys@one"]);
  expect(one({ type: "operator", noAnswer: "end" })).toEqual(["!no-operator@one"]);
  expect(one({ type: "collect", prompt: "a", next: "say", otherwise: "say" })).toEqual(["!no-variable@one"]);
  const digits = { minDigits: 5, maxDigits: 3, variable: "x" };
  expect(one({ type: "collect", prompt: "a", ...digits, next: "say", otherwise: "say" })).toEqual([
    "!digits-contradict@one",
  ]);
  expect(one({ type: "look-up", next: "say", failed: "say" })).toEqual(["!no-address@one"]);
  expect(one({ type: "look-up", url: "file:///etc/passwd", next: "say", failed: "say" })).toEqual(["!bad-address@one"]);
  expect(one({ type: "say-values", next: "say", failed: "say" })).toEqual(["!nothing-to-say@one"]);
  const money = [{ variable: "caller", as: "money" as const }];
  expect(one({ type: "say-values", parts: money, next: "say", failed: "say" })).toEqual(["!no-currency@one"]);
  expect(one({ type: "outside-number", number: "0322112233", failed: "end" })).toEqual(["!no-number@one"]);
  expect(one({ type: "tag", next: "say" })).toEqual(["!no-tag@one"]);
  expect(one({ type: "caller-branch", otherwise: "say" })).toEqual(["!no-cases@one"]);
  expect(one({ type: "say", next: "end" })).toEqual(["!no-prompt@one"]);
});

test("what nobody comes to is told once, and what is wrong within is not", () => {
  const nodes: Nodes = { say: { type: "say", prompt: "a", next: "end" }, island: { type: "operator", operatorId: 9 } };
  const found = checkFlow(flow(nodes), CONTEXT).filter(({ node }) => node === "island");
  expect(found).toEqual([{ code: "unreachable", severity: "warning", node: "island", params: {} }]);
});

test("the flows that a firm begins with have no fault", () => {
  const prompts = ["en", "ka"] as const;
  for (const business of BUSINESSES) {
    const content = buildTemplate(business, "en");
    const names = Object.values(content.nodes).flatMap((node) =>
      "prompt" in node && node.prompt ? [node.prompt] : [],
    );
    const durationsMs = Object.fromEntries(prompts.map((language) => [language, 1_000]));
    const context = { ...CONTEXT, prompts: names.map((name) => ({ name, durationsMs })) };
    expect([business, checkFlow(content, context)]).toEqual([business, []]);
  }
});
