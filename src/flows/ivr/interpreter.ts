/**
 * Walks a caller through a flow document. Pure: `(state, event, world) -> {state, effects}`; the daemon and the panel's walk-through run the same code.
 *
 *   arriving -> saying <-> choosing -> ringing -> connecting -> talking -> ended
 *                  |-> ended                          (the caller may hang up anywhere)
 *                  `-> inviting-message -> recording-message -> saying
 */
import type { CallPlace } from "../../calls/call-event.ts";
import type { Outcome, TimelineKind } from "../../calls/call-fact.ts";
import { DIGITS, type Digit } from "../../calls/digit.ts";
import type { DialFailure } from "../../calls/failure.ts";
import { type NodeId, nodeId, type OperatorId } from "../../calls/ids.ts";
import { isLanguage, type Language } from "../../calls/language.ts";
import { isOpen } from "../hours/weekly-hours.ts";
import {
  leaveRingGroup,
  type RingGroupEffect,
  type RingGroupEvent,
  type RingGroupState,
  type RingGroupTimer,
  type RingGroupView,
  ringGroupStep,
} from "../queue/ring-group.ts";
import type {
  CallerLanguages,
  FlowDocument,
  FlowNode,
  LanguageNode,
  MenuNode,
  RingGroupNode,
  SayNode,
  VoicemailNode,
} from "./document.ts";

type Stage =
  | { name: "arriving" }
  | { name: "saying"; node: NodeId }
  | { name: "choosing"; node: NodeId; attempt: number }
  /** `spokenAtMs`: when the caller last heard words; they are told again that they wait, but not every few seconds. */
  | { name: "ringing"; node: NodeId; group: RingGroupState; isIntroduced: boolean; spokenAtMs: number }
  | { name: "connecting"; node: NodeId; operatorId: OperatorId; queuedAtMs: number }
  | { name: "talking"; node: NodeId; operatorId: OperatorId; queuedAtMs: number; sinceMs: number }
  /** The caller hears that they can leave a message, and the beep. */
  | { name: "inviting-message"; node: NodeId }
  | { name: "recording-message"; node: NodeId }
  | { name: "ended" };

export interface IvrState {
  document: FlowDocument;
  languages: CallerLanguages;
  language: Language;
  stage: Stage;
  /** What the call has come to so far, should it end now without a talk. */
  settled: "information-heard" | "after-hours" | "no-answer" | "voicemail" | null;
}

export type IvrEvent =
  | { type: "arrived" }
  /** The daemon came back: go on at the place kept with the channel. */
  | { type: "taken-back"; place: CallPlace; isRecordingMessage?: boolean }
  | { type: "prompt-finished" }
  /** By a key, silence, the longest time or hanging up. `durationMs`: of the whole file, with the silence that ended it. */
  | { type: "message-recorded"; durationMs: number; isEndedBySilence: boolean }
  | { type: "key-pressed"; digit: Digit }
  | { type: "timer-fired"; timer: IvrTimer }
  | { type: "operator-failed"; operatorId: OperatorId; failure: DialFailure }
  | { type: "operator-free"; operatorId: OperatorId }
  | { type: "operator-answered"; operatorId: OperatorId }
  | { type: "connected" }
  /** The two could not be connected although the operator had answered: back into the group. */
  | { type: "connect-failed" };

export type IvrTimer = RingGroupTimer | "input";
export type Speech = { prompt: string; language: Language } | "ringback" | "beep";

export type IvrEffect =
  | { type: "answer" }
  | { type: "play"; speech: readonly Speech[]; isLooped: boolean }
  | { type: "ring-operator"; operatorId: OperatorId; ringSeconds: number }
  | { type: "stop-ringing"; operatorId: OperatorId }
  | { type: "connect"; operatorId: OperatorId }
  | { type: "start-timer"; timer: IvrTimer; ms: number }
  | { type: "stop-timer"; timer: IvrTimer }
  | { type: "keep-place"; place: CallPlace }
  | { type: "set-language"; language: Language }
  | { type: "note"; kind: TimelineKind; data: Record<string, string | number | null> }
  | { type: "record-message"; maxSeconds: number; silenceSeconds: number }
  | { type: "hang-up" };

