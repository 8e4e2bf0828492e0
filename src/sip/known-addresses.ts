import { open, readFile, rename } from "node:fs/promises";
import type { TrunkTransport } from "../calls/trunk.ts";
import { ResolveError, type ResolveFailure, resolveHost, type ServerAddress } from "./resolve-host.ts";

export interface Server {
  host: string;
  port: number;
  transport: TrunkTransport;
}

export interface AddressLogger {
  warn(data: Record<string, unknown>, message: string): void;
}

interface Known {
  found: ServerAddress | null;
  failure: ResolveFailure | null;
  /** When it was asked for, by a clock that nobody sets. */
  atMs: number;
}

/** Within it a name is not asked for again, unless by `refresh`. */
const FRESH_MS = 30_000;

/**
 * Where servers are, and where they were when nobody says so now: a trunk that works goes on working while the name servers are away,
 * also after a restart.
 */
export class KnownAddresses {
  readonly #file: string;
  readonly #log: AddressLogger;
  readonly #servers: readonly string[] | undefined;
  readonly #known = new Map<string, Known>();
  #saved = "";
  #saving: Promise<void> = Promise.resolve();

  /** @param servers name servers to ask; the system's if not given */
  constructor(file: string, log: AddressLogger, servers?: readonly string[]) {
    this.#file = file;
    this.#log = log;
    this.#servers = servers;
  }

  /** Reads what an earlier life knew. */
  async load(): Promise<void> {
    const text = await readFile(this.#file, "utf8").catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return "{}";
      throw error;
    });
    try {
      const saved = JSON.parse(text) as Record<string, ServerAddress>;
      for (const [key, found] of Object.entries(saved)) {
        this.#known.set(key, { found, failure: null, atMs: Number.NEGATIVE_INFINITY });
      }
    } catch (error) {
      // Cut off by a power failure: the names are asked for anew.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }

  /** Why a name is not known, or not known any more; null when it is. */
  failureOf(server: Server): ResolveFailure | null {
    return this.#known.get(keyOf(server))?.failure ?? null;
  }

  /** @returns null when nobody ever said where it is */
  async find(server: Server): Promise<ServerAddress | null> {
    const known = this.#known.get(keyOf(server));
    if (known && performance.now() - known.atMs < FRESH_MS) return known.found;
    return await this.refresh(server);
  }

  /** Asks anew. The address in use stays the first as long as it is one of the server's. */
  async refresh(server: Server): Promise<ServerAddress | null> {
    const key = keyOf(server);
    const before = this.#known.get(key)?.found ?? null;
    let known: Known;
    try {
      const found = await resolveHost(server.host, server.port, server.transport, this.#servers);
      known = { found: keepingFirst(found, before), failure: null, atMs: performance.now() };
    } catch (error) {
      if (!(error instanceof ResolveError)) throw error;
      known = { found: before, failure: error.reason, atMs: performance.now() };
    }
    this.#known.set(key, known);
    // A full disk must not keep a trunk from working now.
    this.#saving = this.#saving
      .then(() => this.#save())
      .catch((error: unknown) => this.#log.warn({ err: error }, "addresses of trunks could not be written down"));
    await this.#saving;
    return known.found;
  }

  /** Takes the next of the server's addresses into use. @returns false when it has no other */
  passOver(server: Server): boolean {
    const known = this.#known.get(keyOf(server));
    const [first, next, ...others] = known?.found?.addresses ?? [];
    if (!known?.found || first === undefined || next === undefined) return false;
    const found = { ...known.found, addresses: [next, ...others, first] as const };
    this.#known.set(keyOf(server), { ...known, found });
    return true;
  }

  /** Forgets all others. */
  keepOnly(servers: readonly Server[]): void {
    const wanted = new Set(servers.map(keyOf));
    for (const key of [...this.#known.keys()]) if (!wanted.has(key)) this.#known.delete(key);
  }

  async #save(): Promise<void> {
    const found = [...this.#known].flatMap(([key, one]) => (one.found === null ? [] : [[key, one.found] as const]));
    const text = JSON.stringify(Object.fromEntries(found));
    if (text === this.#saved) return;
    const beside = `${this.#file}.new`;
    const file = await open(beside, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, this.#file);
    this.#saved = text;
  }
}

function keyOf({ host, port, transport }: Server): string {
  return `${transport}:${host.toLowerCase()}:${port}`;
}

/** What follows it stays in its order, so that passing over comes to each. */
function keepingFirst(found: ServerAddress, before: ServerAddress | null): ServerAddress {
  const at = before?.port === found.port ? found.addresses.indexOf(before.addresses[0]) : -1;
  const [first, ...others] = [...found.addresses.slice(Math.max(0, at)), ...found.addresses.slice(0, Math.max(0, at))];
  return first === undefined ? found : { ...found, addresses: [first, ...others] };
}
