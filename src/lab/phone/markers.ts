import { FRAME_SAMPLES } from "../media/g711.ts";
import { TICK_MS } from "../media/media-clock.ts";
import { ToneDetector } from "../media/tone-detector.ts";
import { framesOf, generate, markerTone } from "../media/tones.ts";

const MARKER_MS = 200;
const FRAMES_PER_SECOND = 1000 / TICK_MS;
/** Of the ten windows or so that a marker fills; a second that begins within a marker has the rest of it at its end. */
const LEAST_WINDOWS = 4;

const SILENCE = new Int16Array(FRAME_SAMPLES);

/** What a phone says: 20 ms at a time. */
export interface Voice {
  next(): Int16Array;
}

/** Says a marker of 200 ms at the beginning of each second, and nothing between. */
export class MarkerVoice implements Voice {
  readonly #frames: Int16Array[];
  #at = 0;

  constructor(index: number) {
    this.#frames = framesOf(generate(markerTone(index), { ms: MARKER_MS }));
  }

  next(): Int16Array {
    const frame = this.#frames[this.#at] ?? SILENCE;
    this.#at = (this.#at + 1) % FRAMES_PER_SECOND;
    return frame;
  }
}

export interface MarkerReport {
  /** Full seconds looked at. */
  seconds: number;
  /** Those without the marker, from 0. */
  missing: number[];
}

/** Looks for the marker in each full second of one channel of a recording at 8 kHz. */
export function verifyMarkers(pcm: Int16Array, index: number): MarkerReport {
  const hz = markerTone(index).frequenciesHz[0] as number;
  const detector = new ToneDetector([hz]);
  const seconds = Math.floor(pcm.length / FRAME_SAMPLES / FRAMES_PER_SECOND);
  const windows = Array<number>(seconds).fill(0);
  framesOf(pcm).forEach((frame, i) => {
    const second = Math.floor(i / FRAMES_PER_SECOND);
    if (detector.push(frame).presentHz.has(hz) && second < seconds) windows[second] = (windows[second] ?? 0) + 1;
  });
  return { seconds, missing: windows.flatMap((count, second) => (count < LEAST_WINDOWS ? [second] : [])) };
}
