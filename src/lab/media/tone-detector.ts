import { FRAME_SAMPLES, SAMPLE_RATE } from "./g711.ts";

const WINDOW_SAMPLES = 2 * FRAME_SAMPLES;
/** Hann: what a tone that begins or ends within the window spreads to its neighbours stays below the thresholds. */
const HANN = Float64Array.from(
  { length: WINDOW_SAMPLES },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW_SAMPLES),
);
const HANN_SUM = WINDOW_SAMPLES / 2;

/** Quieter than this (RMS, of 32,767) is silence: G.711 idles at up to 8. */
const SILENCE_RMS = 60;
/** A sine counts when its peak is above this ... */
const LEAST_AMPLITUDE = 200;
/** ... and it carries this share of the window's power: 14 dB below all the rest together, far above what noise puts into one bin. */
const LEAST_SHARE = 0.04;

export interface Window {
  isSilent: boolean;
  /** Those of the watched frequencies that are there. */
  presentHz: ReadonlySet<number>;
}

const NOTHING: ReadonlySet<number> = new Set<number>();

/** Finds known frequencies in 8 kHz sound: Goertzel's filter over windows of 40 ms, one window per 20 ms frame. */
export class ToneDetector {
  readonly #coefficients = new Map<number, number>();
  readonly #previous = new Int16Array(FRAME_SAMPLES);
  readonly #windowed = new Float64Array(WINDOW_SAMPLES);

  constructor(frequenciesHz: Iterable<number>) {
    for (const hz of frequenciesHz) this.watch(hz);
  }

  watch(hz: number): void {
    this.#coefficients.set(hz, 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE));
  }

  /** Forgets the last frame, for a stream with a hole. */
  reset(): void {
    this.#previous.fill(0);
  }

  /** Judges the window of the last frame and this one (160 samples). */
  push(frame: Int16Array): Window {
    let energy = 0;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      const before = this.#previous[i] as number;
      const now = frame[i] ?? 0;
      energy += before * before + now * now;
      this.#windowed[i] = before * (HANN[i] as number);
      this.#windowed[i + FRAME_SAMPLES] = now * (HANN[i + FRAME_SAMPLES] as number);
      this.#previous[i] = now;
    }
    const power = energy / WINDOW_SAMPLES;
    if (power < SILENCE_RMS * SILENCE_RMS) return { isSilent: true, presentHz: NOTHING };
    const present = new Set<number>();
    const leastPower = Math.max((LEAST_AMPLITUDE * LEAST_AMPLITUDE) / 2, LEAST_SHARE * power);
    for (const [hz, coefficient] of this.#coefficients) {
      if (this.#powerAt(coefficient) >= leastPower) present.add(hz);
    }
    return { isSilent: false, presentHz: present };
  }

  /** Power of the sine with this coefficient: half its peak squared. */
  #powerAt(coefficient: number): number {
    let [s1, s2] = [0, 0];
    for (let i = 0; i < WINDOW_SAMPLES; i++) {
      const s0 = (this.#windowed[i] as number) + coefficient * s1 - s2;
      s2 = s1;
      s1 = s0;
    }
    const amplitude = (2 * Math.sqrt(Math.max(0, s1 * s1 + s2 * s2 - coefficient * s1 * s2))) / HANN_SUM;
    return (amplitude * amplitude) / 2;
  }
}
