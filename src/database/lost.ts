/** Cause of calls of which the daemon knows only that the switch has them no more. */
export const LOST = "LOST";
