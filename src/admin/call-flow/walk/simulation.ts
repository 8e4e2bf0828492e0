/**
 * A call in the browser: the interpreter that takes real calls, with a caller, operators and a clock that one sets oneself. Pure.
 *
 * What the switch would do is told by events: a prompt ends, an operator answers, time passes.
 */
import type { Outcome, TimelineKind } from "../../../calls/call-fact.ts";
import type { Digit } from "../../../calls/digit.ts";
import type { Extension, FlowId, NodeId, OperatorId, ScheduleId } from "../../../calls/ids.ts";
import type { Language } from "../../../calls/language.ts";
import type { E164 } from "../../../calls/phone-number.ts";
import type { FlowDocument } from "../../../flows/ivr/document.ts";
import { ivrStep, outcomeOf, startIvr } from "../../../flows/ivr/interpreter.ts";
import type {
  CallerFacts,
  IvrEffect,
  IvrEvent,
  IvrState,
  IvrTimer,
  IvrWorld,
  LookUpAnswer,
  LookUpRequest,
  Speech,
} from "../../../flows/ivr/ivr-types.ts";
import { languagesOfNumber } from "../../../flows/routing/own-number.ts";

type FlowStep = Extract<IvrEffect, { type: "step" }>["step"];

/** Who calls, when, and who is there. */
export interface CallSetup {
  caller: { e164: E164 | null; isHidden: boolean; facts: CallerFacts };
  dialled: string;
  numberSchedule: ScheduleId | null;
  /** The dialled number's own. */
  numberLanguage: Language | null;
  startedAtMs: number;
  operators: readonly { operatorId: OperatorId; extension: Extension; isThere: boolean }[];
}

/** What of the site a call can come to. */
export interface CallSite {
  timeZone: string;
  /** In the order of the keys, and the firm's own. */
  offered: { callerLanguages: Language[]; language: Language };
  isScheduleOpen(schedule: ScheduleId, atMs: number): boolean | null;
  flow(id: FlowId): FlowDocument | null;
  hasPrompt(name: string, language: Language): boolean;
  hasVoice(language: Language): boolean;
}

export interface SimulatedCall {
  setup: CallSetup;
  ivr: IvrState;
  nowMs: number;
  /** How often something was played so far. */
  plays: number;
  /** `id`: another one each time that something is played anew. */
  playing: { id: number; speech: readonly Speech[]; isLooped: boolean } | null;
  timers: readonly { timer: IvrTimer; dueMs: number }[];
  ringing: readonly OperatorId[];
  dialling: E164 | null;
  isRecording: boolean;
  lookUp: { requestId: number; request: LookUpRequest } | null;
  steps: readonly (FlowStep & { atMs: number })[];
  notes: readonly { atMs: number; kind: TimelineKind; data: Record<string, string | number | null> }[];
  ended: { by: "caller" | "operator" | "system"; outcome: Outcome } | null;
}

export type CallEvent =
  | { type: "time-passed"; ms: number }
  | { type: "prompt-ended"; id: number }
  | { type: "key-pressed"; digit: Digit }
  | { type: "operator-answered"; operatorId: OperatorId }
  | { type: "operator-refused"; operatorId: OperatorId }
  | { type: "outside-answered" }
  | { type: "outside-failed" }
  /** Null: nothing was said. */
  | { type: "message-left"; spokenMs: number | null }
  | { type: "look-up-ended"; answer: LookUpAnswer; tookMs: number }
  | { type: "hung-up"; by: "caller" | "operator" }
  /** Does not wait for what is heard, or for what is waited for. */
  | { type: "skipped" };

export function startCall(document: FlowDocument, setup: CallSetup, site: CallSite): SimulatedCall {
  const call: SimulatedCall = {
    setup,
    ivr: startIvr(document, languagesOfNumber(site.offered, setup.numberLanguage)),
    nowMs: setup.startedAtMs,
    plays: 0,
    playing: null,
    timers: [],
    ringing: [],
    dialling: null,
    isRecording: false,
    lookUp: null,
    steps: [],
    notes: [],
    ended: null,
  };
  return tell(call, { type: "arrived" }, site);
}

