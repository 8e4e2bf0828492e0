/** Whether the box is well: what is looked at, and what can be found. */

/** In the order in which they are shown. */
export const CHECKS = [
  "switch",
  "trunks",
  "synthetic-calls",
  "database",
  "disk",
  "recordings-disk",
  "recordings",
  "backup",
  "clock",
  "temperature",
  "smart",
  "memory",
  "certificate",
  "updates",
  "break-ins",
] as const;
export type CheckId = (typeof CHECKS)[number];

export function isCheck(word: string): word is CheckId {
  return (CHECKS as readonly string[]).includes(word);
}

/** `look`: callers notice nothing yet; `broken`: they do, or will soon; `unknown`: this machine does not have it, or does not tell. */
export const CHECK_STATES = ["ok", "look", "broken", "unknown"] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** What was found, in a word that the panel puts into a sentence. */
export interface Finding {
  state: CheckState;
  /** One of the check's own words. */
  reason: string;
  params: Record<string, string | number>;
}

export interface CheckNow extends Finding {
  check: CheckId;
  /** Since when it is in this state, Unix ms. */
  sinceMs: number;
}
