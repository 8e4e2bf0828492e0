import type { CallCommand, DialTarget, Sound } from "../calls/call-command.ts";
import type { CallEvent, CallEventOf, CallPlace } from "../calls/call-event.ts";
import type { Outcome, TimelineKind } from "../calls/call-fact.ts";
import { SwitchError } from "../calls/failure.ts";
import { type CallId, type LegId, newPlayId, type OperatorId, type PlayId } from "../calls/ids.ts";
import { LANGUAGES } from "../calls/language.ts";
import type { RedialOrder, RedialOutcome } from "../calls/redial.ts";
import type { LegSnapshot } from "../calls/switch-port.ts";
import {
  type RedialEffect,
  type RedialEvent,
  type RedialState,
  redialStep,
  spokenDigits,
} from "../flows/redial/attempt.ts";
import { decideRoute } from "../flows/routing/decide-route.ts";
import { DialOut } from "./dial-out.ts";
import { Mailbox } from "./mailbox.ts";
import { recordingFileName } from "./recording-file-name.ts";
import type { Surroundings } from "./surroundings.ts";

/** Marks the operator's leg from the moment in which the caller is dialled: from there on the switch has the call, as when a phone dials. */
const PLACE_FLOW = "redial";
const PAUSE_MS = 1_500;

/** Whether a leg that the daemon made dials or talks for an attempt of an earlier life. */
export function isRedialLeg(leg: LegSnapshot): boolean {
  return leg.origin === "daemon" && leg.operatorId !== null && leg.place?.flow === PLACE_FLOW;
}

/** What is known of an attempt that was found under way. */
export type FoundRedial = Pick<RedialOrder, "callId" | "operatorLegId" | "operatorId"> & {
  dialled: string;
  gateway: string | null;
};

/**
 * An attempt to call a missed caller back. Until an operator agrees, it is in the daemon's hands; then the switch connects the two on its own,
 * and this watches and states in the log what happened.
 */
export class RedialCall {
  readonly callId: CallId;
  /** The operator's: the call ends with it. */
  readonly callerLegId: LegId;
  readonly dialled: string;
  readonly extension: string;
  readonly startedAtMs: number;
  readonly direction = "outbound";
  readonly #operatorId: OperatorId;
  readonly #foundGateway: string | null;
  readonly #order: RedialOrder | null;
  readonly #around: Surroundings;
  readonly #mailbox = new Mailbox<CallEvent | { type: "redial"; event: RedialEvent }>((event) => this.#handle(event));
  #dialOut: DialOut | null = null;
  #state: RedialState = { name: "ringing-operator" };
  #phaseSinceMs: number;
  #playId: PlayId | null = null;
  #dialledAtMs: number | null = null;
  #talkStartedAtMs: number | null = null;
  #recordingFileName: string | null = null;
  /** By which trunks the caller is dialled. */
  #attempts: readonly DialTarget[] = [];
  #hungUpBy: "caller" | "operator" | "system" | null = null;
  #isEnded = false;

  constructor(attempt: RedialOrder | FoundRedial, atMs: number, around: Surroundings) {
    this.callId = attempt.callId;
    this.callerLegId = attempt.operatorLegId;
    this.startedAtMs = atMs;
    this.#phaseSinceMs = atMs;
    this.#operatorId = attempt.operatorId;
    this.#around = around;
    this.#order = "number" in attempt ? attempt : null;
    this.dialled = "number" in attempt ? attempt.number : attempt.dialled;
    this.#foundGateway = "gateway" in attempt ? attempt.gateway : null;
    this.extension = around.board.find(attempt.operatorId)?.extension ?? "";
  }

