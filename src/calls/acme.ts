/** The panel's certificate from an authority on the internet, by ACME (RFC 8555). */

/** Why there is none yet, or no newer one. */
export type AcmeFailure =
  /** The name service does not know the name. */
  | "name-unknown"
  /** Nobody answers where the name leads, at port 80. */
  | "not-reachable"
  /** Somebody else answers there. */
  | "wrong-answer"
  | "authority-away"
  | "rate-limited"
  | "refused"
  /** What the authority gave cannot be used: its time has not begun, for one. */
  | "not-usable";

/** How it stands. Times are Unix ms. */
export interface AcmeView {
  /** In small letters and ASCII (RFC 5890). */
  domain: string;
  email: string | null;
  isTrying: boolean;
  /** Of the certificate in force; null: none was got yet. */
  validUntilMs: number | null;
  /** Of the last try; null: it went well, or there was none. */
  failure: { reason: AcmeFailure; atMs: number; said: string } | null;
  nextTryMs: number;
}
