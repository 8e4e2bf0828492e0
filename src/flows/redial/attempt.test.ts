import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DIGITS } from "../../calls/digit.ts";
import type { DialFailure } from "../../calls/failure.ts";
import type { E164 } from "../../calls/phone-number.ts";
import { REDIAL_OUTCOMES } from "../../calls/redial.ts";
import {
  QUESTIONS,
  type RedialEffect,
  type RedialEvent,
  type RedialState,
  redialStep,
  spokenDigits,
} from "./attempt.ts";

function run(events: readonly RedialEvent[]): { state: RedialState; effects: RedialEffect["type"][] } {
  let state: RedialState = { name: "ringing-operator" };
  const effects: RedialEffect["type"][] = [];
  for (const event of events) {
    const step = redialStep(state, event);
    state = step.state;
    effects.push(...step.effects.map(({ type }) => type));
  }
  return { state, effects };
}

const answered: RedialEvent = { type: "operator-answered" };
const one: RedialEvent = { type: "key-pressed", digit: "1" };
const mayDial: RedialEvent = { type: "checked", mayDial: true };
const talking: RedialEvent[] = [answered, one, mayDial, { type: "caller-answered", atMs: 1_000 }];
const operatorGone = (failure: DialFailure, atMs = 0): RedialEvent => ({ type: "operator-gone", failure, atMs });
const outcome = (events: readonly RedialEvent[]) => {
  const { state } = run(events);
  return state.name === "done" ? state.outcome : state.name;
};

describe("an attempt", () => {
  test("asks, writes down, dials, and lets them talk", () => {
    expect(run(talking)).toEqual({
      state: { name: "talking", sinceMs: 1_000 },
      effects: ["ask", "check", "dial-caller"],
    });
    expect(outcome([...talking, operatorGone("cancelled", 11_000)])).toBe("talked");
    expect(outcome([...talking, operatorGone("cancelled", 10_999)])).toBe("talked-briefly");
  });

  test("asks three times and then lets be; other keys change nothing", () => {
    const finished: RedialEvent = { type: "question-finished" };
    const two: RedialEvent = { type: "key-pressed", digit: "2" };
    const { state, effects } = run([answered, two, ...Array.from({ length: QUESTIONS }, () => finished)]);
    expect(state).toEqual({ name: "done", outcome: "operator-no-answer" });
    expect(effects).toEqual(["ask", "ask", "ask", "hang-up"]);
  });

  test.each<[string, RedialEvent[]]>([
    ["operator-refused", [operatorGone("busy")]],
    ["operator-refused", [operatorGone("refused")]],
    ["operator-no-answer", [operatorGone("no-answer")]],
    ["no-free-operator", [operatorGone("not-registered")]],
    ["socket-lost", [operatorGone("socket-lost")]],
    ["operator-refused", [answered, operatorGone("cancelled")]],
    ["operator-refused", [answered, one, operatorGone("cancelled")]],
    ["cancelled", [answered, one, { type: "checked", mayDial: false }]],
    ["cancelled", [answered, one, mayDial, operatorGone("cancelled")]],
    ["caller-busy", [answered, one, mayDial, { type: "caller-gone", failure: "busy" }]],
    ["caller-no-answer", [answered, one, mayDial, { type: "caller-gone", failure: "no-answer" }]],
    ["caller-refused", [answered, one, mayDial, { type: "caller-gone", failure: "refused" }]],
    ["unreachable", [answered, one, mayDial, { type: "caller-gone", failure: "unreachable" }]],
    ["unreachable", [answered, one, mayDial, { type: "switch-refused" }]],
    ["caller-called-us", [{ type: "caller-called-us" }]],
    ["caller-called-us", [answered, one, { type: "caller-called-us" }, mayDial]],
    ["caller-called-us", [answered, one, mayDial, { type: "caller-called-us" }]],
    ["talking", [...talking, { type: "caller-called-us" }]],
    ["cancelled", [{ type: "called-by-hand" }]],
    ["cancelled", [answered, one, { type: "called-by-hand" }, mayDial]],
    ["dialling-caller", [answered, one, mayDial, { type: "called-by-hand" }]],
  ])("ends as %s", (expected, events) => {
    expect(outcome(events)).toBe(expected);
  });
});

const failure = fc.constantFrom<DialFailure>(
  ...(["busy", "no-answer", "refused", "not-registered", "unreachable", "cancelled", "socket-lost"] as const),
);
const event: fc.Arbitrary<RedialEvent> = fc.oneof(
  fc.constant(answered),
  fc.record({ type: fc.constant("key-pressed" as const), digit: fc.constantFrom(...DIGITS) }),
  fc.constant(one),
  fc.constant<RedialEvent>({ type: "question-finished" }),
  fc.record({ type: fc.constant("checked" as const), mayDial: fc.boolean() }),
  fc.record({ type: fc.constant("caller-answered" as const), atMs: fc.nat() }),
  fc.record({ type: fc.constant("caller-gone" as const), failure }),
  fc.record({ type: fc.constant("operator-gone" as const), failure, atMs: fc.nat() }),
  fc.constant<RedialEvent>({ type: "caller-called-us" }),
  fc.constant<RedialEvent>({ type: "called-by-hand" }),
  fc.constant<RedialEvent>({ type: "switch-refused" }),
);

test("whatever happens, in whatever order: dialled once at most, and only after it was written down", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const { state, effects } = run(events);
      expect(effects.filter((type) => type === "dial-caller").length).toBeLessThanOrEqual(1);
      expect(effects.filter((type) => type === "check").length).toBeLessThanOrEqual(1);
      if (effects.includes("dial-caller"))
        expect(effects.indexOf("check")).toBeLessThan(effects.indexOf("dial-caller"));
      if (state.name === "done") {
        expect(REDIAL_OUTCOMES).toContain(state.outcome);
        expect(redialStep(state, one)).toEqual({ state, effects: [] });
      }
      // Whoever is gone ends it: nothing waits for ever.
      expect(run([...events, operatorGone("cancelled")]).state.name).toBe("done");
    }),
  );
});

test("a number is said as one says it there", () => {
  expect(spokenDigits("+995599110001" as E164, "GE").join("")).toBe("599110001");
  expect(spokenDigits("+79161234567" as E164, "GE").join("")).toBe("79161234567");
});
