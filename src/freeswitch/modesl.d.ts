/** What we use of modesl 1.2.1 (https://github.com/englercj/node-esl), as its source has it. */
declare module "modesl" {
  import type { Socket } from "node:net";

  class Event {
    getHeader(name: string): string | null;
    getBody(): string;
  }

  interface Parser {
    _parseHeaderText(text: string): Record<string, string | number>;
    _parseEvent(headers: Record<string, string | number>, body?: string): void;
  }

  /** Connects in its constructor; emits `esl::ready` when the secret was accepted. */
  class Connection {
    constructor(host: string, port: number, password: string);
    /** Null after the other side has ended it. */
    socket: Socket | null;
    /** Made by `_onConnect`. */
    parser: Parser;
    on(name: string, listener: (...values: never[]) => void): this;
    /** The reply may never come: after a loss nobody calls back. */
    sendRecv(command: string, headers: Record<string, string> | null, onReply: (reply: Event) => void): void;
    api(command: string, args: string, onReply: (reply: Event) => void): void;
    send(command: string, headers?: Record<string, string> | null): void;
    /** Called when the socket has connected; the constructor binds it. */
    _onConnect(): void;
  }

  const modesl: { Connection: typeof Connection };
  export default modesl;
  export type { Connection, Event, Parser };
}
