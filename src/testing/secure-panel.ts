/** The panel by HTTPS, as somebody reaches it who trusts one authority alone and expects one name. */
import { once } from "node:events";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";

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
    timeoutMs = 20_000,
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
