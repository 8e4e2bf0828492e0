import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "./deps.ts";
import { clientAddress, LOOPBACK } from "./request-guard.ts";

/** Where who does not trust us yet gets what they have to trust. */
export const AUTHORITY_PATH = "/ca.crt";
/** Where an authority on the internet looks whether a name leads here (RFC 8555, 8.3). */
export const CHALLENGE_PATH = "/.well-known/acme-challenge/";
const HTTPS = 443;
const HOST = /^(?<name>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$/i;

/**
 * Sends whoever comes by plain HTTP to the same page by HTTPS. Not from this machine itself: what stays within it needs no cover, and the
 * box's screen, metrics and proxies ask so.
 * @param port of HTTPS; null: it is not served (yet)
 */
export function toHttps(port: () => number | null): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const httpsPort = port();
    const url = new URL(c.req.url);
    const isPlain = url.protocol === "http:" && httpsPort !== null;
    const isOpen = url.pathname === AUTHORITY_PATH || url.pathname.startsWith(CHALLENGE_PATH);
    if (!isPlain || isOpen || LOOPBACK.test(clientAddress(c.env))) return await next();
    const name = HOST.exec(c.req.header("host") ?? "")?.groups?.["name"];
    if (name === undefined) return c.text("Bad Request\n", 400);
    const at = httpsPort === HTTPS ? name : `${name}:${httpsPort}`;
    // Not kept by browsers: when HTTPS is gone one day, the old address works again.
    c.header("cache-control", "no-store");
    return c.redirect(`https://${at}${url.pathname}${url.search}`, 308);
  };
}
