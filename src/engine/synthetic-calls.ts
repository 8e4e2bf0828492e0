/**
 * The box calls one of its own numbers, and sees whether it comes back as it should. Neither leg is a customer's call: it meets no flow, is in
 * no log and makes no ticket; and it is never answered, so that it costs nothing.
 */
import type { SyntheticOutcome } from "../calls/alert.ts";
import type { DialTarget } from "../calls/call-command.ts";
import type { CallEvent, CallEventOf } from "../calls/call-event.ts";
import { type LegId, newCallId, newLegId, type TrunkId } from "../calls/ids.ts";
import { callerE164 } from "../calls/number-format.ts";
import { type E164, toE164 } from "../calls/phone-number.ts";
import type { RoutingConfiguration } from "../calls/routing-configuration.ts";
import type { SwitchPort } from "../calls/switch-port.ts";
import { ownNumber } from "../flows/routing/own-number.ts";
import type { OutgoingLedger } from "./outgoing-ledger.ts";
import type { TrunkLoad } from "./trunk-load.ts";

type OwnNumber = RoutingConfiguration<unknown>["numbers"][number];

export interface SyntheticOrder {
  number: OwnNumber;
  target: Extract<DialTarget, { kind: "gateway" }>;
  /** Numbers that the calling trunk may show besides those that are ours; whoever comes from one of these now is us. */
  shown: readonly string[];
}

export interface SyntheticResult {
  outcome: SyntheticOutcome;
  /** As delivered; null: it did not come. */
  arrivedAs: string | null;
  arrivedBy: TrunkId | null;
  /** Why the outgoing leg ended, if it tells anything. */
  cause: string | null;
  status: number | null;
}

interface Parts {
  switch: Pick<SwitchPort, "send">;
  configuration: () => Pick<RoutingConfiguration<unknown>, "numbers" | "trunks" | "site">;
  ledger: Pick<OutgoingLedger, "dialled" | "answered" | "ended">;
  load: Pick<TrunkLoad, "reserve" | "release">;
  log: { warn(data: Record<string, unknown>, message: string): void };
  nowMs: () => number;
}

interface UnderWay {
  order: SyntheticOrder;
  legId: LegId;
  callers: ReadonlySet<E164>;
  arrival: { dialled: string; gateway: string | null } | null;
  isAnswered: boolean;
  finish: (ended: CallEventOf<"leg-hung-up"> | null) => void;
}

const RING_SECONDS = 30;
/** When nothing at all is heard of the call any more: the switch went away, say. */
const DEADLINE_MS = (RING_SECONDS + 15) * 1_000;
/** Who is busy is not billed, not rerouted to a mailbox at most operators, and the leg that calls ends at once. */
const TURNED_AWAY = "USER_BUSY";

export class SyntheticCalls {
  readonly #parts: Parts;
  readonly #turnedAway = new Set<LegId>();
  #underWay: UnderWay | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** One at a time. Never fails. */
  async call(order: SyntheticOrder): Promise<SyntheticResult> {
    if (this.#underWay !== null) throw new Error("a synthetic call is under way");
    const { configuration, ledger, load, log, nowMs } = this.#parts;
    const [legId, callId] = [newLegId(), newCallId()];
    const { gateway, number } = order.target;
    const ended = await new Promise<CallEventOf<"leg-hung-up"> | null>((finish) => {
      this.#underWay = {
        ...{ order, legId, finish, arrival: null, isAnswered: false },
        callers: callersOf(order, configuration()),
      };
      const deadline = setTimeout(() => {
        this.#send({ type: "hang-up", legId, cause: "ORIGINATOR_CANCEL" });
        finish(null);
      }, DEADLINE_MS);
      deadline.unref();
      ledger.dialled({ legId, gateway, number, extension: null });
      load.reserve(gateway, legId);
      this.#parts.switch
        .send({
          ...{ type: "ring-number", legId, callId, target: order.target, ringSeconds: RING_SECONDS },
          isUnrecorded: true,
        })
        .catch((error: unknown) => {
          log.warn({ legId, error: String(error) }, "a number of ours could not be called");
          load.release(legId);
          finish(null);
        });
    });
    const call = this.#underWay;
    this.#underWay = null;
    ledger.ended(legId, nowMs());
    return this.#judge(call, ended);
  }

