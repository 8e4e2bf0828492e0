import type { CallEvent } from "../calls/call-event.ts";
import type { LegId } from "../calls/ids.ts";
import type { LegSnapshot } from "../calls/switch-port.ts";
import type { TrunkNow } from "../calls/trunk-now.ts";

interface Taken {
  gateway: string;
  direction: "inbound" | "outbound";
}

/**
 * How many lines of each trunk are taken. Known from the switch's own channels: by its events, and anew from its list at each connection, so
 * right again after any crash. A line that goes out counts from the moment in which it is decided: fifty that dial at once cannot all see
 * the same free line.
 */
export class TrunkLoad {
  readonly #isUp: (gateway: string) => boolean;
  readonly #legs = new Map<LegId, Taken>();
  /** Legs that this connection has told of by events or reservations; the list may be older than they are. */
  readonly #fresh = new Set<LegId>();
  /** Legs that ended while the list was on its way. */
  readonly #ended = new Set<LegId>();
  #isListed = false;

  constructor(isUp: (gateway: string) => boolean) {
    this.#isUp = isUp;
  }

  now(gateway: string): TrunkNow {
    let [inbound, outbound] = [0, 0];
    for (const leg of this.#legs.values()) {
      if (leg.gateway !== gateway) continue;
      if (leg.direction === "inbound") inbound += 1;
      else outbound += 1;
    }
    return { gateway, isUp: this.#isUp(gateway), inbound, outbound };
  }

  /** To be called in the same turn in which the line was found free; the leg's end gives it back. */
  reserve(gateway: string, legId: LegId): void {
    this.#take(legId, { gateway, direction: "outbound" });
  }

  /** The order to dial did not reach the switch, so no event will tell of an end. */
  release(legId: LegId): void {
    this.#legs.delete(legId);
    this.#fresh.delete(legId);
  }

  hear(event: CallEvent): void {
    if (event.type === "leg-hung-up") {
      this.release(event.legId);
      if (!this.#isListed) this.#ended.add(event.legId);
    } else if (event.type === "leg-parked" && event.gateway !== null) {
      this.#take(event.legId, { gateway: event.gateway, direction: event.origin === "trunk" ? "inbound" : "outbound" });
    }
  }

  /** A connection begins: what it tells from now on is newer than any list. */
  connected(): void {
    this.#isListed = false;
    this.#fresh.clear();
    this.#ended.clear();
  }

  /** All channels of the switch. */
  adopt(legs: readonly LegSnapshot[]): void {
    for (const legId of [...this.#legs.keys()]) if (!this.#fresh.has(legId)) this.#legs.delete(legId);
    for (const { legId, gateway, direction } of legs)
      if (gateway !== null && !this.#ended.has(legId)) this.#legs.set(legId, { gateway, direction });
    this.#isListed = true;
    this.#ended.clear();
  }

  #take(legId: LegId, taken: Taken): void {
    this.#legs.set(legId, taken);
    this.#fresh.add(legId);
  }
}
