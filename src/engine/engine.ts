import type { CallEvent, CallEventOf } from "../calls/call-event.ts";
import type { CallLog } from "../calls/call-fact.ts";
import type { CallId, LegId, OperatorId } from "../calls/ids.ts";
import { callerE164 } from "../calls/number-format.ts";
import type { E164 } from "../calls/phone-number.ts";
import type { RedialDialler, RedialOrder } from "../calls/redial.ts";
import type { RoutingConfiguration } from "../calls/routing-configuration.ts";
import type { LegSnapshot, SwitchPort, SwitchState } from "../calls/switch-port.ts";
import { TEST_CALL_CODE } from "../calls/test-call.ts";
import { readHoursCode } from "../flows/hours/phone-codes.ts";
import { type FlowDocument, nodeOf } from "../flows/ivr/document.ts";
import type { RoutingWorld } from "../flows/routing/decide-route.ts";
import { dialledE164 } from "../flows/routing/outside-number.ts";
import { HoursCall } from "./hours-call.ts";
import { type Arrival, InboundCall } from "./inbound-call.ts";
import { OperatorBoard } from "./operator-board.ts";
import type { OutgoingLedger } from "./outgoing-ledger.ts";
import { PhoneCall } from "./phone-call.ts";
import { PromptRecordingCall, type PromptRecordingOrder } from "./prompt-recording-call.ts";
import { isRedialLeg, RedialCall } from "./redial-call.ts";
import type {
  CallerBook,
  EngineLogger,
  HoursDesk,
  LookUps,
  PromptShelf,
  SpokenTexts,
  Surroundings,
} from "./surroundings.ts";
import type { SyntheticCalls } from "./synthetic-calls.ts";
import type { TrunkLoad } from "./trunk-load.ts";

export interface EngineParts {
  switch: SwitchPort;
  log: CallLog;
  prompts: PromptShelf;
  spokenTexts: SpokenTexts;
  lookUps: LookUps;
  callerBook: CallerBook;
  hours: HoursDesk;
  configuration: () => RoutingConfiguration<FlowDocument>;
  world: RoutingWorld;
  ledger: OutgoingLedger;
  load: TrunkLoad;
  /** Calls of the box to its own numbers: nobody's else. */
  synthetic: Pick<SyntheticCalls, "takes">;
  logger: EngineLogger;
  nowMs: () => number;
}

/** A call that the static fallback carries: shown on the board, left alone; its record is made from its CDR files. */
export interface FallbackCall {
  callId: CallId;
  legId: LegId;
  snapshot: LegSnapshot;
}

/**
 * Hands the switch's events to the calls they belong to, takes live calls over after a restart or a lost connection, and tells
 * waiting callers when an operator becomes free. Who closes whom is in README.md beside this file.
 */
type EngineCall = InboundCall | PhoneCall | HoursCall | RedialCall | PromptRecordingCall;

