import { describe, expect, test } from "vitest";
import { type OperatorId, operatorId } from "../../calls/ids.ts";
import type { RingGroup } from "../ivr/document.ts";
import { EMPTY_GROUP_MS, leaveRingGroup, type RingGroupState, ROUND_PAUSE_MS, ringGroupStep } from "./ring-group.ts";

const [anna, boris, cecilia] = [operatorId(1), operatorId(2), operatorId(3)];
const everybody = [anna, boris, cecilia];

const node = (strategy: RingGroup["strategy"]): RingGroup => ({
  operatorIds: [],
  strategy,
  ringSeconds: 20,
  maxWaitSeconds: 120,
});
const view = (free: OperatorId[], registeredCount = free.length) => ({ free, registeredCount });
const rung = (step: ReturnType<typeof ringGroupStep>) =>
  step.effects.flatMap((effect) => (effect.type === "ring-operator" ? [effect.operatorId] : []));
const stopped = (step: ReturnType<typeof ringGroupStep>) =>
  step.effects.flatMap((effect) => (effect.type === "stop-ringing" ? [effect.operatorId] : []));
const join = (strategy: RingGroup["strategy"], free = everybody) =>
  ringGroupStep(null, { type: "join", queuedAtMs: 0 }, node(strategy), view(free), 0);

describe("a ring group", () => {
  test("simultaneous: rings every free phone at once, and each that becomes free while they ring", () => {
    const joined = join("simultaneous", [anna, boris]);
    expect(rung(joined)).toEqual([anna, boris]);
    const more = ringGroupStep(
      joined.state,
      { type: "operator-free", operatorId: cecilia },
      node("simultaneous"),
      view([cecilia]),
      5_000,
    );
    expect(rung(more)).toEqual([cecilia]);
    expect(more.state).toMatchObject({ name: "ringing", ringing: everybody });
  });

  test("sequential: one after the other, in order, and again from the first after a pause", () => {
    const first = join("sequential");
    expect(rung(first)).toEqual([anna]);
    const second = ringGroupStep(
      first.state,
      { type: "ring-over" },
      node("sequential"),
      view([boris, cecilia]),
      20_000,
    );
    expect(stopped(second)).toEqual([anna]);
    expect(rung(second)).toEqual([boris]);
    const third = ringGroupStep(
      second.state,
      { type: "operator-failed", operatorId: boris, failure: "refused" },
      node("sequential"),
      view([anna, boris, cecilia]),
      21_000,
    );
    expect(rung(third)).toEqual([cecilia]);
    const pause = ringGroupStep(
      third.state,
      { type: "operator-failed", operatorId: cecilia, failure: "busy" },
      node("sequential"),
      view(everybody),
      22_000,
    );
    expect(pause.state.name).toBe("waiting");
    expect(pause.effects).toContainEqual({ type: "start-timer", timer: "pause", ms: ROUND_PAUSE_MS });
    const again = ringGroupStep(pause.state, { type: "pause-over" }, node("sequential"), view(everybody), 26_000);
    expect(rung(again)).toEqual([anna]);
  });

  test("an operator who refused is left in peace until the next round, although their phone is free", () => {
    const joined = join("simultaneous", [anna]);
    const refused = ringGroupStep(
      joined.state,
      { type: "operator-failed", operatorId: anna, failure: "refused" },
      node("simultaneous"),
      view([anna]),
      1_000,
    );
    const freed = ringGroupStep(
      refused.state,
      { type: "operator-free", operatorId: anna },
      node("simultaneous"),
      view([anna]),
      1_000,
    );
    expect(rung(freed)).toEqual([]);
    const round = ringGroupStep(freed.state, { type: "pause-over" }, node("simultaneous"), view([anna]), 5_000);
    expect(rung(round)).toEqual([anna]);
  });

  test("gives up when the wait is over, and lets every ringing phone go", () => {
    const joined = join("simultaneous");
    const over = ringGroupStep(joined.state, { type: "wait-over" }, node("simultaneous"), view([]), 120_000);
    expect(over.state.name).toBe("gave-up");
    expect(stopped(over)).toEqual(everybody);
  });

  test("the wait is counted from when the caller joined, also after a restart", () => {
    const back = ringGroupStep(null, { type: "join", queuedAtMs: 10_000 }, node("sequential"), view([anna]), 100_000);
    expect(back.effects[0]).toEqual({ type: "start-timer", timer: "wait", ms: 30_000 });
    const late = ringGroupStep(null, { type: "join", queuedAtMs: 0 }, node("sequential"), view([anna]), 500_000);
    expect(late.effects[0]).toEqual({ type: "start-timer", timer: "wait", ms: 0 });
  });

  test("with no phone registered the caller is told early; with busy ones they wait on", () => {
    const joined = join("simultaneous", []);
    const early = ringGroupStep(
      joined.state,
      { type: "pause-over" },
      node("simultaneous"),
      view([], 0),
      EMPTY_GROUP_MS,
    );
    expect(early.state.name).toBe("gave-up");
    const busy = ringGroupStep(joined.state, { type: "pause-over" }, node("simultaneous"), view([], 2), EMPTY_GROUP_MS);
    expect(busy.state.name).toBe("waiting");
  });

  test("whoever answered keeps their leg when the caller leaves the group", () => {
    const state: RingGroupState = { name: "ringing", queuedAtMs: 0, ringing: everybody, tried: everybody };
    const effects = leaveRingGroup(state, boris);
    expect(effects.filter((effect) => effect.type === "stop-ringing").map((effect) => effect.operatorId)).toEqual([
      anna,
      cecilia,
    ]);
  });
});