export function callStep(call: SimulatedCall, event: CallEvent, site: CallSite): SimulatedCall {
  if (call.ended !== null) return call;
  switch (event.type) {
    case "time-passed":
      return passTime(call, call.nowMs + event.ms, site);
    case "prompt-ended":
      return call.playing?.id === event.id ? promptEnded(call, site) : call;
    case "key-pressed":
      // A key stops what is played inside the switch, whatever the flow makes of it; and it ends a message.
      if (call.isRecording) return messageLeft(call, 2_000, site);
      return tell({ ...call, playing: null }, event, site);
    case "operator-answered":
      return tell(without(call, event.operatorId), event, site);
    case "operator-refused": {
      const { operatorId } = event;
      return tell(without(call, operatorId), { type: "operator-failed", operatorId, failure: "refused" }, site);
    }
    case "outside-answered":
      return tell({ ...call, dialling: null }, event, site);
    case "outside-failed":
      return tell({ ...call, dialling: null, playing: null }, event, site);
    case "message-left":
      return messageLeft(call, event.spokenMs, site);
    case "look-up-ended": {
      const { lookUp } = call;
      if (lookUp === null) return call;
      const { answer, tookMs } = event;
      return tell(
        { ...call, lookUp: null },
        { type: "look-up-ended", requestId: lookUp.requestId, answer, tookMs },
        site,
      );
    }
    case "hung-up":
      return { ...silent(call), ended: { by: event.by, outcome: outcomeOf(call.ivr) } };
    case "skipped":
      return skip(call, site);
  }
}

/** Of the one who is rung or talked with, if one is. */
export function talkingWith(call: SimulatedCall): OperatorId | "outside" | null {
  const { stage } = call.ivr;
  return stage.name === "talking" ? (stage.operatorId ?? "outside") : null;
}

/** Ms until something happens by itself; null: nothing does. */
export function nextDueMs(call: SimulatedCall): number | null {
  const due = call.timers.filter(({ timer }) => timer !== "call").map(({ dueMs }) => dueMs);
  return due.length === 0 ? null : Math.max(0, Math.min(...due) - call.nowMs);
}

function skip(call: SimulatedCall, site: CallSite): SimulatedCall {
  if (call.playing !== null && !call.playing.isLooped) return promptEnded(call, site);
  const ms = nextDueMs(call);
  return ms === null ? call : passTime(call, call.nowMs + ms, site);
}

/** Timers fire in their order, each at its own time. */
function passTime(call: SimulatedCall, untilMs: number, site: CallSite): SimulatedCall {
  let now = call;
  for (;;) {
    const next = now.timers.toSorted((left, right) => left.dueMs - right.dueMs)[0];
    if (next === undefined || next.dueMs > untilMs || now.ended !== null) break;
    const { timer, dueMs } = next;
    const timers = now.timers.filter((one) => one !== next);
    now = tell({ ...now, timers, nowMs: Math.max(now.nowMs, dueMs) }, { type: "timer-fired", timer }, site);
  }
  return { ...now, nowMs: Math.max(now.nowMs, untilMs) };
}

function promptEnded(call: SimulatedCall, site: CallSite): SimulatedCall {
  return tell({ ...call, playing: null }, { type: "prompt-finished" }, site);
}

function messageLeft(call: SimulatedCall, spokenMs: number | null, site: CallSite): SimulatedCall {
  const { stage, document } = call.ivr;
  if (stage.name !== "recording-message") return call;
  const node = document.nodes[stage.node];
  const silenceMs = (node?.type === "voicemail" ? node.silenceSeconds : 0) * 1000;
  const durationMs = (spokenMs ?? 0) + silenceMs;
  const later = { ...call, isRecording: false, nowMs: call.nowMs + durationMs };
  return tell(later, { type: "message-recorded", durationMs, isEndedBySilence: true }, site);
}

function tell(call: SimulatedCall, event: IvrEvent, site: CallSite): SimulatedCall {
  const { state, effects } = ivrStep(call.ivr, event, worldOf(call, site));
  return effects.reduce((now, effect) => apply(now, effect, site), { ...call, ivr: state });
}

