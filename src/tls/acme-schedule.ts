/** When a certificate from an authority is asked for again. Pure; times are Unix ms. */
import { X509Certificate } from "node:crypto";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RENEWED_BEFORE_MS = 30 * DAY_MS;

/** With a third of its life left, but no earlier than 30 days before its end. @param certificate PEM */
export function renewalOf(certificate: string): number {
  const { validFrom, validTo } = new X509Certificate(certificate);
  const endMs = Date.parse(validTo);
  return endMs - Math.min((endMs - Date.parse(validFrom)) / 3, RENEWED_BEFORE_MS);
}

/**
 * An hour, two, four, … a day.
 * @param failures in a row, the last one included
 * @param retryAfterMs what the authority asks for
 */
export function pauseAfter(failures: number, retryAfterMs: number | null): number {
  return Math.min(DAY_MS, Math.max(HOUR_MS * 2 ** (failures - 1), retryAfterMs ?? 0));
}

/** @param kept.failures in a row; after one nothing waits for more than a day, so that a later moment was written down while the clock was ahead */
export function isDue({ failures, nextTryMs }: { failures: number; nextTryMs: number }, nowMs: number): boolean {
  return nextTryMs <= nowMs || (failures > 0 && nextTryMs > nowMs + DAY_MS);
}
