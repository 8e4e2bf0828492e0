import { sql } from "kysely";
import type { Db } from "./schema.ts";

const INTERVAL_MS = 2_000;

/** Looks every 2 s whether PostgreSQL answers, so that requests need not wait to find out that it does not. */
export class DatabaseWatch {
  readonly #db: Db;
  readonly #intervalMs: number;
  readonly #listeners = new Set<(isConnected: boolean) => void>();
  #isConnected = false;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #isStopped = false;

  constructor(db: Db, options: { intervalMs?: number } = {}) {
    this.#db = db;
    this.#intervalMs = options.intervalMs ?? INTERVAL_MS;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  onChange(listener: (isConnected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    this.#isStopped = false;
    await this.look();
  }

  /** Looks now; for whoever has just seen it fail or come back. */
  async look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = null;
    });
    await this.#looking;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#looking;
  }

  async #lookOnce(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    const answered = await sql`select 1`.execute(this.#db).then(
      () => true,
      () => false,
    );
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.look(), this.#intervalMs);
    this.#timer.unref();
    if (answered === this.#isConnected) return;
    this.#isConnected = answered;
    for (const listener of this.#listeners) listener(answered);
  }
}
