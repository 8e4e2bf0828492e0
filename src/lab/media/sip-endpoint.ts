import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIP } from "node:net";
import type { sip as Sip } from "sip";
import sip from "sip";

export interface HostPort {
  address: string;
  port: number;
}

export interface SipEndpointOptions {
  address?: string;
  /** 0 (default): a free one. */
  port?: number;
  /** Each request once (repeats are answered by the transaction layer), and each ACK of a 2xx. */
  onRequest: (request: Sip.Request, source: HostPort) => void;
}

export const DEFAULT_SIP_PORT = 5060;

/**
 * SIP over UDP (RFC 3261): messages, transactions and timers of the package `sip` on a socket of our own.
 * Its own `create` binds only fixed ports, crashes the process when one is taken, and answers 404 for requests to its own address, that is
 * for everything on loopback. What the package leaves to its user, and is therefore the caller's: repeating a 2xx to INVITE until its ACK.
 */
export class SipEndpoint {
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #transactions: Sip.TransactionLayer;
  #isClosed = false;

  private constructor(socket: Socket, onRequest: SipEndpointOptions["onRequest"]) {
    this.#socket = socket;
    const bound = socket.address();
    this.address = bound.address;
    this.port = bound.port;
    this.#transactions = sip.makeTransactionLayer({}, undefined);
    socket.on("message", (datagram, source) => this.#receive(datagram, source, onRequest));
    // ICMP errors of peers that are gone: the transaction's timer tells the caller.
    socket.on("error", () => undefined);
  }

  /** @throws the socket's error (EADDRINUSE, EADDRNOTAVAIL) */
  static async open({ address = "127.0.0.1", port = 0, onRequest }: SipEndpointOptions): Promise<SipEndpoint> {
    const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
    const listening = once(socket, "listening");
    socket.bind(port, address);
    await listening;
    return new SipEndpoint(socket, onRequest);
  }

  /**
   * Sends a request in a transaction of its own. `onResponse` is called for each provisional response, the final one, each repeat of a 2xx
   * to INVITE (every one wants its ACK), and with a 408 of our own making when nothing came for 32 s.
   */
  request(request: Sip.Request, target: HostPort, onResponse: (response: Sip.Response) => void): void {
    if (this.#isClosed) return;
    if (request.method !== "CANCEL") request.headers.via = [this.#via()];
    this.#transactions.createClientTransaction(this.#connection(target), request, (response) => {
      if (!this.#isClosed) onResponse(response);
    });
  }

  /** The final response to a request that is no INVITE. */
  ask(request: Sip.Request, target: HostPort): Promise<Sip.Response> {
    return new Promise((resolve) => {
      this.request(request, target, (response) => {
        if (response.status >= 200) resolve(response);
      });
    });
  }

  /** Sends the CANCEL of an INVITE that has had a provisional response (RFC 3261, section 9.1). */
  cancel(invite: Sip.Request, target: HostPort, further: Record<string, string> = {}): void {
    const { via, to, from, route } = invite.headers;
    const headers: Sip.Headers = {
      via: [{ ...(via[0] as Sip.Via) }],
      to,
      from,
      "call-id": invite.headers["call-id"],
      cseq: { seq: invite.headers.cseq.seq, method: "CANCEL" },
      "max-forwards": "70",
      ...(route === undefined ? {} : { route }),
      ...further,
    };
    this.request({ method: "CANCEL", uri: invite.uri, headers }, target, () => undefined);
  }

  /** Sends an ACK of a 2xx: a message of its own, without transaction. */
  acknowledge(ack: Sip.Request, target: HostPort): void {
    const via = this.#via();
    via.params["branch"] = sip.generateBranch();
    ack.headers.via = [via];
    this.#send(ack, target);
  }

  /** Answers a request; a repeat of a 2xx to INVITE goes out again. */
  respond(
    request: Sip.Request,
    status: number,
    reason: string,
    extension?: { headers?: Record<string, unknown>; content?: string },
  ): void {
    const response = sip.makeResponse(request, status, reason, extension);
    this.#transactions.getServer(response)?.send?.(response);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#transactions.destroy();
    this.#socket.close();
  }

  #via(): Sip.Via {
    return { version: "2.0", protocol: "UDP", host: this.address, port: this.port, params: { rport: null } };
  }

  #connection(target: HostPort): Sip.Connection {
    return { protocol: "UDP", release: () => undefined, send: (message) => this.#send(message, target) };
  }

  #send(message: Sip.Message, target: HostPort): void {
    if (this.#isClosed) return;
    this.#socket.send(Buffer.from(sip.stringify(message), "latin1"), target.port, target.address);
  }

  #receive(datagram: Buffer, source: HostPort & { size: number }, onRequest: SipEndpointOptions["onRequest"]): void {
    const message = sip.parse(datagram);
    if (message === undefined || !isComplete(message)) return;
    const from = { address: source.address, port: source.port };
    if (message.method === undefined) {
      this.#transactions.getClient(message)?.message?.(message, from);
      return;
    }
    const via = message.headers.via[0] as Sip.Via;
    via.params["received"] = source.address;
    if ("rport" in via.params) via.params["rport"] = source.port;
    const transaction = this.#transactions.getServer(message);
    if (transaction !== undefined) transaction.message?.(message, from);
    else {
      if (message.method !== "ACK") this.#transactions.createServerTransaction(message, this.#connection(from));
      onRequest(message, from);
    }
  }
}

/** A message that cannot be told to a transaction is dropped; the package's parser leaves out headers that it cannot read. */
function isComplete({ headers }: Sip.Message): boolean {
  return (
    Array.isArray(headers.via) &&
    headers.via[0]?.params["branch"] !== undefined &&
    typeof headers["call-id"] === "string" &&
    headers.to !== undefined &&
    headers.from !== undefined &&
    headers.cseq !== undefined
  );
}

/** Host and port of a SIP URI with a numeric host; null for a name, which only DNS could resolve. */
export function hostPortOf(uri: string | Sip.Uri): HostPort | null {
  const parsed = sip.parseUri(uri);
  if (parsed === undefined || isIP(parsed.host) === 0) return null;
  return { address: parsed.host, port: parsed.port || DEFAULT_SIP_PORT };
}

/** Text to the bytes that the package wants: UTF-8, one character per byte. */
export function toWire(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** The text of a header or a body that the package has read. */
export function fromWire(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}

/** Any text as a quoted string (RFC 3261, section 25.1). @throws RangeError for a line break, which no header can hold */
export function quoted(text: string): string {
  if (/[\r\n]/.test(text)) throw new RangeError("a line break cannot stand in a SIP header");
  return `"${toWire(text).replace(/[\\"]/g, "\\$&")}"`;
}

/** The text of a display name: without quotes and backslashes. */
export function unquoted(name: string): string {
  return fromWire(/^"[^]*"$/.test(name) ? name.slice(1, -1).replace(/\\([^])/g, "$1") : name);
}
