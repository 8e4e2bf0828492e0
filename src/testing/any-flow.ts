/** Call flows of every shape, and worlds in which they are walked, for property tests. */
import fc from "fast-check";
import { DIGITS } from "../calls/digit.ts";
import { type Extension, flowId, operatorId, scheduleId } from "../calls/ids.ts";
import type { E164 } from "../calls/phone-number.ts";
import type { CheckContext } from "../flows/ivr/check-flow.ts";
import { FlowContent, type FlowContentInput, type FlowDocument, type FlowNode } from "../flows/ivr/document.ts";
import type { IvrWorld } from "../flows/ivr/ivr-types.ts";
import { emptyFlow } from "../flows/ivr/templates.ts";

type NodeInput = FlowContentInput["nodes"][string];

export const MONDAY_NOON_MS = Date.parse("2026-11-23T12:00:00Z");
const OPERATORS = [1, 2, 3].map((id) => operatorId(id));
const OTHER = flowId("other");

/** What callers can be led to from anywhere by 0. */
const PEOPLE = ["ring-group", "operator", "dial-extension", "outside-number", "voicemail", "go-to-flow"] as const;
export const NODE_TYPES = [
  ...PEOPLE,
  ...(["language", "hours", "say", "menu", "caller-branch", "collect", "look-up", "say-values"] as const),
  ...(["callback", "tag", "hang-up"] as const),
] satisfies FlowNode["type"][];

/** What a flow is checked against: everything that it may name is there. */
export const CONTEXT: CheckContext = {
  flowId: "main",
  languages: ["en", "ka"],
  numberLanguages: [],
  voices: ["en", "ka"],
  operators: OPERATORS.map((id) => ({ operatorId: id, name: `Operator ${id}`, extension: `10${id}`, isEnabled: true })),
  flows: [{ flowId: "other", name: "Other", isPublished: true, silentlyTo: [] }],
  schedules: [{ scheduleId: 1, name: "Usual" }],
  prompts: ["a", "b", "one-moment", "connecting"].map((name) => ({ name, durationsMs: { en: 1_000, ka: 1_500 } })),
  hasTrunk: true,
};

const prompt = fc.constantFrom("a", "b");
const promptOrNone = fc.constantFrom("a", "b", "");
const promptOrNull = fc.constantFrom("a", null);
const timeoutMs = fc.constantFrom(1_000, 5_000, 60_000);
const repeats = fc.integer({ min: 0, max: 3 });
const ringSeconds = fc.constantFrom(5, 30);

/** A node of one type. `on`: where it leads callers who do nothing; `anywhere`: where keys may lead, back as well. */
function nodeOfType(
  type: FlowNode["type"],
  on: fc.Arbitrary<string>,
  anywhere: fc.Arbitrary<string>,
): fc.Arbitrary<NodeInput> {
  const is = <Type extends FlowNode["type"]>(type: Type) => ({ type: fc.constant(type) });
  const choices = fc.dictionary(fc.constantFrom(...DIGITS), anywhere, { maxKeys: 4 });
  const someChoices = fc.dictionary(fc.constantFrom(...DIGITS), anywhere, { minKeys: 1, maxKeys: 4 });
  switch (type) {
    case "language":
      return fc.record({ ...is(type), timeoutMs, next: on });
    case "hours":
      return fc.record({ ...is(type), schedule: fc.constant(1), open: on, closed: on });
    case "say": {
      const purpose = fc.constantFrom("greeting", "information", "closed", "notice");
      return fc.record({ ...is(type), prompt, purpose, choices, next: on });
    }
    case "menu":
      return fc.record({ ...is(type), prompt, choices: someChoices, timeoutMs, repeats, otherwise: on });
    case "ring-group": {
      const strategy = fc.constantFrom("simultaneous", "sequential");
      const operatorIds = fc.subarray(OPERATORS.map(Number));
      const maxWaitSeconds = fc.constantFrom(10, 60);
      return fc.record({
        ...{ ...is(type), operatorIds, strategy, ringSeconds, maxWaitSeconds },
        ...{ prompt: promptOrNone, noAnswer: on },
      });
    }
    case "voicemail":
      return fc.record({
        ...{ ...is(type), prompt: promptOrNone, choices, maxSeconds: fc.constantFrom(5, 600) },
        ...{ saved: on, none: on },
      });
    case "caller-branch": {
      const when = fc.oneof(
        fc.constantFrom("known", "hidden", "blocked", "recent").map((kind) => ({ type: kind })),
        fc.constant({ type: "prefix", prefixes: ["+9955", "+49"] }),
        fc.constant({ type: "category", category: "VIP" }),
      );
      const cases = fc.array(fc.record({ when, next: on }), { minLength: 1, maxLength: 3 });
      return fc.record({ ...is(type), cases, otherwise: on }) as fc.Arbitrary<NodeInput>;
    }
    case "collect":
      return fc
        .record({
          ...{ ...is(type), prompt, variable: fc.constantFrom("x", "y"), isSecret: fc.boolean(), timeoutMs, repeats },
          ...{ minDigits: fc.constantFrom(1, 3), more: fc.constantFrom(0, 4), endKey: fc.constantFrom("#", null) },
          ...{ next: anywhere, otherwise: on },
        })
        .map(({ more, ...node }) => ({ ...node, maxDigits: node.minDigits + more }));
    case "look-up":
      return fc.record({
        ...{ ...is(type), url: fc.constantFrom("https://shop.test/orders", "https://shop.test/orders/{x}") },
        ...{ method: fc.constantFrom("GET", "POST"), prompt: promptOrNull },
        outputs: fc.boolean().map((isRead) => (isRead ? [{ variable: "y", path: "a.b" }] : [])),
        ...{ next: on, failed: on },
      });
    case "say-values": {
      const value = fc.record({
        variable: fc.constantFrom("x", "y", "caller"),
        as: fc.constantFrom("digits", "number"),
      });
      const parts = fc.array(fc.oneof(fc.record({ prompt }), value), { minLength: 1, maxLength: 3 });
      return fc.record({ ...is(type), parts, choices, next: on, failed: on });
    }
    case "operator":
      return fc.record({
        ...{ ...is(type), operatorId: fc.constantFrom(...OPERATORS.map(Number)), ringSeconds },
        ...{ prompt: promptOrNull, noAnswer: on },
      });
    case "dial-extension":
      return fc.record({ ...is(type), prompt, timeoutMs, repeats, ringSeconds, noAnswer: anywhere, otherwise: on });
    case "outside-number":
      return fc.record({
        ...{ ...is(type), number: fc.constant("+995599112233"), ringSeconds, prompt: promptOrNull, failed: on },
      });
    case "callback":
      return fc.record({ ...is(type), prompt: promptOrNone, next: on, hidden: on });
    case "tag":
      return fc.record({ ...is(type), tag: fc.constant("marked"), next: on });
    case "go-to-flow":
      return fc.record({ ...is(type), flowId: fc.constant("other") });
    case "hang-up":
      return fc.record(is(type));
  }
}

