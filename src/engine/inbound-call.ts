import type { CallCommand } from "../calls/call-command.ts";
import type { CallEvent, CallEventOf, CallPlace, Party } from "../calls/call-event.ts";
import { LOST, type Outcome, type TimelineKind } from "../calls/call-fact.ts";
import { SwitchError } from "../calls/failure.ts";
import {
  type CallId,
  type Extension,
  type LegId,
  newPlayId,
  nodeId,
  type OperatorId,
  type PlayId,
} from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import { callerE164 } from "../calls/number-format.ts";
import { type E164, isHiddenNumber, toE164 } from "../calls/phone-number.ts";
import type { LegSnapshot } from "../calls/switch-port.ts";
import type { CallerLanguages, FlowDocument } from "../flows/ivr/document.ts";
import { ivrStep, outcomeOf, startIvr } from "../flows/ivr/interpreter.ts";
import type { IvrEffect, IvrEvent, IvrState, IvrTimer, Speech } from "../flows/ivr/ivr-types.ts";
import { flowOfNumber, flowOfPlace, languagesOfNumber, ownNumber } from "../flows/routing/own-number.ts";
import { CallerRequests } from "./caller-requests.ts";
import { soundsOf } from "./caller-sounds.ts";
import { callerWorld } from "./caller-world.ts";
import { hasFallenSilent } from "./ended-by.ts";
import { Mailbox } from "./mailbox.ts";
import { messageFileName, recordingFileName } from "./recording-file-name.ts";
import { type RungLeg, RungLegs } from "./rung-legs.ts";
import type { Surroundings } from "./surroundings.ts";
import { Timers } from "./timers.ts";

/** A caller's leg as the engine first meets it: parked, or found after a restart. */
export type Arrival = Pick<
  CallEventOf<"leg-parked">,
  "legId" | "callId" | "party" | "dialled" | "gateway" | "isAnswered" | "place" | "extension"
> & { atMs: number };

interface Talk {
  legId: LegId;
  /** Null: with somebody outside. */
  operatorId: OperatorId | null;
  sinceMs: number;
}

/**
 * One call from outside, or of an operator's phone that tries the flow: carries the interpreter's effects out at the switch, and states in the log what happened.
 * Owned by the engine, which hands it the events of its legs; it ends when the caller's leg does.
 */
export class InboundCall {
  readonly callId: CallId;
  readonly callerLegId: LegId;
  readonly party: Party;
  readonly dialled: string;
  readonly gateway: string | null;
  readonly startedAtMs: number;
  /** Of the operator's phone that tries the flow; null: somebody from outside. */
  readonly extension: Extension | null;
  readonly #around: Surroundings;
  readonly #mailbox = new Mailbox<CallEvent | { type: "ivr"; event: IvrEvent }>((event) => this.#handle(event));
  readonly #timers = new Timers<IvrTimer>((timer) => this.#ivr({ type: "timer-fired", timer }));
  readonly #legs: RungLegs;
  readonly #requests: CallerRequests;
  #state: IvrState;
  #phaseSinceMs: number;
  #playId: PlayId | null = null;
  #talk: Talk | null = null;
  #isRecording = false;
  #hungUpBy: "caller" | "operator" | "system" | null = null;
  #isEnded = false;

  constructor(arrival: Arrival, around: Surroundings) {
    this.callId = arrival.callId;
    this.callerLegId = arrival.legId;
    this.party = arrival.party;
    this.dialled = arrival.dialled;
    this.gateway = arrival.gateway;
    this.extension = arrival.extension;
    this.startedAtMs = arrival.atMs;
    this.#phaseSinceMs = arrival.atMs;
    this.#around = around;
    this.#legs = new RungLegs(arrival.callId, around, (event) => this.post(event));
    const { callId, gateway, startedAtMs } = this;
    const { number } = arrival.party;
    this.#requests = new CallerRequests({ callId, number, gateway, startedAtMs }, around, (event) => this.#ivr(event));
    this.#state = startIvr(flowOfNumber(around.configuration(), this.#number()), this.#languages());
  }

  /** A new caller: opens the row of the log and starts the flow. */
  begin(): void {
    this.#open();
    this.#note("arrived", {});
    this.#ivr({ type: "arrived" });
  }

  /** A caller who was there before the daemon, or before the connection was lost: goes on at the place kept with the channel. */
  resume(place: CallPlace | null, message: LegSnapshot["message"] = null): void {
    this.#legs.dropAll();
    this.#requests.dropAll();
    this.#timers.stopAll();
    this.#playId = null;
    this.#state = startIvr(this.#flowAt(place), this.#languages());
    this.#open();
    this.#note("taken-back", {});
    const isRecordingMessage = message !== null;
    this.#ivr(place ? { type: "taken-back", place, isRecordingMessage } : { type: "arrived" });
    if (message?.recorded) this.#ivr({ type: "message-recorded", ...message.recorded });
  }

