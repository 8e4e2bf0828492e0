/** Asks servers of the owner's for callers who wait: by a deadline, a little JSON, and nobody that is not to be asked. */
import { lookup as resolve } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { LookUpAnswer, LookUpFailure, LookUpRequest } from "../flows/ivr/ivr-types.ts";
import { mayBeAsked } from "./reachable-address.ts";

const MOST_BYTES = 64 * 1024;

class LookUpError extends Error {
  override readonly name = "LookUpError";
  readonly reason: LookUpFailure;
  constructor(reason: LookUpFailure) {
    super(reason);
    this.reason = reason;
  }
}

export interface LookUpOutcome {
  answer: LookUpAnswer;
  /** Of the HTTP response, where there was one. */
  status: number | null;
}

/** A look-up's request, or another one by the same rules. */
type JsonRequest = Omit<LookUpRequest, "body"> & { body: object | null };

export class HttpLookUps {
  readonly #allowed: ReadonlySet<string>;

  /** @param allowed `host:port` of servers on this machine that may be asked all the same, as the address names them */
  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed);
  }

  /** Never fails and never takes longer than the request's deadline. */
  async ask(request: LookUpRequest, signal: AbortSignal): Promise<LookUpAnswer> {
    return (await this.try(request, signal)).answer;
  }

  /** As `ask`, with what the owner wants to know who tries it. */
  async try(request: JsonRequest, signal: AbortSignal): Promise<LookUpOutcome> {
    const deadline = AbortSignal.timeout(request.deadlineMs);
    let status: number | null = null;
    try {
      const response = await this.#send(request, AbortSignal.any([signal, deadline]));
      status = response.statusCode ?? null;
      return { status, answer: { ok: true, json: await readJson(response) } };
    } catch (error) {
      return { status, answer: { ok: false, reason: reasonOf(error, deadline) } };
    }
  }

  async #send({ url, method, body }: JsonRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const target = URL.canParse(url) ? new URL(url) : null;
    const isWeb = target?.protocol === "http:" || target?.protocol === "https:";
    if (target === null || !isWeb || target.username !== "" || target.password !== "")
      throw new LookUpError("address-not-allowed");
    const port = target.port || (target.protocol === "https:" ? "443" : "80");
    const isAllowed = this.#allowed.has(`${target.hostname}:${port}`);
    const address = target.hostname.replace(/^\[(.*)\]$/, "$1");
    if (!isAllowed && isIP(address) > 0 && !mayBeAsked(address)) throw new LookUpError("address-not-allowed");
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
          accept: "application/json",
          "accept-encoding": "identity",
          "user-agent": "hotline",
          ...(text === null ? {} : { "content-type": "application/json", "content-length": text.length }),
        },
      });
      asked.once("response", done);
      asked.once("error", fail);
      asked.end(text ?? undefined);
    });
  }
}

const resolveOutside: LookupFunction = (host, options, done) => {
  resolve(host, { ...options, all: true }, (error, addresses) => {
    const outside = (addresses ?? []).filter(({ address }) => mayBeAsked(address));
    const [first] = outside;
    if (error) done(error, "", 0);
    else if (first === undefined) done(new LookUpError("address-not-allowed"), "", 0);
    else if (options.all) done(null, outside);
    else done(null, first.address, first.family);
  });
};

async function readJson(response: IncomingMessage): Promise<unknown> {
  const { statusCode = 0 } = response;
  const isFine = statusCode >= 200 && statusCode < 300;
  if (!isFine) {
    response.destroy();
    throw new LookUpError(statusCode >= 300 && statusCode < 400 ? "redirected" : "refused");
  }
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    // Leaving the loop ends the response, and with it the connection.
    if (bytes > MOST_BYTES) throw new LookUpError("too-large");
    pieces.push(piece);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw new LookUpError("not-json");
    throw error;
  }
}

function reasonOf(error: unknown, deadline: AbortSignal): LookUpFailure {
  if (error instanceof LookUpError) return error.reason;
  return deadline.aborted ? "timeout" : "unreachable";
}