/** What the interpreter may look at besides its state. */
export interface IvrWorld {
  nowMs: number;
  timeZone: string;
  group(node: RingGroupNode): RingGroupView;
}

export interface IvrStep {
  state: IvrState;
  effects: IvrEffect[];
}

class IllegalFlowError extends Error {
  override readonly name = "IllegalFlowError";
}

/** A walk from node to node that takes no input and no time can only be a loop in the document. */
const MAX_SILENT_STEPS = 50;
const STILL_WAITING_EVERY_MS = 20_000;

export function startIvr(document: FlowDocument, languages: CallerLanguages): IvrState {
  return { document, languages, language: languages[0], stage: { name: "arriving" }, settled: null };
}

/** How the call has ended if it ends in this state. */
export function outcomeOf(state: IvrState): Outcome {
  switch (state.stage.name) {
    case "talking":
      return "talked";
    case "ringing":
    case "connecting":
      return "abandoned-while-ringing";
    case "arriving":
    case "saying":
    case "choosing":
    case "inviting-message":
    case "recording-message":
    case "ended":
      return state.settled ?? "abandoned-in-menu";
  }
}

/** @throws IllegalFlowError when the document names a node that it lacks, or walks in a circle without input */
export function ivrStep(state: IvrState, event: IvrEvent, world: IvrWorld): IvrStep {
  const walk = new Walk(state, world);
  switch (event.type) {
    case "arrived":
      if (state.stage.name !== "arriving") break;
      walk.effects.push({ type: "answer" }, { type: "note", kind: "answered", data: {} });
      walk.enter(state.document.start, null);
      break;
    case "taken-back":
      walk.resume(event.place, event.isRecordingMessage ?? false);
      break;
    case "message-recorded":
      messageRecorded(walk, event.durationMs, event.isEndedBySilence);
      break;
    case "prompt-finished":
      promptFinished(walk);
      break;
    case "key-pressed":
      keyPressed(walk, event.digit);
      break;
    case "timer-fired":
      if (event.timer === "input") noInput(walk);
      else groupEvent(walk, { type: `${event.timer}-over` });
      break;
    case "operator-failed":
    case "operator-free":
      groupEvent(walk, event);
      break;
    case "operator-answered":
      operatorAnswered(walk, event.operatorId);
      break;
    case "connected":
      if (state.stage.name !== "connecting") break;
      walk.stage = { ...state.stage, name: "talking", sinceMs: world.nowMs };
      break;
    case "connect-failed":
      if (state.stage.name !== "connecting") break;
      walk.joinGroup(state.stage.node, state.stage.queuedAtMs, true);
      break;
  }
  return walk.done();
}

function promptFinished(walk: Walk): void {
  const stage = walk.stage;
  switch (stage.name) {
    case "saying": {
      const node = walk.say(stage.node);
      if (node.purpose === "information") walk.settled = "information-heard";
      walk.enter(node.next, null);
      return;
    }
    case "choosing": {
      walk.effects.push({ type: "start-timer", timer: "input", ms: walk.choice(stage.node).timeoutMs });
      return;
    }
    case "ringing":
      walk.stage = { ...stage, isIntroduced: true };
      walk.effects.push({ type: "play", speech: ["ringback"], isLooped: true });
      return;
    case "inviting-message": {
      const { maxSeconds, silenceSeconds } = walk.voicemail(stage.node);
      walk.stage = { name: "recording-message", node: stage.node };
      walk.effects.push({ type: "record-message", maxSeconds, silenceSeconds });
      return;
    }
    default:
  }
}

