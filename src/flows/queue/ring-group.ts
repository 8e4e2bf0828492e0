/**
 * Which operators' phones ring for a waiting caller. Pure.
 *
 *            join, operator-free, pause-over
 *   waiting <------------------------------> ringing -> (an operator answers: the caller leaves the group)
 *      \                                        /
 *       `-------- wait-over: gave up <---------'
 */
import type { DialFailure } from "../../calls/failure.ts";
import type { OperatorId } from "../../calls/ids.ts";
import type { RingGroup } from "../ivr/document.ts";

export type RingGroupState =
  | { name: "waiting"; queuedAtMs: number; tried: readonly OperatorId[] }
  | { name: "ringing"; queuedAtMs: number; ringing: readonly OperatorId[]; tried: readonly OperatorId[] }
  | { name: "gave-up"; queuedAtMs: number };

export type RingGroupEvent =
  | { type: "join"; queuedAtMs: number }
  | { type: "operator-failed"; operatorId: OperatorId; failure: DialFailure }
  | { type: "operator-free"; operatorId: OperatorId }
  | { type: "ring-over" }
  | { type: "pause-over" }
  | { type: "wait-over" };

export type RingGroupTimer = "ring" | "pause" | "wait";

export type RingGroupEffect =
  | { type: "ring-operator"; operatorId: OperatorId; ringSeconds: number }
  | { type: "stop-ringing"; operatorId: OperatorId }
  | { type: "start-timer"; timer: RingGroupTimer; ms: number }
  | { type: "stop-timer"; timer: RingGroupTimer };

/** What the group can see of its operators at this moment. */
export interface RingGroupView {
  /** Members whose phone is registered and idle, in the group's order. */
  free: readonly OperatorId[];
  /** How many members have a registered phone, idle or not. */
  registeredCount: number;
}

/** Pause between rounds: long enough for a refused phone to be quiet, short enough for a caller. */
export const ROUND_PAUSE_MS = 4_000;
/** With no phone registered at all nobody will answer: the caller is told so after this time, not after the whole wait. */
export const EMPTY_GROUP_MS = 15_000;

interface Step {
  state: RingGroupState;
  effects: RingGroupEffect[];
}

export function ringGroupStep(
  state: RingGroupState | null,
  event: RingGroupEvent,
  node: RingGroup,
  view: RingGroupView,
  nowMs: number,
): Step {
  if (event.type === "join") {
    const leftMs = Math.max(0, event.queuedAtMs + node.maxWaitSeconds * 1_000 - nowMs);
    const step = ringNext(event.queuedAtMs, [], node, view);
    return { ...step, effects: [{ type: "start-timer", timer: "wait", ms: leftMs }, ...step.effects] };
  }
  if (!state || state.name === "gave-up")
    return { state: state ?? { name: "gave-up", queuedAtMs: nowMs }, effects: [] };
  switch (event.type) {
    case "wait-over":
      return giveUp(state);
    case "pause-over":
      if (state.name !== "waiting") return { state, effects: [] };
      if (view.registeredCount === 0 && nowMs - state.queuedAtMs >= EMPTY_GROUP_MS) return giveUp(state);
      return ringNext(state.queuedAtMs, [], node, view);
    case "operator-free":
      return operatorFree(state, event.operatorId, node, view);
    case "ring-over": {
      if (state.name !== "ringing") return { state, effects: [] };
      const step = ringNext(state.queuedAtMs, state.tried, node, { ...view, free: without(view.free, state.ringing) });
      return { ...step, effects: [...stopAll(state.ringing), ...step.effects] };
    }
    case "operator-failed": {
      if (state.name !== "ringing" || !state.ringing.includes(event.operatorId)) return { state, effects: [] };
      const ringing = without(state.ringing, [event.operatorId]);
      if (ringing.length > 0) return { state: { ...state, ringing }, effects: [] };
      return ringNext(state.queuedAtMs, state.tried, node, view);
    }
  }
}

/** The caller leaves the group (an operator answered, or they hung up): which phones must stop ringing. */
export function leaveRingGroup(state: RingGroupState, answeredBy: OperatorId | null): RingGroupEffect[] {
  const ringing = state.name === "ringing" ? state.ringing : [];
  const others = ringing.filter((operator) => operator !== answeredBy);
  return [...stopAll(others), ...stopTimers()];
}

function ringNext(queuedAtMs: number, tried: readonly OperatorId[], node: RingGroup, view: RingGroupView): Step {
  const untried = without(view.free, tried);
  const chosen = node.strategy === "simultaneous" ? untried : untried.slice(0, 1);
  if (chosen.length === 0) {
    return {
      state: { name: "waiting", queuedAtMs, tried },
      effects: [
        { type: "stop-timer", timer: "ring" },
        { type: "start-timer", timer: "pause", ms: ROUND_PAUSE_MS },
      ],
    };
  }
  return {
    state: { name: "ringing", queuedAtMs, ringing: chosen, tried: [...tried, ...chosen] },
    effects: [
      { type: "stop-timer", timer: "pause" },
      { type: "start-timer", timer: "ring", ms: node.ringSeconds * 1_000 },
      ...chosen.map((operatorId) => ring(operatorId, node)),
    ],
  };
}

function operatorFree(
  state: Exclude<RingGroupState, { name: "gave-up" }>,
  operatorId: OperatorId,
  node: RingGroup,
  view: RingGroupView,
): Step {
  // Whoever just refused or did not answer is left in peace until the next round.
  if (state.tried.includes(operatorId) || !view.free.includes(operatorId)) return { state, effects: [] };
  if (state.name === "waiting") return ringNext(state.queuedAtMs, state.tried, node, view);
  if (node.strategy === "sequential") return { state, effects: [] };
  return {
    state: { ...state, ringing: [...state.ringing, operatorId], tried: [...state.tried, operatorId] },
    effects: [ring(operatorId, node)],
  };
}

function giveUp(state: Exclude<RingGroupState, { name: "gave-up" }>): Step {
  return { state: { name: "gave-up", queuedAtMs: state.queuedAtMs }, effects: leaveRingGroup(state, null) };
}

function ring(operatorId: OperatorId, node: RingGroup): RingGroupEffect {
  return { type: "ring-operator", operatorId, ringSeconds: node.ringSeconds };
}

function stopAll(operators: readonly OperatorId[]): RingGroupEffect[] {
  return operators.map((operatorId) => ({ type: "stop-ringing", operatorId }));
}

function stopTimers(): RingGroupEffect[] {
  return [
    { type: "stop-timer", timer: "ring" },
    { type: "stop-timer", timer: "pause" },
    { type: "stop-timer", timer: "wait" },
  ];
}

function without(operators: readonly OperatorId[], gone: readonly OperatorId[]): OperatorId[] {
  return operators.filter((operator) => !gone.includes(operator));
}
