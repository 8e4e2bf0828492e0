import { performance } from "node:perf_hooks";

/** Closer than this the two clocks are one: what is told takes a moment to arrive. */
const SAME_MS = 1_000;

/**
 * The switch reads the machine's clock when it starts and counts on by itself from there; when that clock is set (by a time server, after a
 * start without a battery, from local time to UTC) the switch's times stay as wrong as it was. They are told here in the machine's time.
 */
export class SwitchClock {
  /** The switch's process; its records name it too. */
  #core: string | null = null;
  /** By how much the switch's time is more than the machine's monotonic clock, ms; that never changes while both run. */
  #overMonotonicMs: number | null = null;

  /** The switch has told its time since we started. */
  get isKnown(): boolean {
    return this.#overMonotonicMs !== null;
  }

  /**
   * The switch has told its time.
   * @param askedAtMs on the monotonic clock: it was told since then
   */
  hear(told: { atMs: number; core: string | null }, askedAtMs: number): void {
    const nowMs = performance.now();
    const machineMs = Date.now() - nowMs;
    const [least, most] = [told.atMs - nowMs, told.atMs - askedAtMs];
    const isSame = machineMs >= least - SAME_MS && machineMs <= most + SAME_MS;
    this.#overMonotonicMs = isSame ? machineMs : least;
    this.#core = told.core;
  }

  /** A time of the switch in the machine's, both Unix ms. */
  toMachine(atMs: number): number {
    if (this.#overMonotonicMs === null) return atMs;
    const aheadMs = this.#overMonotonicMs + performance.now() - Date.now();
    return Math.abs(aheadMs) < SAME_MS ? atMs : Math.round(atMs - aheadMs);
  }

  /** As `toMachine` for what this life of the switch has written down; what another one wrote stays as it is. */
  ofRecord(atMs: number, core: string | null): number {
    return core !== null && core === this.#core ? this.toMachine(atMs) : atMs;
  }
}
