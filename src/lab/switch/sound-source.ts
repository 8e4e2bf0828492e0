import { readFileSync } from "node:fs";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../media/g711.ts";
import { decodeWav } from "../media/wav.ts";
import type { SoundSource } from "./channel-media.ts";

export class SoundNotFoundError extends Error {
  override readonly name = "SoundNotFoundError";
}

/** Amplitude of tones, of 32,767: FreeSWITCH's default of about -15 dB. */
const TONE_AMPLITUDE = 5000;

/**
 * Opens what `playback` was given: a WAV file (8 or 16 kHz, 16 bits), `file_string://a!b`, `silence_stream://ms`, `tone_stream://...`.
 * @throws SoundNotFoundError when it is none of these or no such file
 */
export function openSound(name: string): SoundSource {
  const [, scheme, rest = ""] = /^([a-z_]+):\/\/([^]*)$/.exec(name) ?? [];
  switch (scheme) {
    case undefined:
      return samplesOf(readMono(name));
    case "file_string":
      return oneAfterTheOther(rest.split("!"));
    case "silence_stream": {
      const ms = Number.parseInt(rest, 10);
      return ms < 0 ? endlessly([silence(FRAME_SAMPLES)]) : samplesOf(silence((ms * SAMPLE_RATE) / 1000));
    }
    case "tone_stream":
      return tones(rest);
    default:
      throw new SoundNotFoundError(`${scheme}:// is not known here`);
  }
}

function silence(samples: number): Int16Array {
  return new Int16Array(Math.round(samples));
}

function readMono(path: string): Int16Array {
  try {
    const { sampleRate, channels } = decodeWav(readFileSync(path));
    const pcm = channels[0] ?? new Int16Array(0);
    if (sampleRate === SAMPLE_RATE) return pcm;
    // Prompts are made at 8 kHz; anything else is thinned out without a filter, which is enough to be recognised.
    const step = sampleRate / SAMPLE_RATE;
    return Int16Array.from({ length: Math.floor(pcm.length / step) }, (_, i) => pcm[Math.floor(i * step)] ?? 0);
  } catch (error) {
    throw new SoundNotFoundError(path, { cause: error });
  }
}

function samplesOf(pcm: Int16Array): SoundSource {
  let at = 0;
  return {
    next: () => {
      if (at >= pcm.length) return null;
      const frame = new Int16Array(FRAME_SAMPLES);
      frame.set(pcm.subarray(at, at + FRAME_SAMPLES));
      at += FRAME_SAMPLES;
      return frame;
    },
  };
}

function endlessly(parts: Int16Array[]): SoundSource {
  const pcm = Int16Array.from(parts.flatMap((part) => [...part]));
  let at = 0;
  return {
    next: () => {
      const frame = Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => pcm[(at + i) % pcm.length] ?? 0);
      at = (at + FRAME_SAMPLES) % pcm.length;
      return frame;
    },
  };
}

/** Files that are not there are skipped, as FreeSWITCH skips them; all of them missing is an error. */
function oneAfterTheOther(names: string[]): SoundSource {
  const sources = names.flatMap((name) => {
    try {
      return [openSound(name)];
    } catch (error) {
      if (error instanceof SoundNotFoundError) return [];
      throw error;
    }
  });
  if (sources.length === 0) throw new SoundNotFoundError(names.join("!"));
  return {
    next: () => {
      for (; sources[0] !== undefined; sources.shift()) {
        const frame = sources[0].next();
        if (frame !== null) return frame;
      }
      return null;
    },
  };
}

/** The part of FreeSWITCH's tone language that prompts and ringing need: `%(on,off,Hz,...)`, `v=`, `l=`, `loops=`, separated by `;`. */
function tones(script: string): SoundSource {
  const parts: Int16Array[] = [];
  let amplitude = TONE_AMPLITUDE;
  let loops = 1;
  for (const word of script.split(";")) {
    const [, letter, value = ""] = /^(v|l|loops)=(-?[\d.]+)/.exec(word) ?? [];
    if (letter === "v") amplitude = 32_767 * 10 ** (Number(value) / 20);
    else if (letter !== undefined) loops = Number.parseInt(value, 10);
    for (const [, list = ""] of word.matchAll(/%\(([^)]*)\)/g)) {
      const [onMs = 0, offMs = 0, ...frequenciesHz] = list.split(",").map(Number);
      parts.push(sines(onMs, frequenciesHz, amplitude), silence((offMs * SAMPLE_RATE) / 1000));
    }
  }
  if (parts.length === 0) throw new SoundNotFoundError(`tone_stream://${script}`);
  if (loops < 0) return endlessly(parts);
  const once = Int16Array.from(parts.flatMap((part) => [...part]));
  const all = new Int16Array(once.length * Math.max(1, loops));
  for (let from = 0; from < all.length; from += once.length) all.set(once, from);
  return samplesOf(all);
}

function sines(ms: number, frequenciesHz: number[], amplitude: number): Int16Array {
  return Int16Array.from({ length: Math.round((ms * SAMPLE_RATE) / 1000) }, (_, i) => {
    const sum = frequenciesHz.reduce((total, hz) => total + Math.sin((2 * Math.PI * hz * i) / SAMPLE_RATE), 0);
    return Math.round((sum * amplitude) / frequenciesHz.length);
  });
}
