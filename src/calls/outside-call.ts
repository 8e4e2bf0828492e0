import type { Extension, LegId } from "./ids.ts";

/** A leg that left by a trunk, or is about to. Times are Unix ms. */
export interface OutsideCall {
  legId: LegId;
  gateway: string;
  /** As people know it: E.164 or as it was dialled. */
  number: string;
  /** Whose phone dialled; null: nobody's. */
  extension: Extension | null;
  startedAtMs: number;
  answeredAtMs: number | null;
  /** Null: it goes on. */
  endedAtMs: number | null;
}

/** What is known of calls to the outside from before. */
export interface OutsideCallHistory {
  /** Those that were answered in the month. */
  calls: OutsideCall[];
  /** Calls that phones made to the outside in the last hour, also in vain. */
  attempts: { extension: Extension; atMs: number }[];
}
