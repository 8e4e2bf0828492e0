import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Ban } from "../calls/ban.ts";
import { ApiError } from "./api-error.ts";
import type { ApiEnv } from "./deps.ts";

const READING = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Against other sites' pages that send requests with our visitor's cookie: what changes something needs a header that a foreign page
 * cannot send without a CORS permission that we never give, and an `Origin` that is our own.
 */
export const refuseForeignPages: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!READING.has(c.req.method)) {
    const origin = c.req.header("origin");
    const site = c.req.header("sec-fetch-site");
    const isForeign = origin !== undefined && hostOf(origin) !== c.req.header("host");
    const saysForeign = site !== undefined && site !== "same-origin" && site !== "none";
    if (c.req.header("x-hotline") !== "1" || isForeign || saysForeign) throw new ApiError(403, "foreign-request");
  }
  await next();
};

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

/**
 * Nothing for a banned address, also where no firewall is. Where only guests are banned, whoever is signed in goes on, and nobody else signs
 * in (`routes/session.ts`).
 */
export function refuseBanned(keeper: { banOf(address: string): Ban | null }): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const ban = keeper.banOf(clientAddress(c.env));
    if (ban?.reach === "all") throw bannedError(ban);
    await next();
  };
}

export function bannedError({ untilMs }: Ban): ApiError {
  const retryAfterSeconds = Math.max(1, Math.ceil((untilMs - Date.now()) / 1000));
  return new ApiError(403, "address-banned", { params: { retryAfterSeconds } });
}

const SECURITY_HEADERS = {
  "content-security-policy": [
    "default-src 'self'",
    // Mantine sets CSS variables by style attributes.
    "style-src 'self' 'unsafe-inline'",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), payment=(), usb=()",
} as const;

export const secureHeaders: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value);
};

/** HEAD wants no body (RFC 9110, 9.3.2). One that is open already (a file, the stream of events) is closed: nobody else would ever do it. */
export const headAlone: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  if (c.req.method !== "HEAD" || c.res.body === null) return;
  await c.res.body.cancel();
  c.res = new Response(null, c.res);
};

/** Answers of the API are about now and about somebody: no cache keeps them, unless the route says how. */
export const neverCached: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
};

/** So much of a body that is too large is read and thrown away. */
const MAX_DRAINED_BYTES = 200 * 1024 * 1024;

/** 413 for larger bodies. The rest is read first: who is cut off while sending never sees the answer. */
export function limitBody(maxBytes: number): MiddlewareHandler<ApiEnv> {
  return bodyLimit({
    maxSize: maxBytes,
    onError: async (c) => {
      const { body } = c.req.raw;
      let drained = 0;
      if (body && !body.locked)
        for await (const chunk of body) {
          drained += (chunk as Uint8Array).byteLength;
          if (drained > MAX_DRAINED_BYTES) break;
        }
      throw new ApiError(413, "too-large");
    },
  });
}

/** Addresses that only this machine has. */
export const LOOPBACK = /^(127\.|::1$)/;

/** Address of the other end of the connection, IPv4 in its own form, link-local ones without the card (`%eth0`). */
export function clientAddress(env: ApiEnv["Bindings"] | undefined): string {
  return (env?.incoming?.socket?.remoteAddress ?? "unknown").replace(/^::ffff:|%.*$/g, "");
}
