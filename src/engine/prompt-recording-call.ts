import type { CallCommand, Sound } from "../calls/call-command.ts";
import type { CallEvent, CallEventOf } from "../calls/call-event.ts";
import { LOST, type Outcome, type TimelineKind } from "../calls/call-fact.ts";
import { SwitchError } from "../calls/failure.ts";
import { type CallId, type LegId, newPlayId, type OperatorId, type PlayId } from "../calls/ids.ts";
import { LANGUAGES } from "../calls/language.ts";
import {
  type PromptRecordingEffect,
  type PromptRecordingEvent,
  type PromptRecordingOutcome,
  type PromptRecordingState,
  promptRecordingStep,
} from "../flows/prompt-recording/prompt-recording.ts";
import { Mailbox } from "./mailbox.ts";
import type { Surroundings } from "./surroundings.ts";

/** Who is to record a prompt, and what becomes of it. */
export interface PromptRecordingOrder {
  callId: CallId;
  legId: LegId;
  operatorId: OperatorId;
  /** Where the switch writes messages; absolute. */
  directory: string;
  /** Something has changed: what it is doing, or `done`. */
  onState(state: PromptRecordingState): void;
  /** Makes the file the prompt's take; false when nothing can be heard in it. Never fails. */
  keep(path: string): Promise<boolean>;
}

const RING_SECONDS = 30;
const MAX_SECONDS = 300;
/** Whoever says nothing for so long has put the phone down beside themselves. */
const SILENCE_SECONDS = 30;
const PAUSE_MS = 3_000;

type Event = CallEvent | { type: "prompt"; event: PromptRecordingEvent };

/** A phone of ours is rung so that its owner records what callers hear (flows/prompt-recording). */
export class PromptRecordingCall {
  readonly callId: CallId;
  readonly callerLegId: LegId;
  /** The phone itself: nobody else is called. */
  readonly dialled: string;
  readonly extension: string;
  readonly startedAtMs: number;
  readonly direction = "internal";
  readonly #order: PromptRecordingOrder;
  readonly #around: Surroundings;
  readonly #mailbox = new Mailbox<Event>((event) => this.#handle(event));
  #state: PromptRecordingState = { name: "ringing" };
  #phaseSinceMs: number;
  #playId: PlayId | null = null;
  /** The last recording; each has a name of its own, since the one before may still be open. */
  #path = "";
  #takes = 0;
  #hungUpBy: "operator" | "system" = "operator";
  #isEnded = false;

  constructor(order: PromptRecordingOrder, atMs: number, around: Surroundings) {
    this.callId = order.callId;
    this.callerLegId = order.legId;
    this.startedAtMs = atMs;
    this.#phaseSinceMs = atMs;
    this.#order = order;
    this.#around = around;
    this.extension = around.board.find(order.operatorId)?.extension ?? "";
    this.dialled = this.extension;
  }

