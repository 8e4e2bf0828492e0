import type { DialTarget } from "../calls/call-command.ts";
import type { CallEvent, CallEventOf } from "../calls/call-event.ts";
import { type CallId, type Extension, type LegId, newLegId } from "../calls/ids.ts";
import { lineFor } from "../calls/trunk-now.ts";
import { isWorthAnother } from "../flows/routing/fail-over.ts";
import type { Surroundings } from "./surroundings.ts";

/** Q.850 cause 34: no circuit is free. */
const NO_LINE = "NORMAL_CIRCUIT_CONGESTION";

export interface DialOutOrder {
  callId: CallId;
  /** Whose leg waits to be connected. */
  legId: LegId;
  /** Tried in this order; never empty. */
  attempts: readonly DialTarget[];
  /** Of the first attempt, when it was decided before; later ones get their own. */
  firstLegId: LegId;
  /** As people know it, for the log. */
  number: string;
  /** Whose phone dialled; null: nobody's. */
  extension: Extension | null;
  isEmergency: boolean;
  ringSeconds: number;
  /** Null: not recorded. */
  recordingFileName: string | null;
}

export interface DialOutListener {
  /** The order did not reach the switch. */
  onNotDialled: (error: unknown) => void;
  /** Nobody was reached; the waiting leg ends with that, by the switch or by us. */
  onFailed: (failed: CallEventOf<"leg-hung-up">) => void;
}

/**
 * Connects a leg with somebody by one trunk after the other. The last attempt is the switch's alone: it ends the waiting leg with the cause
 * by which it failed. Before the last, the leg comes back to us (`leg-parked`), so the next is dialled when both are known: why the
 * attempt failed, and that the leg is free. When the daemon dies meanwhile the switch goes on by itself (dialplan/hotline.xml, `dial-on`).
 */
export class DialOut {
  readonly #order: DialOutOrder;
  readonly #around: Surroundings;
  readonly #listener: DialOutListener;
  #index = -1;
  #legId: LegId;
  #failed: CallEventOf<"leg-hung-up"> | null = null;
  #isParked = false;
  #isOver = false;

  constructor(order: DialOutOrder, around: Surroundings, listener: DialOutListener) {
    this.#order = order;
    this.#around = around;
    this.#listener = listener;
    this.#legId = order.firstLegId;
  }

  /** The other leg of the attempt that is under way. */
  get legId(): LegId {
    return this.#legId;
  }

  get gateway(): string | null {
    const target = this.#order.attempts[Math.max(0, this.#index)];
    return target?.kind === "gateway" ? target.gateway : null;
  }

  start(): void {
    const { extension, attempts, isEmergency } = this.#order;
    const isOutside = attempts[0]?.kind === "gateway";
    if (extension !== null && isOutside && !isEmergency) this.#around.ledger.attempted(extension);
    this.#next();
  }

