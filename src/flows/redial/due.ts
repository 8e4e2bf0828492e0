/** When a missed caller is called back. Pure: times are Unix ms, opening hours come in as a function. */

export interface RedialSettings {
  isEnabled: boolean;
  /** Minutes after the missed call, then after each try; as many tries as there are entries. */
  delaysMinutes: number[];
  ringOperatorSeconds: number;
  ringCallerSeconds: number;
}

export const USUAL_REDIAL: RedialSettings = {
  isEnabled: true,
  delaysMinutes: [1, 5, 30, 120],
  ringOperatorSeconds: 20,
  ringCallerSeconds: 40,
};

/** An attempt that has ended. */
export interface PastAttempt {
  /** It counts: the caller's phone was rung, and that was not before the tries began anew. */
  isTry: boolean;
  endedAtMs: number;
}

export interface TicketTimes {
  lastCallAtMs: number;
  /** Somebody asked for it to be done at once. */
  callNowAtMs: number | null;
  /** Somebody opened it again after it was closed. */
  reopenedAtMs: number | null;
  /** Somebody works on it by hand: it is called only when they ask for it. */
  isTaken: boolean;
  attempts: readonly PastAttempt[];
}

const MINUTE_MS = 60_000;
/** After an operator refused or was not there. */
const SOON_MS = 30_000;

/** Two tries are never within the same minute, and not closer than the shortest delay where that is shorter. */
function spacingMs({ delaysMinutes }: RedialSettings): number {
  return Math.min(MINUTE_MS, ...delaysMinutes.map((minutes) => minutes * MINUTE_MS));
}

function triesOf(attempts: readonly PastAttempt[]): number {
  return attempts.filter(({ isTry }) => isTry).length;
}

/** Somebody asked for it to be called at once, and no attempt has ended since. */
export function isWantedNow({ callNowAtMs, attempts }: Pick<TicketTimes, "callNowAtMs" | "attempts">): boolean {
  return callNowAtMs !== null && attempts.every(({ endedAtMs }) => endedAtMs < callNowAtMs);
}

/** The last try was in vain, and nobody wants another. */
export function hasGivenUp(ticket: TicketTimes, settings: RedialSettings): boolean {
  return !ticket.isTaken && !isWantedNow(ticket) && triesOf(ticket.attempts) >= settings.delaysMinutes.length;
}

/**
 * When the next attempt is due, or null when there is none: somebody works on it by hand, it is switched off, all tries are used, or the firm
 * never opens. Who asks for a call at once gets it all the same, while the firm is open. Delays count from the last try or, where the caller
 * has called since, from that call: then they are at their phone, so the first delay holds.
 * @param nextOpening the first moment at or after the given one at which the firm is open
 */
export function dueAt(
  ticket: TicketTimes,
  settings: RedialSettings,
  nextOpening: (atMs: number) => number | null,
): number | null {
  const { attempts } = ticket;
  const tries = triesOf(attempts);
  const isByItself = settings.isEnabled && !ticket.isTaken && tries < settings.delaysMinutes.length;
  if (!isByItself && !isWantedNow(ticket)) return null;
  const lastTryMs = Math.max(...attempts.filter((one) => one.isTry).map((one) => one.endedAtMs), 0);
  const lastVainMs = Math.max(...attempts.filter((one) => !one.isTry).map((one) => one.endedAtMs), 0);
  const spacing = spacingMs(settings);
  return nextOpening(
    Math.max(
      wantedAt(ticket, settings, lastTryMs),
      lastTryMs === 0 ? 0 : lastTryMs + spacing,
      lastVainMs === 0 ? 0 : lastVainMs + Math.min(SOON_MS, spacing),
    ),
  );
}

function wantedAt(ticket: TicketTimes, { delaysMinutes }: RedialSettings, lastTryMs: number): number {
  const { lastCallAtMs, callNowAtMs, reopenedAtMs, attempts } = ticket;
  if (callNowAtMs !== null && isWantedNow(ticket)) return callNowAtMs;
  if (lastCallAtMs < lastTryMs) return lastTryMs + (delaysMinutes[triesOf(attempts)] ?? 0) * MINUTE_MS;
  return Math.max(lastCallAtMs, reopenedAtMs ?? 0) + (delaysMinutes[0] ?? 0) * MINUTE_MS;
}
