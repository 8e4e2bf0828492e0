import { createHash } from "node:crypto";
import { chmod, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { EncodeError, encodeOpus } from "./encode-opus.ts";
import { findFfmpeg, runProgram } from "./ffmpeg.ts";
import { MARKERS, markerSamples, markerWav, toneLevel } from "./marker-wav.ts";
import { readOpusFacts } from "./ogg-opus.ts";
import { repairWav, wavHeader } from "./wav-file.ts";

async function ffmpegHere(): Promise<string> {
  const ffmpeg = await findFfmpeg();
  if (ffmpeg === null) throw new Error("these tests need ffmpeg");
  return ffmpeg;
}

async function encoded<Result>(wavFile: Buffer, look: (path: string) => Promise<Result>): Promise<Result> {
  return await withTemporaryDir(async (dir) => {
    const wavPath = join(dir, "x.wav");
    await writeFile(wavPath, wavFile);
    const path = join(dir, "x.opus");
    const file = await open(path, "wx+");
    try {
      const result = await encodeOpus(await ffmpegHere(), wavPath, await repairWav(wavPath), file);
      const content = await readFile(path);
      expect(result).toEqual({ bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") });
    } finally {
      await file.close();
    }
    return await look(path);
  });
}

async function decoded(path: string): Promise<Buffer> {
  const args = ["-v", "error", "-i", path, "-ar", "8000", "-f", "s16le", "pipe:1"];
  return (await runProgram(await ffmpegHere(), args, { timeoutMs: 60_000 })).output;
}

test("every second of the caller stays left and of the operator right", async () => {
  const samples = await encoded(markerWav(10_000), decoded);
  for (let second = 0; second < 10; second++) {
    const at = (marker: { startMs: number }) => second * 1000 + marker.startMs;
    const level = (channel: 0 | 1, hertz: number, startMs: number) =>
      toneLevel(samples, channel, hertz, startMs + 20, startMs + MARKERS.lengthMs - 20);
    const { left, right } = MARKERS;
    expect(level(0, left.hertz, at(left))).toBeGreaterThan(-13);
    expect(level(1, right.hertz, at(right))).toBeGreaterThan(-13);
    expect(level(1, left.hertz, at(left))).toBeLessThan(-60);
    expect(level(0, right.hertz, at(right))).toBeLessThan(-60);
  }
});

test("the quiet side is not lost while the loud one talks", async () => {
  // Both tones all the time, the operator 36 dB below: joint stereo drops such a side.
  const samples = Buffer.alloc(8_000 * 4 * 5);
  for (let frame = 0; frame < 8_000 * 5; frame++) {
    samples.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * 1_000 * frame) / 8_000)), frame * 4);
    samples.writeInt16LE(Math.round(190 * Math.sin((2 * Math.PI * 700 * frame) / 8_000)), frame * 4 + 2);
  }
  const out = await encoded(Buffer.concat([wavHeader(8_000, 2, samples.length), samples]), decoded);
  const before = toneLevel(samples, 1, 700, 500, 4_500);
  expect(Math.abs(toneLevel(out, 1, 700, 500, 4_500) - before)).toBeLessThan(3);
  expect(toneLevel(out, 1, 1_000, 500, 4_500)).toBeLessThan(before - 20);
});

test("the file says that it has two channels, left and right, coded apart, and how long it is", async () => {
  await encoded(markerWav(4_321), async (path) => {
    const file = await open(path, "r");
    const facts = await readOpusFacts(file);
    await file.close();
    expect(facts).toMatchObject({ channels: 2, streams: 2, coupledStreams: 0 });
    expect(Math.abs((facts?.durationMs ?? 0) - 4_321)).toBeLessThan(25);
    const args = ["-v", "error", "-show_entries", "stream=codec_name,channels,channel_layout", "-of", "csv=p=0", path];
    const { output } = await runProgram("ffprobe", args, { timeoutMs: 20_000 });
    expect(output.toString().trim()).toBe("opus,2,stereo");
    expect((await readFile(path))[28 + 18]).toBe(1);
  });
});

test("one channel stays one", async () => {
  const samples = markerSamples(1_000);
  const mono = Buffer.concat([wavHeader(8_000, 1, samples.length), samples]);
  await encoded(mono, async (path) => {
    const file = await open(path, "r");
    expect(await readOpusFacts(file)).toMatchObject({ channels: 1, streams: 1, coupledStreams: 0 });
    await file.close();
  });
});

test("a file cut short is told from a whole one", async () => {
  await encoded(markerWav(5_000), async (path) => {
    const content = await readFile(path);
    for (const bytes of [0, 20, 60, content.length - 1, Math.floor(content.length / 2)]) {
      await writeFile(path, content.subarray(0, bytes));
      const file = await open(path, "r");
      expect(await readOpusFacts(file)).toBeNull();
      await file.close();
    }
  });
});

async function failure(ffmpeg: string, into: (dir: string) => string, signal?: AbortSignal): Promise<EncodeError> {
  return await withTemporaryDir(async (dir) => {
    const wavPath = join(dir, "x.wav");
    await writeFile(wavPath, markerWav(2_000));
    const wav = await repairWav(wavPath);
    const file = await open(into(dir), "w+");
    try {
      await encodeOpus(ffmpeg, wavPath, wav, file, signal);
    } catch (error) {
      if (error instanceof EncodeError) return error;
      throw error;
    } finally {
      await file.close();
    }
    throw new Error("it was encoded");
  });
}

const toFile = (dir: string) => join(dir, "x.opus");

test("a full disk is told by the write's own error", async () => {
  expect((await failure(await ffmpegHere(), () => "/dev/full")).reason).toBe("disk-full");
});

test("an ffmpeg that is not there, fails, or stops in the middle is told apart from one that did its work", async () => {
  expect((await failure("/nonexistent/ffmpeg", toFile)).reason).toBe("ffmpeg-missing");
  expect((await failure("false", toFile)).reason).toBe("ffmpeg-failed");
  expect((await failure("true", toFile)).reason).toBe("ffmpeg-failed");
  expect((await failure(await ffmpegHere(), toFile, AbortSignal.abort())).reason).toBe("aborted");
  await withTemporaryDir(async (dir) => {
    const half = join(dir, "ffmpeg");
    const ffmpeg = await ffmpegHere();
    await writeFile(half, `#!/bin/sh\n"${ffmpeg}" "$@" | head -c 700\n`);
    await chmod(half, 0o755);
    expect((await failure(half, toFile)).reason).toBe("ffmpeg-failed");
  });
});
