import type { CallEvent, CallEventOf } from "../calls/call-event.ts";
import { type CallDirection, LOST, type Outcome, type TimelineKind } from "../calls/call-fact.ts";
import { type CallId, type Extension, type LegId, newLegId, type OperatorId } from "../calls/ids.ts";
import { toE164 } from "../calls/phone-number.ts";
import type { LegSnapshot } from "../calls/switch-port.ts";
import { type DialDecision, decideDial } from "../flows/routing/dial-plan.ts";
import { recordingFileName } from "./recording-file-name.ts";
import type { Surroundings } from "./surroundings.ts";

const RING_SECONDS = 60;

/** An operator's phone that dialled. */
export interface PhoneArrival {
  legId: LegId;
  callId: CallId;
  extension: Extension;
  dialled: string;
  atMs: number;
}

/**
 * A call that an operator makes: to a colleague or out by a trunk. The switch connects the two on its own; this watches, and states in the
 * log what happened.
 */
export class PhoneCall {
  readonly callId: CallId;
  readonly callerLegId: LegId;
  readonly dialled: string;
  readonly extension: Extension;
  readonly startedAtMs: number;
  readonly #around: Surroundings;
  readonly #decision: DialDecision;
  #otherLegId: LegId | null = null;
  #answeredAtMs: number | null = null;
  #failure: string | null = null;
  #recordingFileName: string | null = null;
  #hungUpBy: "caller" | "operator" | "system" | null = null;
  #isEnded = false;

  constructor(arrival: PhoneArrival, around: Surroundings) {
    this.callId = arrival.callId;
    this.callerLegId = arrival.legId;
    this.dialled = arrival.dialled;
    this.extension = arrival.extension;
    this.startedAtMs = arrival.atMs;
    this.#around = around;
    const isDown = (gateway: string) => around.isLineDown(gateway);
    this.#decision = decideDial(arrival.dialled, arrival.extension, around.configuration(), isDown);
  }

  begin(): void {
    this.#open();
    this.#note("arrived", {});
    if (this.#decision.type === "refuse") {
      this.#failure = this.#decision.reason;
      this.#note("not-answered", { operatorName: "", reason: this.#decision.reason });
      return this.#hangUp();
    }
    this.#dial(this.#decision);
  }

