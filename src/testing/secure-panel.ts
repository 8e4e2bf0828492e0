/** The panel by HTTPS, as somebody reaches it who trusts one authority alone and expects one name. */
import { once } from "node:events";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { request } from "node:https";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";

export interface SecurePlace {
  host: string;
  port: number;
  /** The name that the certificate must be for; an address: none is asked for. */
  name: string;
  /** PEM. */
  ca: string;
}

/** @throws what TLS says against the certificate (`UNABLE_TO_VERIFY_LEAF_SIGNATURE`, `ERR_TLS_CERT_ALTNAME_INVALID`), or the network */
export async function getSecurely(
  { host, port, name, ca }: SecurePlace,
  path: string,
  {
    headers = {},
    method = "GET",
    body,
    timeoutMs = 120_000,
  }: { headers?: OutgoingHttpHeaders; method?: string; body?: unknown; timeoutMs?: number } = {},
): Promise<{ status: number; headers: IncomingMessage["headers"]; body: string }> {
  const ask = request({
    ...{ host, port, path, method, ca, servername: name, agent: false },
    headers: { host: name, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    signal: AbortSignal.timeout(timeoutMs),
  });
  ask.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(ask, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}

/** As `fetch`, but that each request goes to `place`, whatever host its address names. @throws as `getSecurely` */
export function fetchAt(place: () => Promise<SecurePlace>): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const { host, port, name, ca } = await place();
    const { pathname, search } = new URL(asked.url);
    // As browsers do with a file.
    const length = init?.body instanceof Blob ? { "content-length": String(init.body.size) } : {};
    const ask = request({
      ...{ host, port, path: pathname + search, method: asked.method, ca, servername: name, agent: false },
      headers: { ...Object.fromEntries(asked.headers), ...length, host: name },
      signal: asked.signal,
    });
    const answered = once(ask, "response") as Promise<[IncomingMessage]>;
    const [[answer]] = await Promise.all([
      answered,
      asked.body === null ? ask.end() : pipeline(Readable.fromWeb(asked.body as ReadableStream), ask),
    ]);
    const headers = new Headers();
    for (const [header, values] of Object.entries(answer.headersDistinct))
      for (const value of values ?? []) headers.append(header, value);
    const status = answer.statusCode ?? 500;
    // Without a body by its nature (RFC 9110, 15.3.5 and 15.4.5).
    const body = status === 204 || status === 304 ? null : (Readable.toWeb(answer) as globalThis.ReadableStream);
    return new Response(body, { status, headers });
  };
}