function messageRecorded(walk: Walk, fileMs: number, isEndedBySilence: boolean): void {
  const stage = walk.stage;
  if (stage.name !== "recording-message") return;
  const node = walk.voicemail(stage.node);
  const spokenMs = fileMs - (isEndedBySilence ? node.silenceSeconds * 1_000 : 0);
  const isMessage = spokenMs >= node.leastMs;
  if (isMessage) {
    walk.settled = "voicemail";
    walk.effects.push({ type: "note", kind: "message-left", data: { seconds: Math.round(spokenMs / 1000) } });
  } else walk.effects.push({ type: "note", kind: "no-message", data: {} });
  walk.enter(isMessage ? node.saved : node.none, null);
}

function keyPressed(walk: Walk, digit: Digit): void {
  const stage = walk.stage;
  if (stage.name === "inviting-message") return keyBeforeMessage(walk, stage.node, digit);
  if (stage.name === "saying") keyWhileSaying(walk, stage.node, digit);
  else if (stage.name === "choosing") keyWhileChoosing(walk, stage.node, stage.attempt, digit);
  else if (stage.name === "ringing" && stage.group.name !== "gave-up") {
    // Any key stops a prompt inside the switch: the caller who presses one while they wait hears it ring on.
    walk.stage = { ...stage, isIntroduced: true };
    walk.effects.push({ type: "play", speech: ["ringback"], isLooped: true });
  }
}

function keyWhileSaying(walk: Walk, at: NodeId, digit: Digit): void {
  const node = walk.say(at);
  const target = node.choices[digit];
  if (target) {
    walk.effects.push({ type: "note", kind: "key", data: { digit, node: at, meaning: target } });
    walk.enter(target, null);
  } else if (node.purpose === "greeting") walk.enter(node.next, digit);
  else walk.play([{ prompt: node.prompt, language: walk.language }], false);
}

/** A key while the message is recorded ends it inside the switch; here it does nothing. */
function keyBeforeMessage(walk: Walk, at: NodeId, digit: Digit): void {
  const target = walk.voicemail(at).choices[digit];
  if (target === undefined) return walk.play(["beep"], false);
  walk.effects.push({ type: "note", kind: "key", data: { digit, node: at, meaning: target } });
  walk.enter(target, null);
}

function keyWhileChoosing(walk: Walk, at: NodeId, attempt: number, digit: Digit): void {
  walk.effects.push({ type: "stop-timer", timer: "input" });
  const node = walk.choice(at);
  if (node.type === "language") {
    const language = walk.languages[DIGITS.indexOf(digit) - 1];
    if (digit === "0") walk.enter(walk.document.operators, null);
    else if (language) {
      walk.setLanguage(language);
      walk.effects.push({ type: "note", kind: "language-chosen", data: { language } });
      walk.enter(node.next, null);
    } else retry(walk, at, attempt, "wrong-input", { digits: digit });
    return;
  }
  const target = node.choices[digit];
  if (!target) return retry(walk, at, attempt, "wrong-input", { digits: digit });
  walk.effects.push({ type: "note", kind: "key", data: { digit, node: at, meaning: target } });
  walk.enter(target, null);
}

function noInput(walk: Walk): void {
  if (walk.stage.name !== "choosing") return;
  retry(walk, walk.stage.node, walk.stage.attempt, "no-input", {});
}

function retry(
  walk: Walk,
  at: NodeId,
  attempt: number,
  kind: "no-input" | "wrong-input",
  data: Record<string, string>,
): void {
  walk.effects.push({ type: "note", kind, data: { node: at, ...data } });
  const node = walk.choice(at);
  // Who does not choose a language is served in the first: asking again would keep them from a person.
  if (node.type === "language") return walk.enter(node.next, null);
  if (attempt >= node.repeats) return walk.enter(node.otherwise, null);
  walk.stage = { name: "choosing", node: at, attempt: attempt + 1 };
  const language = walk.language;
  walk.play(
    [
      { prompt: kind, language },
      { prompt: node.prompt, language },
    ],
    false,
  );
}