  /** A conversation that went on without us: watched, not touched. */
  adoptTalk(caller: LegSnapshot, other: LegSnapshot | undefined): void {
    this.#state = startIvr(this.#flowAt(caller.place), this.#languages());
    this.#open();
    if (!other) return;
    const { operatorId } = other;
    const sinceMs = other.answeredAtMs ?? other.createdAtMs;
    const node = nodeId(caller.place?.node ?? this.#state.document.operators);
    const queuedAtMs = caller.place?.queuedAtMs ?? this.startedAtMs;
    this.#state = { ...this.#state, stage: { name: "talking", node, operatorId, queuedAtMs, sinceMs } };
    this.#phaseSinceMs = sinceMs;
    this.#isRecording = caller.recordingFile !== null;
    const extension = operatorId === null ? undefined : this.#around.board.find(operatorId)?.extension;
    const leg = this.#legs.adopt(other, operatorId === null ? other.dialled : (extension ?? ""));
    if (this.#talk?.legId !== other.legId) this.#startTalk(leg, sinceMs, true);
    this.#note("daemon-restarted", {});
  }

  post(event: CallEvent): void {
    this.#mailbox.post(event);
  }

  operatorFree(operatorId: OperatorId): void {
    this.#ivr({ type: "operator-free", operatorId });
  }

  /**
   * The channel is gone and no event told us why: cut off when the connection was lost, unless the switch's own records (CDR) know better.
   */
  forget(lostAtMs: number): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#timers.stopAll();
    const { callId, callerLegId: legId } = this;
    const atMs = Math.max(lostAtMs, this.#talk?.sinceMs ?? this.startedAtMs);
    if (this.#talk) this.#around.log.append([{ type: "talk-ended", callId, atMs, talkMs: atMs - this.#talk.sinceMs }]);
    this.#requests.dropAll();
    this.#legs.dropAll({ atMs, cause: LOST });
    this.#around.log.append([
      { type: "leg-ended", legId, atMs, cause: LOST, sipStatus: null },
      { type: "timeline", callId, atMs, kind: "hung-up", data: { by: "system", cause: LOST } },
      { type: "call-ended", callId, atMs, outcome: "cut-off", cause: LOST },
    ]);
    this.#around.onEnded(callId);
  }

  /** A test is none of the firm's calls: it counts in no figures, and nobody is called back for it. */
  get direction(): "inbound" | "internal" {
    return this.extension === null ? "inbound" : "internal";
  }

  /** Since when the caller waits for an operator; null when they do not. */
  get waitingSinceMs(): number | null {
    return this.#state.stage.name === "ringing" ? this.#state.stage.group.queuedAtMs : null;
  }

  get isTalking(): boolean {
    return this.#talk !== null;
  }

  /** What the live board shows. */
  get view(): {
    stage: IvrState["stage"];
    document: FlowDocument;
    settled: IvrState["settled"];
    language: Language;
    phaseSinceMs: number;
    ringing: OperatorId[];
    talkingTo: OperatorId | null;
    isRecording: boolean;
  } {
    const { stage, document, settled, language } = this.#state;
    return {
      ...{ stage, document, settled, language },
      phaseSinceMs: this.#phaseSinceMs,
      ringing: this.#legs.ringing,
      talkingTo: this.#talk?.operatorId ?? null,
      isRecording: this.#isRecording,
    };
  }

  #ivr(event: IvrEvent): void {
    this.#mailbox.post({ type: "ivr", event });
  }

  #handle(event: CallEvent | { type: "ivr"; event: IvrEvent }): void {
    if (this.#isEnded) return;
    switch (event.type) {
      case "ivr":
        return this.#step(event.event);
      case "play-finished":
        if (event.legId === this.callerLegId && event.playId === this.#playId) this.#step({ type: "prompt-finished" });
        return;
      case "digit-pressed":
        if (event.legId === this.callerLegId) this.#step({ type: "key-pressed", digit: event.digit });
        return;
      case "leg-parked":
        if (event.legId === this.callerLegId) this.resume(event.place);
        return;
      case "leg-answered":
        return this.#legAnswered(event);
      case "legs-bridged":
        return this.#bridged(event);
      case "leg-held":
        return this.#note(event.isHeld ? "held" : "resumed", {});
      case "message-recorded":
        if (event.legId !== this.callerLegId) return;
        return this.#step({
          type: "message-recorded",
          durationMs: event.durationMs,
          isEndedBySilence: event.isEndedBySilence,
        });
      case "recording-stopped":
        if (!this.#isRecording) return;
        this.#isRecording = false;
        return this.#note("recording-ended", {});
      case "leg-hung-up":
        return event.legId === this.callerLegId ? this.#callerHungUp(event) : this.#otherHungUp(event);
      case "phone-registered":
      case "gateway-changed":
      case "stranger-refused":
      case "password-asked":
      case "password-refused":
      case "password-accepted":
        return;
    }
  }

