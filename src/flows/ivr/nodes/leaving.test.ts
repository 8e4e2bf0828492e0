import { describe, expect, test } from "vitest";
import { operatorId } from "../../../calls/ids.ts";
import { FINISHED, FlowCaller, fired } from "../../../testing/flow-caller.ts";
import { outcomeOf } from "../interpreter.ts";

/** Nodes by which a caller leaves the flow: for an operator, for a number outside, with a message, with a promise. */
const hidden = { world: { caller: { e164: null, isHidden: true } } };

describe("one operator", () => {
  const one = (change: Record<string, unknown> = {}, world = {}) =>
    new FlowCaller(
      { one: { type: "operator", operatorId: 2, ringSeconds: 30, noAnswer: "no", ...change } },
      { world: { group: () => ({ free: [operatorId(2)], registeredCount: 1 }), ...world } },
    );

  test("rings alone, and is connected", () => {
    const caller = one();
    expect(caller.effects("ring-operator")).toEqual([
      { type: "ring-operator", operatorId: operatorId(2), ringSeconds: 30 },
    ]);
    expect(caller.hears).toEqual(["connecting"]);
    caller.on({ type: "operator-answered", operatorId: operatorId(2) }, { type: "connected" });
    expect(caller).toMatchObject({ stage: "talking", ways: ["answered>"] });
  });

  test("without words the caller hears it ring", () => {
    expect(one({ prompt: null }).hears).toEqual(["ringback"]);
  });

  test.each<[string, () => FlowCaller]>([
    ["none is chosen", () => one({ operatorId: null })],
    ["absent", () => one({}, { group: () => ({ free: [], registeredCount: 0 }) })],
    ["refuses", () => one().on({ type: "operator-failed", operatorId: operatorId(2), failure: "refused" })],
    ["rings out", () => one().on(fired("wait"))],
  ])("%s: the branch for it, at once", (_, call) => {
    expect(call().at).toBe("no");
  });

  test("somebody else's answer is let go", () => {
    const caller = one().on({ type: "operator-answered", operatorId: operatorId(3) });
    expect(caller.effects("stop-ringing")).toEqual([{ type: "stop-ringing", operatorId: operatorId(3) }]);
    expect(caller.stage).toBe("ringing");
  });
});

describe("a number outside", () => {
  const out = (change: Record<string, unknown> = {}) =>
    new FlowCaller({ out: { type: "outside-number", number: "+995599112233", failed: "no", ...change } });

  test("is dialled while the caller hears words, then ringing, then each other", () => {
    const caller = out({ ringSeconds: 40 });
    expect(caller.effects("dial-outside")).toEqual([
      { type: "dial-outside", number: "+995599112233", ringSeconds: 40 },
    ]);
    expect(caller.hears).toEqual(["connecting"]);
    expect(caller.on(FINISHED).hears).toEqual(["ringback"]);
    caller.on({ type: "outside-answered" });
    expect(caller.effects("connect-outside")).toHaveLength(1);
    expect(outcomeOf(caller.on({ type: "connected" }).state)).toBe("talked");
  });

  test.each(["", "0322112233", "+1", "112"])("%j is no number to dial: the other branch", (number) => {
    const caller = out({ number });
    expect(caller.effects("dial-outside")).toEqual([]);
    expect(caller.at).toBe("no");
  });

  test("fails before or after it was answered: the other branch, and missed if that is the end", () => {
    for (const events of [
      [{ type: "outside-failed" }],
      [{ type: "outside-answered" }, { type: "connect-failed" }],
      [{ type: "outside-answered" }, { type: "outside-failed" }],
    ] as const) {
      const caller = out({ failed: "end" }).on(...events);
      expect(caller.effects("stop-dialling")).toEqual([]);
      expect(outcomeOf(caller.state)).toBe("no-answer");
    }
  });

  test("0 leads to a person and lets it go; where it is the person already it goes on ringing", () => {
    const caller = out().press("0");
    expect(caller.effects("stop-dialling")).toHaveLength(1);
    expect(caller.at).toBe("people");
    const people = new FlowCaller({ people: { type: "outside-number", number: "+995599112233", failed: "end" } });
    expect(people.press("0")).toMatchObject({ stage: "dialling-out", hears: ["ringback"] });
  });
});

describe("a message", () => {
  const leave = (change: Record<string, unknown> = {}) =>
    new FlowCaller({
      leave: { type: "voicemail", prompt: "leave", choices: { "1": "yes" }, saved: "yes", none: "no", ...change },
    });
  const recorded = (durationMs: number, isEndedBySilence = false) =>
    ({ type: "message-recorded", durationMs, isEndedBySilence }) as const;

  test("is asked for and recorded with the node's limits", () => {
    const caller = leave({ maxSeconds: 60, silenceSeconds: 3 });
    expect(caller.hears).toEqual(["leave", "beep"]);
    expect(caller.on(FINISHED).effects("record-message")).toEqual([
      { type: "record-message", maxSeconds: 60, silenceSeconds: 3 },
    ]);
    expect(caller.on(recorded(9_000)).at).toBe("yes");
    expect(caller.notes("message-left")).toEqual([{ seconds: 9 }]);
  });

  test("what is shorter than the least is none, the silence that ended it not counted", () => {
    expect(leave({ leastMs: 2_000 }).on(FINISHED, recorded(1_999)).at).toBe("no");
    expect(leave({ leastMs: 2_000, silenceSeconds: 5 }).on(FINISHED, recorded(6_999, true)).at).toBe("no");
    expect(leave({ leastMs: 0 }).on(FINISHED, recorded(0)).at).toBe("yes");
  });

  test("keys before the beep: a choice, a person, or the beep at once; without words it beeps only", () => {
    expect(leave().press("1").at).toBe("yes");
    expect(leave().press("0").at).toBe("people");
    expect(leave().press("7").hears).toEqual(["beep"]);
    expect(leave({ prompt: "" }).hears).toEqual(["beep"]);
  });

  test("the longest time of a call does not cut it off, and ends the call a little later", () => {
    const caller = leave().on(FINISHED, fired("call"));
    expect(caller).toMatchObject({ stage: "recording-message" });
    expect(caller.effects("start-timer")).toEqual([{ type: "start-timer", timer: "call", ms: 60_000 }]);
    expect(caller.on(recorded(9_000), fired("call")).stage).toBe("ended");
    expect(outcomeOf(caller.state)).toBe("voicemail");
  });
});

describe("a promise to call back", () => {
  const wish = (options = {}) =>
    new FlowCaller({ wish: { type: "callback", prompt: "promised", next: "yes", hidden: "no" } }, options);

  test("stands from the first moment, and whatever the caller hears afterwards", () => {
    const caller = wish();
    expect(outcomeOf(caller.state)).toBe("callback-requested");
    expect(caller.notes("callback-requested")).toEqual([{ node: "wish" }]);
    expect(outcomeOf(caller.on(FINISHED, fired("call")).state)).toBe("callback-requested");
  });

  test("is not made to who cannot be called", () => {
    for (const caller of [hidden.world.caller, { e164: null, isHidden: false }]) {
      const call = wish({ world: { caller } });
      expect(call).toMatchObject({ at: "no", state: { settled: null } });
    }
  });

  test("0 leads to a person, any other key says it again", () => {
    expect(wish().press("0").at).toBe("people");
    expect(wish().press("3").hears).toEqual(["promised"]);
  });
});
