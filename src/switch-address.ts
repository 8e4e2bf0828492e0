import { networkInterfaces } from "node:os";
import { firstLanAddress } from "./config/config.ts";
import type { HttpLogger } from "./http/ports.ts";

const LOOK_EVERY_MS = 2_000;

interface Options {
  first: string;
  /** Given by the environment: it stays what it is. */
  isFixed: boolean;
  /** Somebody talks, or waits. */
  isInUse: () => boolean;
  /**
   * Brings the switch to the current address; `mayCut` says whether a profile that is bound to another one may be started anew, which ends
   * its calls. @returns false when it is to be tried again
   */
  bind: (mayCut: (bound: string) => boolean) => Promise<boolean>;
  onChange: (address: string) => void;
  log: HttpLogger;
  /** The machine, but for tests. */
  read?: () => string | null;
  has?: (address: string) => boolean;
}

/**
 * The address that phones are told and the switch binds: the machine's in the local network. When that changes the switch follows, at once if
 * the old address is gone (what stood on it is gone with it), else when nobody is in a call.
 */
export class SwitchAddress {
  readonly #options: Options;
  #current: string;
  #isOwed = true;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
    this.#current = options.first;
  }

  get current(): string {
    return this.#current;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#looking;
  }

  /** The switch is another one, or has started anew. */
  switchIsBack(): void {
    this.#isOwed = true;
    this.look();
  }

  look(): void {
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((error: unknown) =>
        this.#options.log.warn({ err: error }, "the switch was not brought to the machine's address"),
      );
  }

  async #look(): Promise<void> {
    const { isFixed, isInUse, bind, onChange, log, read = firstLanAddress, has = isOnMachine } = this.#options;
    if (isFixed) return;
    const now = read();
    // Without a cable it keeps the last one: it is most likely the next one too.
    if (now !== null && now !== this.#current && !(isInUse() && has(this.#current))) {
      log.info({ from: this.#current, to: now }, "the machine has another address");
      this.#current = now;
      this.#isOwed = true;
      onChange(now);
    }
    if (this.#isOwed) this.#isOwed = !(await bind((bound) => !isInUse() || !has(bound)));
  }
}

function isOnMachine(address: string): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some((one) => one.address === address));
}