  /** Found under way after a restart: it rings at the other end, or they talk. */
  adopt(other: LegSnapshot | undefined): void {
    this.#open();
    this.#note("daemon-restarted", {});
    const called = this.#called();
    if (called) this.#around.board.occupy(called.operatorId, this.callId, false);
    if (!other) return;
    this.#otherLegId = other.legId;
    this.#recordingFileName = other.recordingFile;
    this.#around.rememberLeg(other.legId, this.callId);
    if (other.answeredAtMs !== null && this.#answeredAtMs === null) this.#answered(other.answeredAtMs, true);
  }

  post(event: CallEvent): void {
    if (this.#isEnded) return;
    if (event.type === "leg-answered" && event.legId === this.#otherLegId) return this.#answered(event.atMs);
    if (event.type === "recording-stopped") return this.#note("recording-ended", {});
    if (event.type !== "leg-hung-up") return;
    if (event.legId === this.callerLegId) return this.#callerHungUp(event);
    this.#closeLeg(event);
    if (this.#answeredAtMs === null) {
      this.#failure = event.failure;
      this.#note("not-answered", { operatorName: this.#calledName(), reason: event.failure });
    }
  }

  /** As InboundCall.forget. */
  forget(lostAtMs: number): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { callId } = this;
    const atMs = Math.max(lostAtMs, this.#answeredAtMs ?? this.startedAtMs);
    if (this.#answeredAtMs !== null)
      this.#around.log.append([{ type: "talk-ended", callId, atMs, talkMs: atMs - this.#answeredAtMs }]);
    for (const legId of [this.#otherLegId, this.callerLegId])
      if (legId !== null) this.#around.log.append([{ type: "leg-ended", legId, atMs, cause: LOST, sipStatus: null }]);
    this.#around.log.append([
      { type: "timeline", callId, atMs, kind: "hung-up", data: { by: "system", cause: LOST } },
      { type: "call-ended", callId, atMs, outcome: "cut-off", cause: LOST },
    ]);
    this.#releaseOperators();
    this.#around.onEnded(callId);
  }

  get direction(): CallDirection {
    const { dialled } = this;
    const isColleague = this.#around.configuration().operators.some((operator) => operator.extension === dialled);
    return isColleague ? "internal" : "outbound";
  }

  get view(): { isTalking: boolean; phaseSinceMs: number; operatorId: OperatorId | null; gateway: string | null } {
    return {
      isTalking: this.#answeredAtMs !== null,
      phaseSinceMs: this.#answeredAtMs ?? this.startedAtMs,
      operatorId: this.#caller()?.operatorId ?? null,
      gateway: this.#gateway(),
    };
  }

  #dial(decision: Extract<DialDecision, { type: "dial" }>): void {
    const { callId, callerLegId: legId } = this;
    const otherLegId = newLegId();
    this.#otherLegId = otherLegId;
    this.#around.rememberLeg(otherLegId, callId);
    const { target } = decision;
    const atMs = this.#around.nowMs();
    const isInside = target.kind === "extension";
    this.#around.log.append([
      {
        type: "leg-opened",
        legId: otherLegId,
        callId,
        atMs,
        role: isInside ? "operator" : "callee",
        origin: "daemon",
        number: isInside ? target.extension : target.number,
        operatorId: isInside ? target.operatorId : null,
      },
    ]);
    if (isInside) this.#around.board.occupy(target.operatorId, callId, false);
    const isRecorded = this.#around.configuration().site.recordCalls;
    const name = isRecorded ? recordingFileName(callId, legId, atMs - this.startedAtMs) : null;
    this.#recordingFileName = name;
    this.#around.switch
      .send({ type: "dial", legId, otherLegId, callId, target, ringSeconds: RING_SECONDS, recordingFileName: name })
      .catch((error: unknown) => {
        this.#around.logger.warn({ callId, error: String(error) }, "call could not be placed");
        this.#failure = "unreachable";
        this.#hangUp();
      });
  }

  #answered(atMs: number, isAdopted = false): void {
    this.#answeredAtMs = atMs;
    const { callId, callerLegId: legId } = this;
    const caller = this.#caller();
    if (this.#otherLegId !== null) this.#around.log.append([{ type: "leg-answered", legId: this.#otherLegId, atMs }]);
    this.#around.log.append([
      { type: "leg-answered", legId, atMs },
      {
        type: "talk-started",
        callId,
        atMs,
        operatorId: caller?.operatorId ?? null,
        waitMs: Math.max(0, atMs - this.startedAtMs),
      },
    ]);
    if (this.#recordingFileName !== null) {
      const fileName = this.#recordingFileName;
      this.#around.log.append([{ type: "recording-started", callId, legId, atMs, fileName }]);
      this.#note("recording-started", {}, isAdopted);
    }
    this.#note("talking", { operatorName: caller?.name ?? "" }, isAdopted);
    if (caller) this.#around.board.occupy(caller.operatorId, callId, true);
    const called = this.#called();
    if (called) this.#around.board.occupy(called.operatorId, callId, true);
    this.#around.onChange();
  }

  #callerHungUp(event: CallEventOf<"leg-hung-up">): void {
    // The operator's phone made this call: they are 'operator' in the log, whoever they called is the other side.
    if (event.isEndedByParty) this.#hungUpBy = "operator";
    else this.#hungUpBy ??= this.#answeredAtMs === null ? "system" : "caller";
    this.#closeLeg(event);
    this.#end(event.atMs, this.#outcome(), event.cause);
  }

  #outcome(): Outcome {
    if (this.#answeredAtMs !== null) return "talked";
    if (this.#failure === "busy") return "caller-busy";
    if (this.#failure === null || this.#failure === "cancelled") return "abandoned-while-ringing";
    return this.#failure === "no-answer" || this.#failure === "refused" ? "no-answer" : "failed";
  }

  #end(atMs: number, outcome: Outcome, cause: string): void {
    this.#isEnded = true;
    const { callId } = this;
    if (this.#answeredAtMs !== null) {
      const talkMs = Math.max(0, atMs - this.#answeredAtMs);
      this.#around.log.append([{ type: "talk-ended", callId, atMs, talkMs }]);
    }
    this.#note("hung-up", { by: this.#hungUpBy ?? "system", cause });
    this.#around.log.append([{ type: "call-ended", callId, atMs, outcome, cause }]);
    this.#releaseOperators();
    this.#around.onEnded(callId);
    this.#around.onChange();
  }

  #releaseOperators(): void {
    for (const operator of [this.#caller(), this.#called()]) {
      if (operator) this.#around.board.release(operator.operatorId, this.callId);
    }
  }

  #hangUp(): void {
    this.#hungUpBy ??= "system";
    const { callId, callerLegId: legId } = this;
    this.#around.switch.send({ type: "hang-up", legId, cause: "NORMAL_CLEARING" }).catch((error: unknown) => {
      this.#around.logger.warn({ callId, error: String(error) }, "phone could not be hung up");
    });
  }

  #closeLeg(event: CallEventOf<"leg-hung-up">): void {
    const { legId, atMs, cause, sipStatus } = event;
    this.#around.log.append([{ type: "leg-ended", legId, atMs, cause, sipStatus }]);
  }

  #open(): void {
    const { callId, callerLegId: legId, startedAtMs: atMs } = this;
    const caller = this.#caller();
    if (caller) this.#around.board.occupy(caller.operatorId, callId, true);
    this.#around.log.append([
      {
        type: "call-opened",
        callId,
        atMs,
        direction: this.direction,
        callerNumber: this.extension,
        callerName: caller?.name ?? "",
        callerE164: null,
        isCallerHidden: false,
        dialled: this.dialled,
        dialledE164: toE164(this.dialled, this.#around.configuration().site.country),
        gateway: this.#gateway(),
        flow: null,
        language: null,
      },
      {
        type: "leg-opened",
        legId,
        callId,
        atMs,
        role: "operator",
        origin: "phone",
        number: this.extension,
        operatorId: caller?.operatorId ?? null,
      },
    ]);
  }

  #caller() {
    return this.#around.board.byExtension(this.extension);
  }

  #called() {
    const target = this.#decision.type === "dial" ? this.#decision.target : null;
    return target?.kind === "extension" ? this.#around.board.find(target.operatorId) : undefined;
  }

  #calledName(): string {
    return this.#called()?.name ?? "";
  }

  #gateway(): string | null {
    const decision = this.#decision;
    return decision.type === "dial" && decision.target.kind === "gateway" ? decision.target.gateway : null;
  }

  /** What an earlier life may have told is told as it was then. */
  #note(kind: TimelineKind, data: Record<string, string | number | null>, isAdopted = false): void {
    const { callId } = this;
    const atMs = isAdopted && this.#answeredAtMs !== null ? this.#answeredAtMs : this.#around.nowMs();
    this.#around.log.append([
      { type: "timeline", callId, atMs, kind, data, ...(isAdopted ? { unlessTold: true } : {}) },
    ]);
  }
}
