import type { SwitchEvent } from "./events.ts";

/** What a client of the event socket sends: a line, headers below it, and a body if `content-length` says so. */
export interface SocketCommand {
  line: string;
  /** Names as sent; to be asked for with `headerOf`. */
  headers: Map<string, string>;
  body: string | null;
}

/** A header whatever the case of its name. */
export function headerOf(headers: ReadonlyMap<string, string>, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const [key, value] of headers) if (key.toLowerCase() === wanted) return value;
  return undefined;
}

/** Cuts the bytes of a connection into commands. */
export class CommandParser {
  #pending = Buffer.alloc(0);

  /** Commands that are complete with `bytes`, in order. */
  push(bytes: Buffer): SocketCommand[] {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    const commands: SocketCommand[] = [];
    for (let next = this.#take(); next !== null; next = this.#take()) {
      if (next.line !== "") commands.push(next);
    }
    return commands;
  }

  #take(): SocketCommand | null {
    const end = /\r?\n\r?\n/.exec(this.#pending.toString("latin1"));
    if (end === null) return null;
    const bodyFrom = end.index + end[0].length;
    const [line = "", ...rest] = this.#pending.toString("utf8", 0, end.index).split(/\r?\n/);
    const headers = new Map<string, string>();
    for (const header of rest) {
      const colon = header.indexOf(":");
      if (colon > 0) headers.set(header.slice(0, colon).trim(), header.slice(colon + 1).trimStart());
    }
    const length = Number.parseInt(headerOf(headers, "content-length") ?? "0", 10) || 0;
    if (this.#pending.length < bodyFrom + length) return null;
    const body = length > 0 ? this.#pending.toString("utf8", bodyFrom, bodyFrom + length) : null;
    this.#pending = this.#pending.subarray(bodyFrom + length);
    return { line: line.trim(), headers, body };
  }
}

export const AUTH_REQUEST = "Content-Type: auth/request\n\n";

export function commandReply(text: string, headers: Record<string, string> = {}): string {
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`);
  return `Content-Type: command/reply\nReply-Text: ${text}\n${more.join("")}\n`;
}

export function apiResponse(text: string): string {
  return withBody("api/response", text === "" ? "-ERR no reply\n" : text);
}

export function disconnectNotice(): string {
  return withBody("text/disconnect-notice", "Disconnected, goodbye.\n");
}

/** An event as `event json` delivers it. */
export function jsonEvent(event: SwitchEvent): string {
  const length = event.body === null ? {} : { "Content-Length": String(Buffer.byteLength(event.body)) };
  const body = event.body === null ? {} : { _body: event.body };
  const json = JSON.stringify({ ...event.headers, ...length, ...body });
  return `Content-Length: ${Buffer.byteLength(json)}\nContent-Type: text/event-json\n\n${json}`;
}

function withBody(contentType: string, body: string): string {
  return `Content-Type: ${contentType}\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`;
}
