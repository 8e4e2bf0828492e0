import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DIGITS, type Digit } from "../../calls/digit.ts";
import { operatorId } from "../../calls/ids.ts";
import {
  anyCircumstances,
  anyDraft,
  anyFlow,
  type Circumstances,
  CONTEXT,
  documentOf,
  MONDAY_NOON_MS,
  NODE_TYPES,
  worldOf,
} from "../../testing/any-flow.ts";
import { SimulatedCall } from "../../testing/simulated-call.ts";
import { checkFlow, hasErrors } from "./check-flow.ts";
import type { FlowContent, FlowNode } from "./document.ts";
import { reachedWithMenus } from "./graph.ts";
import { ivrStep, outcomeOf, startIvr } from "./interpreter.ts";
import type { IvrEvent, IvrTimer } from "./ivr-types.ts";
import { BUSINESSES, buildTemplate, emptyFlow } from "./templates.ts";

/** The check passes them: what an owner can publish. */
const publishedFlow = anyFlow.filter((flow) => !hasErrors(checkFlow(flow, CONTEXT)));

const digit = fc.constantFrom(...DIGITS);
const requestId = fc.integer({ min: 0, max: 6 });
const operator = fc.constantFrom(1, 2, 3).map(operatorId);
const timers: readonly IvrTimer[] = ["ring", "pause", "wait", "input", "request", "call"];

/** Anything, whether it can happen there or not. */
const anyEvent: fc.Arbitrary<IvrEvent> = fc.oneof(
  fc.constantFrom<IvrEvent>(
    ...([{ type: "arrived" }, { type: "connected" }, { type: "connect-failed" }] as const),
    ...([{ type: "outside-answered" }, { type: "outside-failed" }] as const),
  ),
  { arbitrary: fc.constant<IvrEvent>({ type: "prompt-finished" }), weight: 5 },
  { arbitrary: digit.map((pressed): IvrEvent => ({ type: "key-pressed", digit: pressed })), weight: 5 },
  { arbitrary: fc.constantFrom(...timers).map((timer): IvrEvent => ({ type: "timer-fired", timer })), weight: 3 },
  operator.map((id): IvrEvent => ({ type: "operator-answered", operatorId: id })),
  operator.map((id): IvrEvent => ({ type: "operator-failed", operatorId: id, failure: "busy" })),
  operator.map((id): IvrEvent => ({ type: "operator-free", operatorId: id })),
  fc.record({
    ...{ type: fc.constant("message-recorded" as const), durationMs: fc.nat({ max: 600_000 }) },
    isEndedBySilence: fc.boolean(),
  }),
  requestId.map((id): IvrEvent => ({ type: "caller-known", requestId: id, facts: null })),
  fc
    .tuple(
      requestId,
      fc.oneof(
        fc.json().map((json): unknown => JSON.parse(json)),
        fc.constant({ a: { b: "7" } }),
      ),
    )
    .map(([id, json]): IvrEvent => ({ type: "look-up-ended", requestId: id, answer: { ok: true, json }, tookMs: 1 })),
  fc
    .tuple(requestId, fc.boolean())
    .map(([id, isReady]): IvrEvent => ({ type: "speech-prepared", requestId: id, isReady })),
  fc.tuple(fc.constantFrom("n0", "n1", "n2", "gone"), fc.boolean()).map(
    ([node, isRecordingMessage]): IvrEvent => ({
      ...{ type: "taken-back", isRecordingMessage },
      place: {
        flow: "main",
        version: 3,
        node,
        language: "ka",
        memory: { settled: "no-answer", variables: { x: "4" } },
      },
    }),
  ),
);

const frozen = <Value>(value: Value): Value => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
};

