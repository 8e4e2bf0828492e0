/** One call through a flow without any switch: what would happen next is known, and the test chooses. */
import type { Digit } from "../calls/digit.ts";
import type { OperatorId } from "../calls/ids.ts";
import type { FlowContent } from "../flows/ivr/document.ts";
import { ivrStep, startIvr } from "../flows/ivr/interpreter.ts";
import type { IvrEffect, IvrEvent, IvrState, IvrTimer } from "../flows/ivr/ivr-types.ts";
import { type Circumstances, documentOf, MONDAY_NOON_MS, worldOf } from "./any-flow.ts";

const PROMPT_MS = 1_000;
/** What anybody but a clock takes to do something. */
const REACTION_MS = 400;

/** What the switch is at; it ends by itself. */
const ENDS = {
  prompt: { type: "prompt-finished" },
  recording: { type: "message-recorded", durationMs: 5_000, isEndedBySilence: true },
  dialling: { type: "outside-failed" },
  connecting: { type: "connected" },
} as const satisfies Record<string, IvrEvent>;
type Activity = keyof typeof ENDS;
type Pending = Activity | IvrTimer;

const isActivity = (what: Pending): what is Activity => what in ENDS;

export interface Happening {
  by: "switch" | "clock" | "server" | "operator" | "outside";
  event: IvrEvent;
  /** What everybody hopes for. */
  isGood: boolean;
}

export class SimulatedCall {
  state: IvrState;
  nowMs = MONDAY_NOON_MS;
  steps = 0;
  readonly effects: IvrEffect[] = [];
  /** What the interpreter was told, each time with what it knew. */
  readonly told: { state: IvrState; event: IvrEvent; nowMs: number }[] = [];
  readonly circumstances: Circumstances;
  /** When each is over, whatever anybody does. */
  #pending = new Map<Pending, number>();
  #plays = 0;
  #isRinging = false;
  #requests = new Map<number, IvrEffect & { requestId: number }>();
  #rung = new Set<OperatorId>();

  private constructor(circumstances: Circumstances, state: IvrState) {
    this.circumstances = circumstances;
    this.state = state;
  }

  /** Somebody has just called. */
  static begin(content: FlowContent, circumstances: Circumstances): SimulatedCall {
    const call = new SimulatedCall(circumstances, startIvr(documentOf(content), ["en", "ka"]));
    call.#take({ type: "arrived" });
    return call;
  }

  /** What comes of it from here on. */
  copy(): SimulatedCall {
    const copy = new SimulatedCall(this.circumstances, this.state);
    copy.nowMs = this.nowMs;
    copy.steps = this.steps;
    copy.#pending = new Map(this.#pending);
    copy.#plays = this.#plays;
    copy.#isRinging = this.#isRinging;
    copy.#requests = new Map(this.#requests);
    copy.#rung = new Set(this.#rung);
    return copy;
  }

  get isOver(): boolean {
    return this.state.stage.name === "ended" || this.state.stage.name === "talking";
  }

