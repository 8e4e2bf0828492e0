import type { CallCommand, DialTarget } from "../calls/call-command.ts";
import type { CallEvent, CallEventOf } from "../calls/call-event.ts";
import { SwitchError } from "../calls/failure.ts";
import { type CallId, type LegId, newLegId, type OperatorId } from "../calls/ids.ts";
import type { E164 } from "../calls/phone-number.ts";
import type { LegSnapshot } from "../calls/switch-port.ts";
import { decideRoute } from "../flows/routing/decide-route.ts";
import { isWorthAnother } from "../flows/routing/fail-over.ts";
import type { Surroundings } from "./surroundings.ts";

/** A leg that was rung for a caller: an operator's phone (`operatorId`), or a number outside (null). */
export interface RungLeg {
  legId: LegId;
  operatorId: OperatorId | null;
  /** Whom the log names. */
  name: string;
  isAnswered: boolean;
  /** We have hung it up, and another may ring for the same by now: what it still does means nothing. */
  isLetGo: boolean;
}

/** A number outside, and the trunks that are left to try. */
interface Outside {
  number: E164;
  ringSeconds: number;
  /** Of ours, for trunks that have no number of their own. */
  shown: string | null;
  left: Extract<DialTarget, { kind: "gateway" }>[];
  /** By which it is being tried. */
  gateway?: string;
}

/** The legs that one caller's call has rung: made, let go and stated in the log here, and nowhere else. */
export class RungLegs {
  readonly #callId: CallId;
  readonly #around: Surroundings;
  readonly #post: (event: CallEvent) => void;
  readonly #legs = new Map<LegId, RungLeg>();
  #outside: Outside | null = null;

  constructor(callId: CallId, around: Surroundings, post: (event: CallEvent) => void) {
    this.#callId = callId;
    this.#around = around;
    this.#post = post;
  }

  get(legId: LegId): RungLeg | undefined {
    return this.#legs.get(legId);
  }

  has(legId: LegId): boolean {
    return this.#legs.has(legId);
  }

  /** Of an operator, or of the number outside (null). */
  answered(operatorId: OperatorId | null): RungLeg | undefined {
    return [...this.#legs.values()].find((leg) => leg.operatorId === operatorId && leg.isAnswered && !leg.isLetGo);
  }

  get ringing(): OperatorId[] {
    return [...this.#legs.values()].flatMap((leg) =>
      leg.isAnswered || leg.isLetGo || leg.operatorId === null ? [] : [leg.operatorId],
    );
  }

  /** @param callerNumber what the phone shows; null: nobody's. @returns false when there is no such operator */
  ringOperator(operatorId: OperatorId, ringSeconds: number, callerNumber: string | null): boolean {
    const operator = this.#around.board.find(operatorId);
    if (!operator) return false;
    const { extension, name } = operator;
    const legId = this.#open({ operatorId, name }, extension);
    this.#around.board.occupy(operatorId, this.#callId, false);
    this.#note("ringing", { operatorName: name, extension });
    this.#ring(legId, {
      type: "ring-extension",
      ...{ legId, callId: this.#callId, operatorId, extension, callerNumber, ringSeconds },
    });
    return true;
  }

