import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeWav, encodeWav, readWav, WavError, WavWriter } from "./wav.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "wav-"));
});
afterAll(() => rm(directory, { recursive: true }));

const left = Int16Array.from({ length: 12_345 }, (_, i) => (i * 7919) % 32_768);
const right = left.map((sample) => -sample);

describe("WAV", () => {
  it.each([[[left]], [[left, right]]])("comes back as it was written", (channels) => {
    expect(decodeWav(encodeWav({ sampleRate: 8000, channels }))).toEqual({ sampleRate: 8000, channels });
  });

  it("reads to the end of the file when the header has no length, or too long a one", () => {
    const file = encodeWav({ sampleRate: 16_000, channels: [left, right] });
    for (const length of [0, 0xffffffff]) {
      file.writeUInt32LE(length, 40);
      expect(decodeWav(file)).toEqual({ sampleRate: 16_000, channels: [left, right] });
    }
    expect(decodeWav(file.subarray(0, 44 + 4 * 1000 + 3)).channels[1]).toEqual(right.slice(0, 1000));
  });

  it("skips chunks that it does not know", () => {
    const file = encodeWav({ sampleRate: 8000, channels: [left] });
    const list = Buffer.from("LIST\x05\0\0\0hello\0", "latin1");
    expect(decodeWav(Buffer.concat([file.subarray(0, 36), list, file.subarray(36)])).channels).toEqual([left]);
  });

  it("refuses what is no 16-bit PCM", () => {
    expect(() => decodeWav(Buffer.from("ID3"))).toThrow(WavError);
    const file = encodeWav({ sampleRate: 8000, channels: [left] });
    file.writeUInt16LE(7, 20);
    expect(() => decodeWav(file)).toThrow("not 16-bit PCM (format 7");
    expect(() => decodeWav(file.subarray(0, 12))).toThrow("no sound");
  });

  it("is written as it comes in, with length 0 until it is closed", async () => {
    const path = join(directory, "stream.wav");
    const writer = new WavWriter(path, 8000, 2);
    for (let from = 0; from < 12_000; from += 160)
      writer.write([left.subarray(from, from + 160), right.subarray(from, from + 160)]);
    expect(writer.durationMs).toBe(1500);
    const cut = await readFile(path);
    expect(cut.readUInt32LE(40)).toBe(0);
    expect(decodeWav(cut).channels[0]).toEqual(left.slice(0, 8000));
    writer.close();
    expect((await readFile(path)).readUInt32LE(40)).toBe(48_000);
    expect(await readWav(path)).toEqual({
      sampleRate: 8000,
      channels: [left.slice(0, 12_000), right.slice(0, 12_000)],
    });
  });
});
