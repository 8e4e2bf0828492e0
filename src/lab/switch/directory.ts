import { randomBytes } from "node:crypto";
import type { sip as Sip } from "sip";
import digest from "sip/digest.js";
import { childNamed, childrenNamed, settingsOf, type XmlNode } from "./config-document.ts";

/** The fixed domain of all phones, and the realm of their passwords. */
export const DOMAIN = "hotline";

/** A phone that may register and call. */
export interface DirectoryUser {
  id: string;
  /** MD5 of `user:realm:password`, hex. */
  ha1: string;
  variables: Map<string, string>;
}

function domainOf(document: XmlNode): XmlNode | undefined {
  return childNamed(childNamed(document, "section", "directory"), "domain", DOMAIN);
}

export function findUser(document: XmlNode, id: string): DirectoryUser | null {
  const domain = domainOf(document);
  const groups = childrenNamed(domain, "groups").flatMap((node) => childrenNamed(node, "group"));
  const lists = [...childrenNamed(domain, "users"), ...groups.flatMap((group) => childrenNamed(group, "users"))];
  const user = lists.flatMap((list) => childrenNamed(list, "user")).find(({ attributes }) => attributes["id"] === id);
  if (user === undefined) return null;
  const params = settingsOf(user, "params");
  const password = params.get("password");
  const ha1 =
    params.get("a1-hash") ??
    (password === undefined ? "" : digest.calculateUserRealmPasswordHash(id, DOMAIN, password));
  return { id, ha1, variables: new Map([...settingsOf(domain, "variables"), ...settingsOf(user, "variables")]) };
}

/** What `user/...` is dialled by. */
export function dialStringOf(document: XmlNode): string {
  return settingsOf(domainOf(document), "params").get("dial-string") ?? "error/SUBSCRIBER_ABSENT";
}

const NONCE_MS = 60_000;

export type Verdict =
  | { name: "accepted"; user: DirectoryUser }
  | { name: "challenge"; isStale: boolean }
  | { name: "refused" };

/** Digest authentication (RFC 2617) of phones against the directory. */
export class Authenticator {
  readonly #document: () => XmlNode;
  readonly #nonces = new Map<string, number>();

  constructor(document: () => XmlNode) {
    this.#document = document;
  }

  judge(request: Sip.Request, isProxy: boolean): Verdict {
    const credentials = request.headers[isProxy ? "proxy-authorization" : "authorization"];
    const given = Array.isArray(credentials) ? credentials[0] : undefined;
    if (given === undefined) return { name: "challenge", isStale: false };
    const issuedAtMs = this.#nonces.get(bare(given["nonce"]));
    if (issuedAtMs === undefined || Date.now() - issuedAtMs > NONCE_MS) return { name: "challenge", isStale: true };
    const user = findUser(this.#document(), bare(given["username"]));
    if (user === null || user.ha1 === "") return { name: "refused" };
    const context = {
      realm: DOMAIN,
      proxy: isProxy,
      nonce: bare(given["nonce"]),
      // The package counts one up before it looks.
      nc: Number.parseInt(bare(given["nc"]) || "1", 16) - 1,
    };
    const isRight = digest.authenticateRequest(context, request, { user: user.id, hash: user.ha1 });
    return isRight ? { name: "accepted", user } : { name: "refused" };
  }

  /** The header of a 401 or 407. */
  challenge(isProxy: boolean, isStale: boolean): Record<string, unknown> {
    const nowMs = Date.now();
    for (const [nonce, issuedAtMs] of this.#nonces) {
      if (nowMs - issuedAtMs <= NONCE_MS) break;
      this.#nonces.delete(nonce);
    }
    const nonce = randomBytes(16).toString("hex");
    this.#nonces.set(nonce, nowMs);
    const header = {
      scheme: "Digest",
      realm: `"${DOMAIN}"`,
      nonce: `"${nonce}"`,
      algorithm: "MD5",
      qop: '"auth"',
      ...(isStale ? { stale: "true" } : {}),
    };
    return { [isProxy ? "proxy-authenticate" : "www-authenticate"]: [header] };
  }
}

/** In whose name a request's password is. */
export function nameGiven(request: Sip.Request): string {
  const { authorization, "proxy-authorization": toProxy } = request.headers;
  const given = Array.isArray(authorization) ? authorization[0] : Array.isArray(toProxy) ? toProxy[0] : undefined;
  return bare(given?.["username"]);
}

function bare(value: string | number | undefined): string {
  return String(value ?? "").replace(/^"|"$/g, "");
}