  /**
   * By the rules for what goes out; `ownNumber` is shown where the line has none of its own.
   * @returns why it may not be dialled, or null
   */
  ringOutside(number: E164, ringSeconds: number, ownNumber: string): string | null {
    const { world } = this.#around;
    const decision = decideRoute(number, { purpose: "flow" }, this.#around.configuration(), world);
    if (decision.type === "refuse") return decision.reason;
    const shown = /^\+?[0-9]{3,20}$/.test(ownNumber) ? ownNumber : null;
    const targets = decision.attempts.filter((target) => target.kind === "gateway");
    this.#outside = { number, ringSeconds, shown, left: targets };
    this.#ringNext();
    return null;
  }

  /** A leg that went out has ended unanswered. @returns whether the next trunk is tried */
  tryNext(event: CallEventOf<"leg-hung-up">): boolean {
    const { trunks } = this.#around.configuration();
    const outside = this.#outside;
    if (outside === null || outside.left.length === 0 || !isWorthAnother(event, false)) return false;
    const trunkName = trunks.find(({ gateway }) => gateway === outside.gateway)?.name ?? "";
    this.#note("trunk-failed", { trunkName, reason: event.failure, cause: event.cause });
    this.#ringNext();
    return true;
  }

  #ringNext(): void {
    const outside = this.#outside;
    const target = outside?.left[0];
    if (!outside || !target) return;
    const { number, ringSeconds, shown, left } = outside;
    const { gateway } = target;
    this.#outside = { ...outside, left: left.slice(1), gateway };
    const legId = this.#open({ operatorId: null, name: number }, number, gateway);
    this.#around.ledger.dialled({ legId, gateway, number, extension: null });
    this.#around.load.reserve(gateway, legId);
    const callerNumber = target.isCallerHidden ? null : (target.callerNumber ?? shown);
    this.#ring(legId, {
      type: "ring-number",
      ...{ legId, callId: this.#callId, ringSeconds },
      target: { ...target, callerNumber },
    });
  }

  /** Found in a conversation that went on without us. */
  adopt(leg: LegSnapshot, number: string): RungLeg {
    const { legId, operatorId } = leg;
    const atMs = leg.answeredAtMs ?? leg.createdAtMs;
    this.#around.rememberLeg(legId, this.#callId);
    const known = this.#legs.get(legId);
    if (known) return known;
    const name = operatorId === null ? number : (this.#around.board.find(operatorId)?.name ?? "");
    this.#stateOpening({ legId, operatorId }, number, leg.createdAtMs, operatorId === null ? leg.gateway : null);
    this.#around.log.append([{ type: "leg-answered", legId, atMs }]);
    const found: RungLeg = { legId, operatorId, name, isAnswered: true, isLetGo: false };
    this.#legs.set(legId, found);
    return found;
  }

  stop(operatorId: OperatorId | null): void {
    if (operatorId === null) this.#outside = null;
    for (const leg of this.#legs.values()) if (leg.operatorId === operatorId) this.letGo(leg);
  }

  /** With LOSE_RACE a phone hears that the call was answered elsewhere (RFC 3326), and shows no missed call. */
  letGo(leg: RungLeg): void {
    leg.isLetGo = true;
    const { legId } = leg;
    const isTaken = [...this.#legs.values()].some((one) => one.isAnswered && (one === leg || !one.isLetGo));
    this.#send({ type: "hang-up", legId, cause: isTaken ? "LOSE_RACE" : "ORIGINATOR_CANCEL" });
  }

  forget(legId: LegId): void {
    this.#legs.delete(legId);
  }

  release({ operatorId }: RungLeg): void {
    const isRungAgain = [...this.#legs.values()].some((leg) => leg.operatorId === operatorId && !leg.isLetGo);
    if (operatorId !== null && !isRungAgain) this.#around.board.release(operatorId, this.#callId);
  }

  /** Lets every leg go. Their ends are still stated in the log when the switch tells. */
  dropAll(end: { atMs: number; cause: string } | null = null): void {
    for (const leg of this.#legs.values()) {
      this.letGo(leg);
      const stated = end ?? { atMs: this.#around.nowMs(), cause: "ORIGINATOR_CANCEL" };
      this.#around.log.append([{ type: "leg-ended", legId: leg.legId, ...stated, sipStatus: null }]);
    }
    const dropped = [...this.#legs.values()];
    this.#legs.clear();
    for (const leg of dropped) this.release(leg);
  }

  #open(
    { operatorId, name }: Pick<RungLeg, "operatorId" | "name">,
    number: string,
    gateway: string | null = null,
  ): LegId {
    const legId = newLegId();
    this.#legs.set(legId, { legId, operatorId, name, isAnswered: false, isLetGo: false });
    this.#around.rememberLeg(legId, this.#callId);
    this.#stateOpening({ legId, operatorId }, number, this.#around.nowMs(), gateway);
    return legId;
  }

  #stateOpening(
    { legId, operatorId }: Pick<RungLeg, "legId" | "operatorId">,
    number: string,
    atMs: number,
    gateway: string | null,
  ): void {
    const role = operatorId === null ? "callee" : "operator";
    const callId = this.#callId;
    const origin = "daemon";
    this.#around.log.append([{ type: "leg-opened", legId, callId, atMs, role, origin, number, operatorId, gateway }]);
  }

  #ring(legId: LegId, command: CallCommand): void {
    const callId = this.#callId;
    this.#around.switch.send(command).catch((error: unknown) => {
      this.#around.logger.warn({ callId, legId, error: String(error) }, "phone could not be rung");
      this.#around.load.release(legId);
      const failure = error instanceof SwitchError && error.reason === "socket-lost" ? "socket-lost" : "unreachable";
      this.#post({
        type: "leg-hung-up",
        ...{ legId, callId, failure, cause: "ORIGINATE_FAILED", sipStatus: null },
        ...{ wasAnswered: false, hasRung: false, isEndedByParty: false, atMs: this.#around.nowMs() },
      });
    });
  }

  #note(kind: "ringing" | "trunk-failed", data: Record<string, string>): void {
    this.#around.log.append([{ type: "timeline", callId: this.#callId, atMs: this.#around.nowMs(), kind, data }]);
  }

  #send(command: CallCommand): void {
    this.#around.switch.send(command).catch((error: unknown) => {
      // A leg that is gone says so by its own event.
      if (error instanceof SwitchError && error.reason === "no-such-leg") return;
      this.#around.logger.warn({ callId: this.#callId, command: command.type, error: String(error) }, "command failed");
    });
  }
}