function groupEvent(walk: Walk, event: RingGroupEvent): void {
  const stage = walk.stage;
  if (stage.name !== "ringing") return;
  const node = walk.ringGroup(stage.node);
  const step = ringGroupStep(stage.group, event, node, walk.world.group(node), walk.world.nowMs);
  walk.applyGroup({ ...stage, group: step.state }, step.effects);
  if (step.state.name === "gave-up") {
    walk.settled = "no-answer";
    walk.enter(node.noAnswer, null);
  }
}

function operatorAnswered(walk: Walk, operatorId: OperatorId): void {
  const stage = walk.stage;
  if (stage.name !== "ringing" || stage.group.name !== "ringing" || !stage.group.ringing.includes(operatorId)) {
    // Two picked up at once, or the caller has moved on: this phone is let go.
    walk.effects.push({ type: "stop-ringing", operatorId });
    return;
  }
  walk.effects.push(...leaveRingGroup(stage.group, operatorId), { type: "connect", operatorId });
  walk.stage = { name: "connecting", node: stage.node, operatorId, queuedAtMs: stage.group.queuedAtMs };
}

/** One step's work: state being changed and effects being gathered. Lives for one call of `ivrStep`. */
class Walk {
  readonly effects: IvrEffect[] = [];
  readonly world: IvrWorld;
  readonly document: FlowDocument;
  readonly languages: CallerLanguages;
  language: Language;
  stage: Stage;
  settled: IvrState["settled"];
  #silentSteps = 0;

  constructor(state: IvrState, world: IvrWorld) {
    this.world = world;
    this.document = state.document;
    this.languages = state.languages;
    this.language = state.language;
    this.stage = state.stage;
    this.settled = state.settled;
  }

  done(): IvrStep {
    const { document, languages, language, stage, settled } = this;
    return { state: { document, languages, language, stage, settled }, effects: this.effects };
  }

