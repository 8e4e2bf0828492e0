/** Asks servers of the owner's for callers who wait: by a deadline, a little JSON, and nobody that is not to be asked. */
import type { IncomingMessage } from "node:http";
import type { LookUpAnswer, LookUpFailure, LookUpRequest } from "../flows/ivr/ivr-types.ts";
import { AddressNotAllowedError, guardedRequest, readAtMost } from "./guarded-request.ts";

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
      const { url, method, body } = request;
      const asked = { url, method, body, accept: "application/json" };
      const response = await guardedRequest(asked, this.#allowed, AbortSignal.any([signal, deadline]));
      status = response.statusCode ?? null;
      return { status, answer: { ok: true, json: await readJson(response) } };
    } catch (error) {
      return { status, answer: { ok: false, reason: reasonOf(error, deadline) } };
    }
  }
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  const { statusCode = 0 } = response;
  const isFine = statusCode >= 200 && statusCode < 300;
  if (!isFine) {
    response.destroy();
    throw new LookUpError(statusCode >= 300 && statusCode < 400 ? "redirected" : "refused");
  }
  const bytes = await readAtMost(response, MOST_BYTES);
  if (bytes === null) throw new LookUpError("too-large");
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw new LookUpError("not-json");
    throw error;
  }
}

function reasonOf(error: unknown, deadline: AbortSignal): LookUpFailure {
  if (error instanceof LookUpError) return error.reason;
  if (error instanceof AddressNotAllowedError) return "address-not-allowed";
  return deadline.aborted ? "timeout" : "unreachable";
}
