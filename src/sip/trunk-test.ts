/**
 * Tries a trunk as its operator will see it, from this machine and by our own requests: so each way to fail is told from the others, the
 * operator's own words can be shown, and nothing at the switch changes. Registering is tried by a REGISTER without a Contact, which asks who
 * is registered and changes nothing (RFC 3261, section 10.2.3): a line that works goes on working while it is tested.
 */
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { sip as Sip } from "sip";
import type { SrtpMode, TrunkCodec, TrunkTransport } from "../calls/trunk.ts";
import type { Server } from "./known-addresses.ts";
import { ResolveError, resolveHost } from "./resolve-host.ts";
import { NoAnswerError, SipConnection } from "./sip-connection.ts";
import {
  ask,
  type Credentials,
  challengeOf,
  newSeries,
  type Outcome,
  type RequestParts,
  requestOf,
  type Series,
} from "./sip-request.ts";

export interface TrunkToTest {
  /** As requests name it. */
  host: string;
  port: number;
  transport: TrunkTransport;
  /** Where requests go: the operator's server, or the proxy before it. */
  server: Server;
  isRegistering: boolean;
  user: string;
  authUser: string | null;
  fromUser: string | null;
  fromDomain: string | null;
  password: string;
  codecs: readonly TrunkCodec[];
  srtp: SrtpMode;
  expirySeconds: number;
  /** A number that is really called, and let go as soon as it rings; null: no call is made. */
  callTo: string | null;
  /** Shown to who is called; null: the account's own. */
  callerNumber: string | null;
}

/** What a step found, in a word that the panel translates. */
type TestCode =
  | "found"
  | "no-such-name"
  | "name-server-silent"
  | "connected"
  | "port-closed"
  | "unreachable"
  | "silent"
  | "closed"
  | "no-tls"
  | "certificate-not-trusted"
  | "answers"
  | "signed-in"
  | "wrong-password"
  | "unknown-account"
  | "not-allowed"
  | "expiry-too-short"
  | "moved"
  | "busy-server"
  | "broken-server"
  | "strange-challenge"
  | "refused"
  | "codec-common"
  | "codec-refused"
  | "codecs-not-told"
  | "rings"
  | "call-not-allowed"
  | "number-not-known"
  | "no-lines";

export interface TestStep {
  step: "resolve" | "connect" | "options" | "register" | "codecs" | "call";
  verdict: "good" | "warning" | "bad";
  code: TestCode;
  /** What belongs into the sentence. */
  params: Record<string, string | number>;
  /** The SIP message that says so, as it came; null: none came. */
  answer: string | null;
  tookMs: number;
}

const OPTIONS_MS = 4_000;
const REGISTER_MS = 6_000;
const CALL_MS = 12_000;

type Found = Omit<TestStep, "step" | "tookMs">;

/** Runs the steps in their order; what cannot be tried after a failure is left out. */
export async function testTrunk(
  trunk: TrunkToTest,
  around: { localAddress?: string; nameServers?: readonly string[] } = {},
): Promise<TestStep[]> {
  const steps: TestStep[] = [];
  const tell = (step: TestStep["step"], startedAtMs: number, found: Found) =>
    steps.push({ step, ...found, tookMs: Math.round(performance.now() - startedAtMs) });
  const { server } = trunk;

  let atMs = performance.now();
  let where: Awaited<ReturnType<typeof resolveHost>>;
  try {
    where = await resolveHost(server.host, server.port, server.transport, around.nameServers);
  } catch (error) {
    if (!(error instanceof ResolveError)) throw error;
    const code = error.reason === "no-such-name" ? "no-such-name" : "name-server-silent";
    tell("resolve", atMs, bad(code, { host: server.host }));
    return steps;
  }
  const [address] = where.addresses;
  if (address !== server.host) tell("resolve", atMs, good("found", { host: server.host, address }));

  atMs = performance.now();
  const peer = { transport: trunk.transport, address, port: where.port, host: server.host };
  let connection: SipConnection;
  try {
    connection = await SipConnection.open({
      ...peer,
      ...(around.localAddress === undefined ? {} : { localAddress: around.localAddress }),
    });
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    tell("connect", atMs, noAnswer(error, peer));
    return steps;
  }
  try {
    if (trunk.transport !== "udp") tell("connect", atMs, connected(connection, peer));
    const line = new Line(trunk, connection, where.port);
    atMs = performance.now();
    const options = await line.options();
    tell("options", atMs, options.found);
    if (options.found.verdict === "bad") return steps;
    if (options.codecs !== null) tell("codecs", performance.now(), codecsFound(trunk.codecs, options.codecs));
    if (trunk.isRegistering) {
      atMs = performance.now();
      const registered = await line.register();
      tell("register", atMs, registered);
      if (registered.verdict === "bad") return steps;
    }
    if (trunk.callTo !== null) {
      atMs = performance.now();
      tell("call", atMs, await line.call(trunk.callTo));
    }
    return steps;
  } finally {
    connection.close();
  }
}

