/** Why a phone could not do what the script asked. */
export type PhoneFailure = "timeout" | "ended" | "refused" | "not-possible";

export class PhoneError extends Error {
  override readonly name = "PhoneError";
  readonly reason: PhoneFailure;
  /** SIP status of a refusal. */
  readonly status: number | null;
  constructor(reason: PhoneFailure, message: string, status: number | null = null) {
    super(message);
    this.reason = reason;
    this.status = status;
  }
}

export interface Deadline {
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 5000;

/** Lets scripts wait for a state instead of sleeping: every change asks all who wait whether theirs has come. */
export class Condition {
  readonly #checks = new Set<() => void>();

  changed(): void {
    for (const check of this.#checks) check();
  }

  /**
   * The first value that is not undefined that `probe` gives, now or after a change. What `probe` throws rejects.
   * @throws PhoneError (timeout), saying what was waited for and what `state` says instead
   */
  until<Value>(
    probe: () => Value | undefined,
    what: string,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: Deadline,
    state?: () => string,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        this.#checks.delete(check);
      };
      const timer = setTimeout(() => {
        leave();
        reject(
          new PhoneError("timeout", `${what}: not within ${timeoutMs} ms${state === undefined ? "" : `; ${state()}`}`),
        );
      }, timeoutMs);
      const check = () => {
        try {
          const value = probe();
          if (value === undefined) return;
          leave();
          resolve(value);
        } catch (error) {
          leave();
          reject(error);
        }
      };
      this.#checks.add(check);
      check();
    });
  }
}

/** What arrives before it is asked for is kept, in order. */
export class Arrivals<Item> {
  readonly #items: Item[] = [];
  readonly #condition = new Condition();
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  get waiting(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    this.#items.push(item);
    this.#condition.changed();
  }

  /** Forgets what came and was not asked for. */
  clear(): void {
    this.#items.length = 0;
  }

  /** @throws PhoneError (timeout) */
  next(deadline: Deadline = {}): Promise<Item> {
    return this.#condition.until(() => this.#items.shift(), this.#what, deadline);
  }
}
