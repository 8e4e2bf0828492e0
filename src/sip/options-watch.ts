/**
 * Asks the operators' servers from time to time whether they are there (OPTIONS, RFC 3261, section 11). Not by the switch's own `ping`: it
 * would refuse calls by a trunk that does not answer, emergency calls too, and some operators never answer OPTIONS. So only one that has
 * answered before, and does no more, is said to be silent; and whoever must be called is tried all the same.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import type { TrunkTransport } from "../calls/trunk.ts";
import { NoAnswerError, SipConnection } from "./sip-connection.ts";
import { newSeries, requestOf } from "./sip-request.ts";

export interface WatchedServer {
  gateway: string;
  /** As requests name it. */
  host: string;
  transport: TrunkTransport;
  address: string;
  port: number;
  fromUser: string;
  fromDomain: string;
}

/** `asking`: it has answered in an earlier life of the daemon, and has not been heard in this one. */
type Answering = "answers" | "silent" | "never-answered" | "asking";

interface Watched {
  server: WatchedServer;
  answering: Answering;
  isAsking: boolean;
  misses: number;
  nextAtMs: number;
}

export interface OptionsWatchOptions {
  servers: () => readonly WatchedServer[];
  /** Null: any. */
  localAddress?: () => string | null;
  onChange: () => void;
  /** Keeps which servers have answered: one that is silent at our start is not taken for one that never speaks. */
  file: string;
  log: { warn(data: Record<string, unknown>, message: string): void };
  timing?: Partial<Timing>;
}

interface Timing {
  everyMs: number;
  answerMs: number;
  lookMs: number;
}

const USUAL: Timing = { everyMs: 15_000, answerMs: 4_000, lookMs: 500 };
/** So many answers in a row must be missing: each request is repeated four times in its time, so a lost packet is not one. */
const MISSES = 2;

/** The switch is given its trunks within moments of our start. */
const STARTING_MS = 30_000;

export class OptionsWatch {
  readonly #options: OptionsWatchOptions;
  readonly #timing: Timing;
  readonly #watched = new Map<string, Watched>();
  /** Servers that have answered, by their gateways. */
  #heard = new Map<string, string>();
  /** Until then the switch may not have been given its trunks yet. */
  #startingUntilMs = 0;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(options: OptionsWatchOptions) {
    this.#options = options;
    this.#timing = { ...USUAL, ...options.timing };
  }

  /** To be called first. */
  async load(): Promise<void> {
    try {
      const kept = JSON.parse(await readFile(this.#options.file, "utf8")) as Record<string, string>;
      this.#heard = new Map(Object.entries(kept));
    } catch (error) {
      const isNew = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isNew) this.#options.log.warn({ err: error }, "which trunks' servers have answered before is not known");
    }
  }

  start(): void {
    this.#isStopped = false;
    this.#startingUntilMs = performance.now() + STARTING_MS;
    this.#timer = setInterval(() => this.#look(), this.#timing.lookMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearInterval(this.#timer);
    await this.#writing;
  }

  /** Null: it is not asked. */
  answering(gateway: string): Answering | null {
    const isStarting = performance.now() < this.#startingUntilMs && this.#heard.has(gateway);
    return this.#watched.get(gateway)?.answering ?? (isStarting ? "asking" : null);
  }

  #look(): void {
    const servers = this.#options.servers();
    if (servers.length > 0) this.#startingUntilMs = 0;
    for (const gateway of [...this.#watched.keys()])
      if (!servers.some((server) => server.gateway === gateway)) this.#watched.delete(gateway);
    for (const server of servers) {
      const known = this.#watched.get(server.gateway);
      if (known === undefined || !isSameServer(known.server, server))
        this.#watched.set(server.gateway, {
          ...{ server, isAsking: false, misses: 0, nextAtMs: performance.now() },
          answering: this.#heard.get(server.gateway) === keyOf(server) ? "asking" : "never-answered",
        });
    }
    for (const watched of this.#watched.values())
      if (!watched.isAsking && watched.nextAtMs <= performance.now()) void this.#ask(watched);
  }

  async #ask(watched: Watched): Promise<void> {
    watched.isAsking = true;
    const isThere = await this.#hasAnswered(watched.server);
    if (this.#isStopped) return;
    watched.isAsking = false;
    watched.misses = isThere ? 0 : watched.misses + 1;
    const before = watched.answering;
    const wasHeard = before === "answers" || before === "asking";
    if (isThere) watched.answering = "answers";
    else if (wasHeard && watched.misses >= MISSES) watched.answering = "silent";
    // One that has just missed is asked again at once.
    const isInDoubt = !isThere && wasHeard && watched.answering !== "silent";
    if (isThere) this.#remember(watched.server);
    watched.nextAtMs = performance.now() + (isInDoubt ? 0 : this.#timing.everyMs);
    if (watched.answering !== before) this.#options.onChange();
  }

  #remember(server: WatchedServer): void {
    const key = keyOf(server);
    if (this.#heard.get(server.gateway) === key) return;
    const current = new Set(this.#options.servers().map(({ gateway }) => gateway));
    this.#heard = new Map([...this.#heard, [server.gateway, key] as const].filter(([gateway]) => current.has(gateway)));
    const { file, log } = this.#options;
    this.#writing = this.#writing
      .then(async () => {
        await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(this.#heard)), { mode: 0o600 });
        await rename(`${file}.new`, file);
      })
      .catch((error: unknown) => log.warn({ err: error }, "which trunks' servers answer could not be written down"));
  }

  /** Whatever it answers, it is there. */
  async #hasAnswered({ host, transport, address, port, fromUser, fromDomain }: WatchedServer): Promise<boolean> {
    const localAddress = this.#options.localAddress?.() ?? null;
    let connection: SipConnection | null = null;
    try {
      connection = await SipConnection.open({
        ...{ transport, address, port, host },
        ...(localAddress === null ? {} : { localAddress }),
      });
      const from = `sip:${fromUser}@${fromDomain}`;
      const request = requestOf(newSeries(), {
        ...{ method: "OPTIONS", uri: `sip:${host}:${port}`, from, to: `sip:${fromDomain}` },
        headers: { accept: "application/sdp" },
      });
      await connection.request(request, { timeoutMs: this.#timing.answerMs });
      return true;
    } catch (error) {
      // Whatever is wrong here, no call is to suffer from it.
      if (!(error instanceof NoAnswerError))
        this.#options.log.warn({ err: error, host, port }, "a trunk's server could not be asked");
      return false;
    } finally {
      connection?.close();
    }
  }
}

function keyOf({ transport, address, port }: WatchedServer): string {
  return `${transport}:${address}:${port}`;
}

function isSameServer(one: WatchedServer, other: WatchedServer): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
