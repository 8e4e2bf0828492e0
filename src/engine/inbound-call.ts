import type { CallCommand, Sound } from "../calls/call-command.ts";
import type { CallEvent, CallEventOf, CallPlace, Party } from "../calls/call-event.ts";
import { LOST, type Outcome, type TimelineKind } from "../calls/call-fact.ts";
import { SwitchError } from "../calls/failure.ts";
import { type CallId, type LegId, newLegId, newPlayId, type OperatorId, type PlayId } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import { isHiddenNumber, toE164 } from "../calls/phone-number.ts";
import { MAIN_SCHEDULE } from "../calls/schedule.ts";
import type { LegSnapshot } from "../calls/switch-port.ts";
import type { CallerLanguages, RingGroupNode } from "../flows/ivr/document.ts";
import {
  type IvrEffect,
  type IvrEvent,
  type IvrState,
  type IvrTimer,
  ivrStep,
  outcomeOf,
  type Speech,
  startIvr,
} from "../flows/ivr/interpreter.ts";
import { flowWithHours } from "./flow-hours.ts";
import { Mailbox } from "./mailbox.ts";
import { messageFileName, recordingFileName } from "./recording-file-name.ts";
import type { Surroundings } from "./surroundings.ts";
import { Timers } from "./timers.ts";

/** A caller's leg as the engine first meets it: parked, or found after a restart. */
export type Arrival = Pick<
  CallEventOf<"leg-parked">,
  "legId" | "callId" | "party" | "dialled" | "gateway" | "isAnswered" | "place"
> & { atMs: number };

interface OperatorLeg {
  legId: LegId;
  operatorId: OperatorId;
  isAnswered: boolean;
}

interface Talk {
  legId: LegId;
  operatorId: OperatorId;
  sinceMs: number;
}

/**
 * One call from outside: carries the interpreter's effects out at the switch, and states in the log what happened.
 * Owned by the engine, which hands it the events of its legs; it ends when the caller's leg does.
 */