export class Engine implements RedialDialler {
  readonly board: OperatorBoard;
  readonly #parts: EngineParts;
  readonly #around: Surroundings;
  readonly #calls = new Map<CallId, EngineCall>();
  readonly #fallbacks = new Map<LegId, FallbackCall>();
  readonly #legs = new Map<LegId, CallId>();
  readonly #parkedSinceConnected = new Set<LegId>();
  readonly #listeners = new Set<() => void>();
  readonly #adopted = new Set<(liveCalls: ReadonlySet<CallId>) => void>();
  #unsubscribe: (() => void)[] = [];
  #isAdopted = false;
  /** When the connection went whose calls are still to be looked up; Unix ms. */
  #lostAtMs: number | null = null;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.board = new OperatorBoard(() => parts.configuration().operators, {
      onFree: (operatorId) => this.#operatorFree(operatorId),
      onChange: () => this.#changed(),
    });
    this.#around = {
      ...parts,
      rememberLeg: (legId, callId) => this.#legs.set(legId, callId),
      board: this.board,
      onChange: () => this.#changed(),
      onEnded: (callId) => this.#forget(callId),
    };
  }

  start(): void {
    this.#unsubscribe = [
      this.#parts.switch.onEvent((event) => this.#onEvent(event)),
      this.#parts.switch.onState((state) => this.#onState(state)),
    ];
    this.#onState(this.#parts.switch.state);
  }

  /** Lets go of the switch without touching a call: they go on, and the guard or the next start takes care of them. */
  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
  }

  get calls(): readonly EngineCall[] {
    return [...this.#calls.values()];
  }

  get fallbackCalls(): readonly FallbackCall[] {
    return [...this.#fallbacks.values()];
  }

  isLegAlive(legId: LegId): boolean {
    return this.#legs.has(legId) || this.#fallbacks.has(legId);
  }

  /** The switch is connected, and every call that it has is known here. */
  get isReady(): boolean {
    return this.#isAdopted && this.#parts.switch.state.name === "connected";
  }

  freeOperators(): readonly OperatorId[] {
    const isSomebodyWaiting = this.calls.some((call) => call instanceof InboundCall && call.waitingSinceMs !== null);
    const { flow } = this.#parts.configuration();
    const group = nodeOf(flow, flow.operators);
    return isSomebodyWaiting ? [] : this.board.view(group?.type === "ring-group" ? group.operatorIds : []).free;
  }

  isOnLine(number: E164): boolean {
    return this.calls.some((call) => this.#otherEnd(call) === number) || this.#isInFallback(number);
  }

  hasCall(callId: CallId): boolean {
    return this.#calls.has(callId);
  }

  /** Calls somebody back: an operator first. */
  begin(order: RedialOrder): void {
    this.#keep(new RedialCall(order, this.#parts.nowMs(), this.#around)).begin(order);
  }

  /** Rings an operator's phone so that they record a prompt. */
  recordPrompt(order: PromptRecordingOrder): void {
    this.#keep(new PromptRecordingCall(order, this.#parts.nowMs(), this.#around)).begin();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Told after each (re)connection which calls the switch still has; all others have ended without us. */
  onAdopted(listener: (liveCalls: ReadonlySet<CallId>) => void): () => void {
    this.#adopted.add(listener);
    return () => this.#adopted.delete(listener);
  }

  #onEvent(event: CallEvent): void {
    this.#parts.load.hear(event);
    if (this.#parts.synthetic.takes(event)) return;
    switch (event.type) {
      case "phone-registered":
        return this.board.setRegistered(event.extension, event.isRegistered);
      case "gateway-changed":
        return this.#changed();
      case "stranger-refused":
      case "password-asked":
      case "password-refused":
      case "password-accepted":
        return;
      case "leg-parked":
        this.#parkedSinceConnected.add(event.legId);
        if (!this.#legs.has(event.legId)) return this.#arrived(event);
        break;
      case "leg-answered":
        this.#parts.ledger.answered(event.legId, event.atMs);
        break;
      case "leg-hung-up":
        this.#parts.ledger.ended(event.legId, event.atMs);
        if (this.#fallbacks.delete(event.legId)) this.#changed();
        break;
      default:
    }
    this.#callOf(event.legId)?.post(event);
  }

  #callOf(legId: LegId): EngineCall | undefined {
    const callId = this.#legs.get(legId);
    return callId === undefined ? undefined : this.#calls.get(callId);
  }

  #arrived(event: CallEventOf<"leg-parked">): void {
    const isTest = isTestCall(event);
    if (event.origin === "phone" && !isTest) return this.#phoneDialled(event);
    if (event.origin !== "trunk" && !isTest) return;
    const call = this.#newCall(event);
    for (const other of this.#callsBackTo(call)) other.callerCalledUs();
    // A place on a leg we do not know: the guard kept the caller while we were away.
    if (event.place) call.resume(event.place);
    else call.begin();
  }

  #phoneDialled(event: CallEventOf<"leg-parked">): void {
    const call = this.#newPhoneCall(event);
    call?.begin();
    // Refused, or to a colleague: then nobody outside is called.
    if (!(call instanceof PhoneCall) || call.view.gateway === null) return;
    for (const other of this.#callsBackTo(call)) other.calledByHand();
  }

  #callsBackTo(call: EngineCall): RedialCall[] {
    const number = this.#otherEnd(call);
    return this.calls.filter(
      (other) => other instanceof RedialCall && number !== null && other.dialled === number,
    ) as RedialCall[];
  }

  /** The number of whoever is not us. */
  #otherEnd(call: EngineCall): E164 | null {
    const configuration = this.#parts.configuration();
    if (call instanceof InboundCall) return callerE164(call.party.number, call.gateway, configuration);
    return call.direction === "internal" ? null : dialledE164(call.dialled, configuration);
  }

  #isInFallback(number: E164): boolean {
    return this.fallbackCalls.some(
      ({ snapshot: { party, gateway } }) => callerE164(party.number, gateway, this.#parts.configuration()) === number,
    );
  }

  #newCall({ extension, party, ...arrival }: Arrival): InboundCall {
    const name = extension === null ? "" : (this.board.byExtension(extension)?.name ?? "");
    const shown = extension === null ? party : { number: extension, name };
    return this.#keep(new InboundCall({ ...arrival, extension, party: shown }, this.#around));
  }

  #newPhoneCall(leg: Pick<LegSnapshot, "legId" | "dialled" | "extension"> & { callId: CallId | null; atMs: number }) {
    const { callId, extension } = leg;
    if (callId === null || extension === null) return undefined;
    const arrival = { ...leg, callId, extension };
    const code = readHoursCode(leg.dialled);
    return this.#keep(
      code === null ? new PhoneCall(arrival, this.#around) : new HoursCall(arrival, code, this.#around),
    );
  }

  #keep<Kind extends EngineCall>(call: Kind): Kind {
    this.#calls.set(call.callId, call);
    this.#legs.set(call.callerLegId, call.callId);
    this.#parts.logger.info({ callId: call.callId, direction: call.direction }, "call arrived");
    this.#changed();
    return call;
  }

  #onState(state: SwitchState): void {
    this.#isAdopted = false;
    this.#changed();
    if (state.name !== "connected") {
      this.#lostAtMs ??= state.sinceMs;
      return;
    }
    this.#parkedSinceConnected.clear();
    this.#parts.load.connected();
    this.#adopt().catch((error: unknown) => {
      this.#parts.logger.error({ error: String(error) }, "could not take over the calls of the switch");
    });
  }

  async #adopt(): Promise<void> {
    const { switch: phones } = this.#parts;
    const [legs, registered] = await Promise.all([phones.listLegs(), phones.registeredExtensions()]);
    const byId = new Map(legs.map((leg) => [leg.legId, leg]));
    this.#parts.ledger.adopt(legs);
    this.#parts.load.adopt(legs);
    const liveCalls = new Set(legs.flatMap((leg) => (leg.callId === null ? [] : [leg.callId])));
    for (const call of this.calls) {
      if (!byId.has(call.callerLegId) && !this.#parkedSinceConnected.has(call.callerLegId)) {
        call.forget(this.#lostAtMs ?? this.#parts.nowMs());
      } else liveCalls.add(call.callId);
    }
    for (const leg of legs) {
      // Whoever parked after we were back is in our hands already, by the event.
      if (!this.#parkedSinceConnected.has(leg.legId)) this.#adoptLeg(leg, byId);
    }
    this.board.setAllRegistered(registered);
    this.#isAdopted = true;
    this.#lostAtMs = null;
    for (const told of this.#adopted) told(liveCalls);
    this.#changed();
  }

  #adoptLeg(leg: LegSnapshot, byId: ReadonlyMap<LegId, LegSnapshot>): void {
    if (leg.origin === "daemon") {
      const known = this.#callOf(leg.legId);
      if (known instanceof PromptRecordingCall) known.resume();
      else if (!this.#adoptRedial(leg, byId)) this.#adoptOperatorLeg(leg, byId);
      return;
    }
    if (leg.origin === "phone" && !isTestCall(leg)) return this.#adoptPhoneLeg(leg, byId);
    if (leg.callId === null) return;
    if (leg.isInFallback) {
      this.#fallbacks.set(leg.legId, { callId: leg.callId, legId: leg.legId, snapshot: leg });
      return;
    }
    const { callId, legId, party, dialled, gateway, isAnswered, place, extension } = leg;
    const atMs = leg.createdAtMs;
    const known = this.#calls.get(callId);
    const call =
      known instanceof InboundCall
        ? known
        : this.#newCall({ callId, legId, party, dialled, gateway, isAnswered, place, extension, atMs });
    if (leg.bridgedTo !== null) {
      const operator = byId.get(leg.bridgedTo);
      call.adoptTalk(leg, operator);
    } else if (leg.heldByGuard) {
      this.#parts.switch.send({ type: "take-back", legId }).catch((error: unknown) => {
        this.#parts.logger.warn({ callId, error: String(error) }, "caller could not be taken back");
      });
    } else call.resume(place, leg.message);
  }

  #adoptPhoneLeg(leg: LegSnapshot, byId: ReadonlyMap<LegId, LegSnapshot>): void {
    const known = this.#callOf(leg.legId);
    const isOther = (one: LegSnapshot) => one.callId === leg.callId && one.legId !== leg.legId;
    const other = leg.bridgedTo === null ? [...byId.values()].find(isOther) : byId.get(leg.bridgedTo);
    if (known instanceof HoursCall) known.resume();
    if (known instanceof PhoneCall) known.reconnected(other);
    if (known) return;
    const call = this.#newPhoneCall({ ...leg, atMs: leg.createdAtMs });
    const isUnderWay = leg.isLetGo || leg.bridgedTo !== null || leg.isAnswered || leg.isInFallback;
    if (!isUnderWay || call instanceof HoursCall) return call?.begin();
    call?.adopt(other);
  }

  /** An attempt to call somebody back. One that has not come so far as to dial them is given up, with the operator's leg. */
  #adoptRedial(leg: LegSnapshot, byId: ReadonlyMap<LegId, LegSnapshot>): boolean {
    const { callId, legId: operatorLegId, operatorId } = leg;
    const known = this.#callOf(operatorLegId);
    const caller = [...byId.values()].find((one) => one.callId === callId && one.operatorId === null);
    if (known instanceof RedialCall) known.adopt(leg, caller);
    else if (isRedialLeg(leg) && caller && callId !== null && operatorId !== null) {
      const { dialled, gateway } = caller;
      const found = { callId, operatorLegId, operatorId, dialled, gateway };
      this.#keep(new RedialCall(found, leg.createdAtMs, this.#around)).adopt(leg, caller);
    } else return false;
    return true;
  }

  /** A phone that a former life of ours rang, and that nobody waits for any more. Whom the switch itself dials for somebody rings on. */
  #adoptOperatorLeg(leg: LegSnapshot, byId: ReadonlyMap<LegId, LegSnapshot>): void {
    if (leg.bridgedTo !== null || this.#callOf(leg.legId)) return;
    const origins = [...byId.values()].filter((one) => one.callId === leg.callId).map(({ origin }) => origin);
    // A number outside that was rung for somebody who called us.
    const isRungForCaller = leg.operatorId !== null || origins.includes("trunk");
    if (!isRungForCaller || origins.includes("phone")) return;
    this.#parts.switch
      .send({ type: "hang-up", legId: leg.legId, cause: "ORIGINATOR_CANCEL" })
      .catch((error: unknown) => {
        this.#parts.logger.warn({ legId: leg.legId, error: String(error) }, "left-over leg not hung up");
      });
  }

  #operatorFree(operatorId: OperatorId): void {
    const waiting = this.calls
      .filter((call) => call instanceof InboundCall)
      .filter((call) => call.waitingSinceMs !== null);
    waiting.sort((one, other) => (one.waitingSinceMs ?? 0) - (other.waitingSinceMs ?? 0));
    // The first call that rings them makes them busy; the others see it and let be.
    for (const call of waiting) call.operatorFree(operatorId);
  }

  #forget(callId: CallId): void {
    this.#calls.delete(callId);
    for (const [legId, owner] of this.#legs) if (owner === callId) this.#legs.delete(legId);
    this.board.releaseAll(callId);
    this.#parts.logger.info({ callId }, "call ended");
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** An operator's phone that comes into the flow as a caller would. */
function isTestCall({ origin, dialled, extension }: Pick<LegSnapshot, "origin" | "dialled" | "extension">): boolean {
  return origin === "phone" && extension !== null && dialled === TEST_CALL_CODE;
}
