import { FRAME_SAMPLES, SAMPLE_RATE } from "./g711.ts";

/** A sound made of one or two sines, with the name under which a test asks for it. */
export interface Tone {
  name: string;
  frequenciesHz: readonly number[];
}

/**
 * Whole multiples of 25 Hz: a 40 ms window holds whole periods of each, so they do not leak into each other whatever their phase. At
 * least 75 Hz apart, at least 60 Hz away from the tones of keys (697 to 1633 Hz) and of ringing (425, 440, 480 Hz), and 50 Hz from the usual
 * beep of 1000 Hz.
 */
const GRID_HZ = [
  550, 1050, 1125, 1275, 1400, 1550, 1725, 1825, 1925, 2025, 2125, 2225, 2325, 2425, 2525, 2625, 2725, 2825, 2925, 3025,
  3125, 3225, 3325,
];
const MARKERS_HZ = GRID_HZ.filter((_, i) => i % 2 === 0);
const PROMPTS_HZ = GRID_HZ.filter((_, i) => i % 2 === 1);
const PROMPT_PAIRS = PROMPTS_HZ.flatMap((low, i) => PROMPTS_HZ.slice(i + 1).map((high) => [low, high] as const));

export const PROMPT_FREQUENCIES_HZ: ReadonlySet<number> = new Set(PROMPTS_HZ);

export const MARKER_COUNT = MARKERS_HZ.length;
export const PROMPT_TONE_COUNT = PROMPT_PAIRS.length;

/** Ringing tone as the switch plays it (ITU-T E.180). */
export const RINGBACK: Tone = { name: "ringback", frequenciesHz: [425] };

/** The voice of a phone: one sine, from the half of the grid that prompts do not use. @throws RangeError beyond MARKER_COUNT */
export function markerTone(index: number): Tone {
  const hz = MARKERS_HZ[index];
  if (hz === undefined) throw new RangeError(`marker ${index}: there are ${MARKER_COUNT}`);
  return { name: `marker-${index}`, frequenciesHz: [hz] };
}

/** A prompt: a pair of sines that no other prompt has. @throws RangeError beyond PROMPT_TONE_COUNT */
export function promptTone(index: number): Tone {
  const pair = PROMPT_PAIRS[index];
  if (pair === undefined) throw new RangeError(`prompt ${index}: there are ${PROMPT_TONE_COUNT}`);
  return { name: `prompt-${index}`, frequenciesHz: pair };
}

export function toneOf(hz: number): Tone {
  return { name: `${hz} Hz`, frequenciesHz: [hz] };
}

/** Every marker, every prompt and the ringing tone. */
export const KNOWN_TONES: readonly Tone[] = [
  ...MARKERS_HZ.map((_, i) => markerTone(i)),
  ...PROMPT_PAIRS.map((_, i) => promptTone(i)),
  RINGBACK,
];

/** Peak of each sine, of 32,767. Three of them together stay below clipping. */
const DEFAULT_AMPLITUDE = 6000;

export interface ToneShape {
  ms: number;
  amplitude?: number;
  sampleRate?: number;
}

/** `ms` of a tone, from phase 0. */
export function generate(
  tone: Tone,
  { ms, amplitude = DEFAULT_AMPLITUDE, sampleRate = SAMPLE_RATE }: ToneShape,
): Int16Array {
  const pcm = new Int16Array(Math.round((ms * sampleRate) / 1000));
  for (let i = 0; i < pcm.length; i++) {
    let sum = 0;
    for (const hz of tone.frequenciesHz) sum += Math.sin((2 * Math.PI * hz * i) / sampleRate);
    pcm[i] = Math.round(sum * amplitude);
  }
  return pcm;
}

/** Cuts sound into frames of 20 ms; the last is filled with silence. */
export function framesOf(pcm: Int16Array): Int16Array[] {
  const frames: Int16Array[] = [];
  for (let from = 0; from < pcm.length; from += FRAME_SAMPLES) {
    const frame = new Int16Array(FRAME_SAMPLES);
    frame.set(pcm.subarray(from, from + FRAME_SAMPLES));
    frames.push(frame);
  }
  return frames;
}
