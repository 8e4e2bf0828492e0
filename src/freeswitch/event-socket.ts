import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { SwitchError } from "../calls/failure.ts";
import type { SwitchState } from "../calls/switch-port.ts";
import { FILTERS, SUBSCRIPTION, timeOf } from "./decode-event.ts";
import { EslConnection, EslConnectionError } from "./esl-connection.ts";
import { type EventHeaders, readEventHeaders } from "./event-headers.ts";
import { SwitchClock } from "./switch-clock.ts";

export interface EventSocketOptions {
  host: string;
  port: number;
  /** A function where it may change: it is asked for at each try. */
  secret: string | (() => Promise<string>);
  log: Pick<Logger, "info" | "warn">;
}

const HEARTBEAT_MS = 1000;
const COMMAND_TIMEOUT_MS = 5000;
/** A switch that answers nothing for so long is gone, though its socket is not. */
const DEAF_MS = 10_000;
const BACKOFF_MS = [200, 400, 800, 1600, 2000] as const;

interface Job {
  resolve: (result: string) => void;
  reject: (error: SwitchError) => void;
}

/** `FreeSWITCH Version 1.11.1-release~64bit ( 64bit)` as people say it: `FreeSWITCH 1.11.1`. */
function softwareOf(said: string): string {
  const [, version] = /^FreeSWITCH Version ([0-9]+(?:\.[0-9]+)+)/.exec(said) ?? [];
  return version === undefined ? said.trim() : `FreeSWITCH ${version}`;
}

/**
 * The daemon's one connection to the switch, for ever: it comes back by itself, beats each second, and counts as connected only after the
 * guard has said that it heard this connection's boot id (freeswitch-conf/README.md), because until then the guard may still move callers.
 *
 *   starting -> connected -> lost -> refused | wrong-secret -> ... -> connected
 *
 * Each change of state is one line in the log, each try is none.
 */
export class EventSocket {
  readonly clock = new SwitchClock();
  #options: EventSocketOptions;
  #state: SwitchState = { name: "disconnected", reason: "starting", sinceMs: Date.now() };
  #connection: EslConnection | null = null;
  #boot = "";
  /** When this connection first said that we live, on the monotonic clock, ms. */
  #bornAtMs = 0;
  #software = "";
  #jobs = new Map<string, Job>();
  #eventListeners = new Set<(event: EventHeaders) => void>();
  #stateListeners = new Set<(state: SwitchState) => void>();
  #stopping = new AbortController();
  #running: Promise<void> | null = null;

  constructor(options: EventSocketOptions) {
    this.#options = options;
  }

  get state(): SwitchState {
    return this.#state;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#state = { name: "disconnected", reason: "lost", sinceMs: Date.now() };
  }

