import { open } from "node:fs/promises";
import { readFully, type WavInfo } from "./wav-file.ts";

/** What a waveform is drawn from: the loudest sample (0..1, three decimals) of each of `POINTS` equal stretches, per channel. */
export interface Peaks {
  left: number[];
  right: number[];
}

export const POINTS = 800;
/** Small enough that counting one block never holds up the calls. */
const BLOCK_BYTES = 64 * 1024;

/** Reads the samples of a WAV once. A recording with one channel has a silent right side. */
export async function readPeaks(path: string, wav: WavInfo): Promise<Peaks> {
  const left = new Uint16Array(POINTS);
  const right = new Uint16Array(POINTS);
  const frameBytes = wav.channels * 2;
  const framesPerBlock = Math.floor(BLOCK_BYTES / frameBytes);
  const block = Buffer.alloc(framesPerBlock * frameBytes);
  const file = await open(path, "r");
  try {
    for (let frame = 0; frame < wav.frames; frame += framesPerBlock) {
      const bytes = await readFully(file, block, wav.dataOffset + frame * frameBytes);
      const frames = Math.min(Math.floor(bytes / frameBytes), wav.frames - frame);
      if (frames === 0) break;
      for (let i = 0; i < frames; i++) {
        const point = Math.floor(((frame + i) * POINTS) / wav.frames);
        const at = i * frameBytes;
        keepLouder(left, point, block.readInt16LE(at));
        if (wav.channels === 2) keepLouder(right, point, block.readInt16LE(at + 2));
      }
    }
  } finally {
    await file.close();
  }
  // A recording with fewer frames than points leaves gaps: each takes what stands before it.
  if (wav.frames > 0 && wav.frames < POINTS) fillGaps(left, right, wav.frames);
  return { left: toFractions(left), right: toFractions(right) };
}

function keepLouder(points: Uint16Array, point: number, sample: number): void {
  const loudness = sample < 0 ? -sample : sample;
  if (loudness > (points[point] ?? 0)) points[point] = loudness;
}

function fillGaps(left: Uint16Array, right: Uint16Array, frames: number): void {
  const filled = new Set(Array.from({ length: frames }, (_, frame) => Math.floor((frame * POINTS) / frames)));
  for (let point = 1; point < POINTS; point++) {
    if (filled.has(point)) continue;
    left[point] = left[point - 1] ?? 0;
    right[point] = right[point - 1] ?? 0;
  }
}

function toFractions(points: Uint16Array): number[] {
  return Array.from(points, (loudest) => Math.round((loudest / 32_768) * 1000) / 1000);
}
