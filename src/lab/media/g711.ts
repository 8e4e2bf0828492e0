import { createRequire } from "node:module";

// The package is CommonJS without names that Node's import could see, and says otherwise in its `module` field.
const alawmulaw = createRequire(import.meta.url)("alawmulaw") as typeof import("alawmulaw");

/** The static RTP payload types of G.711 (RFC 3551): 0 PCMU (mu-law), 8 PCMA (A-law). */
export type Codec = 0 | 8;
export const PCMU = 0;
export const PCMA = 8;

/** Samples in one packet: 20 ms at 8 kHz. */
export const FRAME_SAMPLES = 160;
export const SAMPLE_RATE = 8000;

interface Law {
  decodeSample(sample: number): number;
  encodeSample(sample: number): number;
}

interface Tables {
  /** 256 linear samples, by G.711 byte. */
  toLinear: Int16Array;
  /** 65,536 G.711 bytes, by the unsigned reading of the linear sample. */
  fromLinear: Uint8Array;
}

// Tables instead of a function call per sample: a hundred phones are 800,000 samples a second, each way.
function tablesOf(law: Law): Tables {
  const toLinear = Int16Array.from({ length: 256 }, (_, byte) => law.decodeSample(byte));
  const fromLinear = new Uint8Array(65_536);
  for (let sample = -32_768; sample < 32_768; sample++) fromLinear[sample & 0xffff] = law.encodeSample(sample);
  return { toLinear, fromLinear };
}

const TABLES: Record<Codec, Tables> = { 0: tablesOf(alawmulaw.mulaw), 8: tablesOf(alawmulaw.alaw) };

/** Linear 16-bit samples to G.711 bytes, one byte a sample. */
export function encode(codec: Codec, pcm: Int16Array): Uint8Array {
  const table = TABLES[codec].fromLinear;
  const bytes = new Uint8Array(pcm.length);
  for (let i = 0; i < pcm.length; i++) bytes[i] = table[(pcm[i] as number) & 0xffff] as number;
  return bytes;
}

/** G.711 bytes to linear 16-bit samples. */
export function decode(codec: Codec, bytes: Uint8Array): Int16Array {
  const table = TABLES[codec].toLinear;
  const pcm = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) pcm[i] = table[bytes[i] as number] as number;
  return pcm;
}
