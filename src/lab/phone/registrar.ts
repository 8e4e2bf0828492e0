import { randomBytes } from "node:crypto";
import type { sip as Sip } from "sip";
import digest from "sip/digest.js";

export interface RegistrarAccount {
  user: string;
  password: string;
  /** `operator.test` if not given. */
  realm?: string;
}

/** What a telephone operator does with requests that are no calls. */
export interface OperatorBehaviour {
  /** Who may register; null: nobody registers here (405). */
  account: RegistrarAccount | null;
  /** Calls are challenged too (407). */
  challengesCalls: boolean;
  /** Instead of what is right: each REGISTER (`authorized`: only one with the right password) is answered so. */
  register: { status: number; headers?: Record<string, string>; when?: "always" | "authorized" } | null;
  /** Status of the answer to OPTIONS. */
  options: number;
  /** Hears everything and says nothing. */
  isSilent: boolean;
}

export const USUAL_OPERATOR: OperatorBehaviour = {
  account: null,
  challengesCalls: false,
  register: null,
  options: 200,
  isSilent: false,
};

const REALM = "operator.test";

type Answer = { status: number; headers?: Record<string, unknown> };

/** The registrar of a telephone operator (RFC 3261, section 10): one account, one binding. */
export class Registrar {
  /** Where the account can be called; null when nobody is registered. */
  binding: string | Sip.Uri | null = null;
  readonly #nonces = new Set<string>();

  register(request: Sip.Request, { account, register }: OperatorBehaviour): Answer {
    const odd = register && { status: register.status, headers: register.headers ?? {} };
    if (odd && register?.when !== "authorized") return odd;
    if (account === null) return { status: 405 };
    const problem = this.#judge(request, account, false);
    if (problem !== null) return problem;
    if (odd) return odd;
    const { contact } = request.headers;
    const seconds = Number(request.headers["expires"] ?? 300);
    if (!Array.isArray(contact) || contact[0] === undefined) {
      return { status: 200, headers: this.binding === null ? {} : { contact: [{ uri: this.binding, params: {} }] } };
    }
    this.binding = seconds === 0 ? null : contact[0].uri;
    return { status: 200, headers: { contact: [{ uri: contact[0].uri, params: { expires: String(seconds) } }] } };
  }

  /** Null when the call may go on. */
  admit(invite: Sip.Request, { account, challengesCalls }: OperatorBehaviour): Answer | null {
    return challengesCalls && account !== null ? this.#judge(invite, account, true) : null;
  }

  #judge(request: Sip.Request, { user, password, realm = REALM }: RegistrarAccount, isProxy: boolean): Answer | null {
    const credentials = request.headers[isProxy ? "proxy-authorization" : "authorization"];
    const given = Array.isArray(credentials) ? credentials[0] : undefined;
    const nonce = bare(given?.["nonce"]);
    if (given === undefined || !this.#nonces.has(nonce)) return this.#challenge(realm, isProxy);
    // The package counts one up before it looks.
    const nc = Number.parseInt(bare(given["nc"]) || "1", 16) - 1;
    const context = { realm, proxy: isProxy, nonce, nc };
    const isRight =
      bare(given["username"]) === user && digest.authenticateRequest(context, request, { user, password });
    return isRight ? null : { status: 403 };
  }

  #challenge(realm: string, isProxy: boolean): Answer {
    const nonce = randomBytes(16).toString("hex");
    this.#nonces.add(nonce);
    const header = { scheme: "Digest", realm: `"${realm}"`, nonce: `"${nonce}"`, algorithm: "MD5", qop: '"auth"' };
    return isProxy
      ? { status: 407, headers: { "proxy-authenticate": [header] } }
      : { status: 401, headers: { "www-authenticate": [header] } };
  }
}

function bare(value: string | number | undefined): string {
  return String(value ?? "").replace(/^"|"$/g, "");
}