function apply(call: SimulatedCall, effect: IvrEffect, site: CallSite): SimulatedCall {
  const { nowMs } = call;
  switch (effect.type) {
    case "play": {
      const plays = call.plays + 1;
      return { ...call, plays, playing: { id: plays, speech: effect.speech, isLooped: effect.isLooped } };
    }
    case "stop-playing":
      return { ...call, playing: null };
    case "ring-operator":
      return { ...call, ringing: [...call.ringing, effect.operatorId] };
    case "stop-ringing":
      return without(call, effect.operatorId);
    case "connect":
    case "connect-outside":
      return tell({ ...call, playing: null }, { type: "connected" }, site);
    case "dial-outside":
      return { ...call, dialling: effect.number };
    case "stop-dialling":
      return { ...call, dialling: null };
    case "start-timer": {
      const others = call.timers.filter(({ timer }) => timer !== effect.timer);
      return { ...call, timers: [...others, { timer: effect.timer, dueMs: nowMs + effect.ms }] };
    }
    case "stop-timer":
      return { ...call, timers: call.timers.filter(({ timer }) => timer !== effect.timer) };
    case "note":
      return { ...call, notes: [...call.notes, { atMs: nowMs, kind: effect.kind, data: effect.data }] };
    case "step":
      return { ...call, steps: [...call.steps, { ...effect.step, atMs: nowMs }] };
    case "record-message":
      return { ...call, playing: null, isRecording: true };
    case "ask-about-caller": {
      const { facts } = call.setup.caller;
      return tell(call, { type: "caller-known", requestId: effect.requestId, facts }, site);
    }
    case "prepare-speech":
      return tell(call, { type: "speech-prepared", requestId: effect.requestId, isReady: true }, site);
    case "look-up":
      return { ...call, lookUp: { requestId: effect.requestId, request: effect.request } };
    case "drop-request":
      return call.lookUp?.requestId === effect.requestId ? { ...call, lookUp: null } : call;
    case "hang-up":
      return { ...silent(call), ended: { by: "system", outcome: outcomeOf(call.ivr) } };
    case "answer":
    case "keep-place":
    case "set-language":
    case "tag":
      return call;
  }
}

function without(call: SimulatedCall, operatorId: OperatorId): SimulatedCall {
  return { ...call, ringing: call.ringing.filter((one) => one !== operatorId) };
}

function silent(call: SimulatedCall): SimulatedCall {
  return { ...call, playing: null, timers: [], ringing: [], dialling: null, isRecording: false, lookUp: null };
}

function worldOf(call: SimulatedCall, site: CallSite): IvrWorld {
  const { setup, nowMs } = call;
  const { caller, operators } = setup;
  const there = operators.filter(({ isThere }) => isThere);
  const busy = talkingWith(call);
  return {
    nowMs,
    timeZone: site.timeZone,
    startedAtMs: setup.startedAtMs,
    caller,
    dialled: setup.dialled,
    numberSchedule: setup.numberSchedule,
    isScheduleOpen: (schedule) => site.isScheduleOpen(schedule, nowMs),
    group: ({ operatorIds }) => {
      const members = operatorIds.length === 0 ? there.map(({ operatorId }) => operatorId) : operatorIds;
      const registered = members.filter((id) => there.some(({ operatorId }) => operatorId === id));
      const free = registered.filter((id) => id !== busy && !call.ringing.includes(id));
      return { free, registeredCount: registered.length };
    },
    extensions: () => operators,
    flow: (id) => site.flow(id),
    hasPrompt: (name, language) => site.hasPrompt(name, language),
    hasVoice: (language) => site.hasVoice(language),
  };
}

/** The branches that the caller took, as `node via`, and where they came to. */
export function pathOf(
  steps: SimulatedCall["steps"],
  flowId: string,
): { nodes: ReadonlySet<string>; branches: ReadonlySet<string> } {
  const nodes = new Set<string>();
  const branches = new Set<string>();
  let before: NodeId | null = null;
  for (const { flow, node, via } of steps) {
    if (before !== null) branches.add(`${before} ${via}`);
    before = flow === flowId ? node : null;
    if (before !== null) nodes.add(before);
  }
  return { nodes, branches };
}