  /** Rings the phone. */
  begin(): void {
    const { callId, callerLegId: legId, startedAtMs: atMs } = this;
    const { operatorId } = this.#order;
    const operator = this.#around.board.find(operatorId);
    this.#around.board.occupy(operatorId, callId, false);
    this.#around.log.append([
      {
        type: "call-opened",
        callId,
        atMs,
        direction: "internal",
        callerNumber: this.extension,
        callerName: operator?.name ?? "",
        callerE164: null,
        isCallerHidden: false,
        dialled: this.dialled,
        dialledE164: null,
        gateway: null,
        flow: null,
        language: null,
      },
      {
        type: "leg-opened",
        legId,
        callId,
        atMs,
        role: "operator",
        origin: "daemon",
        number: this.extension,
        operatorId,
      },
    ]);
    this.#note("arrived", {});
    if (!operator) return this.#lost("NO_USER_RESPONSE");
    const { extension } = operator;
    this.#note("ringing", { operatorName: operator.name, extension });
    this.#around.switch
      .send({
        ...{ type: "ring-extension", legId, callId, operatorId, extension },
        callerNumber: extension,
        ringSeconds: RING_SECONDS,
      })
      .catch((error: unknown) => {
        this.#around.logger.warn({ callId, error: String(error) }, "a phone could not be rung for a recording");
        this.#lost("ORIGINATE_FAILED");
      });
  }

  post(event: CallEvent): void {
    this.#mailbox.post(event);
  }

  /** The connection was lost meanwhile: what was being said or recorded may have ended unheard. It can be begun anew. */
  resume(): void {
    this.#hangUp();
  }

  /** As InboundCall.forget. */
  forget(lostAtMs: number): void {
    if (this.#isEnded) return;
    const legId = this.callerLegId;
    const atMs = Math.max(lostAtMs, this.startedAtMs);
    this.#around.log.append([{ type: "leg-ended", legId, atMs, cause: LOST, sipStatus: null }]);
    this.#step({ type: "hung-up", atMs });
    this.#end(atMs, LOST);
  }

  get view(): {
    isTalking: boolean;
    isRinging: boolean;
    phaseSinceMs: number;
    operatorId: OperatorId;
    gateway: null;
  } {
    const isRinging = this.#state.name === "ringing";
    const { operatorId } = this.#order;
    return { isTalking: !isRinging, isRinging, phaseSinceMs: this.#phaseSinceMs, operatorId, gateway: null };
  }

  #handle(event: Event): void {
    if (event.type === "prompt") return this.#take(event.event);
    if (this.#isEnded) return;
    switch (event.type) {
      case "leg-answered":
        this.#around.log.append([{ type: "leg-answered", legId: event.legId, atMs: event.atMs }]);
        return;
      // They can be spoken to from the moment in which their leg is parked.
      case "leg-parked":
        return this.#take({ type: "answered" });
      case "play-finished":
        if (event.playId === this.#playId) this.#take({ type: "play-finished" });
        return;
      case "message-recorded":
        return this.#take({ type: "recorded", durationMs: event.durationMs, atMs: event.atMs });
      case "digit-pressed":
        return this.#take({ type: "key-pressed", digit: event.digit });
      case "leg-hung-up":
        return this.#hungUp(event);
      default:
    }
  }

  #step(event: PromptRecordingEvent): void {
    this.#mailbox.post({ type: "prompt", event });
  }

  #take(event: PromptRecordingEvent): void {
    const { state, effects } = promptRecordingStep(this.#state, event);
    if (state !== this.#state) this.#enter(state);
    for (const effect of effects) this.#carryOut(effect);
  }

  #enter(state: PromptRecordingState): void {
    const before = this.#state.name;
    this.#state = state;
    if (before === "ringing" && state.name !== "done") {
      this.#phaseSinceMs = this.#around.nowMs();
      this.#around.board.occupy(this.#order.operatorId, this.callId, true);
    }
    this.#order.onState(state);
    this.#around.onChange();
  }

  #carryOut(effect: PromptRecordingEffect): void {
    switch (effect.type) {
      case "invite":
        return this.#play(this.#said("record-invite"));
      case "beep":
        return this.#play([{ kind: "beep" }]);
      case "record":
        return this.#record();
      case "play-back":
        return this.#play([
          { kind: "file", path: this.#path },
          ...this.#said("record-choose"),
          { kind: "silence", ms: PAUSE_MS },
        ]);
      case "keep":
        return this.#keep();
      case "tell":
        return this.#play(this.#said(effect.isKept ? "record-kept" : "record-not-kept"));
      case "hang-up":
        return this.#hangUp();
    }
  }

  /** In the operator's language, or another in which there is a word for it; else a beep says that something is waited for. */
  #said(prompt: string): Sound[] {
    const { site } = this.#around.configuration();
    const own = this.#around.board.find(this.#order.operatorId)?.language ?? site.language;
    const path = [own, site.language, "en" as const, ...LANGUAGES]
      .map((language) => this.#around.prompts.file(prompt, language))
      .find((found) => found !== null);
    return [path ? { kind: "file", path } : { kind: "beep" }];
  }

  #play(sounds: readonly Sound[]): void {
    const playId = newPlayId();
    this.#playId = playId;
    this.#send({ type: "play", legId: this.callerLegId, playId, sounds, isLooped: false });
  }

  #record(): void {
    this.#takes += 1;
    const fileName = `prompt.${this.callerLegId}.${this.#takes}.wav`;
    this.#path = `${this.#order.directory}/${fileName}`;
    this.#playId = null;
    this.#send({
      ...{ type: "record-message", legId: this.callerLegId, playId: newPlayId(), fileName },
      ...{ maxSeconds: MAX_SECONDS, silenceSeconds: SILENCE_SECONDS, isOwnPhone: true },
    });
  }

  #keep(): void {
    const told = (isKept: boolean) => {
      if (!this.#isEnded) this.#note("prompt-recorded", { state: isKept ? "kept" : "not-kept" });
      this.#step({ type: "kept", isKept });
    };
    this.#order.keep(this.#path).then(told, (error: unknown) => {
      this.#around.logger.warn({ callId: this.callId, error: String(error) }, "a recorded prompt was not kept");
      told(false);
    });
  }

  #hungUp({ legId, atMs, cause, sipStatus, isEndedByParty }: CallEventOf<"leg-hung-up">): void {
    this.#around.log.append([{ type: "leg-ended", legId, atMs, cause, sipStatus }]);
    if (isEndedByParty) this.#hungUpBy = "operator";
    this.#take({ type: "hung-up", atMs });
    this.#end(atMs, cause);
  }

  /** The order to ring did not reach the switch, so no leg's end will tell. */
  #lost(cause: string): void {
    if (this.#isEnded) return;
    const atMs = this.#around.nowMs();
    this.#step({ type: "hung-up", atMs });
    this.#end(atMs, cause);
  }

  #end(atMs: number, cause: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { callId } = this;
    this.#note("hung-up", { by: this.#hungUpBy, cause });
    this.#around.log.append([{ type: "call-ended", callId, atMs, outcome: outcomeOf(this.#state), cause }]);
    this.#around.onEnded(callId);
    this.#around.onChange();
  }

  #hangUp(): void {
    this.#hungUpBy = "system";
    this.#send({ type: "hang-up", legId: this.callerLegId, cause: "NORMAL_CLEARING" });
  }

  #send(command: CallCommand): void {
    this.#around.switch.send(command).catch((error: unknown) => {
      // A leg that is gone says so by its own event.
      if (error instanceof SwitchError && error.reason === "no-such-leg") return;
      this.#around.logger.warn({ callId: this.callId, command: command.type, error: String(error) }, "order not taken");
      // Nobody is to sit in silence.
      if (command.type !== "hang-up") this.#hangUp();
    });
  }

  #note(kind: TimelineKind, data: Record<string, string | number | null>): void {
    this.#around.log.append([{ type: "timeline", callId: this.callId, atMs: this.#around.nowMs(), kind, data }]);
  }
}

/** In the words of the call log. */
function outcomeOf(state: PromptRecordingState): Outcome {
  if (state.name === "keeping") return "information-heard";
  if (state.name !== "done") return "failed";
  const outcomes: Record<PromptRecordingOutcome, Outcome> = {
    kept: "information-heard",
    "not-kept": "information-heard",
    "hung-up": "information-heard",
    "no-answer": "no-answer",
  };
  return outcomes[state.outcome];
}
