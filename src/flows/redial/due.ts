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
  /** The caller's phone was rung. Otherwise no operator was free for it, and it is no try. */
  wasDialled: boolean;
  endedAtMs: number;
}

export interface TicketTimes {
  lastCallAtMs: number;
  /** Somebody asked for it to be done at once. */
  callNowAtMs: number | null;
  attempts: readonly PastAttempt[];
}

const MINUTE_MS = 60_000;
/** After an operator refused or was not there. */
const SOON_MS = 30_000;

/** Two tries are never within the same minute, and not closer than the shortest delay where that is shorter. */
function spacingMs({ delaysMinutes }: RedialSettings): number {
  return Math.min(MINUTE_MS, ...delaysMinutes.map((minutes) => minutes * MINUTE_MS));
}

export function triesOf(attempts: readonly PastAttempt[]): number {
  return attempts.filter(({ wasDialled }) => wasDialled).length;
}

/** The last try was in vain. */
export function hasGivenUp(ticket: TicketTimes, settings: RedialSettings): boolean {
  return triesOf(ticket.attempts) >= settings.delaysMinutes.length;
}

/**
 * When the next attempt is due, or null when there is none (all tries used, or the firm never opens). Delays count from the last try or,
 * where the caller has called since, from that call: then they are at their phone, so the first delay holds.
 * @param nextOpening the first moment at or after the given one at which the firm is open
 */
export function dueAt(
  ticket: TicketTimes,
  settings: RedialSettings,
  nextOpening: (atMs: number) => number | null,
): number | null {
  if (hasGivenUp(ticket, settings)) return null;
  const { lastCallAtMs, callNowAtMs, attempts } = ticket;
  const lastTryMs = Math.max(...attempts.filter((one) => one.wasDialled).map((one) => one.endedAtMs), 0);
  const lastVainMs = Math.max(...attempts.filter((one) => !one.wasDialled).map((one) => one.endedAtMs), 0);
  const [first = 0] = settings.delaysMinutes;
  const wantedMs =
    callNowAtMs !== null && callNowAtMs > Math.max(lastTryMs, lastVainMs)
      ? callNowAtMs
      : lastCallAtMs >= lastTryMs
        ? lastCallAtMs + first * MINUTE_MS
        : lastTryMs + (settings.delaysMinutes[triesOf(attempts)] ?? 0) * MINUTE_MS;
  const spacing = spacingMs(settings);
  return nextOpening(
    Math.max(
      wantedMs,
      lastTryMs === 0 ? 0 : lastTryMs + spacing,
      lastVainMs === 0 ? 0 : lastVainMs + Math.min(SOON_MS, spacing),
    ),
  );
}