  onEvent(listener: (event: EventHeaders) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  onState(listener: (state: SwitchState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** A quick console command; it holds up everything behind it until it is done. @throws SwitchError */
  async api(command: string, timeoutMs = COMMAND_TIMEOUT_MS): Promise<string> {
    return await this.#open().api(command, timeoutMs);
  }

  /** Runs an application in a leg's own thread. Resolves when the switch has queued it. @throws SwitchError */
  async execute(uuid: string, application: string, argument: string, eventUuid: string | null): Promise<string> {
    const headers: Record<string, string> = { "call-command": "execute", "execute-app-name": application };
    if (argument !== "") headers["execute-app-arg"] = argument;
    if (eventUuid !== null) headers["Event-UUID"] = eventUuid;
    return await this.#open().command(`sendmsg ${uuid}`, headers, COMMAND_TIMEOUT_MS);
  }

  /**
   * A console command that may take long, in a thread of its own. `accepted` resolves when the switch has taken it, `result` with what it
   * said at the end.
   */
  job(command: string, timeoutMs: number): { accepted: Promise<void>; result: Promise<string> } {
    const id = randomUUID();
    const result = new Promise<string>((resolve, reject) => {
      const settle = () => {
        clearTimeout(deadline);
        this.#jobs.delete(id);
      };
      const deadline = setTimeout(() => {
        settle();
        reject(new SwitchError("timeout", `job: no result within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#jobs.set(id, {
        resolve: (text) => {
          settle();
          resolve(text);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
    });
    const accepted = this.#accept(id, command);
    // The result tells it too: whoever waits for that alone need not hear it here, and what nobody hears would end the process.
    accepted.catch(() => undefined);
    return { accepted, result };
  }

  async #accept(id: string, command: string): Promise<void> {
    try {
      const reply = await this.#open().command(`bgapi ${command}`, { "Job-UUID": id }, COMMAND_TIMEOUT_MS);
      if (!reply.startsWith("+OK")) throw new SwitchError("refused", reply);
    } catch (error) {
      const reason = error instanceof SwitchError ? error : new SwitchError("socket-lost", String(error));
      this.#jobs.get(id)?.reject(reason);
      throw reason;
    }
  }

  #open(): EslConnection {
    if (this.#connection === null) throw new SwitchError("socket-lost", "no connection to the switch");
    return this.#connection;
  }

  async #run(): Promise<void> {
    let tries = 0;
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#holdConnection(() => {
          tries = 0;
        });
      } catch (error) {
        if (this.#stopping.signal.aborted) break;
        this.#setDisconnected(error instanceof EslConnectionError ? error.reason : "lost", error);
      }
      const waitMs = BACKOFF_MS[Math.min(tries, BACKOFF_MS.length - 1)];
      tries += 1;
      await pause(waitMs, undefined, { signal: this.#stopping.signal }).catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) throw error;
      });
    }
  }

  /** One connection from opening to loss; always throws at the end. */
  async #holdConnection(onOpen: () => void): Promise<void> {
    const { host, port, secret } = this.#options;
    const known = typeof secret === "string" ? secret : await secret();
    const connection = new EslConnection({ host, port, secret: known });
    const lost = new Promise<never>((_, reject) => {
      connection.onLost = reject;
    });
    // Awaited only below; a loss while opening is told by what is awaited then.
    lost.catch(() => undefined);
    connection.onEvent = (json) => this.#read(json);
    let heartbeat: NodeJS.Timeout | undefined;
    const close = () => connection.drop();
    this.#stopping.signal.addEventListener("abort", close);
    try {
      await connection.open(3000);
      this.#connection = connection;
      // A second handshake after a second loss must not be taken for the first: one boot id for each connection.
      this.#boot = randomUUID();
      this.#software = softwareOf(await connection.api("version", COMMAND_TIMEOUT_MS));
      await connection.command(`event json ${SUBSCRIPTION}`, null, COMMAND_TIMEOUT_MS);
      await Promise.all(
        FILTERS.map(([header, value]) => connection.command(`filter ${header} ${value}`, null, COMMAND_TIMEOUT_MS)),
      );
      onOpen();
      this.#bornAtMs = performance.now();
      this.#beat(connection);
      heartbeat = setInterval(() => this.#beat(connection), HEARTBEAT_MS);
      await lost;
    } finally {
      clearInterval(heartbeat);
      this.#stopping.signal.removeEventListener("abort", close);
      this.#connection = null;
      connection.close();
      for (const job of this.#jobs.values()) job.reject(new SwitchError("socket-lost", "connection lost"));
    }
  }

  #beat(connection: EslConnection): void {
    const headers = { "Event-Subclass": "hotline::alive", "Hotline-Boot": this.#boot };
    connection.command("sendevent CUSTOM", headers, DEAF_MS).catch((error: unknown) => {
      if (error instanceof SwitchError && error.reason === "timeout") connection.drop();
    });
  }

  #read(json: string): void {
    let event: EventHeaders;
    try {
      event = readEventHeaders(json);
    } catch (error) {
      this.#options.log.warn({ error }, "event that is not JSON dropped");
      return;
    }
    this.#take(event);
  }

  #take(event: EventHeaders): void {
    if (event["Event-Name"] === "BACKGROUND_JOB") {
      this.#jobs.get(event["Job-UUID"] ?? "")?.resolve((event["_body"] ?? "").trim());
      return;
    }
    if (event["Event-Subclass"] === "hotline::guard") {
      this.#hearGuard(event);
      return;
    }
    for (const listener of this.#eventListeners) {
      try {
        listener(event);
      } catch (error) {
        // Inside the socket's data handler: what one call does wrong must not take the connection of all.
        this.#options.log.warn({ error, event: event["Event-Name"] }, "an event was not handled");
      }
    }
  }

  #hearGuard(event: EventHeaders): void {
    if (event["Hotline-Boot"] !== this.#boot) return;
    if (event["Hotline-State"] === "up") {
      if (this.#state.name === "connected") return;
      this.clock.hear({ atMs: timeOf(event), core: event["Core-UUID"] ?? null }, this.#bornAtMs);
      this.#setState({ name: "connected", software: this.#software, sinceMs: Date.now() });
      this.#options.log.info({ software: this.#software }, "switch connected");
    } else {
      // We live, but were too slow: callers are being moved, so they are not ours until the next handshake.
      this.#setDisconnected("lost", new Error("the guard did not hear us for 3 s"));
    }
  }

  #setDisconnected(reason: "refused" | "wrong-secret" | "lost", error: unknown): void {
    if (this.#state.name === "disconnected" && this.#state.reason === reason) return;
    const why = error instanceof Error ? error.message : String(error);
    this.#options.log.warn({ reason, why }, MEANING[reason]);
    this.#setState({ name: "disconnected", reason, sinceMs: Date.now() });
  }

  #setState(state: SwitchState): void {
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }
}

const MEANING = {
  refused: "switch not connected: nothing answers at its event socket; trying again",
  "wrong-secret": "switch not connected: it refuses the event socket's secret; trying again",
  lost: "switch not connected: the connection was lost; trying again",
} as const;
