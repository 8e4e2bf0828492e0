/** Updates of a box that was installed from the image. */

/** Why an update cannot go on. */
export type UpdateProblem =
  | "not-a-box"
  | "busy"
  | "in-conversation"
  | "not-there"
  | "no-copy"
  | "no-room"
  | "not-whole"
  | "checksum"
  | "channel-away"
  | "channel-wrong"
  | "signature"
  | "other-product"
  | "not-readable"
  | "failed";

/** A bundle that was found. */
export interface UpdateOffer {
  id: string;
  source: "upload" | "channel" | "disk";
  /** Name of the file. */
  name: string;
  /** Null: its signature is not good, or it cannot be read. */
  version: string | null;
  problem: UpdateProblem | null;
  bytes: number;
}

export interface UpdateProgress {
  phase: "receiving" | "fetching" | "checking" | "writing" | "copying" | "restarting";
  percent: number | null;
}

/**
 * `ready`: written, not started from. `trying`: started from, or about to be. `going-back`: the old system runs, and the database is not yet as
 * it was.
 */
export const UPDATE_STATES = ["writing", "ready", "trying", "good", "going-back", "went-back", "failed"] as const;

/** `not-started`: the new system did not come so far that it could say. `interrupted`: the power failed while it was written. */
export const UPDATE_REASONS = [
  ...(["not-started", "not-healthy", "interrupted", "signature", "other-product"] as const),
  ...(["no-room", "not-readable", "failed"] as const),
] as const;
export type UpdateReason = (typeof UPDATE_REASONS)[number];

/** How the last update went, or goes. */
export interface UpdateRun {
  state: (typeof UPDATE_STATES)[number];
  from: { version: string };
  /** Null: not yet written. */
  to: { version: string | null };
  /** Unix ms. */
  atMs: number;
  reason: UpdateReason | null;
  /** What was not healthy in time (`panel`, `database`, `switch`, `trunk NAME`, `synthetic-call`), or the last words of what failed. */
  missing: string[];
}
