import { createHash, randomBytes } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { isPassing } from "../database/failure.ts";
import type { Db, Tx } from "../database/schema.ts";
import {
  deleteSession,
  extendSession,
  findSession,
  insertSession,
  setPassword,
  type UserRow,
} from "../database/users.ts";
import { ApiError } from "./api-error.ts";
import type { ApiEnv } from "./deps.ts";
import { clientAddress } from "./request-guard.ts";

export type SignedInUser = UserRow;

const COOKIE = "hotline_session";
const LIFE_MS = 12 * 60 * 60_000;
/** A session is prolonged at most this often; each request would be a write otherwise. */
const PROLONG_AFTER_MS = 10 * 60_000;
/** For so long a found session is believed without asking again. */
const TRUST_MS = 5_000;

interface Known {
  user: UserRow;
  expiresAt: number;
  /** Unix ms of the last look into the database. */
  seenAt: number;
}

/**
 * Who is signed in. Found sessions are remembered in memory: while the database is away, those who were signed in stay so and see the
 * live calls.
 */
export class Sessions {
  readonly #db: Db;
  readonly #known = new Map<string, Known>();
  /** Somebody at this address showed a token that nobody was given; the second is its fingerprint. */
  readonly #onRefused: (address: string, fingerprint: string) => void;

  constructor(db: Db, onRefused: (address: string, fingerprint: string) => void) {
    this.#db = db;
    this.#onRefused = onRefused;
  }

  refused(address: string, token: string): void {
    this.#onRefused(address, hashOf(token));
  }

  /** Makes a session within `tx`, so that it exists only if the rest does. */
  async open(tx: Db | Tx, userId: number): Promise<string> {
    const token = randomBytes(32).toString("base64url");
    await insertSession(tx, { tokenHash: hashOf(token), userId, expiresAt: new Date(Date.now() + LIFE_MS) });
    return token;
  }

  /** @throws what the database throws when it is away and the session is not remembered */
  async find(token: string): Promise<{ user: UserRow; wasProlonged: boolean } | null> {
    return await this.#look(token, true);
  }

  /** Whether it is still somebody's; a page that is only open is no use of it. @throws as `find` */
  async holds(token: string): Promise<boolean> {
    return (await this.#look(token, false)) !== null;
  }

  async #look(token: string, isUse: boolean): Promise<{ user: UserRow; wasProlonged: boolean } | null> {
    const hash = hashOf(token);
    const now = Date.now();
    const known = this.#known.get(hash);
    if (known && known.seenAt > now - TRUST_MS && known.expiresAt > now)
      return { user: known.user, wasProlonged: false };
    try {
      const found = await findSession(this.#db, hash, new Date(now));
      if (!found) {
        this.#known.delete(hash);
        return null;
      }
      let expiresAt = found.expiresAt.getTime();
      const isStale = isUse && expiresAt - now < LIFE_MS - PROLONG_AFTER_MS;
      if (isStale) {
        expiresAt = now + LIFE_MS;
        await extendSession(this.#db, hash, new Date(expiresAt));
      }
      this.#forgetExpired(now);
      this.#known.set(hash, { user: found.user, expiresAt, seenAt: now });
      return { user: found.user, wasProlonged: isStale };
    } catch (error) {
      if (isPassing(error) && known && known.expiresAt > now) return { user: known.user, wasProlonged: false };
      throw error;
    }
  }

  async close(token: string): Promise<void> {
    this.#known.delete(hashOf(token));
    await deleteSession(this.#db, hashOf(token));
  }

  /** With another password: the other sessions end, this one goes on. */
  async changePassword(tx: Tx, userId: number, passwordHash: string, token: string | null): Promise<void> {
    await setPassword(
      tx,
      userId,
      { hash: passwordHash, mustChange: false },
      ...(token === null ? [] : ([hashOf(token)] as const)),
    );
  }

  /** After a change of users: everybody is looked up again. */
  distrustAll(): void {
    for (const known of this.#known.values()) known.seenAt = 0;
  }

  #forgetExpired(now: number): void {
    for (const [hash, known] of this.#known) if (known.expiresAt <= now) this.#known.delete(hash);
  }
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

export function readToken(c: Context): string | null {
  return getCookie(c, COOKIE) ?? null;
}

export function giveToken(c: Context, token: string): void {
  setCookie(c, COOKIE, token, {
    httpOnly: true,
    sameSite: "Strict",
    path: "/",
    maxAge: LIFE_MS / 1000,
    secure: isHttps(c),
  });
}

export function takeToken(c: Context): void {
  deleteCookie(c, COOKIE, { path: "/", secure: isHttps(c) });
}

/** Behind a proxy that ends TLS we see http; the browser names its own scheme in `Origin`, and lying about it harms only the liar. */
function isHttps(c: Context): boolean {
  return c.req.url.startsWith("https:") || (c.req.header("origin")?.startsWith("https:") ?? false);
}

/** 401 for everybody who is not signed in. */
export function signedIn(sessions: Sessions): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const token = readToken(c);
    const session = token === null ? null : await sessions.find(token);
    if (token !== null && session === null) sessions.refused(clientAddress(c.env), token);
    if (token === null || session === null) throw new ApiError(401, "not-signed-in");
    c.set("user", session.user);
    if (session.wasProlonged) giveToken(c, token);
    await next();
  };
}

/** 403 for who signed in by a password from the box's screen and has not chosen their own yet. Behind `signedIn`. */
export const withOwnPassword: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (c.get("user").mustChangePassword) throw new ApiError(403, "password-must-change");
  await next();
};

/** 403 for everybody but admins. Behind `signedIn`. */
export const adminOnly: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (c.get("user").role !== "admin") throw new ApiError(403, "not-allowed");
  await next();
};
