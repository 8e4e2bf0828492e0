/** Requests of a client that belongs to no call, and their signatures. */
import { randomBytes } from "node:crypto";
import type { sip as Sip } from "sip";
import digest, { type DigestContext } from "sip/digest.js";
import type { SipConnection } from "./sip-connection.ts";

export interface RequestParts {
  method: string;
  /** Request URI. */
  uri: string;
  /** Address of record in From and To, if To says nothing else. */
  from: string;
  to?: string;
  headers?: Record<string, unknown>;
  content?: string;
}

/** The same in each request of one series (RFC 3261, section 10.2). */
export interface Series {
  callId: string;
  tag: string;
  sequence: number;
}

export function newSeries(): Series {
  return { callId: randomBytes(12).toString("hex"), tag: randomBytes(8).toString("hex"), sequence: 0 };
}

export function requestOf(series: Series, { method, uri, from, to = from, headers = {}, content }: RequestParts) {
  series.sequence += 1;
  const request: Sip.Request = {
    method,
    uri,
    headers: {
      via: [],
      from: { uri: from, params: { tag: series.tag } },
      to: { uri: to, params: {} },
      "call-id": series.callId,
      cseq: { seq: series.sequence, method },
      "max-forwards": "70",
      "user-agent": "Hotline",
      ...headers,
    },
    ...(content === undefined ? {} : { content }),
  };
  return request;
}

export interface Credentials {
  user: string;
  password: string;
}

/** What came of a request: the last answer, and whether it was signed. */
export interface Outcome {
  request: Sip.Request;
  answer: Sip.Response;
  isSigned: boolean;
}

/**
 * Sends a request, and again with credentials when it is challenged (RFC 3261, section 22; once more for a nonce that grew old meanwhile).
 * @throws NoAnswerError
 */
export async function ask(
  connection: SipConnection,
  series: Series,
  parts: RequestParts,
  credentials: Credentials | null,
  options: { timeoutMs: number; onProvisional?: (answer: Sip.Response) => void },
): Promise<Outcome> {
  const context: DigestContext = {};
  let challenge: Sip.Response | null = null;
  for (let tries = 0; ; tries += 1) {
    const request = requestOf(series, parts);
    const isSigned = challenge !== null && credentials !== null;
    if (challenge !== null && credentials !== null) digest.signRequest(context, request, challenge, credentials);
    const answer = await connection.request(request, options);
    const isStale = challengeOf(answer)?.["stale"] !== undefined;
    const mayTryAgain =
      challengeOf(answer) !== undefined && credentials !== null && (tries === 0 || (tries === 1 && isStale));
    if (!mayTryAgain) return { request, answer, isSigned };
    challenge = answer;
  }
}

export function challengeOf(answer: Sip.Response): Sip.AuthHeader | undefined {
  if (answer.status === 401) return answer.headers["www-authenticate"]?.[0];
  return answer.status === 407 ? answer.headers["proxy-authenticate"]?.[0] : undefined;
}
