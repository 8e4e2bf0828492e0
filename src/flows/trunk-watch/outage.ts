/**
 * When somebody is told that a trunk is down, and that it is back: once for all that belongs together. Pure.
 *
 *   well -> troubled (down, up, down ...) -> told -> well      (well again once it has been up for a while)
 */
import type { TrunkHealth } from "../../calls/alert.ts";

export type Outage =
  | { name: "well" }
  | {
      name: "troubled";
      /** When it first went down; Unix ms, as all times here. */
      sinceMs: number;
      /** How long it was down, all times before this one together. */
      downMs: number;
      downSinceMs: number | null;
      upSinceMs: number | null;
      isTold: boolean;
    };

export type OutageEffect =
  | { type: "tell-down"; sinceMs: number }
  | { type: "tell-back"; sinceMs: number; upSinceMs: number };

export interface OutageRules {
  /** Down for so long, with pauses or without, is an alert. */
  afterMs: number;
}

export const WELL: Outage = { name: "well" };
/** One that is up for so long has done with its trouble; with a shorter patience for trouble, sooner. */
const MOST_SETTLING_MS = 60_000;

/** To be asked at each change and from time to time. `unknown` and `off` are neither trouble nor its end. */
export function stepOutage(
  outage: Outage,
  health: TrunkHealth,
  nowMs: number,
  { afterMs }: OutageRules,
): { outage: Outage; effect: OutageEffect | null } {
  if (outage.name === "well") {
    if (health !== "down") return { outage, effect: null };
    const began: Outage = {
      ...{ name: "troubled", sinceMs: nowMs, downMs: 0, downSinceMs: nowMs, upSinceMs: null, isTold: false },
    };
    return afterMs > 0 ? { outage: began, effect: null } : stepOutage(began, health, nowMs, { afterMs });
  }
  const { sinceMs, isTold } = outage;
  const isDown = health === "down";
  const downSinceMs = isDown ? (outage.downSinceMs ?? nowMs) : null;
  const upSinceMs = health === "up" ? (outage.upSinceMs ?? nowMs) : null;
  const downMs = isDown || outage.downSinceMs === null ? outage.downMs : outage.downMs + nowMs - outage.downSinceMs;
  if (upSinceMs !== null && nowMs - upSinceMs >= Math.min(afterMs, MOST_SETTLING_MS))
    return { outage: WELL, effect: isTold ? { type: "tell-back", sinceMs, upSinceMs } : null };
  const isLong = downSinceMs !== null && downMs + nowMs - downSinceMs >= afterMs;
  const next: Outage = { ...outage, downMs, downSinceMs, upSinceMs, isTold: isTold || isLong };
  return { outage: next, effect: isLong && !isTold ? { type: "tell-down", sinceMs } : null };
}

/** An outage that was told in an earlier life of the daemon. */
export function toldOutage(sinceMs: number): Outage {
  return { name: "troubled", sinceMs, downMs: 0, downSinceMs: null, upSinceMs: null, isTold: true };
}