describe("any flow, also one half drawn, whatever happens in whatever order", () => {
  test("the interpreter never fails, changes nothing it was given, says the same to the same, and its state can be kept", () => {
    fc.assert(
      fc.property(
        fc.oneof(anyFlow, anyDraft),
        anyCircumstances,
        fc.array(fc.tuple(anyEvent, fc.nat({ max: 30_000 })), { maxLength: 60 }),
        (flow, circumstances, events) => {
          let nowMs = MONDAY_NOON_MS;
          let state = frozen(startIvr(documentOf(flow), ["en", "ka"]));
          for (const [event, tookMs] of [[{ type: "arrived" }, 0] as const, ...events]) {
            nowMs += tookMs;
            const kept: typeof state = JSON.parse(JSON.stringify(state));
            expect(kept).toStrictEqual(state);
            const step = ivrStep(state, event, worldOf(circumstances, nowMs));
            expect(ivrStep(kept, event, worldOf(circumstances, nowMs))).toStrictEqual(step);
            // Once a call has begun, its caller always stands somewhere.
            expect(step.state.stage.name).not.toBe("arriving");
            state = frozen(step.state);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

/** The longest that a caller who does nothing can be kept by one node. */
function longestMs(node: FlowNode): number {
  const said = 4_000;
  switch (node.type) {
    case "language":
    case "menu":
    case "collect":
      return ("repeats" in node ? node.repeats + 1 : 1) * (said + node.timeoutMs);
    case "dial-extension":
      return (node.repeats + 1) * (said + node.timeoutMs) + node.ringSeconds * 1_000;
    case "ring-group":
      return node.maxWaitSeconds * 1_000 + said;
    case "operator":
    case "outside-number":
      return 2 * node.ringSeconds * 1_000 + said;
    case "voicemail":
      return node.maxSeconds * 1_000 + 10_000;
    case "look-up":
      return node.deadlineMs + said;
    case "say-values":
      return 20_000;
    default:
      return said;
  }
}

/** Of the flow and of the one that it may lead to. */
const longestSilenceMs = (flow: FlowContent) =>
  [...Object.values(flow.nodes), ...Object.values(emptyFlow().nodes)].reduce((sum, node) => sum + longestMs(node), 0);

/** How many things can happen at a place before it is left. */
const MOST_STEPS = 2_000;

/** Lets things happen as `choices` say until the call is over; a number below 12 presses that key. */
function walk(call: SimulatedCall, choices: readonly number[], mostSteps = MOST_STEPS): void {
  let at = 0;
  while (!call.isOver) {
    expect(call.steps).toBeLessThan(mostSteps);
    const next = call.next();
    // Nothing to wait for: the caller would stay in silence for ever.
    expect(next.map(({ event }) => event.type)).not.toEqual([]);
    const choice = choices[at] ?? Number.POSITIVE_INFINITY;
    at += 1;
    const key = DIGITS[choice];
    const happening = Number.isFinite(choice)
      ? next[choice % next.length]
      : (next.find(({ by }) => by !== "clock") ?? next[0]);
    if (key !== undefined) call.press(key);
    else if (happening) call.happen(happening);
  }
}

describe("any flow that passes the check", () => {
  test("there are many, of every kind of node and every way of ending", () => {
    const seen = new Map<string, number>();
    const count = (word: string) => seen.set(word, (seen.get(word) ?? 0) + 1);
    const flows = fc.sample(publishedFlow, { numRuns: 400, seed: 7 });
    for (const flow of flows) {
      const reached = reachedWithMenus(flow);
      for (const type of new Set([...reached.keys()].map((id) => flow.nodes[id]?.type ?? ""))) count(type);
      const call = SimulatedCall.begin(flow, ALL_WELL);
      walk(call, [1, 14, 3, 15, 0, 13]);
      count(outcomeOf(call.state));
    }
    for (const type of NODE_TYPES) expect([type, seen.get(type) ?? 0]).toEqual([type, expect.any(Number)]);
    for (const type of NODE_TYPES) expect(seen.get(type) ?? 0).toBeGreaterThan(15);
    for (const outcome of ["talked", "voicemail"]) expect(seen.get(outcome) ?? 0).toBeGreaterThan(5);
  });

  test("ends within bounded steps for any course of things, and no place is without anything to wait for", () => {
    const choices = fc.array(fc.oneof(fc.nat({ max: 11 }), fc.nat({ max: 1_000 })), { maxLength: 40 });
    fc.assert(
      fc.property(publishedFlow, anyCircumstances, choices, (flow, circumstances, course) => {
        walk(SimulatedCall.begin(flow, circumstances), course);
      }),
      { numRuns: 1_000 },
    );
  });

  test("a caller who does nothing comes to an end by the flow's own limits, whoever does not answer", () => {
    fc.assert(
      fc.property(
        publishedFlow,
        anyCircumstances,
        fc.array(fc.integer({ min: 12, max: 1_000 })),
        (flow, circumstances, course) => {
          const call = SimulatedCall.begin(flow, circumstances);
          walk(call, course);
          expect(call.nowMs - MONDAY_NOON_MS).toBeLessThanOrEqual(longestSilenceMs(flow));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("a caller who presses keys for ever is let go after two hours and a last message", () => {
    const keys = fc.infiniteStream(fc.nat({ max: 60 }));
    fc.assert(
      fc.property(publishedFlow, anyCircumstances, keys, (flow, circumstances, stream) => {
        const call = SimulatedCall.begin(flow, circumstances);
        for (const choice of stream) {
          if (call.isOver) break;
          const next = call.next();
          const key = DIGITS[choice];
          if (key !== undefined) {
            call.press(key);
            // They take their time.
            call.nowMs += 20_000;
          } else call.happen(next[choice % next.length] ?? fail());
          expect(call.nowMs - MONDAY_NOON_MS).toBeLessThan(LONGEST_MS);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("no caller is led astray: what the flow names is there, so it never has a fault", () => {
    fc.assert(
      fc.property(
        publishedFlow,
        anyCircumstances,
        fc.array(fc.nat({ max: 500 }), { maxLength: 40 }),
        (flow, circumstances, course) => {
          const call = SimulatedCall.begin(flow, { ...circumstances, isOtherThere: true });
          walk(call, course);
          expect(call.effects.filter((effect) => effect.type === "note" && effect.kind === "flow-fault")).toEqual([]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ["shows their number", false],
    ["hides their number", true],
  ])("from everywhere a caller who %s can reach a person, leave a message or get a ticket", (_, isHidden) => {
    fc.assert(
      fc.property(
        publishedFlow,
        fc.boolean(),
        fc.array(fc.nat({ max: 500 }), { maxLength: 25 }),
        (flow, isOpen, course) => {
          const call = SimulatedCall.begin(flow, { ...ALL_WELL, isHidden, isOpen });
          for (const choice of course) {
            if (call.isOver) break;
            const { stage } = call.state;
            // Where the book sends them is not theirs to choose.
            if (stage.name !== "asking-about-caller") expect([stage, canBeServed(call)]).toEqual([stage, true]);
            const key = DIGITS[choice];
            const next = call.next();
            const happening = next[choice % next.length];
            if (key !== undefined) call.press(key);
            else if (happening) call.happen(happening);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

test("the flows that every firm begins with end within an hour for a caller who is silent, and lead to a person", () => {
  for (const flow of [emptyFlow(), ...BUSINESSES.map((business) => buildTemplate(business, "en"))]) {
    for (const isOpen of [true, false]) {
      const call = SimulatedCall.begin(flow, { ...ALL_WELL, isOpen, free: [] });
      expect(canBeServed(SimulatedCall.begin(flow, { ...ALL_WELL, isOpen }))).toBe(true);
      walk(call, []);
      expect(call.state.stage.name).toBe("ended");
      expect(call.nowMs - MONDAY_NOON_MS).toBeLessThan(10 * 60_000);
    }
  }
});

const ALL_WELL: Circumstances = { isHidden: false, isOpen: true, isOtherThere: true, free: [1, 2, 3], hasVoice: true };
const LONGEST_MS = (2 * 60 + 11) * 60_000;
/** Of a number that is typed: on to a person, an extension that there is (101), the end. */
const TYPED: readonly Digit[] = ["*", "1", "0", "#"];
const MOST_SEARCHED = 3_000;

const SERVED: ReadonlySet<string> = new Set([
  ...["ringing", "connecting", "dialling-out", "connecting-outside", "talking", "recording-message"],
]);

/** A phone rings for them, they can speak a message, or they are owed a call. */
function isServed({ state }: SimulatedCall): boolean {
  return SERVED.has(state.stage.name) || state.settled === "voicemail" || state.settled === "callback-requested";
}

/** Whether the caller, where they stand, can be served by pressing the right keys while everybody does what is hoped for. */
function canBeServed(from: SimulatedCall): boolean {
  const seen = new Set<string>();
  const waiting = [from.copy()];
  for (let call = waiting.shift(); call !== undefined && seen.size < MOST_SEARCHED; call = waiting.shift()) {
    if (isServed(call)) return true;
    const { stage, facts, variables, settled } = call.state;
    const place = JSON.stringify([stage, facts, variables, settled, call.state.document.id]);
    if (call.isOver || seen.has(place)) continue;
    seen.add(place);
    const next = call.next();
    const hoped = next.find(({ isGood }) => isGood) ?? next[0];
    for (const happening of hoped ? [hoped, ...next.filter(({ by }) => by === "clock")] : []) {
      const one = call.copy();
      one.happen(happening);
      waiting.push(one);
    }
    for (const key of stage.name === "collecting" ? TYPED : DIGITS) {
      const one = call.copy();
      one.press(key);
      waiting.push(one);
    }
  }
  return false;
}

function fail(): never {
  throw new Error("nothing can happen any more");
}
