import { setTimeout as pause } from "node:timers/promises";

export interface RunningProcess {
  /** Resolves when it has ended, whoever ended it. */
  readonly ended: Promise<unknown>;
  stop(): Promise<unknown>;
}

export interface KeepOptions {
  /** As in a sentence: "the switch". */
  name: string;
  start: () => Promise<RunningProcess>;
  say: (text: string) => void;
  /** Before the first new start, the second in a row, and so on; the last counts for all further ones. */
  pausesMs?: readonly number[];
}

const PAUSES_MS = [200, 1_000, 2_000, 5_000, 10_000, 30_000];
/** One that ran for so long was well: its end is answered at once. */
const WELL_AFTER_MS = 60_000;

/** Starts something, and starts it again whenever it ends, with growing pauses while it does not stay. On the box systemd does this. */
export class KeptRunning {
  readonly #options: KeepOptions;
  readonly #stopping = new AbortController();
  #process: RunningProcess | null = null;
  #keeping: Promise<void> | null = null;

  constructor(options: KeepOptions) {
    this.#options = options;
  }

  /** Starts it for the first time. @throws what that throws; it is not tried again then */
  async start(): Promise<void> {
    this.#process = await this.#options.start();
    this.#keeping = this.#keep(this.#process);
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#process?.stop();
    await this.#keeping;
  }

  async #keep(first: RunningProcess): Promise<void> {
    let failures = 0;
    for (let running: RunningProcess | null = first; !this.#stopping.signal.aborted; ) {
      const sinceMs = Date.now();
      await running?.ended;
      if (this.#stopping.signal.aborted) return;
      failures = running !== null && Date.now() - sinceMs > WELL_AFTER_MS ? 1 : failures + 1;
      const pauses = this.#options.pausesMs ?? PAUSES_MS;
      const waitMs = pauses[Math.min(failures, pauses.length) - 1] ?? 0;
      if (running !== null) this.#options.say(`${this.#options.name} has ended; again in ${waitMs / 1_000} s`);
      await this.#wait(waitMs);
      running = await this.#startAgain();
    }
  }

  async #startAgain(): Promise<RunningProcess | null> {
    if (this.#stopping.signal.aborted) return null;
    try {
      const running = await this.#options.start();
      this.#process = running;
      // Told to stop while it was starting.
      if (this.#stopping.signal.aborted) await running.stop();
      return running;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#options.say(`${this.#options.name} does not start: ${why}`);
      return null;
    }
  }

  async #wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stopping.signal }).catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) throw error;
    });
  }
}
