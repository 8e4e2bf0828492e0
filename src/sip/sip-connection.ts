/** One SIP peer as a client sees it (RFC 3261): requests out, answers back, over UDP, TCP or TLS; and every way in which there is no answer. */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect as connectTcp, type Socket as TcpSocket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { sip as Sip } from "sip";
import sip from "sip";
import type { TrunkTransport } from "../calls/trunk.ts";

/**
 * Why nobody answers: `refused` the machine is there and nobody listens at the port; `unreachable` no way to it; `silent` nothing came back;
 * `closed` it hung up; `no-tls` it does not speak TLS there.
 */
export type NoAnswer = "refused" | "unreachable" | "silent" | "closed" | "no-tls";

export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
  readonly reason: NoAnswer;
  constructor(reason: NoAnswer, cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

export interface PeerAddress {
  transport: TrunkTransport;
  address: string;
  port: number;
  /** Whose certificate is expected, over TLS. */
  host: string;
  /** Where we send from; the system's choice if not given. */
  localAddress?: string;
}

interface Waiting {
  method: string;
  onProvisional: (response: Sip.Response) => void;
  resolve: (response: Sip.Response) => void;
  reject: (error: NoAnswerError) => void;
  stop: () => void;
}

interface Ears {
  onMessage: (message: Buffer) => void;
  onBytes: (bytes: Buffer) => void;
  onLost: (error: NoAnswerError) => void;
}

/** A socket that is open. */
interface Link {
  send: (message: Buffer) => void;
  end: () => void;
  local: { address: string; port: number };
  certificateProblem: string | null;
  listen: (ears: Ears) => void;
}

/** RFC 3261, timers T1 and T2. */
const T1_MS = 500;
const T2_MS = 4_000;
const CONNECT_MS = 5_000;
/** Nothing that an operator answers is longer. */
const MOST_BYTES = 65_536;

export class SipConnection {
  readonly #peer: PeerAddress;
  readonly #send: (message: Buffer) => void;
  readonly #end: () => void;
  readonly #waiting = new Map<string, Waiting>();
  /** Our side, as Via and Contact name it. */
  readonly local: { address: string; port: number };
  /** Why a peer's certificate is not trusted, in the words of OpenSSL; null: it is, or there is none. */
  readonly certificateProblem: string | null;
  readonly #texts = new WeakMap<Sip.Response, string>();
  #stream = Buffer.alloc(0);
  #failure: NoAnswerError | null = null;
  #isClosed = false;

  private constructor(peer: PeerAddress, link: Link) {
    this.#peer = peer;
    this.#send = link.send;
    this.#end = link.end;
    this.local = link.local;
    this.certificateProblem = link.certificateProblem;
    link.listen({
      onMessage: (message) => this.#received(message),
      onBytes: (bytes) => this.#receivedBytes(bytes),
      onLost: (error) => this.#lost(error),
    });
  }

  /** @throws NoAnswerError */
  static async open(peer: PeerAddress): Promise<SipConnection> {
    return new SipConnection(peer, peer.transport === "udp" ? await openUdp(peer) : await openStream(peer));
  }

  /**
   * Sends a request and waits for its final answer. The Via is made here.
   * @throws NoAnswerError
   */
  async request(
    request: Sip.Request,
    {
      timeoutMs,
      onProvisional = () => undefined,
    }: { timeoutMs: number; onProvisional?: (answer: Sip.Response) => void },
  ): Promise<Sip.Response> {
    if (this.#failure !== null) throw this.#failure;
    const branch = sip.generateBranch();
    request.headers.via = [this.#via(branch)];
    const datagram = Buffer.from(sip.stringify(request), "latin1");
    return await new Promise<Sip.Response>((resolve, reject) => {
      let repeat: NodeJS.Timeout | undefined;
      const deadline = setTimeout(() => this.#fail(branch, new NoAnswerError("silent")), timeoutMs);
      const stop = () => {
        clearTimeout(repeat);
        clearTimeout(deadline);
      };
      const send = (nextMs: number) => {
        this.#send(datagram);
        if (this.#peer.transport === "udp") repeat = setTimeout(() => send(Math.min(nextMs * 2, T2_MS)), nextMs);
      };
      const heard = (response: Sip.Response) => {
        // An INVITE that has been heard is not repeated (RFC 3261, section 17.1.1.2).
        if (request.method === "INVITE") clearTimeout(repeat);
        onProvisional(response);
      };
      this.#waiting.set(branch, { method: request.method, onProvisional: heard, resolve, reject, stop });
      send(T1_MS);
    });
  }

  /** Sends what wants no answer: ACK, and CANCEL and BYE of a call that nobody looks after any more. */
  tell(request: Sip.Request, branch: string = sip.generateBranch()): void {
    if (this.#failure !== null) return;
    request.headers.via = [this.#via(branch)];
    this.#send(Buffer.from(sip.stringify(request), "latin1"));
  }

  /** An answer as it came. */
  textOf(answer: Sip.Response): string {
    return this.#texts.get(answer) ?? "";
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#lost(new NoAnswerError("closed"));
    this.#end();
  }

  #received(message: Buffer): void {
    const parsed = sip.parse(message);
    if (parsed === undefined || parsed.method !== undefined) return;
    this.#texts.set(parsed, message.toString("utf8"));
    const branch = parsed.headers.via?.[0]?.params["branch"];
    const waiting = typeof branch === "string" ? this.#waiting.get(branch) : undefined;
    if (waiting === undefined || parsed.headers.cseq?.method !== waiting.method) return;
    if (parsed.status < 200) return waiting.onProvisional(parsed);
    waiting.stop();
    this.#waiting.delete(branch as string);
    waiting.resolve(parsed);
  }

  /** Messages of a stream are told apart by their Content-Length (RFC 3261, section 18.3). */
  #receivedBytes(bytes: Buffer): void {
    this.#stream = Buffer.concat([this.#stream, bytes]);
    if (this.#stream.length > MOST_BYTES) return this.#lost(new NoAnswerError("closed"));
    for (;;) {
      const end = this.#stream.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = this.#stream.subarray(0, end).toString("latin1");
      const length = Number(/^(?:content-length|l)\s*:\s*([0-9]+)/im.exec(head)?.[1] ?? 0);
      const total = end + 4 + length;
      if (this.#stream.length < total) return;
      const message = this.#stream.subarray(0, total);
      this.#stream = this.#stream.subarray(total);
      if (head.trim() !== "") this.#received(message);
    }
  }

  /** Nothing more will come. */
  #lost(error: NoAnswerError): void {
    this.#failure ??= error;
    for (const branch of [...this.#waiting.keys()]) this.#fail(branch, this.#failure);
  }

  #fail(branch: string, error: NoAnswerError): void {
    const waiting = this.#waiting.get(branch);
    if (waiting === undefined) return;
    this.#waiting.delete(branch);
    waiting.stop();
    waiting.reject(error);
  }

  #via(branch: string): Sip.Via {
    const { address: host, port } = this.local;
    const protocol = this.#peer.transport.toUpperCase();
    return { version: "2.0", protocol, host, port, params: { branch, rport: null } };
  }
}

async function openUdp(peer: PeerAddress): Promise<Link> {
  const socket: UdpSocket = createSocket("udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      // A connected socket hears when nobody listens there (ICMP).
      socket.bind(0, peer.localAddress, () => {
        socket.connect(peer.port, peer.address, () => {
          socket.off("error", reject);
          resolve();
        });
      });
    });
  } catch (error) {
    socket.close();
    throw noAnswerOf(error);
  }
  const { address, port } = socket.address();
  return {
    send: (message) => socket.send(message),
    end: () => socket.close(),
    local: { address, port },
    certificateProblem: null,
    listen: ({ onMessage, onLost }) => {
      socket.on("message", onMessage);
      socket.on("error", (error) => onLost(noAnswerOf(error)));
    },
  };
}

async function openStream(peer: PeerAddress): Promise<Link> {
  const { transport, address: host, port, localAddress } = peer;
  const options = { host, port, ...(localAddress === undefined ? {} : { localAddress }) };
  // The switch takes any certificate too; whether it is to be trusted is for whoever asks to say.
  const socket: TcpSocket | TLSSocket =
    transport === "tls"
      ? connectTls({ ...options, servername: isName(peer.host) ? peer.host : "", rejectUnauthorized: false })
      : connectTcp(options);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.setTimeout(CONNECT_MS, () => reject(new NoAnswerError("silent")));
      socket.once("error", reject);
      socket.once(transport === "tls" ? "secureConnect" : "connect", () => resolve());
    });
  } catch (error) {
    socket.destroy();
    throw noAnswerOf(error);
  }
  socket.setTimeout(0);
  const problem = "authorizationError" in socket ? socket.authorizationError : null;
  return {
    send: (message) => void socket.write(message),
    end: () => void socket.destroy(),
    local: { address: socket.localAddress ?? "0.0.0.0", port: socket.localPort ?? 0 },
    certificateProblem: problem ? certificateProblemOf(problem) : null,
    listen: ({ onBytes, onLost }) => {
      socket.on("data", onBytes);
      socket.on("error", (error) => onLost(noAnswerOf(error)));
      socket.on("close", () => onLost(new NoAnswerError("closed")));
    },
  };
}

function certificateProblemOf(problem: Error | string): string {
  if (typeof problem === "string") return problem;
  return "code" in problem ? String(problem.code) : problem.message;
}

function isName(host: string): boolean {
  return !/^[0-9.]+$/.test(host);
}

function noAnswerOf(error: unknown): NoAnswerError {
  if (error instanceof NoAnswerError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ECONNREFUSED") return new NoAnswerError("refused", error);
  if (code === "ETIMEDOUT") return new NoAnswerError("silent", error);
  if (code === "ECONNRESET" || code === "EPIPE") return new NoAnswerError("closed", error);
  // OpenSSL's: what came was no handshake.
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) return new NoAnswerError("no-tls", error);
  return new NoAnswerError("unreachable", error);
}