  #step(event: IvrEvent): void {
    const before = this.#state.stage;
    const world = callerWorld(this.#around, {
      number: this.party.number,
      gateway: this.gateway,
      dialled: this.dialled,
      startedAtMs: this.startedAtMs,
    });
    const step = ivrStep(this.#state, event, world);
    this.#state = step.state;
    if (step.state.stage.name !== before.name) this.#phaseSinceMs = world.nowMs;
    const steps = step.effects.flatMap((effect) => (effect.type === "step" ? [effect.step] : []));
    const { callId } = this;
    if (steps.length > 0) this.#around.log.append([{ type: "flow-walked", callId, atMs: world.nowMs, steps }]);
    for (const effect of step.effects) this.#carryOut(effect);
    if (step.state.stage !== before) this.#around.onChange();
  }

  #carryOut(effect: IvrEffect): void {
    const { callId, callerLegId: legId } = this;
    switch (effect.type) {
      case "answer":
        return this.#send({ type: "answer", legId });
      case "play":
        return this.#play(effect.speech, effect.isLooped);
      case "stop-playing":
        return this.#send({ type: "stop-playing", legId });
      case "ring-operator":
        return this.#ring(effect.operatorId, effect.ringSeconds);
      case "stop-ringing":
        return this.#legs.stop(effect.operatorId);
      case "connect":
        return this.#connect(effect.operatorId);
      case "dial-outside":
        return this.#dialOutside(effect);
      case "stop-dialling":
        return this.#legs.stop(null);
      case "connect-outside":
        return this.#connect(null);
      case "start-timer":
        return this.#timers.start(effect.timer, effect.ms);
      case "stop-timer":
        return this.#timers.stop(effect.timer);
      case "keep-place":
        return this.#send({ type: "set-place", legId, callId, place: effect.place });
      case "set-language":
        return this.#around.log.append([{ type: "call-language", callId, language: effect.language }]);
      case "tag":
        return this.#around.log.append([{ type: "call-tagged", callId, tag: effect.tag }]);
      case "note":
        return this.#note(effect.kind, effect.data);
      case "step":
        return;
      case "record-message":
        return this.#recordMessage(effect.maxSeconds, effect.silenceSeconds);
      case "ask-about-caller":
      case "look-up":
      case "prepare-speech":
      case "drop-request":
        return this.#requests.carryOut(effect);
      case "hang-up":
        this.#hungUpBy ??= "system";
        return this.#send({ type: "hang-up", legId, cause: "NORMAL_CLEARING" });
    }
  }

  #play(speech: readonly Speech[], isLooped: boolean): void {
    const { callId, callerLegId: legId } = this;
    const playId = newPlayId();
    this.#playId = playId;
    const sounds = soundsOf(speech, { callId, languages: this.#languages() }, this.#around);
    this.#send({ type: "play", legId, playId, sounds, isLooped });
  }

  #ring(operatorId: OperatorId, ringSeconds: number): void {
    const isRung = this.#legs.ringOperator(operatorId, ringSeconds, this.#shownNumber());
    if (!isRung) this.#ivr({ type: "operator-failed", operatorId, failure: "unreachable" });
  }

  #dialOutside({ number, ringSeconds }: Extract<IvrEffect, { type: "dial-outside" }>): void {
    const reason = this.#legs.ringOutside(number, ringSeconds, this.dialled);
    if (reason === null) return;
    this.#note("not-answered", { operatorName: number, reason });
    this.#ivr({ type: "outside-failed" });
  }

  #connect(operatorId: OperatorId | null): void {
    const leg = this.#legs.answered(operatorId);
    if (!leg) return this.#ivr({ type: "connect-failed" });
    this.#playId = null;
    if (this.#number()?.recordCalls ?? this.#around.configuration().site.recordCalls) this.#record();
    this.#around.switch
      .send({ type: "bridge", legId: this.callerLegId, otherLegId: leg.legId })
      .catch((error: unknown) => {
        this.#around.logger.warn({ callId: this.callId, error: String(error) }, "could not connect the two");
        this.#send({ type: "hang-up", legId: leg.legId, cause: "NORMAL_CLEARING" });
        this.#ivr({ type: "connect-failed" });
      });
  }

  #record(): void {
    if (this.#isRecording) return;
    this.#isRecording = true;
    const { callId, callerLegId: legId } = this;
    const atMs = this.#around.nowMs();
    const fileName = recordingFileName(callId, legId, atMs - this.startedAtMs);
    this.#around.log.append([{ type: "recording-started", callId, legId, atMs, fileName }]);
    this.#note("recording-started", {});
    this.#send({ type: "start-recording", legId, fileName });
  }

  #recordMessage(maxSeconds: number, silenceSeconds: number): void {
    const { callId, callerLegId: legId } = this;
    this.#playId = null;
    const fileName = messageFileName(callId, legId, this.#around.nowMs() - this.startedAtMs);
    this.#around.switch
      .send({ type: "record-message", legId, playId: newPlayId(), fileName, maxSeconds, silenceSeconds })
      .catch((error: unknown) => {
        this.#around.logger.warn({ callId, error: String(error) }, "message could not be recorded");
        // Whose leg or switch is gone is met again elsewhere; anybody else must not be left in silence.
        if (error instanceof SwitchError && (error.reason === "no-such-leg" || error.reason === "socket-lost")) return;
        this.#ivr({ type: "message-recorded", durationMs: 0, isEndedBySilence: false });
      });
  }

  #legAnswered(event: CallEventOf<"leg-answered">): void {
    const leg = this.#legs.get(event.legId);
    if (!leg && event.legId !== this.callerLegId) return;
    this.#around.log.append([{ type: "leg-answered", legId: event.legId, atMs: event.atMs }]);
    if (!leg) return;
    leg.isAnswered = true;
    if (leg.isLetGo) return this.#legs.letGo(leg);
    const { operatorId } = leg;
    if (operatorId !== null) this.#step({ type: "operator-answered", operatorId });
    else if (this.#state.stage.name === "dialling-out") this.#step({ type: "outside-answered" });
    else this.#legs.letGo(leg);
  }

  #bridged(event: CallEventOf<"legs-bridged">): void {
    const leg = this.#legs.get(event.otherLegId) ?? this.#legs.get(event.legId);
    if (!leg || this.#talk) return;
    this.#step({ type: "connected" });
    this.#startTalk(leg, event.atMs);
  }

  #startTalk({ legId, operatorId, name }: RungLeg, atMs: number, isAdopted = false): void {
    const { callId } = this;
    this.#talk = { legId, operatorId, sinceMs: atMs };
    if (operatorId !== null) this.#around.board.occupy(operatorId, callId, true);
    const stage = this.#state.stage;
    const queuedAtMs = stage.name === "talking" ? stage.queuedAtMs : this.startedAtMs;
    const waitMs = Math.max(0, atMs - queuedAtMs);
    this.#around.log.append([{ type: "talk-started", callId, atMs, operatorId, waitMs }]);
    const told = { type: "timeline", callId, kind: "talking", data: { operatorName: name } } as const;
    if (isAdopted) this.#around.log.append([{ ...told, atMs, unlessTold: true }]);
    else this.#note("talking", { operatorName: name });
    this.#around.onChange();
  }

  #otherHungUp(event: CallEventOf<"leg-hung-up">): void {
    const leg = this.#legs.get(event.legId);
    if (!leg) return;
    this.#legs.forget(event.legId);
    this.#closeLeg(event);
    const { operatorId, name } = leg;
    const stage = this.#state.stage;
    const isBeingConnected =
      operatorId === null
        ? stage.name === "connecting-outside"
        : stage.name === "connecting" && stage.operatorId === operatorId;
    if (this.#talk?.legId === leg.legId) {
      if (hasFallenSilent(event)) this.#hungUpBy ??= "system";
      // The switch hangs the caller up as well (hangup_after_bridge); saying it again costs nothing.
      this.#send({ type: "hang-up", legId: this.callerLegId, cause: "NORMAL_CLEARING" });
    } else if (isBeingConnected) {
      this.#step({ type: "connect-failed" });
    } else if (!leg.isLetGo) {
      if (operatorId === null && stage.name === "dialling-out" && this.#legs.tryNext(event)) return;
      if (event.failure !== "cancelled") this.#note("not-answered", { operatorName: name, reason: event.failure });
      if (operatorId === null) this.#step({ type: "outside-failed" });
      else this.#step({ type: "operator-failed", operatorId, failure: event.failure });
    }
    this.#legs.release(leg);
    this.#around.onChange();
  }

  #callerHungUp(event: CallEventOf<"leg-hung-up">): void {
    // Both legs of a talk end together, in either order of their events: the caller's own leg knows who did it.
    if (event.isEndedByParty) this.#hungUpBy = "caller";
    else this.#hungUpBy ??= this.#talk && !hasFallenSilent(event) ? "operator" : "system";
    this.#closeLeg(event);
    this.#end(event.atMs, this.#outcomeAfter(event), event.cause);
  }

  #outcomeAfter({ wasAnswered, isEndedByParty }: CallEventOf<"leg-hung-up">): Outcome {
    if (this.#talk) return "talked";
    // Neither we nor they wanted it: no codec in common, say.
    return !wasAnswered && !isEndedByParty ? "failed" : outcomeOf(this.#state);
  }

  #end(atMs: number, outcome: Outcome, cause: string): void {
    this.#isEnded = true;
    this.#timers.stopAll();
    this.#requests.dropAll();
    const { callId } = this;
    if (this.#talk) {
      this.#around.log.append([{ type: "talk-ended", callId, atMs, talkMs: Math.max(0, atMs - this.#talk.sinceMs) }]);
    }
    this.#note("hung-up", { by: this.#hungUpBy ?? "system", cause });
    this.#around.log.append([{ type: "call-ended", callId, atMs, outcome, cause }]);
    this.#legs.dropAll();
    this.#around.onEnded(callId);
    this.#around.onChange();
  }

  #tester() {
    return this.extension === null ? undefined : this.#around.board.byExtension(this.extension);
  }

  #closeLeg(event: CallEventOf<"leg-hung-up">): void {
    const { legId, atMs, cause, sipStatus } = event;
    this.#around.log.append([{ type: "leg-ended", legId, atMs, cause, sipStatus }]);
  }

  #send(command: CallCommand): void {
    this.#around.switch.send(command).catch((error: unknown) => {
      // A leg that is gone says so by its own event; the rest is worth a line.
      if (error instanceof SwitchError && error.reason === "no-such-leg") return;
      this.#around.logger.warn({ callId: this.callId, command: command.type, error: String(error) }, "command failed");
    });
  }

  #open(): void {
    const { party, callId } = this;
    const { site, numbers } = this.#around.configuration();
    const { country } = site;
    const atMs = this.startedAtMs;
    const tester = this.#tester();
    // Whoever tries the flow is not rung by it.
    if (tester) this.#around.board.occupy(tester.operatorId, callId, true);
    this.#around.log.append([
      {
        type: "call-opened",
        callId,
        atMs,
        direction: this.direction,
        callerNumber: party.number,
        callerName: party.name,
        callerE164: this.#callerE164(),
        isCallerHidden: isHiddenNumber(party.number),
        dialled: this.dialled,
        dialledE164: toE164(this.dialled, country),
        gateway: this.gateway,
        flow: { id: this.#state.document.id, version: this.#state.document.version },
        language: this.#state.language,
        // As long as no number is entered, none is known.
        isUnknownNumber: this.extension === null && numbers.length > 0 && this.#number() === undefined,
      },
      {
        type: "leg-opened",
        legId: this.callerLegId,
        callId,
        atMs,
        role: "caller",
        origin: this.extension === null ? "trunk" : "phone",
        number: party.number,
        operatorId: null,
      },
    ]);
  }

  #note(kind: TimelineKind, data: Record<string, string | number | null>): void {
    this.#around.log.append([{ type: "timeline", callId: this.callId, atMs: this.#around.nowMs(), kind, data }]);
  }

  #callerE164(): E164 | null {
    return callerE164(this.party.number, this.gateway, this.#around.configuration());
  }

  /** Short ones too, of another exchange or of a service, though nobody can be called back by them. */
  #shownNumber(): string | null {
    const { number } = this.party;
    return this.#callerE164() ?? (/^\+?[0-9]{1,20}$/.test(number) ? number : null);
  }

  #number() {
    const { numbers, site } = this.#around.configuration();
    return ownNumber(numbers, this.dialled, site.country);
  }

  #flowAt(place: CallPlace | null): FlowDocument {
    const configuration = this.#around.configuration();
    const kept = place === null ? undefined : flowOfPlace(configuration, place);
    return kept ?? flowOfNumber(configuration, this.#number());
  }

  #languages(): CallerLanguages {
    return languagesOfNumber(this.#around.configuration().site, this.#number()?.language ?? null);
  }
}
