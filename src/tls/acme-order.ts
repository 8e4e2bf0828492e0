/** One certificate from an authority on the internet: ACME (RFC 8555), the name proved by HTTP-01 (section 8.3). */
import { setTimeout as pause } from "node:timers/promises";
import { type Authorization, axios, Client, crypto, type Order } from "acme-client";
import { z } from "zod";
import type { AcmeFailure } from "../calls/acme.ts";
import { AcmeError } from "./acme-error.ts";

const REQUEST_TIMEOUT_MS = 30_000;
const MOST_BYTES = 1_000_000;
const LOOK_EVERY_MS = 1_000;
/** Authorities look from several places, one after the other. */
const LOOKS = 120;
const TYPE = "urn:ietf:params:acme:error:";

/** RFC 7807, as RFC 8555 section 6.7 uses it. */
const Problem = z.object({ type: z.string().default(""), detail: z.string().default("") });
type Problem = z.infer<typeof Problem>;

/** Of errors with the challenge; with other requests `unauthorized` is about the account. */
const AT_CHALLENGE: Readonly<Record<string, AcmeFailure>> = {
  dns: "name-unknown",
  connection: "not-reachable",
  tls: "not-reachable",
  unauthorized: "wrong-answer",
  incorrectResponse: "wrong-answer",
};
const ANYWHERE: Readonly<Record<string, AcmeFailure>> = {
  rateLimited: "rate-limited",
  serverInternal: "authority-away",
};

Object.assign(axios.defaults, { timeout: REQUEST_TIMEOUT_MS, maxContentLength: MOST_BYTES });
// The library's own would wait out each Retry-After, which may be hours, and what it throws does not say of what kind it is.
axios.interceptors.request.clear();
axios.interceptors.response.clear();
axios.interceptors.response.use((answer) => {
  if (answer.status < 400) return answer;
  const problem = problemOf(answer.data);
  // The library asks again by itself, with the nonce that came along (section 6.5).
  if (problem.type === `${TYPE}badNonce`) return answer;
  const retryAfterMs = retryAfterOf(answer.headers["retry-after"]);
  throw new AcmeError(reasonOf(problem, answer.status), { said: problem.detail, retryAfterMs });
});

export interface AcmeOrder {
  /** URL of the authority's directory (section 7.1.1). */
  directory: string;
  /** PEM; an account is made for it where there is none. */
  accountKey: string;
  email: string | null;
  domain: string;
  /** From now on the box has to answer so when asked for the token (section 8.3). */
  expect: (token: string, keyAuthorization: string) => void;
  /** ECDSA on P-256, PEM. */
  certificateKey: string;
  signal: AbortSignal;
}

/**
 * @returns the certificate with its chain, PEM
 * @throws AcmeError; the signal's reason when it is aborted
 */
export async function obtainCertificate(wanted: AcmeOrder): Promise<string> {
  const { directory, accountKey, email, domain, signal } = wanted;
  const client = new Client({ directoryUrl: directory, accountKey });
  signal.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  // Nobody may be waiting just then.
  aborted.catch(() => undefined);
  const asked = <Value>(answer: Promise<Value>) => orFailed(answer, aborted, signal);
  const contact = email === null ? {} : { contact: [`mailto:${email}`] };
  await asked(client.createAccount({ termsOfServiceAgreed: true, ...contact }));
  const order = await asked(client.createOrder({ identifiers: [{ type: "dns", value: domain }] }));
  const authorizations = () => asked(client.getAuthorizations(order));
  for (const authorization of await authorizations()) {
    if (authorization.status === "valid") continue;
    const challenge = challengeOf(authorization);
    if (challenge === undefined) throw new AcmeError("refused", { said: "no http-01 challenge is offered" });
    wanted.expect(challenge.token, await client.getChallengeKeyAuthorization(challenge));
    await asked(client.completeChallenge(challenge));
  }
  await eventually(signal, async () => isProved(await authorizations()));
  const [, request] = await crypto.createCsr({ altNames: [domain] }, wanted.certificateKey);
  const final = await asked(client.finalizeOrder(await asked(client.getOrder(order)), request));
  const ready = await eventually(signal, async () => issued(await asked(client.getOrder(final))));
  return await asked(client.getCertificate(ready));
}

const challengeOf = (authorization: Authorization) =>
  authorization.challenges.find((challenge) => challenge.type === "http-01");

/** Null: it is not known yet. @throws AcmeError */
function isProved(authorizations: readonly Authorization[]): true | null {
  for (const authorization of authorizations) {
    if (authorization.status === "pending") return null;
    if (authorization.status === "valid") continue;
    const problem = problemOf(challengeOf(authorization)?.error);
    const kind = kindOf(problem);
    throw new AcmeError(AT_CHALLENGE[kind] ?? ANYWHERE[kind] ?? "refused", { said: problem.detail });
  }
  return true;
}

/** Null: it is not ready yet. @throws AcmeError */
function issued(order: Order): Order | null {
  if (order.status === "valid") return order;
  if (order.status !== "invalid") return null;
  const problem = problemOf(order.error);
  throw new AcmeError(ANYWHERE[kindOf(problem)] ?? "refused", { said: problem.detail });
}

async function eventually<Value>(signal: AbortSignal, look: () => Promise<Value | null>): Promise<Value> {
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const value = await look();
    if (value !== null) return value;
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
  throw new AcmeError("authority-away", { said: "the authority does not come to an end" });
}

/** @param aborted rejects with the signal's reason */
async function orFailed<Value>(answer: Promise<Value>, aborted: Promise<never>, signal: AbortSignal): Promise<Value> {
  try {
    return await Promise.race([answer, aborted]);
  } catch (error) {
    if (error instanceof AcmeError || signal.aborted) throw error;
    // The network's errors, and answers that are none of an authority.
    throw new AcmeError("authority-away", { said: error instanceof Error ? error.message : "" });
  }
}

function reasonOf(problem: Problem, status: number): AcmeFailure {
  const known = ANYWHERE[kindOf(problem)];
  if (known !== undefined) return known;
  if (status === 429) return "rate-limited";
  return status >= 500 || problem.type === "" ? "authority-away" : "refused";
}

function problemOf(data: unknown): Problem {
  return Problem.safeParse(data).data ?? { type: "", detail: "" };
}

const kindOf = ({ type }: Problem): string => (type.startsWith(TYPE) ? type.slice(TYPE.length) : "");

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfterOf(header: unknown): number | null {
  if (typeof header !== "string") return null;
  const ms = /^[0-9]+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return ms > 0 ? ms : null;
}
