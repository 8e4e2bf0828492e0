import type { sip as Sip } from "sip";
import digest, { type DigestContext } from "sip/digest.js";

export interface Credentials {
  user: string;
  password: string;
}

/** How often a request is tried again with credentials: once for the challenge, once for a nonce that grew old meanwhile. */
export const MOST_CHALLENGES = 2;

/** Digest authentication of one series of requests (RFC 2617): remembers the challenge and counts its uses. */
export class Authentication {
  readonly #credentials: Credentials | null;
  readonly #context: DigestContext = {};
  #challenge: Sip.Response | null = null;

  constructor(credentials: Credentials | null) {
    this.#credentials = credentials;
  }

  /** Takes a challenge. False when the response is none, or we have no credentials. */
  take(response: Sip.Response): boolean {
    const isChallenge =
      (response.status === 401 && response.headers["www-authenticate"] !== undefined) ||
      (response.status === 407 && response.headers["proxy-authenticate"] !== undefined);
    if (!isChallenge || this.#credentials === null) return false;
    this.#challenge = response;
    return true;
  }

  /** Adds credentials, once challenged. */
  sign(request: Sip.Request): void {
    if (this.#challenge === null || this.#credentials === null) return;
    digest.signRequest(this.#context, request, this.#challenge, this.#credentials);
  }
}