export class InboundCall {
  readonly callId: CallId;
  readonly callerLegId: LegId;
  readonly party: Party;
  readonly dialled: string;
  readonly gateway: string | null;
  readonly startedAtMs: number;
  readonly direction = "inbound";
  readonly #around: Surroundings;
  readonly #mailbox = new Mailbox<CallEvent | { type: "ivr"; event: IvrEvent }>((event) => this.#handle(event));
  readonly #timers = new Timers<IvrTimer>((timer) => this.#ivr({ type: "timer-fired", timer }));
  readonly #legs = new Map<LegId, OperatorLeg>();
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
    this.startedAtMs = arrival.atMs;
    this.#phaseSinceMs = arrival.atMs;
    this.#around = around;
    this.#state = startIvr(this.#flow(), this.#languages());
  }

  /** A new caller: opens the row of the log and starts the flow. */
  begin(): void {
    this.#open();
    this.#note("arrived", {});
    this.#ivr({ type: "arrived" });
  }

  /** A caller who was there before the daemon, or before the connection was lost: goes on at the place kept with the channel. */
  resume(place: CallPlace | null, message: LegSnapshot["message"] = null): void {
    this.#dropOperatorLegs();
    this.#timers.stopAll();
    this.#playId = null;
    this.#state = startIvr(this.#flow(), this.#languages());
    this.#open();
    this.#note("taken-back", {});
    const isRecordingMessage = message !== null;
    this.#ivr(place ? { type: "taken-back", place, isRecordingMessage } : { type: "arrived" });
    if (message?.recorded) this.#ivr({ type: "message-recorded", ...message.recorded });
  }

  /** A conversation that went on without us: watched, not touched. */
  adoptTalk(caller: LegSnapshot, operator: LegSnapshot | undefined): void {
    this.#open();
    const operatorId = operator?.operatorId;
    if (!operator || operatorId === undefined || operatorId === null) return;
    const sinceMs = operator.answeredAtMs ?? operator.createdAtMs;
    const node = this.#state.document.operators;
    const queuedAtMs = caller.place?.queuedAtMs ?? this.startedAtMs;
    this.#state = { ...this.#state, stage: { name: "talking", node, operatorId, queuedAtMs, sinceMs } };
    this.#phaseSinceMs = sinceMs;
    this.#isRecording = caller.recordingFile !== null;
    this.#around.rememberLeg(operator.legId, this.callId);
    if (!this.#legs.has(operator.legId)) {
      this.#around.log.append([
        {
          type: "leg-opened",
          legId: operator.legId,
          callId: this.callId,
          atMs: operator.createdAtMs,
          role: "operator",
          origin: "daemon",
          number: this.#around.board.find(operatorId)?.extension ?? "",
          operatorId,
        },
        { type: "leg-answered", legId: operator.legId, atMs: sinceMs },
      ]);
      this.#legs.set(operator.legId, { legId: operator.legId, operatorId, isAnswered: true });
    }
    if (this.#talk?.legId !== operator.legId) this.#startTalk({ legId: operator.legId, operatorId, sinceMs }, true);
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
    this.#dropOperatorLegs({ atMs, cause: LOST });
    this.#around.log.append([
      { type: "leg-ended", legId, atMs, cause: LOST, sipStatus: null },
      { type: "timeline", callId, atMs, kind: "hung-up", data: { by: "system", cause: LOST } },
      { type: "call-ended", callId, atMs, outcome: "cut-off", cause: LOST },
    ]);
    this.#around.onEnded(callId);
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
    settled: IvrState["settled"];
    language: Language;
    phaseSinceMs: number;
    ringing: OperatorId[];
    talkingTo: OperatorId | null;
    isRecording: boolean;
  } {
    const ringing = [...this.#legs.values()].filter((leg) => !leg.isAnswered).map((leg) => leg.operatorId);
    return {
      stage: this.#state.stage,
      settled: this.#state.settled,
      language: this.#state.language,
      phaseSinceMs: this.#phaseSinceMs,
      ringing,
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
        return event.legId === this.callerLegId ? this.#callerHungUp(event) : this.#operatorHungUp(event);
      case "phone-registered":
      case "gateway-changed":
        return;
    }
  }

  #step(event: IvrEvent): void {
    const before = this.#state.stage;
    const nowMs = this.#around.nowMs();
    const step = ivrStep(this.#state, event, {
      nowMs,
      timeZone: this.#around.configuration().site.timeZone,
      group: (node: RingGroupNode) => this.#around.board.view(node.operatorIds),
    });
    this.#state = step.state;
    if (step.state.stage.name !== before.name) this.#phaseSinceMs = nowMs;
    for (const effect of step.effects) this.#carryOut(effect);
    if (step.state.stage !== before) this.#around.onChange();
  }

  #carryOut(effect: IvrEffect): void {
    switch (effect.type) {
      case "answer":
        return this.#send({ type: "answer", legId: this.callerLegId });
      case "play":
        return this.#play(effect.speech, effect.isLooped);
      case "ring-operator":
        return this.#ring(effect.operatorId, effect.ringSeconds);
      case "stop-ringing":
        return this.#stopRinging(effect.operatorId);
      case "connect":
        return this.#connect(effect.operatorId);
      case "start-timer":
        return this.#timers.start(effect.timer, effect.ms);
      case "stop-timer":
        return this.#timers.stop(effect.timer);
      case "keep-place":
        return this.#send({ type: "set-place", legId: this.callerLegId, callId: this.callId, place: effect.place });
      case "set-language":
        return this.#around.log.append([{ type: "call-language", callId: this.callId, language: effect.language }]);
      case "note":
        return this.#note(effect.kind, effect.data);
      case "record-message":
        return this.#recordMessage(effect.maxSeconds, effect.silenceSeconds);
      case "hang-up":
        this.#hungUpBy ??= "system";
        return this.#send({ type: "hang-up", legId: this.callerLegId, cause: "NORMAL_CLEARING" });
    }
  }

  #play(speech: readonly Speech[], isLooped: boolean): void {
    const sounds = speech.flatMap((one) => this.#sound(one));
    this.#playId = newPlayId();
    this.#send({
      type: "play",
      legId: this.callerLegId,
      playId: this.#playId,
      // A prompt that exists in no language is a pause: the flow goes on, the caller is not stuck.
      sounds: sounds.length > 0 ? sounds : [{ kind: "silence", ms: 500 }],
      isLooped,
    });
  }

  #sound(speech: Speech): Sound[] {
    if (speech === "ringback") return [{ kind: "ringback" }];
    if (speech === "beep") return [{ kind: "beep" }];
    const { prompts } = this.#around;
    const path = prompts.file(speech.prompt, speech.language) ?? prompts.file(speech.prompt, this.#languages()[0]);
    if (path !== null) return [{ kind: "file", path }];
    this.#around.logger.warn(
      { callId: this.callId, prompt: speech.prompt, language: speech.language },
      "no such prompt",
    );
    return [];
  }

  #ring(operatorId: OperatorId, ringSeconds: number): void {
    const operator = this.#around.board.find(operatorId);
    if (!operator) return this.#ivr({ type: "operator-failed", operatorId, failure: "unreachable" });
    const legId = newLegId();
    const atMs = this.#around.nowMs();
    this.#legs.set(legId, { legId, operatorId, isAnswered: false });
    this.#around.rememberLeg(legId, this.callId);
    this.#around.board.occupy(operatorId, this.callId, false);
    this.#around.log.append([
      {
        type: "leg-opened",
        legId,
        callId: this.callId,
        atMs,
        role: "operator",
        origin: "daemon",
        number: operator.extension,
        operatorId,
      },
    ]);
    this.#note("ringing", { operatorName: operator.name, extension: operator.extension });
    const command: CallCommand = {
      type: "ring-extension",
      legId,
      callId: this.callId,
      operatorId,
      extension: operator.extension,
      callerNumber: this.#callerE164(),
      ringSeconds,
    };
    this.#around.switch.send(command).catch((error: unknown) => {
      this.#around.logger.warn({ callId: this.callId, legId, error: String(error) }, "phone could not be rung");
      const failure = error instanceof SwitchError && error.reason === "socket-lost" ? "socket-lost" : "unreachable";
      this.post({
        type: "leg-hung-up",
        legId,
        callId: this.callId,
        cause: "ORIGINATE_FAILED",
        sipStatus: null,
        failure,
        wasAnswered: false,
        isEndedByParty: false,
        atMs: this.#around.nowMs(),
      });
    });
  }

  #stopRinging(operatorId: OperatorId): void {
    for (const leg of this.#legs.values()) {
      if (leg.operatorId !== operatorId) continue;
      const cause = leg.isAnswered ? "LOSE_RACE" : "ORIGINATOR_CANCEL";
      this.#send({ type: "hang-up", legId: leg.legId, cause });
    }
  }

  #connect(operatorId: OperatorId): void {
    const leg = [...this.#legs.values()].find((one) => one.operatorId === operatorId && one.isAnswered);
    if (!leg) return this.#ivr({ type: "connect-failed" });
    this.#playId = null;
    if (this.#around.configuration().site.recordCalls) this.#record();
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
    this.#step({ type: "operator-answered", operatorId: leg.operatorId });
  }

  #bridged(event: CallEventOf<"legs-bridged">): void {
    const leg = this.#legs.get(event.otherLegId) ?? this.#legs.get(event.legId);
    if (!leg || this.#talk) return;
    this.#step({ type: "connected" });
    this.#startTalk({ legId: leg.legId, operatorId: leg.operatorId, sinceMs: event.atMs });
  }

  #startTalk(talk: Talk, isAdopted = false): void {
    this.#talk = talk;
    this.#around.board.occupy(talk.operatorId, this.callId, true);
    const stage = this.#state.stage;
    const queuedAtMs = stage.name === "talking" ? stage.queuedAtMs : this.startedAtMs;
    const { operatorId, sinceMs: atMs } = talk;
    const waitMs = Math.max(0, atMs - queuedAtMs);
    this.#around.log.append([{ type: "talk-started", callId: this.callId, atMs, operatorId, waitMs }]);
    const operatorName = this.#around.board.find(operatorId)?.name ?? "";
    const told = { type: "timeline", callId: this.callId, kind: "talking", data: { operatorName } } as const;
    if (isAdopted) this.#around.log.append([{ ...told, atMs, unlessTold: true }]);
    else this.#note("talking", { operatorName });
    this.#around.onChange();
  }

  #operatorHungUp(event: CallEventOf<"leg-hung-up">): void {
    const leg = this.#legs.get(event.legId);
    if (!leg) return;
    this.#legs.delete(event.legId);
    this.#closeLeg(event);
    const { operatorId } = leg;
    const stage = this.#state.stage;
    if (this.#talk?.legId === leg.legId) {
      // The switch hangs the caller up as well (hangup_after_bridge); saying it again costs nothing.
      this.#send({ type: "hang-up", legId: this.callerLegId, cause: "NORMAL_CLEARING" });
    } else if (stage.name === "connecting" && stage.operatorId === operatorId) {
      this.#step({ type: "connect-failed" });
    } else {
      const operatorName = this.#around.board.find(operatorId)?.name ?? "";
      if (event.failure !== "cancelled") this.#note("not-answered", { operatorName, reason: event.failure });
      this.#step({ type: "operator-failed", operatorId, failure: event.failure });
    }
    this.#around.board.release(operatorId, this.callId);
    this.#around.onChange();
  }

  #callerHungUp(event: CallEventOf<"leg-hung-up">): void {
    // Both legs of a talk end together, in either order of their events: the caller's own leg knows who did it.
    if (event.isEndedByParty) this.#hungUpBy = "caller";
    else this.#hungUpBy ??= this.#talk ? "operator" : "system";
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
    const { callId } = this;
    if (this.#talk) {
      this.#around.log.append([{ type: "talk-ended", callId, atMs, talkMs: Math.max(0, atMs - this.#talk.sinceMs) }]);
    }
    this.#note("hung-up", { by: this.#hungUpBy ?? "system", cause });
    this.#around.log.append([{ type: "call-ended", callId, atMs, outcome, cause }]);
    this.#dropOperatorLegs();
    this.#around.onEnded(callId);
    this.#around.onChange();
  }

  /** Lets every operator's leg of this call go. Their ends are still stated in the log when the switch tells. */
  #dropOperatorLegs(end: { atMs: number; cause: string } | null = null): void {
    for (const leg of this.#legs.values()) {
      this.#send({ type: "hang-up", legId: leg.legId, cause: leg.isAnswered ? "LOSE_RACE" : "ORIGINATOR_CANCEL" });
      this.#around.log.append([
        {
          type: "leg-ended",
          legId: leg.legId,
          ...(end ?? { atMs: this.#around.nowMs(), cause: "ORIGINATOR_CANCEL" }),
          sipStatus: null,
        },
      ]);
      this.#around.board.release(leg.operatorId, this.callId);
    }
    this.#legs.clear();
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
    const { country } = this.#around.configuration().site;
    const atMs = this.startedAtMs;
    this.#around.log.append([
      {
        type: "call-opened",
        callId,
        atMs,
        direction: "inbound",
        callerNumber: party.number,
        callerName: party.name,
        callerE164: toE164(party.number, country),
        isCallerHidden: isHiddenNumber(party.number),
        dialled: this.dialled,
        dialledE164: toE164(this.dialled, country),
        gateway: this.gateway,
        flow: { id: this.#state.document.id, version: this.#state.document.version },
        language: this.#state.language,
      },
      {
        type: "leg-opened",
        legId: this.callerLegId,
        callId,
        atMs,
        role: "caller",
        origin: "trunk",
        number: party.number,
        operatorId: null,
      },
    ]);
  }

  #note(kind: TimelineKind, data: Record<string, string | number | null>): void {
    this.#around.log.append([{ type: "timeline", callId: this.callId, atMs: this.#around.nowMs(), kind, data }]);
  }

  #callerE164(): string | null {
    return toE164(this.party.number, this.#around.configuration().site.country);
  }

  /** The called number's own language comes first. */
  /** The hours within the document are those of the day on which it was published: the schedule's are in force. */
  #flow() {
    const schedule = this.#ownNumber()?.scheduleId ?? MAIN_SCHEDULE;
    return flowWithHours(this.#around.configuration(), schedule, this.#around.nowMs());
  }

  #ownNumber() {
    return this.#around.configuration().numbers.find(({ number }) => sameNumber(number, this.dialled));
  }

  #languages(): CallerLanguages {
    const { site } = this.#around.configuration();
    const own = this.#ownNumber()?.language ?? null;
    const offered = site.callerLanguages.filter((language) => language !== own);
    const [first, ...others] = own === null ? offered : [own, ...offered];
    return [first ?? site.language, ...others];
  }
}

function sameNumber(one: string, other: string): boolean {
  return digitsOf(one) === digitsOf(other);
}

function digitsOf(number: string): string {
  return number.replaceAll(/[^0-9]/g, "");
}