  /** All that can happen next without the caller; empty: nothing ever will. */
  next(): Happening[] {
    const all: Happening[] = [];
    const can = (by: Happening["by"], event: IvrEvent, isGood: boolean) => all.push({ by, event, isGood });
    if (this.#pending.has("prompt")) can("switch", ENDS.prompt, true);
    if (this.#pending.has("recording")) {
      can("switch", { type: "message-recorded", durationMs: 9_000, isEndedBySilence: true }, true);
      can("switch", ENDS.recording, false);
    }
    for (const request of this.#requests.values()) for (const one of answers(request)) can("server", ...one);
    for (const operatorId of this.#rung) {
      can("operator", { type: "operator-answered", operatorId }, true);
      can("operator", { type: "operator-failed", operatorId, failure: "busy" }, false);
    }
    if (this.#pending.has("dialling")) {
      can("outside", { type: "outside-answered" }, true);
      can("outside", ENDS.dialling, false);
    }
    if (this.#pending.has("connecting")) {
      can("switch", ENDS.connecting, true);
      can("switch", { type: "connect-failed" }, false);
    }
    if (this.#pending.size > 0) can("clock", this.#due()[1], false);
    return all;
  }

  /** Time passes as it would: what is over before comes first. */
  happen({ by, event }: Happening): void {
    const [dueMs, due] = this.#due();
    const takesMs = event.type === "message-recorded" ? event.durationMs : REACTION_MS;
    const isDue = by === "clock" || dueMs < this.nowMs + takesMs;
    this.nowMs = isDue ? Math.max(this.nowMs, dueMs) : this.nowMs + takesMs;
    this.#take(isDue ? due : event);
  }

  /** Any key ends what the switch plays or records, and the daemon hears of both. */
  press(digit: Digit): void {
    const plays = this.#plays;
    const wasPlaying = this.#isRinging || this.#pending.has("prompt");
    const wasRecording = this.#pending.has("recording");
    this.nowMs += REACTION_MS;
    this.#isRinging = false;
    this.#pending.delete("prompt");
    this.#take({ type: "key-pressed", digit });
    if (wasRecording) this.#take({ type: "message-recorded", durationMs: REACTION_MS, isEndedBySilence: false });
    // Whatever was begun since has a name of its own: the end of the former is not taken for its end.
    else if (wasPlaying && this.#plays === plays) this.#take(ENDS.prompt);
  }

  #due(): [number, IvrEvent] {
    const [first] = [...this.#pending].sort(([, one], [, other]) => one - other);
    if (!first) return [Number.POSITIVE_INFINITY, ENDS.prompt];
    const [what, atMs] = first;
    return [atMs, isActivity(what) ? ENDS[what] : { type: "timer-fired", timer: what }];
  }

  #take(event: IvrEvent): void {
    this.#isOver(event);
    this.told.push({ state: this.state, event, nowMs: this.nowMs });
    const step = ivrStep(this.state, event, worldOf(this.circumstances, this.nowMs));
    this.state = step.state;
    this.steps += 1;
    this.effects.push(...step.effects);
    for (const effect of step.effects) this.#carryOut(effect);
  }

  #isOver(event: IvrEvent): void {
    switch (event.type) {
      case "timer-fired":
        return void this.#pending.delete(event.timer);
      case "prompt-finished":
        return void this.#pending.delete("prompt");
      case "message-recorded":
        return void this.#pending.delete("recording");
      case "outside-answered":
      case "outside-failed":
        return void this.#pending.delete("dialling");
      case "connected":
      case "connect-failed":
        return void this.#pending.delete("connecting");
      case "operator-answered":
      case "operator-failed":
        return void this.#rung.delete(event.operatorId);
      case "caller-known":
      case "look-up-ended":
      case "speech-prepared":
        return void this.#requests.delete(event.requestId);
      default:
    }
  }

  #carryOut(effect: IvrEffect): void {
    const begin = (what: Pending, ms: number) => void this.#pending.set(what, this.nowMs + ms);
    switch (effect.type) {
      case "play":
        this.#plays += 1;
        this.#isRinging = effect.isLooped;
        this.#pending.delete("prompt");
        return effect.isLooped ? undefined : begin("prompt", PROMPT_MS);
      case "stop-playing": {
        const isPlaying = this.#isRinging || this.#pending.has("prompt");
        this.#isRinging = false;
        return isPlaying ? begin("prompt", 0) : undefined;
      }
      case "start-timer":
        return begin(effect.timer, effect.ms);
      case "stop-timer":
        return void this.#pending.delete(effect.timer);
      case "ask-about-caller":
      case "look-up":
      case "prepare-speech":
        return void this.#requests.set(effect.requestId, effect);
      case "drop-request":
        return void this.#requests.delete(effect.requestId);
      case "ring-operator":
        return void this.#rung.add(effect.operatorId);
      case "stop-ringing":
        return void this.#rung.delete(effect.operatorId);
      case "dial-outside":
        return begin("dialling", effect.ringSeconds * 1_000);
      case "stop-dialling":
        return void this.#pending.delete("dialling");
      case "connect":
      case "connect-outside":
        return begin("connecting", REACTION_MS);
      case "record-message":
        return begin("recording", effect.maxSeconds * 1_000);
      default:
    }
  }
}

function answers(request: IvrEffect & { requestId: number }): [IvrEvent, boolean][] {
  const { requestId } = request;
  switch (request.type) {
    case "ask-about-caller": {
      const facts = { isKnown: true, category: "VIP", isBlocked: false, daysSinceLastCall: 2 };
      return [
        [{ type: "caller-known", requestId, facts }, true],
        [{ type: "caller-known", requestId, facts: null }, false],
      ];
    }
    case "look-up":
      return [
        [{ type: "look-up-ended", requestId, answer: { ok: true, json: { a: { b: 7 } } }, tookMs: 9 }, true],
        [{ type: "look-up-ended", requestId, answer: { ok: true, json: [] }, tookMs: 9 }, false],
        [{ type: "look-up-ended", requestId, answer: { ok: false, reason: "timeout" }, tookMs: 9 }, false],
      ];
    case "prepare-speech":
      return [
        [{ type: "speech-prepared", requestId, isReady: true }, true],
        [{ type: "speech-prepared", requestId, isReady: false }, false],
      ];
    default:
      return [];
  }
}
