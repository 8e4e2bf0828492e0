/** Recordings made for tests: each second has a tone of the caller on the left and one of the operator on the right. */
import { wavHeader } from "./wav-file.ts";

const RATE = 8_000;
export const MARKERS = {
  left: { hertz: 1_000, startMs: 0 },
  right: { hertz: 700, startMs: 500 },
  lengthMs: 200,
} as const;

/** Interleaved samples, 16 bit. `rightGain` makes the operator quieter. */
export function markerSamples(durationMs: number, rightGain = 1): Buffer {
  const frames = Math.round((durationMs * RATE) / 1000);
  const samples = Buffer.alloc(frames * 4);
  for (let frame = 0; frame < frames; frame++) {
    samples.writeInt16LE(Math.round(tone(frame, MARKERS.left) * 10_000), frame * 4);
    samples.writeInt16LE(Math.round(tone(frame, MARKERS.right) * 10_000 * rightGain), frame * 4 + 2);
  }
  return samples;
}

function tone(frame: number, marker: { hertz: number; startMs: number }): number {
  const msInSecond = ((frame * 1000) / RATE) % 1000;
  const isOn = msInSecond >= marker.startMs && msInSecond < marker.startMs + MARKERS.lengthMs;
  return isOn ? Math.sin((2 * Math.PI * marker.hertz * frame) / RATE) : 0;
}

/** A whole file. `declaredBytes`: what its header says about the length of the samples, if it lies. */
export function markerWav(durationMs: number, declaredBytes?: number): Buffer {
  const samples = markerSamples(durationMs);
  return Buffer.concat([wavHeader(RATE, 2, declaredBytes ?? samples.length), samples]);
}

/** Level of one frequency in dB of full scale (Goertzel), in one channel of interleaved 16-bit stereo samples. */
export function toneLevel(samples: Buffer, channel: 0 | 1, hertz: number, fromMs: number, toMs: number): number {
  const first = Math.floor((fromMs * RATE) / 1000);
  const last = Math.min(Math.floor((toMs * RATE) / 1000), Math.floor(samples.length / 4));
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / RATE);
  let s1 = 0;
  let s2 = 0;
  for (let frame = first; frame < last; frame++) {
    const s0 = samples.readInt16LE(frame * 4 + channel * 2) / 32_768 + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  const power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
  return 10 * Math.log10((4 * power) / (last - first) ** 2 + 1e-12);
}
