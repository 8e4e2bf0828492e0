import type { CallEvent, CallEventOf } from "../calls/call-event.ts";
import { type CallDirection, LOST, type Outcome, type TimelineKind } from "../calls/call-fact.ts";
import type { DialFailure } from "../calls/failure.ts";
import { type CallId, type Extension, type LegId, newLegId, type OperatorId } from "../calls/ids.ts";
import type { LegSnapshot } from "../calls/switch-port.ts";
import { decideRoute, type RefuseReason, type RouteDecision } from "../flows/routing/decide-route.ts";
import { dialledE164 } from "../flows/routing/outside-number.ts";
import { DialOut } from "./dial-out.ts";
import { hasFallenSilent } from "./ended-by.ts";
import { recordingFileName } from "./recording-file-name.ts";
import type { Surroundings } from "./surroundings.ts";

const RING_SECONDS = 60;

/** What the phone shows of a refusal, by the SIP status that the switch makes of it: 403, 404 or 503. */
const CAUSES: Record<RefuseReason, string> = {
  "not-a-number": "UNALLOCATED_NUMBER",
  "own-extension": "USER_BUSY",
  international: "OUTGOING_CALL_BARRED",
  "not-allowed": "OUTGOING_CALL_BARRED",
  "too-many-at-once": "OUTGOING_CALL_BARRED",
  "too-many-calls": "OUTGOING_CALL_BARRED",
  "minutes-used-up": "OUTGOING_CALL_BARRED",
  "no-trunk": "NO_ROUTE_DESTINATION",
  "no-trunk-now": "NORMAL_CIRCUIT_CONGESTION",
};

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
  #decision: RouteDecision | null = null;
  #dialOut: DialOut | null = null;
  /** Of a call that was found under way. */
  #foundLegId: LegId | null = null;
  #answeredAtMs: number | null = null;
  #failure: DialFailure | RefuseReason | null = null;
  #foundCause = "NORMAL_CLEARING";
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
  }

  begin(): void {
    const { world } = this.#around;
    const from = { extension: this.extension };
    const decision = decideRoute(this.dialled, from, this.#around.configuration(), world);
    this.#decision = decision;
    this.#open();
    this.#note("arrived", {});
    if (decision.type === "dial") return this.#dial(decision);
    // Whoever tries what they may not is counted too, or a stolen phone could try for ever.
    if (decision.number !== null) this.#around.ledger.attempted(this.extension);
    this.#failure = decision.reason;
    this.#note("refused", { reason: decision.reason });
    this.#hangUp(CAUSES[decision.reason]);
  }

  /** Found under way after a restart: it rings at the other end, or they talk. */
  adopt(other: LegSnapshot | undefined): void {
    this.#open();
    this.#note("daemon-restarted", {});
    const called = this.#called();
    if (called) this.#around.board.occupy(called.operatorId, this.callId, false);
    if (!other) return;
    this.#foundLegId = other.legId;
    this.#recordingFileName = other.recordingFile;
    this.#around.rememberLeg(other.legId, this.callId);
    if (other.answeredAtMs !== null && this.#answeredAtMs === null) this.#answered(other.answeredAtMs, true);
  }

  /** After a lost connection: what happened meanwhile was told to nobody. */
  reconnected(other: LegSnapshot | undefined): void {
    if (this.#isEnded) return;
    if (other) {
      const { legId, callId, answeredAtMs: atMs } = other;
      if (atMs !== null && this.#answeredAtMs === null) this.post({ type: "leg-answered", legId, callId, atMs });
    } else if (this.#dialOut?.broughtBack() !== true) this.#hangUp(this.#foundCause);
  }

  post(event: CallEvent): void {
    if (this.#isEnded) return;
    if (event.type === "leg-hung-up") {
      this.#closeLeg(event);
      if (hasFallenSilent(event)) this.#hungUpBy ??= "system";
    }
    this.#dialOut?.take(event);
    switch (event.type) {
      case "leg-answered":
        if (event.legId === this.#otherLegId) this.#answered(event.atMs);
        return;
      case "leg-held":
        return this.#note(event.isHeld ? "held" : "resumed", {});
      case "recording-stopped":
        return this.#note("recording-ended", {});
      case "leg-parked":
        // An earlier life of ours would have tried the next trunk now; which one that was, nobody knows any more.
        if (this.#dialOut === null) this.#hangUp(this.#foundCause);
        return;
      case "leg-hung-up":
        if (event.legId === this.callerLegId) return this.#callerHungUp(event);
        if (event.legId !== this.#foundLegId || this.#answeredAtMs !== null) return;
        this.#foundCause = event.cause;
        return this.#failed(event.failure);
      default:
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

  get #otherLegId(): LegId | null {
    return this.#dialOut?.legId ?? this.#foundLegId;
  }

  #dial({ attempts, number }: Extract<RouteDecision, { type: "dial" }>): void {
    const { callId, callerLegId: legId, extension, dialled } = this;
    const [first] = attempts;
    if (first?.kind === "extension") this.#around.board.occupy(first.operatorId, callId, false);
    const isRecorded = this.#around.configuration().site.recordCalls;
    const offsetMs = this.#around.nowMs() - this.startedAtMs;
    const recordingFile = isRecorded ? recordingFileName(callId, legId, offsetMs) : null;
    this.#recordingFileName = recordingFile;
    const order = {
      ...{ callId, legId, attempts, firstLegId: newLegId(), number: number?.e164 ?? dialled, extension },
      ...{ isEmergency: number?.kind === "emergency", ringSeconds: RING_SECONDS, recordingFileName: recordingFile },
    };
    this.#dialOut = new DialOut(order, this.#around, {
      onNotDialled: (error) => {
        this.#around.logger.warn({ callId, error: String(error) }, "call could not be placed");
        this.#failure = "unreachable";
        this.#hangUp("NORMAL_TEMPORARY_FAILURE");
      },
      onFailed: ({ failure }) => this.#failed(failure),
    });
    this.#dialOut.start();
  }

  #failed(failure: DialFailure): void {
    this.#failure = failure;
    this.#note("not-answered", { operatorName: this.#calledName(), reason: failure });
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
    this.#around.onEnded(callId);
    this.#around.onChange();
  }

  #hangUp(cause: string): void {
    this.#hungUpBy ??= "system";
    const { callId, callerLegId: legId } = this;
    this.#around.switch.send({ type: "hang-up", legId, cause }).catch((error: unknown) => {
      this.#around.logger.warn({ callId, error: String(error) }, "phone could not be hung up");
    });
  }

  #closeLeg(event: CallEventOf<"leg-hung-up">): void {
    const { legId, atMs, cause, sipStatus } = event;
    this.#around.log.append([{ type: "leg-ended", legId, atMs, cause, sipStatus }]);
  }

  #open(): void {
    const { callId, callerLegId: legId, startedAtMs: atMs } = this;
    const { direction } = this;
    const caller = this.#caller();
    if (caller) this.#around.board.occupy(caller.operatorId, callId, true);
    this.#around.log.append([
      {
        type: "call-opened",
        callId,
        atMs,
        direction,
        callerNumber: this.extension,
        callerName: caller?.name ?? "",
        callerE164: null,
        isCallerHidden: false,
        dialled: this.dialled,
        dialledE164: direction === "internal" ? null : dialledE164(this.dialled, this.#around.configuration()),
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
    const { board } = this.#around;
    // Of a call that was found under way nothing was decided here.
    const { dialled } = this;
    if (this.#decision === null)
      return this.#around.configuration().operators.find(({ extension }) => extension === dialled);
    const target = this.#decision.type === "dial" ? this.#decision.attempts[0] : undefined;
    return target?.kind === "extension" ? board.find(target.operatorId) : undefined;
  }

  #calledName(): string {
    return this.#called()?.name ?? this.dialled;
  }

  #gateway(): string | null {
    if (this.#dialOut !== null) return this.#dialOut.gateway;
    const target = this.#decision?.type === "dial" ? this.#decision.attempts[0] : undefined;
    return target?.kind === "gateway" ? target.gateway : null;
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
