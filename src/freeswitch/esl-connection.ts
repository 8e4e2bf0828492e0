/* oxlint-disable no-underscore-dangle -- these are names of modesl */
import type { Socket } from "node:net";
import modesl, { type Event as Reply } from "modesl";
import { SwitchError } from "../calls/failure.ts";

export type EslFailure = "refused" | "wrong-secret" | "lost";

/** Why a connection could not be made or ended. */
export class EslConnectionError extends Error {
  override readonly name = "EslConnectionError";
  readonly reason: EslFailure;
  constructor(reason: EslFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * modesl, made safe. Its parser decodes each header with `decodeURIComponent`, which throws on a lone `%` inside the socket's data handler;
 * it searches a list for each header of each event; and it writes a command in several pieces, which Nagle's algorithm holds back until
 * the first is acknowledged.
 *
 * Commands that one event brings about, or several events that arrived together, leave in one piece: each write costs a system call here
 * and wakes the switch there.
 */
class SafeConnection extends modesl.Connection {
  onJsonEvent: (json: string) => void = () => undefined;
  #unsent = "";

  override _onConnect(): void {
    super._onConnect();
    this.socket?.setNoDelay(true);
    const { parser } = this;
    const parseOther = parser._parseEvent.bind(parser);
    parser._parseHeaderText = parseHeaders;
    parser._parseEvent = (headers, body) => {
      if (headers["Content-Type"] === "text/event-json") this.onJsonEvent(body ?? "");
      else parseOther(headers, body);
    };
  }

  override send(command: string, headers?: Record<string, string> | null): void {
    const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}\n`);
    if (this.#unsent === "") process.nextTick(() => this.#flush());
    this.#unsent += `${command}\n${lines.join("")}\n`;
  }

  #flush(): void {
    const text = this.#unsent;
    this.#unsent = "";
    this.socket?.write(text);
  }
}

/** Headers of a frame. Percent signs are decoded where they are an encoding and kept where they are not. */
function parseHeaders(text: string): Record<string, string | number> {
  const headers: Record<string, string | number> = {};
  for (const line of text.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon < 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 2);
    headers[name] = name === "Content-Length" ? Number.parseInt(value, 10) : decodePercent(value);
  }
  return headers;
}

function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

interface Pending {
  reject: (error: SwitchError) => void;
}

/**
 * One connection to one event socket, from its opening to its loss; it does not come back. Every command has a deadline, and all that wait
 * reject with `socket-lost` when the connection is gone.
 */
export class EslConnection {
  #options: { host: string; port: number; secret: string };
  #connection: SafeConnection | null = null;
  #socket: Socket | null = null;
  #pending = new Set<Pending>();
  #ended: EslConnectionError | null = null;
  #isOpen = false;
  /** Each event of the subscription, in order: one JSON object of strings. */
  onEvent: (json: string) => void = () => undefined;
  /** Once, when an open connection is gone. */
  onLost: (error: EslConnectionError) => void = () => undefined;

  constructor(options: { host: string; port: number; secret: string }) {
    this.#options = options;
  }

  /** Connects and shows the secret. @throws EslConnectionError */
  async open(timeoutMs: number): Promise<void> {
    const { host, port, secret } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const connection = new SafeConnection(host, port, requireOneLine(secret));
      this.#connection = connection;
      connection.onJsonEvent = (json) => this.onEvent(json);
      const { socket } = connection;
      if (socket === null) throw new EslConnectionError("refused", "no socket");
      this.#socket = socket;
      const deadline = setTimeout(() => fail("refused", `no answer within ${timeoutMs} ms`), timeoutMs);
      const fail = (reason: EslFailure, message: string) => {
        clearTimeout(deadline);
        const error = new EslConnectionError(reason, message);
        const wasOpen = this.#isOpen;
        if (this.#ended !== null) return;
        this.#ended = error;
        this.#isOpen = false;
        socket.destroy();
        for (const waiting of this.#pending) waiting.reject(new SwitchError("socket-lost", message));
        this.#pending.clear();
        reject(error);
        if (wasOpen) this.onLost(error);
      };
      // modesl throws on an `error` that nobody hears; the socket's own end is told by `close` in every case.
      connection.on("error", (error: Error) => fail(this.#isOpen ? "lost" : "refused", error.message));
      socket.on("close", () => fail(this.#isOpen ? "lost" : "refused", "the switch closed the connection"));
      connection.on("esl::event::auth::fail", () => fail("wrong-secret", "the switch refuses the secret"));
      connection.on("esl::event::raw::text/rude-rejection", () => fail("refused", "the switch refuses our address"));
      connection.on("esl::ready", () => {
        clearTimeout(deadline);
        this.#isOpen = true;
        resolve();
      });
    });
  }

  /** A command that is answered by one line: `sendmsg`, `event`, `bgapi`. @returns its text, `+OK ...`. @throws SwitchError */
  async command(command: string, headers: Record<string, string> | null, timeoutMs: number): Promise<string> {
    requireOneLine(command);
    for (const value of Object.values(headers ?? {})) requireOneLine(value);
    const reply = await this.#ask(timeoutMs, command, (connection, onReply) => {
      connection.sendRecv(command, headers, onReply);
    });
    return reply.getHeader("Reply-Text") ?? "";
  }

  /** A command of the console. It holds the connection up until it is done, so: only what is quick. @throws SwitchError */
  async api(command: string, timeoutMs: number): Promise<string> {
    requireOneLine(command);
    const reply = await this.#ask(timeoutMs, command, (connection, onReply) => connection.api(command, "", onReply));
    return reply.getBody();
  }

  /** Ends it on purpose: whoever waits is rejected, `onLost` is not called. */
  close(): void {
    this.#isOpen = false;
    this.#socket?.destroy();
  }

  /** Gives it up as lost. */
  drop(): void {
    this.#socket?.destroy();
  }

  async #ask(
    timeoutMs: number,
    command: string,
    ask: (connection: SafeConnection, onReply: (reply: Reply) => void) => void,
  ): Promise<Reply> {
    const connection = this.#connection;
    if (connection === null || !this.#isOpen) throw new SwitchError("socket-lost", "no connection to the switch");
    return await new Promise((resolve, reject) => {
      const pending: Pending = {
        reject: (error) => {
          clearTimeout(deadline);
          reject(error);
        },
      };
      this.#pending.add(pending);
      const word = command.split(" ", 1)[0] ?? "";
      const deadline = setTimeout(() => {
        this.#pending.delete(pending);
        reject(new SwitchError("timeout", `${word}: no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      // Replies come in order, so one that is late is still taken by its own asker, who no longer listens.
      ask(connection, (reply) => {
        clearTimeout(deadline);
        this.#pending.delete(pending);
        resolve(reply);
      });
    });
  }
}

/** A line break would end the command and begin another one. */
function requireOneLine(text: string): string {
  if (/[\r\n\0]/.test(text)) throw new SwitchError("unsafe-argument", "a line break in a command");
  return text;
}
