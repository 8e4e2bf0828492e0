/**
 * When a change of state counts, so that what flickers is told once. Pure.
 *
 *   steady -> doubtful (another state is seen) -> steady in the new state, or back
 */
import type { CheckState, Finding } from "../../calls/health.ts";

export interface Settled extends Finding {
  sinceMs: number;
  /** Another state that is seen, and since when without a break. */
  doubt: { state: CheckState; sinceMs: number } | null;
}

export interface SettleRules {
  /** For the worse it holds for so long before it counts; */
  worseAfterMs: number;
  /** and for the better so long. */
  betterAfterMs: number;
}

const RANK: Record<CheckState, number> = { ok: 0, unknown: 1, look: 2, broken: 3 };

/** @param before null: nothing is known yet, and the first look counts at once */
export function settle(before: Settled | null, seen: Finding, nowMs: number, rules: SettleRules): Settled {
  if (before === null) return { ...seen, sinceMs: nowMs, doubt: null };
  // The words may change (so many GB are free) while the state stays.
  if (seen.state === before.state) return { ...seen, sinceMs: before.sinceMs, doubt: null };
  // What says nothing any more, or has begun to say something, is neither better nor worse.
  if (before.state === "unknown" && seen.state === "ok") return { ...seen, sinceMs: nowMs, doubt: null };
  const known = before.doubt;
  // How old one is from before the clock was put back, nobody knows.
  const doubt = known?.state === seen.state && known.sinceMs <= nowMs ? known : { state: seen.state, sinceMs: nowMs };
  const isWorse = RANK[seen.state] > RANK[before.state];
  if (nowMs - doubt.sinceMs < (isWorse ? rules.worseAfterMs : rules.betterAfterMs)) return { ...before, doubt };
  return { ...seen, sinceMs: doubt.sinceMs, doubt: null };
}
