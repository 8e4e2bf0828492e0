import { sql } from "kysely";
import { isPassing } from "./failure.ts";
import type { Db } from "./schema.ts";

const INTERVAL_MS = 2_000;

interface DatabaseWatchOptions {
  intervalMs?: number;
  /** Done each time when the database answers again, before it counts as connected: it may be another one, or an older one. */
  prepare?: () => Promise<unknown>;
  /** Told once when preparing failed for another reason than that the database went away; it is tried again at each look. */
  onUnprepared?: (error: unknown) => void;
}

/** Looks every 2 s whether PostgreSQL answers, so that requests need not wait to find out that it does not. */
export class DatabaseWatch {
  readonly #db: Db;
  readonly #options: DatabaseWatchOptions;
  readonly #listeners = new Set<(isConnected: boolean) => void>();
  #isConnected = false;
  #hasBeenConnected = false;
  #isUnprepared = false;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #isStopped = false;

  constructor(db: Db, options: DatabaseWatchOptions = {}) {
    this.#db = db;
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get hasBeenConnected(): boolean {
    return this.#hasBeenConnected;
  }

  /** It answers, and cannot be brought to what we need. */
  get isUnprepared(): boolean {
    return this.#isUnprepared;
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
    const isThere = (await this.#answers()) && (this.#isConnected || (await this.#isPrepared()));
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.look(), this.#options.intervalMs ?? INTERVAL_MS);
    this.#timer.unref();
    if (isThere === this.#isConnected) return;
    this.#isConnected = isThere;
    this.#hasBeenConnected ||= isThere;
    for (const listener of this.#listeners) listener(isThere);
  }

  async #answers(): Promise<boolean> {
    return await sql`select 1`.execute(this.#db).then(
      () => true,
      () => false,
    );
  }

  async #isPrepared(): Promise<boolean> {
    try {
      await this.#options.prepare?.();
      this.#isUnprepared = false;
      return true;
    } catch (error) {
      if (!isPassing(error) && !this.#isUnprepared) this.#options.onUnprepared?.(error);
      this.#isUnprepared = !isPassing(error);
      return false;
    }
  }
}