/** The line as one client uses it. */
class Line {
  readonly #trunk: TrunkToTest;
  readonly #connection: SipConnection;
  readonly #port: number;

  constructor(trunk: TrunkToTest, connection: SipConnection, port: number) {
    this.#trunk = trunk;
    this.#connection = connection;
    this.#port = port;
  }

  /** Whatever it answers, it is there. What it says of codecs is heard. */
  async options(): Promise<{ found: Found; codecs: string | null }> {
    const { transport } = this.#trunk;
    const parts = { method: "OPTIONS", uri: `sip:${this.#host}`, headers: { accept: "application/sdp" } };
    const series = newSeries();
    try {
      const request = requestOf(series, { ...parts, from: this.#self, to: `sip:${this.#domain}` });
      const answer = await this.#connection.request(request, { timeoutMs: OPTIONS_MS });
      const codecs = answer.status < 300 && /^m=audio /m.test(answer.content ?? "") ? (answer.content ?? null) : null;
      return { found: good("answers", { status: answer.status }, this.#text(answer)), codecs };
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      return { found: noAnswer(error, { transport, host: this.#trunk.server.host, port: this.#port }), codecs: null };
    }
  }

  async register(): Promise<Found> {
    const { expirySeconds } = this.#trunk;
    const series = newSeries();
    const parts: RequestParts = { method: "REGISTER", uri: `sip:${this.#domain}`, from: this.#self };
    const send = async (headers: Record<string, unknown>) =>
      await ask(this.#connection, series, { ...parts, headers }, this.#credentials, { timeoutMs: REGISTER_MS });
    try {
      const asked = await send({});
      if (asked.answer.status < 300) return good("signed-in", {}, this.#text(asked.answer));
      // Some registrars know no such question (FreeSWITCH is one): they are asked to take a registration of a minute, and to forget it.
      if (asked.answer.status !== 400 && asked.answer.status < 500) return this.#refused(asked);
      const contact = [{ uri: this.#contact, params: {} }];
      const registered = await send({ contact, expires: String(Math.max(60, expirySeconds)) });
      if (registered.answer.status >= 300) return this.#refused(registered);
      await send({ contact, expires: "0" });
      return good("signed-in", {}, this.#text(registered.answer));
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      const { transport, server } = this.#trunk;
      return noAnswer(error, { transport, host: server.host, port: this.#port });
    }
  }

  #refused({ answer, isSigned }: Outcome): Found {
    const { status } = answer;
    const [params, text] = [{ status }, this.#text(answer)];
    if (challengeOf(answer) !== undefined && !isSigned) return bad("wrong-password", params, text);
    if (status === 401 || status === 407) {
      const code = challengeOf(answer) === undefined ? "strange-challenge" : "wrong-password";
      return bad(code, params, text);
    }
    if (status === 403) return bad(isSigned ? "wrong-password" : "not-allowed", params, text);
    if (status === 404) return bad("unknown-account", params, text);
    if (status === 423) {
      const least = Number(textOf(answer, "min-expires")) || 0;
      return bad("expiry-too-short", { ...params, seconds: least }, text);
    }
    if (status >= 300 && status < 400) return bad("moved", params, text);
    if (status === 503) return bad("busy-server", params, text);
    return bad(status >= 500 && status < 600 ? "broken-server" : "refused", params, text);
  }

  /** Calls, and lets go as soon as it rings, or says why it does not. */
  async call(number: string): Promise<Found> {
    const sound = createSocket("udp4").bind(0, this.#connection.local.address);
    await once(sound, "listening");
    const series = newSeries();
    const uri = `sip:${number}@${this.#host}`;
    const { callerNumber } = this.#trunk;
    const from = callerNumber === null ? this.#self : `sip:${callerNumber}@${this.#domain}`;
    const invite: RequestParts = {
      method: "INVITE",
      uri,
      from,
      to: uri,
      headers: { contact: [{ uri: this.#contact, params: {} }], "content-type": "application/sdp" },
      content: this.#offer(sound.address().port),
    };
    let onRing: (answer: Sip.Response) => void = () => undefined;
    const rang = new Promise<Sip.Response>((resolve) => {
      onRing = resolve;
    });
    const onProvisional = (answer: Sip.Response) => {
      if (answer.status > 100) onRing(answer);
    };
    try {
      const asking = ask(this.#connection, series, invite, this.#credentials, { timeoutMs: CALL_MS, onProvisional });
      const first = await Promise.race([asking, rang]);
      if ("answer" in first) return this.#called(first, series);
      this.#cancel(first, invite, series);
      await asking.then(
        (ended) => this.#called(ended, series),
        () => undefined,
      );
      return good("rings", { status: first.status }, this.#text(first));
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      const { transport, server } = this.#trunk;
      return noAnswer(error, { transport, host: server.host, port: this.#port });
    } finally {
      sound.close();
    }
  }

  #cancel(ringing: Sip.Response, invite: RequestParts, series: Series): void {
    const { seq } = ringing.headers.cseq;
    const { uri, from, to = uri } = invite;
    const request = requestOf({ ...series, sequence: seq - 1 }, { method: "CANCEL", uri, from, to });
    this.#connection.tell(request, branchOf(ringing));
  }

  #called({ request, answer }: Outcome, series: Series): Found {
    const { status } = answer;
    const [params, text] = [{ status }, this.#text(answer)];
    this.#acknowledge(request, answer, series);
    if (status < 300) return good("rings", params, text);
    if (status === 486 || status === 600 || status === 480 || status === 487) return good("rings", params, text);
    if (status === 488 || status === 415 || status === 606) return bad("codec-refused", params, text);
    if (status === 401 || status === 407 || status === 403) return bad("call-not-allowed", params, text);
    if (status === 404 || status === 484 || status === 604) return bad("number-not-known", params, text);
    if (status === 503) return bad("no-lines", params, text);
    return bad(status >= 500 && status < 600 ? "broken-server" : "refused", params, text);
  }

  /** Every final answer to an INVITE wants an ACK; whoever picked up is let go at once. */
  #acknowledge(invite: Sip.Request, answer: Sip.Response, series: Series): void {
    const isTaken = answer.status < 300;
    const { contact, to } = answer.headers;
    const target = isTaken && Array.isArray(contact) && contact[0] ? contact[0].uri : invite.uri;
    const headers = { ...invite.headers, to, via: [], cseq: { seq: invite.headers.cseq.seq, method: "ACK" } };
    delete headers["content-type"];
    const ack: Sip.Request = { method: "ACK", uri: target, headers };
    if (!isTaken) return this.#connection.tell(ack, branchOf(answer));
    this.#connection.tell(ack);
    const bye = { ...headers, cseq: { seq: series.sequence + 1, method: "BYE" } };
    this.#connection.tell({ method: "BYE", uri: target, headers: bye });
  }

  #offer(port: number): string {
    const { codecs, srtp } = this.#trunk;
    const { address } = this.#connection.local;
    const types = codecs.map((codec) => ({ codec, type: codec === "PCMU" ? 0 : 8 }));
    const isSecure = srtp === "required";
    return [
      "v=0",
      `o=hotline 1 1 IN IP4 ${address}`,
      "s=-",
      `c=IN IP4 ${address}`,
      "t=0 0",
      `m=audio ${port} ${isSecure ? "RTP/SAVP" : "RTP/AVP"} ${types.map(({ type }) => type).join(" ")} 101`,
      ...types.map(({ codec, type }) => `a=rtpmap:${type} ${codec}/8000`),
      "a=rtpmap:101 telephone-event/8000",
      // 30 bytes: key and salt (RFC 4568, section 6.1).
      ...(isSecure ? [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${randomBytes(30).toString("base64")}`] : []),
      "",
    ].join("\r\n");
  }

  #text(answer: Sip.Response): string {
    return this.#connection.textOf(answer);
  }

  get #domain(): string {
    return this.#trunk.fromDomain ?? this.#trunk.host;
  }

  get #host(): string {
    const { host, port, transport } = this.#trunk;
    return port === (transport === "tls" ? 5061 : 5060) ? host : `${host}:${port}`;
  }

  get #self(): string {
    const { fromUser, user } = this.#trunk;
    return `sip:${fromUser ?? (user || "hotline")}@${this.#domain}`;
  }

  get #contact(): string {
    const { address, port } = this.#connection.local;
    return `sip:${this.#trunk.user || "hotline"}@${address}:${port};transport=${this.#trunk.transport}`;
  }

  get #credentials(): Credentials | null {
    const { user, authUser, password } = this.#trunk;
    return user === "" ? null : { user: authUser ?? user, password };
  }
}

function connected({ certificateProblem }: SipConnection, peer: { host: string; port: number }): Found {
  if (certificateProblem === null) return good("connected", peer);
  return {
    verdict: "warning",
    code: "certificate-not-trusted",
    params: { host: peer.host, problem: certificateProblem },
    answer: null,
  };
}

/** Names in `a=rtpmap` lines, and the types that need none (RFC 3551). */
function codecsFound(ours: readonly TrunkCodec[], theirs: string): Found {
  const types = /^m=audio [0-9]+ \S+ ([0-9 ]+)/m.exec(theirs)?.[1]?.split(" ") ?? [];
  const offered = new Set([
    ...Array.from(theirs.matchAll(/^a=rtpmap:[0-9]+ ([A-Za-z0-9-]+)\//gm), ([, name]) => (name ?? "").toUpperCase()),
    ...(types.includes("0") ? ["PCMU"] : []),
    ...(types.includes("8") ? ["PCMA"] : []),
  ]);
  offered.delete("TELEPHONE-EVENT");
  const common = ours.filter((codec) => offered.has(codec));
  const params = { ours: ours.join(", "), theirs: [...offered].join(", ") };
  if (common.length > 0) return good("codec-common", { codecs: common.join(", ") });
  return offered.size === 0 ? good("codecs-not-told") : bad("codec-refused", params);
}

function noAnswer(
  { reason }: NoAnswerError,
  { host, port, transport }: { host: string; port: number; transport: string },
): Found {
  const codes = {
    refused: "port-closed",
    unreachable: "unreachable",
    silent: "silent",
    closed: "closed",
    "no-tls": "no-tls",
  } as const;
  return bad(codes[reason], { host, port, transport: transport.toUpperCase() });
}

function good(code: TestCode, params: TestStep["params"] = {}, answer: string | null = null): Found {
  return { verdict: "good", code, params, answer: answer === null ? null : shown(answer) };
}

function bad(code: TestCode, params: TestStep["params"] = {}, answer: string | null = null): Found {
  return { verdict: "bad", code, params, answer: answer === null ? null : shown(answer) };
}

/** In text that can be shown: what is no printable character stands as a dot. */
function shown(answer: string): string {
  return answer
    .replaceAll("\r\n", "\n")
    .replace(/[^\P{C}\n]/gu, "·")
    .slice(0, 4_000)
    .trimEnd();
}

/** The topmost Via is ours again in an answer. */
function branchOf(answer: Sip.Response): string {
  return String(answer.headers.via[0]?.params["branch"] ?? "");
}

function textOf(answer: Sip.Response, name: string): string {
  const value = answer.headers[name];
  return typeof value === "string" ? value : "";
}
