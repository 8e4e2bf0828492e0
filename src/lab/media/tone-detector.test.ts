import { describe, expect, it } from "vitest";
import { decode, encode, FRAME_SAMPLES, PCMA, PCMU } from "./g711.ts";
import { ToneDetector } from "./tone-detector.ts";
import {
  framesOf,
  generate,
  KNOWN_TONES,
  MARKER_COUNT,
  markerTone,
  PROMPT_TONE_COUNT,
  promptTone,
  toneOf,
} from "./tones.ts";

const KNOWN_HZ = new Set(KNOWN_TONES.flatMap((tone) => tone.frequenciesHz));
const KEYS_HZ = [697, 770, 852, 941, 1209, 1336, 1477, 1633];

/** What is there in every full window (the first frame makes a half-empty one). */
function heardThroughout(pcm: Int16Array, codec: 0 | 8 = PCMA): number[] {
  const detector = new ToneDetector(KNOWN_HZ);
  const windows = framesOf(decode(codec, encode(codec, pcm))).map((frame) => detector.push(frame).presentHz);
  return [...KNOWN_HZ].filter((hz) => windows.slice(1).every((present) => present.has(hz)));
}

/** What is there in any window at all. */
function heardAnywhere(pcm: Int16Array): number[] {
  const detector = new ToneDetector(KNOWN_HZ);
  const windows = framesOf(decode(PCMA, encode(PCMA, pcm))).map((frame) => detector.push(frame).presentHz);
  return [...KNOWN_HZ].filter((hz) => windows.some((present) => present.has(hz)));
}

function mixed(...parts: Int16Array[]): Int16Array {
  const length = Math.max(...parts.map((part) => part.length));
  return Int16Array.from({ length }, (_, i) => parts.reduce((sum, part) => sum + (part[i] ?? 0), 0));
}

describe("tone detector", () => {
  it.each([PCMA, PCMU] as const)("tells every marker and prompt exactly, through payload type %i", (codec) => {
    for (const tone of KNOWN_TONES) {
      const pcm = generate(tone, { ms: 200 }).subarray(37);
      const heard = heardThroughout(pcm.subarray(0, 8 * FRAME_SAMPLES), codec);
      expect([tone.name, ...heard]).toEqual([tone.name, ...tone.frequenciesHz]);
    }
  });

  it("has tones enough, each different", () => {
    expect(PROMPT_TONE_COUNT).toBeGreaterThanOrEqual(40);
    expect(MARKER_COUNT).toBeGreaterThanOrEqual(10);
    const keys = KNOWN_TONES.map((tone) => tone.frequenciesHz.join());
    expect(new Set(keys).size).toBe(keys.length);
    expect(() => promptTone(PROMPT_TONE_COUNT)).toThrow(RangeError);
    expect(() => markerTone(-1)).toThrow(RangeError);
  });

  it("hears two voices and a prompt at once, even when one is 12 dB quieter", () => {
    const pcm = mixed(
      generate(markerTone(1), { ms: 200, amplitude: 8000 }),
      generate(markerTone(2), { ms: 200, amplitude: 2000 }),
      generate(promptTone(7), { ms: 200, amplitude: 4000 }),
    );
    const expected = [markerTone(1), markerTone(2), promptTone(7)].flatMap((tone) => tone.frequenciesHz);
    expect(new Set(heardThroughout(pcm))).toEqual(new Set(expected));
  });

  it("does not take keys, ringing or beeps for a tone", () => {
    for (const hz of [...KEYS_HZ, 480, 1000]) {
      const pcm = generate(toneOf(hz), { ms: 200, amplitude: 10_000 }).subarray(0, 10 * FRAME_SAMPLES);
      expect([hz, ...heardThroughout(pcm)]).toEqual([hz]);
    }
    for (const low of KEYS_HZ.slice(0, 4)) {
      for (const high of KEYS_HZ.slice(4)) {
        const key = mixed(generate(toneOf(low), { ms: 100 }), generate(toneOf(high), { ms: 100 }));
        expect(heardThroughout(key)).toEqual([]);
      }
    }
  });

  it("finds no tone in five windows running of noise, and calls an idle line silent", () => {
    let seed = 1;
    const noise = Int16Array.from({ length: 8000 * 20 }, () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.round((seed / 2_147_483_648 - 0.5) * 16_000);
    });
    const detector = new ToneDetector(KNOWN_HZ);
    const runs = new Map<number, number>();
    let longest = 0;
    for (const frame of framesOf(noise)) {
      const { presentHz, isSilent } = detector.push(frame);
      expect(isSilent).toBe(false);
      for (const hz of KNOWN_HZ) {
        const run = presentHz.has(hz) ? (runs.get(hz) ?? 0) + 1 : 0;
        runs.set(hz, run);
        longest = Math.max(longest, run);
      }
    }
    expect(longest).toBeLessThan(5);
    const idle = new ToneDetector(KNOWN_HZ);
    for (const codec of [PCMA, PCMU] as const) {
      expect(idle.push(decode(codec, encode(codec, new Int16Array(FRAME_SAMPLES)))).isSilent).toBe(true);
    }
  });

  it("finds a tone's neighbours silent where it begins and ends in the middle of a window", () => {
    for (let i = 0; i < MARKER_COUNT; i++) {
      const pcm = new Int16Array(8000);
      pcm.set(generate(markerTone(i), { ms: 200 }), 1234);
      const others = heardAnywhere(pcm).filter((hz) => hz !== markerTone(i).frequenciesHz[0]);
      expect([i, ...others]).toEqual([i]);
    }
  });
});
