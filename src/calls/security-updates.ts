/** How the nightly security updates of the box stand. Times are ISO 8601, UTC. */
export interface SecurityUpdatesView {
  /** False: this is no box, and nobody installs anything by night. */
  isBox: boolean;
  lastRunAt: string | null;
  outcome: "done" | "failed" | null;
  problem: "no-internet" | "no-room" | "failed" | null;
  /** How many packages the last run installed. */
  installed: number;
  /** When it was last left for later, because somebody was on the telephone. */
  postponedAt: string | null;
  /** A release of FreeSWITCH of another line, which the owner decides about. */
  waitingSwitch: string | null;
  /** Services run what was replaced, until nobody is on the telephone. */
  restartWaits: boolean;
  needsReboot: boolean;
  /** The owner's word: at night, while nobody is on the telephone, the box may be restarted for it. */
  mayReboot: boolean;
}
