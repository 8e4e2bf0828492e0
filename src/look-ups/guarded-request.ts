/** One request to a server of the owner's: nobody is asked that is not to be asked (reachable-address.ts). */
import { lookup as resolve } from "node:dns";
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { mayBeAsked } from "./reachable-address.ts";

export interface GuardedRequest {
  url: string;
  method: "GET" | "POST";
  accept: string;
  headers?: OutgoingHttpHeaders;
  /** Sent as JSON; null: nothing is sent. */
  body: object | null;
}

/** The address is no web address, carries a password, or leads to where nobody is to be asked. */
export class AddressNotAllowedError extends Error {
  override readonly name = "AddressNotAllowedError";
}

/**
 * Resolves with the head of the answer; redirections are not followed.
 * @param allowed `host:port` of servers on this machine that may be asked all the same, as the address names them
 * @throws AddressNotAllowedError; errors of the connection, and of the signal
 */
export async function guardedRequest(
  { url, method, accept, headers = {}, body }: GuardedRequest,
  allowed: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const target = URL.canParse(url) ? new URL(url) : null;
  const isWeb = target?.protocol === "http:" || target?.protocol === "https:";
  if (target === null || !isWeb || target.username !== "" || target.password !== "") throw new AddressNotAllowedError();
  const port = target.port || (target.protocol === "https:" ? "443" : "80");
  const isAllowed = allowed.has(`${target.hostname}:${port}`);
  const address = target.hostname.replace(/^\[(.*)\]$/, "$1");
  if (!isAllowed && isIP(address) > 0 && !mayBeAsked(address)) throw new AddressNotAllowedError();
  const text = body === null ? null : Buffer.from(JSON.stringify(body));
  return await new Promise((done, fail) => {
    const send = target.protocol === "https:" ? httpsRequest : httpRequest;
    const asked = send(target, {
      method,
      signal,
      agent: false,
      // Asked of the resolver's answer, not of the name: else a name could lead to this machine.
      ...(isAllowed ? {} : { lookup: resolveOutside }),
      headers: {
        accept,
        "accept-encoding": "identity",
        "user-agent": "hotline",
        ...(text === null ? {} : { "content-type": "application/json", "content-length": text.length }),
        ...headers,
      },
    });
    asked.once("response", done);
    asked.once("error", fail);
    // Node gives no word of an answer that wants another protocol (101): it hangs up.
    asked.once("close", () => fail(new Error("the server hung up without an answer")));
    asked.end(text ?? undefined);
  });
}

const resolveOutside: LookupFunction = (host, options, done) => {
  resolve(host, { ...options, all: true }, (error, addresses) => {
    const outside = (addresses ?? []).filter(({ address }) => mayBeAsked(address));
    const [first] = outside;
    if (error) done(error, "", 0);
    else if (first === undefined) done(new AddressNotAllowedError(), "", 0);
    else if (options.all) done(null, outside);
    else done(null, first.address, first.family);
  });
};

/** Bytes of an answer; null when there are more than `mostBytes`: then the connection is let go. */
export async function readAtMost(response: IncomingMessage, mostBytes: number): Promise<Buffer | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    // Leaving the loop ends the response, and with it the connection.
    if (bytes > mostBytes) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
