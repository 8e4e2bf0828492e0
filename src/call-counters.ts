import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { CallLog } from "./calls/call-fact.ts";
import type { Gauges } from "./http/ports.ts";

/** Each of its ticks wakes the process: a hundred a second would cost as much as a call a second. */
const RESOLUTION_MS = 200;
const WINDOW_MS = 60_000;

/** What is counted since the start, for who wants to draw it. */
export class CallCounters {
  #begun = 0;
  readonly #ended = new Map<string, number>();
  readonly #lag: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #journal: { readonly waitingCount: number };
  #timer: NodeJS.Timeout | null = null;

  constructor(journal: { readonly waitingCount: number }) {
    this.#journal = journal;
  }

  start(): void {
    this.#lag.enable();
    this.#timer = setInterval(() => this.#lag.reset(), WINDOW_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#lag.disable();
  }

  /** The same log, listened to. */
  hearing(log: CallLog): CallLog {
    return {
      append: (facts) => {
        log.append(facts);
        for (const fact of facts) {
          if (fact.type === "call-opened") this.#begun += 1;
          if (fact.type === "call-ended") this.#ended.set(fact.outcome, (this.#ended.get(fact.outcome) ?? 0) + 1);
        }
      },
    };
  }

  read(): Gauges {
    // The histogram holds whole intervals; what is beyond the interval is the delay.
    const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000);
    return {
      callsBegun: this.#begun,
      callsEnded: Object.fromEntries(this.#ended),
      journalWaiting: this.#journal.waitingCount,
      lagSeconds: {
        median: seconds(this.#lag.percentile(50)),
        p99: seconds(this.#lag.percentile(99)),
        most: seconds(this.#lag.max),
      },
    };
  }
}
