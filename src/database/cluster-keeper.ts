/**
 * Keeps a PostgreSQL of our own running as long as we live: starts it, and starts it again when it ends (killed for want of memory, or by its
 * own panic on a full disk). Nobody waits for it: while it is away, calls go on by the configuration's copy on disk.
 */
import { setTimeout as pause } from "node:timers/promises";
import {
  ClusterError,
  type ClusterFailure,
  type PrivateCluster,
  type PrivateClusterOptions,
  startPrivateCluster,
} from "./private-cluster.ts";

const LOOK_EVERY_MS = 1_000;
const BACKOFF_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;
/** One that ran for so long was well: its end is answered at once. */
const WELL_AFTER_MS = 60_000;

interface KeeperLogger {
  info(data: Record<string, unknown>, message: string): void;
  error(data: Record<string, unknown>, message: string): void;
}

export interface ClusterKeeperOptions extends PrivateClusterOptions {
  log: KeeperLogger;
  /** Each time when it has just been started, or was found running. */
  onRunning?: () => void;
}

export class ClusterKeeper {
  readonly #options: ClusterKeeperOptions;
  readonly #stopping = new AbortController();
  #cluster: PrivateCluster | null = null;
  #problem: ClusterFailure | null = null;
  #running: Promise<void> | null = null;
  #tellTried: () => void = () => undefined;

  constructor(options: ClusterKeeperOptions) {
    this.#options = options;
  }

  /** Where it is reached; null before its first start. It stays the same for the keeper's life. */
  get place(): PrivateCluster | null {
    return this.#cluster;
  }

  /** Why it does not start; null when it runs or was not tried yet. */
  get problem(): ClusterFailure | null {
    return this.#problem;
  }

  /** Resolves after the first try, whether it succeeded or not. */
  async start(): Promise<void> {
    const tried = new Promise<void>((resolve) => {
      this.#tellTried = resolve;
    });
    this.#running ??= this.#keep();
    await tried;
  }

  /** Stops the server too. @throws ClusterError */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#cluster?.stop();
  }

  async #keep(): Promise<void> {
    for (let failures = 0; !this.#stopping.signal.aborted; ) {
      const sinceMs = Date.now();
      if (await this.#tryToStart()) await this.#untilEnded();
      failures = Date.now() - sinceMs > WELL_AFTER_MS ? 0 : failures + 1;
      await this.#wait(BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? 0);
    }
  }

  async #tryToStart(): Promise<boolean> {
    const { log, onRunning } = this.#options;
    try {
      const { socketDir } = (this.#cluster = await startPrivateCluster(this.#options));
      if (this.#problem !== null) log.info({ socketDir }, "the database runs again");
      this.#problem = null;
      onRunning?.();
      return true;
    } catch (error) {
      const problem = error instanceof ClusterError ? error.reason : "start-failed";
      // Said once and not at each try: it may take days.
      if (problem !== this.#problem)
        log.error({ err: error, problem }, "the database cannot be started; calls go on, it is tried again");
      this.#problem = problem;
      return false;
    } finally {
      this.#tellTried();
    }
  }

  async #untilEnded(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#wait(LOOK_EVERY_MS);
      if (this.#stopping.signal.aborted || (await this.#cluster?.isRunning())) continue;
      this.#options.log.error({}, "the database server has ended; it is started again");
      return;
    }
  }

  async #wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stopping.signal }).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) throw error;
    });
  }
}
