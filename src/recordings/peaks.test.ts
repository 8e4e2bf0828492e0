import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { markerWav } from "./marker-wav.ts";
import { type Peaks, POINTS, readPeaks } from "./peaks.ts";
import { repairWav, wavHeader } from "./wav-file.ts";

async function peaksOf(content: Buffer): Promise<Peaks> {
  return await withTemporaryDir(async (dir) => {
    const path = join(dir, "x.wav");
    await writeFile(path, content);
    return await readPeaks(path, await repairWav(path));
  });
}

test("each channel is loud where its party speaks, over the whole length", async () => {
  // 40 s: 20 points a second, markers of 4 points.
  const { left, right } = await peaksOf(markerWav(40_000));
  expect([left.length, right.length]).toEqual([POINTS, POINTS]);
  for (let second = 0; second < 40; second++) {
    expect(left[second * 20 + 2]).toBeCloseTo(10_000 / 32_768, 2);
    expect(left[second * 20 + 12]).toBe(0);
    expect(right[second * 20 + 12]).toBeCloseTo(10_000 / 32_768, 2);
    expect(right[second * 20 + 2]).toBe(0);
  }
});

test("the loudest negative sample is 1 and no more", async () => {
  const samples = Buffer.alloc(4 * POINTS);
  samples.writeInt16LE(-32_768, 4 * 100);
  const { left, right } = await peaksOf(Buffer.concat([wavHeader(8_000, 2, samples.length), samples]));
  expect(left[100]).toBe(1);
  expect(Math.max(...right)).toBe(0);
});

test("a recording of a few frames fills all points", async () => {
  const samples = Buffer.alloc(8);
  samples.writeInt16LE(16_384, 0);
  samples.writeInt16LE(8_192, 6);
  const { left, right } = await peaksOf(Buffer.concat([wavHeader(8_000, 2, 8), samples]));
  expect(left.slice(0, POINTS / 2).every((point) => point === 0.5)).toBe(true);
  expect(left.slice(POINTS / 2).every((point) => point === 0)).toBe(true);
  expect(right.slice(POINTS / 2).every((point) => point === 0.25)).toBe(true);
});

test("one channel is the left one", async () => {
  const samples = Buffer.alloc(2 * 8_000);
  samples.writeInt16LE(16_384, 0);
  const { left, right } = await peaksOf(Buffer.concat([wavHeader(8_000, 1, samples.length), samples]));
  expect(left[0]).toBe(0.5);
  expect(Math.max(...right)).toBe(0);
});