const idAt = (place: number) => `n${place}`;

/**
 * As people draw them: most branches lead further on, keys lead anywhere, the last node hangs up and one is where 0 leads. Many have faults
 * (circles, places without a way to a person), which the check is to find.
 */
export const anyFlow: fc.Arbitrary<FlowContent> = fc
  .record({ size: fc.integer({ min: 3, max: 14 }), goesBack: fc.constantFrom(0, 0, 1, 4) })
  .chain(({ size, goesBack }) => {
    const anywhere = fc.integer({ min: 0, max: size - 1 }).map(idAt);
    const nodes = Array.from({ length: size - 2 }, (_, place) => {
      const further = fc.integer({ min: place + 1, max: size - 1 }).map(idAt);
      const on =
        goesBack === 0
          ? further
          : fc.oneof({ arbitrary: further, weight: 20 }, { arbitrary: anywhere, weight: goesBack });
      return fc.constantFrom(...NODE_TYPES).chain((type) => nodeOfType(type, on, anywhere));
    });
    const end = fc.constant(idAt(size - 1));
    const people = fc.constantFrom(...PEOPLE, "callback" as const).chain((type) => nodeOfType(type, end, anywhere));
    return fc.tuple(...nodes, people);
  })
  .map((drawn) => {
    const nodes = Object.fromEntries(
      [...drawn, { type: "hang-up" } as const].map((node, place) => [idAt(place), node]),
    );
    return FlowContent.parse({ start: idAt(0), operators: idAt(drawn.length - 1), nodes });
  });

const EMPTY_IN_DRAFTS: ReadonlySet<string> = new Set(["next", "otherwise", "noAnswer", "failed", "variable", "url"]);

/** Half made, as a draft is kept: branches that lead nowhere, nothing chosen. */
export const anyDraft: fc.Arbitrary<FlowContent> = fc
  .tuple(anyFlow, fc.array(fc.nat(), { maxLength: 6 }))
  .map(([flow, places]) => {
    const nodes = structuredClone(flow.nodes) as Record<string, Record<string, unknown>>;
    const ids = Object.keys(nodes);
    for (const place of places) {
      const node = nodes[ids[place % ids.length] ?? ""] ?? {};
      const fields = Object.keys(node).filter((field) => typeof node[field] === "string" && field !== "type");
      const field = fields[place % Math.max(1, fields.length)];
      if (field !== undefined && EMPTY_IN_DRAFTS.has(field)) node[field] = "";
    }
    return FlowContent.parse({ ...flow, nodes });
  });

export function documentOf(content: FlowContent): FlowDocument {
  return { ...content, id: flowId("main"), version: 3 };
}

/** What does not change during a call. */
export interface Circumstances {
  isHidden: boolean;
  isOpen: boolean;
  isOtherThere: boolean;
  free: readonly number[];
  hasVoice: boolean;
}

export const anyCircumstances: fc.Arbitrary<Circumstances> = fc.record({
  isHidden: fc.boolean(),
  isOpen: fc.boolean(),
  isOtherThere: fc.boolean(),
  free: fc.subarray([1, 2, 3]),
  hasVoice: fc.boolean(),
});

export function worldOf(circumstances: Circumstances, nowMs: number): IvrWorld {
  const { isHidden, isOpen, isOtherThere, hasVoice } = circumstances;
  const free = OPERATORS.filter((id) => circumstances.free.includes(id));
  return {
    ...{ nowMs, timeZone: "Asia/Tbilisi", startedAtMs: MONDAY_NOON_MS, dialled: "0322112233" },
    caller: { e164: isHidden ? null : ("+995599000001" as E164), isHidden },
    numberSchedule: null,
    isScheduleOpen: (id) => (id === scheduleId(1) ? isOpen : null),
    group: ({ operatorIds }) => {
      const members = operatorIds.length === 0 ? free : free.filter((id) => operatorIds.includes(id));
      return { free: members, registeredCount: members.length };
    },
    extensions: () => OPERATORS.map((id) => ({ extension: `10${id}` as Extension, operatorId: id })),
    flow: (id) => (isOtherThere && id === OTHER ? { ...emptyFlow(), id: OTHER, version: 1 } : null),
    hasPrompt: () => true,
    hasVoice: () => hasVoice,
  };
}