  /** True when the event belongs to such a call and to nobody else. */
  takes(event: CallEvent): boolean {
    if (!("legId" in event)) return false;
    if (this.#turnedAway.has(event.legId)) {
      if (event.type === "leg-hung-up") this.#turnedAway.delete(event.legId);
      return true;
    }
    const call = this.#underWay;
    if (call === null) return false;
    if (event.legId === call.legId) {
      this.#follow(call, event);
      return true;
    }
    if (event.type !== "leg-parked" || event.origin !== "trunk" || event.place !== null) return false;
    const caller = callerE164(event.party.number, event.gateway, this.#parts.configuration());
    if (caller === null || !call.callers.has(caller) || call.arrival !== null) return false;
    this.#turnAway(call, event);
    return true;
  }

  #follow(call: UnderWay, event: CallEvent): void {
    if (event.type === "leg-hung-up") return call.finish(event);
    if (event.type !== "leg-answered" || call.isAnswered) return;
    call.isAnswered = true;
    this.#parts.ledger.answered(call.legId, event.atMs);
    this.#send({ type: "hang-up", legId: call.legId, cause: "NORMAL_CLEARING" });
  }

  #turnAway(call: UnderWay, { legId, dialled, gateway }: CallEventOf<"leg-parked">): void {
    call.arrival = { dialled, gateway };
    this.#turnedAway.add(legId);
    const { log } = this.#parts;
    const leave = async () => {
      await this.#parts.switch.send({ type: "leave-unrecorded", legId });
      await this.#parts.switch.send({ type: "hang-up", legId, cause: TURNED_AWAY });
    };
    leave().catch((error: unknown) => log.warn({ legId, error: String(error) }, "a test call was not turned away"));
  }

  #judge(call: UnderWay | null, ended: CallEventOf<"leg-hung-up"> | null): SyntheticResult {
    const arrival = call?.arrival ?? null;
    const cause = ended?.cause ?? null;
    const status = ended?.sipStatus ?? null;
    if (call === null || arrival === null) {
      const told = { arrivedAs: null, arrivedBy: null, cause, status };
      if (call?.isAnswered) return { ...told, outcome: "answered-elsewhere" };
      if (ended?.failure === "busy") return { ...told, outcome: "busy" };
      const isUnheard = ended === null || ended.failure === "no-answer" || ended.failure === "cancelled";
      return { ...told, outcome: isUnheard ? "never-arrived" : "refused" };
    }
    const { numbers, trunks, site } = this.#parts.configuration();
    const { number } = call.order;
    const arrivedBy = trunks.find(({ gateway }) => gateway === arrival.gateway)?.trunkId ?? null;
    const isRight = ownNumber(numbers, arrival.dialled, site.country)?.number === number.number;
    const isExpected = number.trunkId === null || arrivedBy === number.trunkId;
    const outcome = !isRight ? "wrong-number" : isExpected ? "arrived" : "wrong-trunk";
    return { outcome, arrivedAs: arrival.dialled, arrivedBy, cause: null, status: null };
  }

  #send(command: Parameters<SwitchPort["send"]>[0]): void {
    this.#parts.switch.send(command).catch((error: unknown) => {
      this.#parts.log.warn({ command: command.type, error: String(error) }, "command failed");
    });
  }
}

/** Our own numbers, and what else the calling trunk shows. */
function callersOf(
  { target, shown }: SyntheticOrder,
  { numbers, site }: Pick<RoutingConfiguration<unknown>, "numbers" | "site">,
): Set<E164> {
  const texts = [...numbers.map(({ number }) => number), ...shown, target.callerNumber ?? ""];
  return new Set(texts.flatMap((text) => toE164(text, site.country) ?? []));
}
