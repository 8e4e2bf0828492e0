import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { runProgram } from "./ffmpeg.ts";
import { markerSamples, markerWav } from "./marker-wav.ts";
import { NotWavError, repairWav, type WavInfo, wavHeader } from "./wav-file.ts";

async function repaired(content: Buffer): Promise<{ info: WavInfo; after: Buffer }> {
  return await withTemporaryDir(async (dir) => {
    const path = join(dir, "x.wav");
    await writeFile(path, content);
    const info = await repairWav(path);
    return { info, after: await readFile(path) };
  });
}

test("a file that was closed properly is read and not touched", async () => {
  const wav = markerWav(1_250);
  const { info, after } = await repaired(wav);
  expect(info).toEqual({
    sampleRate: 8_000,
    channels: 2,
    dataOffset: 44,
    frames: 10_000,
    durationMs: 1_250,
    fileBytes: wav.length,
  });
  expect(after.equals(wav)).toBe(true);
});

test.each([
  ["0, as a killed switch leaves it", 0],
  ["too short", 4_000],
  ["beyond the file, as a full disk leaves it", 9_999_999],
  ["as large as can be, as streams have it", 0xffff_ffff],
])("a length of %s is taken from the file", async (_what, declared) => {
  const { info, after } = await repaired(markerWav(1_000, declared));
  expect(info.durationMs).toBe(1_000);
  expect(after.equals(markerWav(1_000))).toBe(true);
});

test("samples are cut to whole frames", async () => {
  const { info, after } = await repaired(Buffer.concat([markerWav(1_000, 0), Buffer.from([1, 2, 3])]));
  expect(info.frames).toBe(8_000);
  expect(after.equals(markerWav(1_000))).toBe(true);
});

test("chunks behind the samples are no samples", async () => {
  const list = Buffer.concat([Buffer.from("LIST"), Buffer.from([4, 0, 0, 0]), Buffer.from("INFO")]);
  const { info } = await repaired(Buffer.concat([markerWav(500), list]));
  expect(info.durationMs).toBe(500);
});

test("chunks before the samples are skipped", async () => {
  const wav = markerWav(500, 0);
  const list = Buffer.concat([Buffer.from("LIST"), Buffer.from([3, 0, 0, 0]), Buffer.from("abc\0")]);
  const { info } = await repaired(Buffer.concat([wav.subarray(0, 36), list, wav.subarray(36)]));
  expect(info).toMatchObject({ durationMs: 500, dataOffset: 44 + list.length });
});

test("a header of zeros, as a loss of power leaves it, is written anew", async () => {
  const wav = markerWav(1_000);
  wav.fill(0, 0, 44);
  const { info, after } = await repaired(wav);
  expect(info.durationMs).toBe(1_000);
  expect(after.equals(markerWav(1_000))).toBe(true);
});

test.each([0, 1, 11, 12, 20, 43, 44, 47])("%d bytes are no recording", async (bytes) => {
  expect((await repaired(markerWav(10, 0).subarray(0, bytes))).info.frames).toBe(0);
});

test.each([
  ["text", Buffer.from("this is not a recording but a text that somebody put here")],
  ["8-bit", Buffer.concat([wavHeader(8_000, 2, 100).fill(8, 34, 35), Buffer.alloc(100)])],
  ["a nonsense rate", Buffer.concat([wavHeader(8, 2, 100), Buffer.alloc(100)])],
])("%s is refused and left as it is", async (_what, content) => {
  await withTemporaryDir(async (dir) => {
    const path = join(dir, "x.wav");
    await writeFile(path, content);
    await expect(repairWav(path)).rejects.toThrow(NotWavError);
    expect((await readFile(path)).equals(content)).toBe(true);
  });
});

test("whatever length a header claims, all whole frames are kept and a second repair changes nothing", async () => {
  await withTemporaryDir(async (dir) => {
    const path = join(dir, "x.wav");
    const property = fc.asyncProperty(
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.integer({ min: 1, max: 4_003 }),
      async (declared, bytes) => {
        const samples = markerSamples(501).subarray(0, bytes);
        await writeFile(path, Buffer.concat([wavHeader(8_000, 2, declared), samples]));
        const first = await repairWav(path);
        const once = await readFile(path);
        expect(first.frames).toBe(Math.floor(bytes / 4));
        expect(await repairWav(path)).toEqual(first);
        expect((await readFile(path)).equals(once)).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });
});

test("a repaired file is a WAV to others as well", async () => {
  await withTemporaryDir(async (dir) => {
    const path = join(dir, "x.wav");
    await writeFile(path, Buffer.concat([markerWav(3_000, 0), Buffer.from([9])]));
    await repairWav(path);
    const { output } = await runProgram(
      "ffprobe",
      ["-v", "error", "-show_entries", "stream=channels,sample_rate,duration", "-of", "csv=p=0", path],
      { timeoutMs: 20_000 },
    );
    expect(output.toString().trim()).toBe("8000,2,3.000000");
  });
});
