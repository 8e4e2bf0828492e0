export interface Digit {
  digit: string;
  durationSamples: number;
}

/** The shortest that FreeSWITCH reports, and about what a finger takes. The RTP part tells of a key when it goes down. */
const DURATION_SAMPLES = 1600;

/** Keys that were pressed and that no application has taken yet, and all that were taken. */
export class DigitQueue {
  readonly #waiting: Digit[] = [];
  #taken = "";

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** All keys taken so far; `none` without any, as `digits_dialed` has it. */
  get taken(): string {
    return this.#taken === "" ? "none" : this.#taken;
  }

  push(digit: string): void {
    this.#waiting.push({ digit, durationSamples: DURATION_SAMPLES });
  }

  take(): Digit | null {
    const digit = this.#waiting.shift() ?? null;
    this.#taken += digit?.digit ?? "";
    return digit;
  }
}