  /** Rings the operator. */
  begin(order: RedialOrder): void {
    const { callId, callerLegId: legId } = this;
    const operator = this.#around.board.find(order.operatorId);
    const atMs = this.startedAtMs;
    this.#around.rememberLeg(order.calleeLegId, callId);
    this.#around.board.occupy(order.operatorId, callId, false);
    this.#around.log.append([
      {
        type: "call-opened",
        callId,
        atMs,
        direction: "outbound",
        callerNumber: this.extension,
        callerName: operator?.name ?? "",
        callerE164: null,
        isCallerHidden: false,
        dialled: order.number,
        dialledE164: order.number,
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
        operatorId: order.operatorId,
      },
    ]);
    this.#note("arrived", {});
    if (!operator) return this.#lostOperator("unreachable");
    this.#note("ringing", { operatorName: operator.name, extension: operator.extension });
    this.#around.switch
      .send({
        type: "ring-extension",
        legId,
        callId,
        operatorId: order.operatorId,
        extension: operator.extension,
        callerNumber: order.number,
        ringSeconds: order.ringOperatorSeconds,
      })
      .catch((error: unknown) => {
        this.#around.logger.warn({ callId, error: String(error) }, "operator could not be rung for a call back");
        const isLost = error instanceof SwitchError && error.reason === "socket-lost";
        this.#lostOperator(isLost ? "socket-lost" : "unreachable");
      });
  }

  /** Found under way: after a restart, or after the connection was lost. */
  adopt(operator: LegSnapshot, caller: LegSnapshot | undefined): void {
    const { name } = this.#state;
    if (name === "asking") return this.#play();
    if (name === "done") return this.#hangUp();
    if (this.#order !== null && name === "ringing-operator") {
      if (operator.isAnswered) this.#step({ type: "operator-answered" });
      return;
    }
    if (name === "ringing-operator") {
      this.#around.board.occupy(this.#operatorId, this.callId, true);
      this.#note("daemon-restarted", {});
      this.#enter({ name: "dialling-caller" });
    }
    if (!caller) {
      if (operator.bridgedTo === null) this.#dialOut?.broughtBack();
      return;
    }
    this.#around.rememberLeg(caller.legId, this.callId);
    if (caller.answeredAtMs !== null) this.#step({ type: "caller-answered", atMs: caller.answeredAtMs });
  }

  post(event: CallEvent): void {
    this.#mailbox.post(event);
  }

  /** The caller is on the line already, by their own call. */
  callerCalledUs(): void {
    this.#step({ type: "caller-called-us" });
  }

  /** A colleague's phone dials the caller: who is asked about them would reach somebody who is busy with us. */
  calledByHand(): void {
    this.#step({ type: "called-by-hand" });
  }

  /** The channel is gone and no event told us why: what became of it, the switch's records tell, or that they were cut off then. */
  forget(lostAtMs: number): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { callId } = this;
    const sinceMs = this.#talkStartedAtMs;
    if (sinceMs !== null)
      this.#around.log.append([
        { type: "talk-ended", callId, atMs: lostAtMs, talkMs: Math.max(0, lostAtMs - sinceMs) },
      ]);
    this.#around.onEnded(callId);
  }

  get view(): {
    isTalking: boolean;
    isRinging: boolean;
    phaseSinceMs: number;
    operatorId: OperatorId;
    gateway: string | null;
  } {
    const { name } = this.#state;
    return {
      isTalking: name === "talking",
      isRinging: name === "ringing-operator" || name === "asking",
      phaseSinceMs: this.#phaseSinceMs,
      operatorId: this.#operatorId,
      gateway: this.#dialOut?.gateway ?? this.#foundGateway,
    };
  }

  #handle(event: CallEvent | { type: "redial"; event: RedialEvent }): void {
    if (this.#isEnded) return;
    if (event.type !== "redial") this.#dialOut?.take(event);
    switch (event.type) {
      case "redial":
        return this.#take(event.event);
      case "leg-answered":
        return this.#answered(event);
      case "leg-parked":
        return this.#take({ type: "operator-answered" });
      case "digit-pressed":
        if (event.legId === this.callerLegId) this.#take({ type: "key-pressed", digit: event.digit });
        return;
      case "play-finished":
        if (event.playId === this.#playId) this.#take({ type: "question-finished" });
        return;
      case "leg-held":
        return this.#note(event.isHeld ? "held" : "resumed", {});
      case "recording-stopped":
        return this.#note("recording-ended", {});
      case "leg-hung-up":
        return event.legId === this.callerLegId ? this.#operatorHungUp(event) : this.#callerHungUp(event);
      default:
    }
  }

  #step(event: RedialEvent): void {
    this.#mailbox.post({ type: "redial", event });
  }

  #take(event: RedialEvent): void {
    const { state, effects } = redialStep(this.#state, event);
    this.#enter(state);
    for (const effect of effects) this.#carryOut(effect);
  }

  #enter(state: RedialState): void {
    if (state === this.#state) return;
    const before = this.#state.name;
    this.#state = state;
    if (state.name !== before) this.#phaseSinceMs = this.#around.nowMs();
    if (state.name === "talking" && before !== "talking") this.#startTalk(state.sinceMs);
    this.#around.onChange();
  }

  #carryOut(effect: RedialEffect): void {
    switch (effect.type) {
      case "ask":
        return this.#play();
      case "check":
        return this.#check();
      case "dial-caller":
        this.#dial().catch((error: unknown) => {
          this.#around.logger.warn({ callId: this.callId, error: String(error) }, "caller could not be called back");
          this.#step({ type: "switch-refused" });
        });
        return;
      case "hang-up":
        return this.#hangUp();
    }
  }

  #play(): void {
    const paths = this.#question();
    const sounds: Sound[] = paths.map((path) => ({ kind: "file", path }));
    // Without a word of it the phone still shows the number, and the beep says that something is asked.
    if (sounds.length === 0) sounds.push({ kind: "beep" });
    this.#playId = newPlayId();
    this.#send({
      type: "play",
      legId: this.callerLegId,
      playId: this.#playId,
      isLooped: false,
      sounds: [...sounds, { kind: "silence", ms: PAUSE_MS }],
    });
  }

  /** 'Missed call from ..., press 1': all of it in the operator's language, or else all of it in another that has every word. */
  #question(): string[] {
    const { site } = this.#around.configuration();
    const digits = this.#order === null ? [] : spokenDigits(this.#order.number, site.country);
    const words = ["redial-missed-call", ...digits.map((digit) => `digit-${digit}`), "redial-press-1"];
    const own = this.#around.board.find(this.#operatorId)?.language ?? site.language;
    const said = [own, site.language, "en" as const, ...LANGUAGES].map((language) =>
      words.flatMap((word) => this.#around.prompts.file(word, language) ?? []),
    );
    return said.find((paths) => paths.length === words.length) ?? said[0] ?? [];
  }

  #check(): void {
    const order = this.#order;
    if (order === null) return;
    const { world } = this.#around;
    const decision = decideRoute(order.number, { purpose: "redial" }, this.#around.configuration(), world);
    // No line for it now: nobody is dialled, so it is no try.
    if (decision.type === "refuse") return this.#step({ type: "checked", mayDial: false });
    this.#attempts = decision.attempts;
    order.mayDial().then(
      (mayDial) => this.#step({ type: "checked", mayDial }),
      (error: unknown) => {
        // The database is away: nothing could tell a later life that the caller was dialled, so they are not.
        this.#around.logger.warn({ callId: this.callId, error: String(error) }, "call back given up for now");
        this.#step({ type: "checked", mayDial: false });
      },
    );
  }

  async #dial(): Promise<void> {
    const order = this.#order;
    if (order === null) return;
    const { callId, callerLegId: legId } = this;
    const { calleeLegId: firstLegId, ringCallerSeconds: ringSeconds, number } = order;
    const atMs = this.#around.nowMs();
    this.#dialledAtMs = atMs;
    this.#around.board.occupy(order.operatorId, callId, true);
    const { site } = this.#around.configuration();
    const name = site.recordCalls ? recordingFileName(callId, legId, atMs - this.startedAtMs) : null;
    this.#recordingFileName = name;
    const place: CallPlace = { flow: PLACE_FLOW, version: 0, node: "dialling", language: site.language };
    await this.#around.switch.send({ type: "set-place", legId, callId, place });
    const dialOut = new DialOut(
      {
        ...{ callId, legId, firstLegId, number, ringSeconds, recordingFileName: name },
        ...{ attempts: this.#attempts.map((target) => this.#shown(target)), extension: null, isEmergency: false },
      },
      this.#around,
      {
        onNotDialled: (error) => {
          this.#around.logger.warn({ callId, error: String(error) }, "caller could not be called back");
          this.#step({ type: "switch-refused" });
        },
        onFailed: ({ failure }) => {
          this.#note("not-answered", { operatorName: this.dialled, reason: failure });
          this.#step({ type: "caller-gone", failure });
        },
      },
    );
    this.#dialOut = dialOut;
    dialOut.start();
  }

  /** Without a number of our own the extension is shown, as when the operator's phone dials; never the caller's own number. */
  #shown(target: DialTarget): DialTarget {
    if (target.kind === "extension" || target.isCallerHidden) return target;
    return { ...target, callerNumber: target.callerNumber ?? this.extension };
  }

  #answered({ legId, atMs }: CallEventOf<"leg-answered">): void {
    this.#around.log.append([{ type: "leg-answered", legId, atMs }]);
    // The operator can be spoken to from the moment in which their leg is parked.
    if (legId !== this.callerLegId) this.#take({ type: "caller-answered", atMs });
  }

  #startTalk(atMs: number): void {
    const { callId, callerLegId: legId } = this;
    const operatorId = this.#operatorId;
    this.#talkStartedAtMs = atMs;
    const waitMs = Math.max(0, atMs - (this.#dialledAtMs ?? this.startedAtMs));
    this.#around.log.append([{ type: "talk-started", callId, atMs, operatorId, waitMs }]);
    const fileName = this.#recordingFileName;
    if (fileName !== null) {
      this.#around.log.append([{ type: "recording-started", callId, legId, atMs, fileName }]);
      this.#note("recording-started", {});
    }
    const talking = {
      type: "timeline",
      callId,
      kind: "talking",
      data: { operatorName: this.#operatorName() },
    } as const;
    // Found under way: an earlier life may have told it.
    if (this.#order === null) this.#around.log.append([{ ...talking, atMs, unlessTold: true }]);
    else this.#around.log.append([{ ...talking, atMs: this.#around.nowMs() }]);
  }

  #callerHungUp(event: CallEventOf<"leg-hung-up">): void {
    this.#closeLeg(event);
    if (this.#state.name === "talking") {
      // The switch ends the operator's leg as well (hangup_after_bridge).
      if (event.isEndedByParty) this.#hungUpBy = "caller";
      return;
    }
    // Whom we dialled, by which of the trunks, that part knows; the rest is of a call that was found under way.
    if (this.#dialOut !== null) return;
    if (this.#state.name === "dialling-caller")
      this.#note("not-answered", { operatorName: this.dialled, reason: event.failure });
    this.#take({ type: "caller-gone", failure: event.failure });
  }

  #operatorHungUp(event: CallEventOf<"leg-hung-up">): void {
    this.#closeLeg(event);
    if (this.#state.name === "ringing-operator")
      this.#note("not-answered", { operatorName: this.#operatorName(), reason: event.failure });
    if (event.isEndedByParty) this.#hungUpBy = "operator";
    const { failure, atMs } = event;
    this.#take({ type: "operator-gone", failure, atMs });
    this.#end(atMs, event.cause);
  }

  /** The order to ring did not reach the switch, so no leg's end will tell. */
  #lostOperator(failure: "socket-lost" | "unreachable"): void {
    if (this.#isEnded) return;
    const atMs = this.#around.nowMs();
    this.#take({ type: "operator-gone", failure, atMs });
    this.#end(atMs, "ORIGINATE_FAILED");
  }

  #end(atMs: number, cause: string): void {
    this.#isEnded = true;
    const { callId } = this;
    const sinceMs = this.#talkStartedAtMs;
    if (sinceMs !== null)
      this.#around.log.append([{ type: "talk-ended", callId, atMs, talkMs: Math.max(0, atMs - sinceMs) }]);
    this.#note("hung-up", { by: this.#hungUpBy ?? "system", cause });
    const outcome = this.#state.name === "done" ? this.#state.outcome : "cancelled";
    this.#around.log.append([
      { type: "redial-ended", callId, atMs, outcome },
      { type: "call-ended", callId, atMs, outcome: callOutcome(outcome), cause },
    ]);
    this.#around.onEnded(callId);
    this.#around.onChange();
  }

  #hangUp(): void {
    this.#hungUpBy ??= "system";
    const cause = this.#dialledAtMs === null ? "ORIGINATOR_CANCEL" : "NORMAL_CLEARING";
    this.#send({ type: "hang-up", legId: this.callerLegId, cause });
  }

  #send(command: CallCommand): void {
    this.#around.switch.send(command).catch((error: unknown) => {
      // A leg that is gone says so by its own event.
      if (error instanceof SwitchError && error.reason === "no-such-leg") return;
      this.#around.logger.warn({ callId: this.callId, command: command.type, error: String(error) }, "order not taken");
    });
  }

  #closeLeg({ legId, atMs, cause, sipStatus }: CallEventOf<"leg-hung-up">): void {
    this.#around.log.append([{ type: "leg-ended", legId, atMs, cause, sipStatus }]);
  }

  #operatorName(): string {
    return this.#around.board.find(this.#operatorId)?.name ?? "";
  }

  #note(kind: TimelineKind, data: Record<string, string | number | null>): void {
    this.#around.log.append([{ type: "timeline", callId: this.callId, atMs: this.#around.nowMs(), kind, data }]);
  }
}

/** The attempt's outcome in the words of the call log. */
function callOutcome(outcome: RedialOutcome): Outcome {
  switch (outcome) {
    case "talked":
    case "talked-briefly":
    case "answering-machine":
      return "talked";
    case "caller-busy":
      return "caller-busy";
    case "caller-no-answer":
    case "caller-refused":
      return "no-answer";
    case "caller-called-us":
    case "cancelled":
    case "operator-refused":
    case "operator-no-answer":
      return "abandoned-while-ringing";
    case "no-free-operator":
    case "unreachable":
      return "failed";
    case "socket-lost":
      return "cut-off";
  }
}
