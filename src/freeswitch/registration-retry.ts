import { SwitchError } from "../calls/failure.ts";
import type { FreeSwitch } from "./freeswitch-switch.ts";

export interface RetryTiming {
  /** After no answer, or one that says no more than that the server is in need. */
  unansweredMs: number;
  /** After a refusal: an operator may take more for guessing at passwords. */
  refusedMs: number;
}

interface RetryLogger {
  warn(data: Record<string, unknown>, message: string): void;
}

const USUAL: RetryTiming = { unansweredMs: 60_000, refusedMs: 300_000 };

/**
 * How long a trunk that could not sign in waits at most before it tries again. The switch waits 30 s longer each time, without an end
 * (sofia_reg.c): after a night without internet a line would be back half an hour after it, and a paid bill would help after an hour.
 */
export class RegistrationRetry {
  readonly #switch: FreeSwitch;
  readonly #log: RetryLogger;
  readonly #timing: RetryTiming;
  readonly #onUnanswered: (gateway: string) => void;
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  #unsubscribe: (() => void)[] = [];

  /** @param onUnanswered told each time that a trunk's server was silent, or in need */
  constructor(
    port: FreeSwitch,
    log: RetryLogger,
    { onUnanswered, timing }: { onUnanswered: (gateway: string) => void; timing?: Partial<RetryTiming> },
  ) {
    this.#switch = port;
    this.#log = log;
    this.#timing = { ...USUAL, ...timing };
    this.#onUnanswered = onUnanswered;
  }

  start(): void {
    this.#unsubscribe = [
      this.#switch.onEvent((event) => {
        if (event.type !== "gateway-changed") return;
        if (event.state === "failed") this.#failed(event.gateway, event.status);
        else this.#forget(event.gateway);
      }),
      this.#switch.onState(({ name }) => {
        if (name === "connected") this.#look();
        else this.#forgetAll();
      }),
    ];
    if (this.#switch.state.name === "connected") this.#look();
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
    this.#forgetAll();
  }

  /** Those that failed before we came. */
  #look(): void {
    this.#switch
      .gatewayStates()
      .then((states) => {
        for (const [gateway, state] of states) if (state === "failed") this.#failed(gateway, null);
      })
      .catch((error: unknown) => this.#complain(error));
  }

  #failed(gateway: string, status: number | null): void {
    // The switch says it twice: that it failed, and that it waits.
    if (this.#waiting.has(gateway)) return;
    const isRefused = status !== null && status >= 400 && status < 500 && status !== 408;
    const { unansweredMs, refusedMs } = this.#timing;
    const timer = setTimeout(() => this.#again(gateway), isRefused ? refusedMs : unansweredMs).unref();
    this.#waiting.set(gateway, timer);
    if (!isRefused) this.#onUnanswered(gateway);
  }

  #again(gateway: string): void {
    this.#waiting.delete(gateway);
    this.#switch.console(`sofia profile external register ${gateway}`).catch((error: unknown) => this.#complain(error));
  }

  #forget(gateway: string): void {
    clearTimeout(this.#waiting.get(gateway));
    this.#waiting.delete(gateway);
  }

  #forgetAll(): void {
    for (const gateway of [...this.#waiting.keys()]) this.#forget(gateway);
  }

  /** Without the switch there is nothing to try; the next connection looks again. */
  #complain(error: unknown): void {
    if (error instanceof SwitchError && error.reason === "socket-lost") return;
    this.#log.warn({ err: error }, "a trunk was not told to sign in again");
  }
}
