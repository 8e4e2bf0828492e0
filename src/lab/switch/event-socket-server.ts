import { randomUUID, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import {
  AUTH_REQUEST,
  apiResponse,
  CommandParser,
  commandReply,
  disconnectNotice,
  headerOf,
  jsonEvent,
  type SocketCommand,
} from "./event-socket-protocol.ts";
import type { EventBus, SwitchEvent } from "./events.ts";

/** A message for one channel (`sendmsg`). */
export interface ChannelMessage {
  headers: Map<string, string>;
  body: string | null;
}

/** What the event socket reaches into. */
export interface EventSocketHost {
  readonly events: EventBus;
  api(command: string, args: string): string | Promise<string>;
  /** False when there is no such channel. */
  sendMessage(uuid: string, message: ChannelMessage): boolean;
  log(level: "info" | "warning" | "error", text: string): void;
}

const KNOWN_EVENTS = new Set(
  (
    "CUSTOM CHANNEL_CREATE CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_PARK CHANNEL_UNPARK CHANNEL_ANSWER CHANNEL_BRIDGE " +
    "CHANNEL_UNBRIDGE CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE " +
    "DTMF RECORD_START RECORD_STOP BACKGROUND_JOB HEARTBEAT ALL"
  ).split(" "),
);

/** The event socket (mod_event_socket, inbound mode): text in, replies and JSON events out; several clients at once. */
export class EventSocketServer {
  readonly #host: EventSocketHost;
  #secret: string;
  readonly #clients = new Set<Client>();
  #server: Server | undefined;
  /** How many of the next logins are refused, whatever the secret. */
  refuseLogins = 0;
  /** When not null, `api` and `bgapi` wait for it. */
  stall: Promise<void> | null = null;

  constructor(host: EventSocketHost, secret: string) {
    this.#host = host;
    this.#secret = secret;
  }

  /** Listens; returns the port. @throws the socket's error when it cannot */
  async start(address: string, port: number): Promise<number> {
    const server = createServer((socket) => {
      const client = new Client(this, this.#host, socket);
      this.#clients.add(client);
      socket.once("close", () => this.#clients.delete(client));
    });
    this.#server = server;
    const listening = once(server, "listening");
    server.listen(port, address);
    await listening;
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("the event socket has no port");
    return bound.port;
  }

  /** Cuts all connections off without a word, as a crash or a cable does. */
  dropClients(): void {
    for (const client of this.#clients) client.drop();
  }

  /** As when its module is loaded anew: everybody has to sign in again. */
  changeSecret(secret: string): void {
    this.#secret = secret;
    this.dropClients();
  }

  stop(): void {
    this.#server?.close();
    this.dropClients();
  }

  accepts(secret: string): boolean {
    if (this.refuseLogins > 0) {
      this.refuseLogins--;
      return false;
    }
    const [given, own] = [Buffer.from(secret), Buffer.from(this.#secret)];
    return given.length === own.length && timingSafeEqual(given, own);
  }
}

class Client {
  readonly #server: EventSocketServer;
  readonly #host: EventSocketHost;
  readonly #socket: Socket;
  readonly #parser = new CommandParser();
  readonly #names = new Set<string>();
  readonly #subclasses = new Set<string>();
  /** Header and value; when there are any, only events that have one of them are sent. */
  readonly #filters: [string, string][] = [];
  #isAuthenticated = false;
  /** Commands are answered one after the other; while one runs, events wait, as they do in FreeSWITCH. */
  #queue: SocketCommand[] = [];
  #isBusy = false;
  #heldEvents: SwitchEvent[] = [];
  readonly #unsubscribe: () => void;

  constructor(server: EventSocketServer, host: EventSocketHost, socket: Socket) {
    this.#server = server;
    this.#host = host;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", (error) => host.log("warning", `event socket: ${error.message}`));
    socket.on("data", (bytes: Buffer) => {
      this.#queue.push(...this.#parser.push(bytes));
      this.#work().catch((error: unknown) => host.log("error", `event socket: ${String(error)}`));
    });
    socket.on("close", () => this.#unsubscribe());
    this.#unsubscribe = host.events.subscribe({
      wants: (name, subclass) =>
        this.#names.has("ALL") || (this.#names.has(name) && (subclass === null || this.#subclasses.has(subclass))),
      deliver: (event) => {
        if (!this.#passes(event)) return;
        if (this.#isBusy) this.#heldEvents.push(event);
        else this.#write(jsonEvent(event));
      },
    });
    this.#write(AUTH_REQUEST);
  }

  drop(): void {
    this.#socket.destroy();
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let command = this.#queue.shift(); command !== undefined; command = this.#queue.shift()) {
        await this.#answer(command);
      }
    } finally {
      this.#isBusy = false;
      for (const event of this.#heldEvents.splice(0)) this.#write(jsonEvent(event));
    }
  }

  async #answer(command: SocketCommand): Promise<void> {
    const [word = "", ...rest] = command.line.split(" ");
    const args = command.line.slice(word.length + 1).trim();
    if (!this.#isAuthenticated) {
      if (word === "auth") this.#authenticate(args);
      else this.#write(commandReply("-ERR command not found"));
      return;
    }
    switch (word) {
      case "api":
        await this.#server.stall;
        this.#write(apiResponse(await this.#call(args)));
        return;
      case "bgapi":
        this.#startJob(args, headerOf(command.headers, "job-uuid") ?? randomUUID());
        return;
      case "event":
        this.#write(commandReply(this.#listen(rest)));
        return;
      case "filter":
        this.#write(commandReply(this.#filter(rest)));
        return;
      case "noevents":
        this.#names.clear();
        this.#subclasses.clear();
        this.#write(commandReply("+OK no longer listening for events"));
        return;
      case "nixevent":
        for (const name of rest) this.#names.delete(name);
        this.#write(commandReply("+OK events nixed"));
        return;
      case "sendevent":
        this.#write(commandReply(this.#sendEvent(args, command)));
        return;
      case "sendmsg": {
        const isThere = this.#host.sendMessage(args, { headers: command.headers, body: command.body });
        this.#write(commandReply(isThere ? "+OK" : `-ERR invalid session id [${args}]`));
        return;
      }
      case "exit":
        this.#write(commandReply("+OK bye"));
        this.#socket.end(disconnectNotice());
        return;
      default:
        this.#host.log("warning", `event socket: unknown command ${JSON.stringify(command.line)}`);
        this.#write(commandReply("-ERR command not found"));
    }
  }

  #authenticate(secret: string): void {
    this.#isAuthenticated = this.#server.accepts(secret);
    this.#write(commandReply(this.#isAuthenticated ? "+OK accepted" : "-ERR invalid"));
    if (!this.#isAuthenticated) this.#socket.end(disconnectNotice());
  }

  #call(line: string): string | Promise<string> {
    const [command = ""] = line.split(" ");
    return this.#host.api(command, line.slice(command.length + 1).trim());
  }

  #startJob(line: string, jobId: string): void {
    const [command = ""] = line.split(" ");
    const args = line.slice(command.length + 1).trim();
    const headers = { "Job-UUID": jobId, "Job-Command": command, ...(args === "" ? {} : { "Job-Command-Arg": args }) };
    const run = async (): Promise<void> => {
      await this.#server.stall;
      const result = await this.#call(line);
      this.#host.events.fireWithBody("BACKGROUND_JOB", headers, result === "" ? "-ERR no reply\n" : result);
    };
    this.#write(commandReply(`+OK Job-UUID: ${jobId}`, { "Job-UUID": jobId }));
    run().catch((error: unknown) => this.#host.log("error", `${line}: ${String(error)}`));
  }

  #listen([format = "", ...names]: string[]): string {
    if (format !== "json") {
      this.#host.log("warning", `event socket: events are sent as json only, not as ${JSON.stringify(format)}`);
      return "-ERR no keywords supplied";
    }
    let isCustom = false;
    let isAnyKnown = false;
    for (const name of names.filter((word) => word !== "")) {
      // Behind CUSTOM all words are subclasses.
      if (isCustom) this.#subclasses.add(name);
      else if (KNOWN_EVENTS.has(name)) this.#names.add(name);
      else continue;
      isAnyKnown = true;
      isCustom ||= name === "CUSTOM";
    }
    return isAnyKnown ? "+OK event listener enabled json" : "-ERR no keywords supplied";
  }

  /** Whole values only; FreeSWITCH also takes patterns, exceptions and `delete`. */
  #filter([header = "", value = "", ...more]: string[]): string {
    if (header === "" || value === "" || more.length > 0 || /^[/+-]/.test(value)) {
      this.#host.log("warning", "event socket: a filter is one header with one value here");
      return "-ERR invalid syntax";
    }
    this.#filters.push([header, value]);
    return `+OK filter added. [${header}]=[${value}]`;
  }

  #passes({ headers }: SwitchEvent): boolean {
    if (this.#filters.length === 0) return true;
    return this.#filters.some(([header, value]) => headers[header]?.toLowerCase() === value.toLowerCase());
  }

  #sendEvent(name: string, command: SocketCommand): string {
    const subclass = headerOf(command.headers, "event-subclass");
    if (name !== "CUSTOM" || subclass === undefined) {
      this.#host.log("warning", `sendevent ${name}: only CUSTOM with Event-Subclass is known here`);
      return "-ERR invalid event";
    }
    const headers = Object.fromEntries(
      [...command.headers].filter(([header]) => !/^(event-subclass|event-name|content-length)$/i.test(header)),
    );
    this.#host.events.fireCustom(subclass, headers, command.body);
    return `+OK ${randomUUID()}`;
  }

  #write(text: string): void {
    if (this.#socket.writable) this.#socket.write(text);
  }
}