  /**
   * After a lost connection the waiting leg is with us, and nobody is dialled for it. How the attempt ended is told too, before or after this.
   * @returns false: nobody is going to be dialled any more either
   */
  broughtBack(): boolean {
    if (this.#isOver) return false;
    this.#isParked = true;
    if (this.#failed !== null) this.#next();
    return true;
  }

  /** Everything that happens to the waiting leg or to the other one before they talk. */
  take(event: CallEvent): void {
    if (this.#isOver) return;
    if (event.type === "leg-parked" && event.legId === this.#order.legId) this.#isParked = true;
    else if (event.type === "leg-hung-up" && event.legId === this.#order.legId) this.#isOver = true;
    else if (event.type === "leg-answered" && event.legId === this.#legId) this.#isOver = true;
    else if (event.type === "leg-hung-up" && event.legId === this.#legId) this.#fail(event);
    if (!this.#isOver && this.#failed !== null && this.#isParked) this.#next();
  }

  #fail(event: CallEventOf<"leg-hung-up">): void {
    const { attempts, isEmergency, callId, legId } = this.#order;
    const isLast = this.#index === attempts.length - 1;
    // Nobody heard how it ended: it may have rung, and must not ring a second time.
    const isUnheard = event.failure === "socket-lost" && !isEmergency;
    if (!isLast && !isUnheard && isWorthAnother(event, isEmergency)) {
      this.#note("trunk-failed", { trunkName: this.#trunkName(), reason: event.failure, cause: event.cause });
      this.#failed = event;
      return;
    }
    this.#isOver = true;
    this.#listener.onFailed(event);
    if (isLast) return;
    // The switch would bring the leg back to us; nobody is called any more, so it hears why.
    this.#around.switch.send({ type: "hang-up", legId, cause: event.cause }).catch((error: unknown) => {
      this.#around.logger.warn({ callId, error: String(error) }, "phone could not be hung up");
    });
  }

  #next(): void {
    this.#index += 1;
    const { attempts, callId, legId, number, extension, ringSeconds, recordingFileName } = this.#order;
    const target = attempts[this.#index];
    if (!target) return this.#noLine();
    if (!this.#hasLine(target)) {
      this.#note("trunk-failed", { trunkName: this.#trunkName(), reason: "no-line", cause: NO_LINE });
      return this.#next();
    }
    if (this.#index > 0) this.#legId = newLegId();
    this.#failed = null;
    this.#isParked = false;
    const otherLegId = this.#legId;
    const atMs = this.#around.nowMs();
    this.#around.rememberLeg(otherLegId, callId);
    const isInside = target.kind === "extension";
    this.#around.log.append([
      {
        type: "leg-opened",
        legId: otherLegId,
        callId,
        atMs,
        role: isInside ? "operator" : "callee",
        origin: "daemon",
        number: isInside ? target.extension : number,
        operatorId: isInside ? target.operatorId : null,
        gateway: isInside ? null : target.gateway,
      },
    ]);
    if (!isInside) {
      const { gateway } = target;
      this.#around.ledger.dialled({ legId: otherLegId, gateway, number, extension });
      this.#around.load.reserve(gateway, otherLegId);
      if (this.#index > 0) this.#around.log.append([{ type: "call-gateway", callId, gateway }]);
      this.#note("dialling", { trunkName: this.#trunkName() });
    }
    const isLast = this.#index === attempts.length - 1;
    this.#around.switch
      .send({ type: "dial", legId, otherLegId, callId, target, ringSeconds, recordingFileName, isLast })
      .catch((error: unknown) => {
        this.#around.ledger.ended(otherLegId, this.#around.nowMs());
        this.#around.load.release(otherLegId);
        this.#isOver = true;
        this.#listener.onNotDialled(error);
      });
  }

  /** Between the decision and now others may have taken the last line. Whoever needs help is never kept from trying. */
  #hasLine(target: DialTarget): boolean {
    if (target.kind !== "gateway" || this.#order.isEmergency) return true;
    const trunk = this.#around.configuration().trunks.find(({ gateway }) => gateway === target.gateway);
    return trunk === undefined || lineFor(trunk.channels, this.#around.load.now(target.gateway)) === null;
  }

  #noLine(): void {
    const { callId, legId } = this.#order;
    this.#isOver = true;
    this.#listener.onFailed({
      type: "leg-hung-up",
      ...{ legId: this.#legId, callId, cause: NO_LINE, sipStatus: null, failure: "unreachable" },
      ...{ wasAnswered: false, hasRung: false, isEndedByParty: false, atMs: this.#around.nowMs() },
    });
    this.#around.switch.send({ type: "hang-up", legId, cause: NO_LINE }).catch((error: unknown) => {
      this.#around.logger.warn({ callId, error: String(error) }, "phone could not be hung up");
    });
  }

  #trunkName(): string {
    const { gateway } = this;
    return this.#around.configuration().trunks.find((trunk) => trunk.gateway === gateway)?.name ?? "";
  }

  #note(kind: "dialling" | "trunk-failed", data: Record<string, string>): void {
    const { callId } = this.#order;
    this.#around.log.append([{ type: "timeline", callId, atMs: this.#around.nowMs(), kind, data }]);
  }
}
