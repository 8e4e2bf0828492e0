import type { AcmeFailure } from "../calls/acme.ts";

const MOST_SAID = 500;

/** What the authority, or the way to it, has against it. */
export class AcmeError extends Error {
  override readonly name = "AcmeError";
  readonly reason: AcmeFailure;
  /** The authority's own words, or the network's; empty: there are none. */
  readonly said: string;
  /** When it wants to be asked again; null: it does not say. */
  readonly retryAfterMs: number | null;

  constructor(reason: AcmeFailure, { said, retryAfterMs = null }: { said: string; retryAfterMs?: number | null }) {
    super(`${reason}: ${said}`);
    this.reason = reason;
    this.said = said.slice(0, MOST_SAID);
    this.retryAfterMs = retryAfterMs;
  }
}
