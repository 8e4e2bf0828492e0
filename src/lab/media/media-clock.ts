/** Length of one tick: the packet time of all our RTP. */
export const TICK_MS = 20;

/** After a longer stall (a stopped machine) the rest is skipped: nobody wants minutes of sound in one burst. */
const MOST_TICKS_TO_CATCH_UP = 100;

type TickListener = (tick: number) => void;

/**
 * One timer for all sessions of the process. Ticks are counted against the monotonic clock, so late timers do not add up:
 * ticks that were missed are delivered at once, each with its own number. It stands still while nobody listens.
 */
export class MediaClock {
  #listeners = new Set<TickListener>();
  #timer: NodeJS.Timeout | undefined;
  #startedAtMs = 0;
  #tick = 0;

  /** `listener` is called every 20 ms with the tick's number. Returns the unsubscription. */
  onTick(listener: TickListener): () => void {
    // A wrapper, so that the same function can be subscribed twice and each subscription leaves alone.
    const own: TickListener = (tick) => listener(tick);
    this.#listeners.add(own);
    if (this.#timer === undefined) {
      this.#startedAtMs = performance.now() - this.#tick * TICK_MS;
      this.#schedule();
    }
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  #schedule(): void {
    const dueAtMs = this.#startedAtMs + (this.#tick + 1) * TICK_MS;
    this.#timer = setTimeout(() => this.#run(), Math.max(0, dueAtMs - performance.now()));
  }

  #run(): void {
    const due = Math.floor((performance.now() - this.#startedAtMs) / TICK_MS);
    if (due - this.#tick > MOST_TICKS_TO_CATCH_UP) this.#tick = due - MOST_TICKS_TO_CATCH_UP;
    try {
      while (this.#tick < due && this.#listeners.size > 0) {
        this.#tick++;
        for (const listener of this.#listeners) listener(this.#tick);
      }
    } finally {
      if (this.#listeners.size > 0) this.#schedule();
    }
  }
}

export const mediaClock = new MediaClock();
