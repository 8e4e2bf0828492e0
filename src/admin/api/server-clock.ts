let offsetMs = 0;

/**
 * Learns how far this computer's clock is from the daemon's, from the `Date` header of an answer (whole seconds).
 * Differences of up to two seconds are left alone: the header and the way here are not more exact than that.
 */
export function learnServerTime(dateHeader: string | null, localNowMs: number): void {
  if (dateHeader === null) return;
  const serverMs = Date.parse(dateHeader);
  if (Number.isNaN(serverMs)) return;
  const differenceMs = serverMs - localNowMs;
  offsetMs = Math.abs(differenceMs) > 2000 ? differenceMs : 0;
}

/** Now by the daemon's clock, in Unix ms: what 'since' is counted from, however wrong this computer's clock is. */
export function serverNowMs(): number {
  return Date.now() + offsetMs;
}