  enter(id: NodeId, pendingKey: Digit | null): void {
    this.#silentSteps += 1;
    if (this.#silentSteps > MAX_SILENT_STEPS) throw new IllegalFlowError(`node ${id}: a circle without input`);
    const node = this.#node(id);
    switch (node.type) {
      case "language":
        return this.#enterLanguage(id, node);
      case "hours": {
        const open = isOpen(node.hours, this.world.nowMs, this.world.timeZone);
        return this.enter(open ? node.open : node.closed, pendingKey);
      }
      case "say":
        return this.#enterSay(id, node, pendingKey);
      case "menu":
        return this.#enterMenu(id, node, pendingKey);
      case "ring-group":
        return this.joinGroup(id, this.world.nowMs, false);
      case "voicemail":
        return this.#enterVoicemail(id, node);
      case "hang-up":
        this.stage = { name: "ended" };
        this.effects.push({ type: "stop-timer", timer: "input" }, { type: "hang-up" });
    }
  }

  resume(place: CallPlace, isRecordingMessage: boolean): void {
    if (isLanguage(place.language)) this.language = place.language;
    const known = this.document.nodes[place.node];
    const at = known ? nodeId(place.node) : this.document.start;
    if (known?.type === "ring-group") this.joinGroup(at, place.queuedAtMs ?? this.world.nowMs, true);
    else if (known?.type === "voicemail" && isRecordingMessage) this.stage = { name: "recording-message", node: at };
    else this.enter(at, null);
  }

  joinGroup(id: NodeId, queuedAtMs: number, isReturning: boolean): void {
    const node = this.ringGroup(id);
    const { language } = this;
    this.#keepPlace(id, queuedAtMs);
    if (isReturning) this.play(["ringback"], true);
    else this.play([{ prompt: node.prompt, language }], false);
    const view = this.world.group(node);
    const step = ringGroupStep(null, { type: "join", queuedAtMs }, node, view, this.world.nowMs);
    const spokenAtMs = this.world.nowMs;
    this.applyGroup(
      { name: "ringing", node: id, group: step.state, isIntroduced: isReturning, spokenAtMs },
      step.effects,
    );
  }

  applyGroup(stage: Extract<Stage, { name: "ringing" }>, effects: readonly RingGroupEffect[]): void {
    const isPause = effects.some((effect) => effect.type === "start-timer" && effect.timer === "pause");
    this.stage = stage;
    this.effects.push(...effects);
    if (isPause && stage.isIntroduced && this.world.nowMs - stage.spokenAtMs >= STILL_WAITING_EVERY_MS) {
      this.stage = { ...stage, spokenAtMs: this.world.nowMs };
      this.play([{ prompt: "still-waiting", language: this.language }], false);
    }
  }

  play(speech: readonly Speech[], isLooped: boolean): void {
    this.effects.push({ type: "play", speech, isLooped });
  }

  setLanguage(language: Language): void {
    this.language = language;
    this.effects.push({ type: "set-language", language });
  }

  say(id: NodeId): SayNode {
    return expectNode(id, this.#node(id), "say");
  }
  ringGroup(id: NodeId): RingGroupNode {
    return expectNode(id, this.#node(id), "ring-group");
  }
  voicemail(id: NodeId): VoicemailNode {
    return expectNode(id, this.#node(id), "voicemail");
  }
  choice(id: NodeId): MenuNode | LanguageNode {
    const node = this.#node(id);
    return node.type === "language" ? node : expectNode(id, node, "menu");
  }

  #enterLanguage(id: NodeId, node: LanguageNode): void {
    if (this.languages.length === 1) return this.enter(node.next, null);
    this.#keepPlace(id, undefined);
    this.stage = { name: "choosing", node: id, attempt: 0 };
    const speech = this.languages.map((language, index) => ({ prompt: `choose-language-${index + 1}`, language }));
    this.play(speech, false);
  }

  #enterSay(id: NodeId, node: SayNode, pendingKey: Digit | null): void {
    this.#keepPlace(id, undefined);
    this.stage = { name: "saying", node: id };
    if (node.purpose === "closed") this.settled = "after-hours";
    if (node.purpose !== "notice") this.effects.push({ type: "note", kind: node.purpose, data: { node: id } });
    if (pendingKey !== null) return keyWhileSaying(this, id, pendingKey);
    this.play([{ prompt: node.prompt, language: this.language }], false);
  }

  #enterVoicemail(id: NodeId, node: VoicemailNode): void {
    this.#keepPlace(id, undefined);
    this.stage = { name: "inviting-message", node: id };
    this.effects.push({ type: "note", kind: "leaving-message", data: { node: id } });
    this.play([{ prompt: node.prompt, language: this.language }, "beep"], false);
  }

  #enterMenu(id: NodeId, node: MenuNode, pendingKey: Digit | null): void {
    this.#keepPlace(id, undefined);
    this.stage = { name: "choosing", node: id, attempt: 0 };
    this.effects.push({ type: "note", kind: "menu", data: { node: id } });
    if (pendingKey !== null) return keyWhileChoosing(this, id, 0, pendingKey);
    this.play([{ prompt: node.prompt, language: this.language }], false);
  }

  #keepPlace(id: NodeId, queuedAtMs: number | undefined): void {
    const { document, language } = this;
    const place = { flow: document.id, version: document.version, node: id, language };
    this.effects.push({ type: "stop-timer", timer: "input" });
    this.effects.push({ type: "keep-place", place: queuedAtMs === undefined ? place : { ...place, queuedAtMs } });
  }

  #node(id: NodeId): FlowNode {
    const node = this.document.nodes[id];
    if (!node)
      throw new IllegalFlowError(`node ${id}: not in flow ${this.document.id} version ${this.document.version}`);
    return node;
  }
}

function expectNode<Type extends FlowNode["type"]>(
  id: NodeId,
  node: FlowNode,
  type: Type,
): Extract<FlowNode, { type: Type }> {
  if (node.type !== type) throw new IllegalFlowError(`node ${id}: ${node.type} where ${type} was expected`);
  return node as Extract<FlowNode, { type: Type }>;
}
