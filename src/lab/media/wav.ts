import { closeSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";

export interface Sound {
  sampleRate: number;
  /** One array of samples per channel, all of the same length. */
  channels: Int16Array[];
}

export class WavError extends Error {
  override readonly name = "WavError";
}

const HEADER_BYTES = 44;
const PCM = 1;
const EXTENSIBLE = 0xfffe;

function header(sampleRate: number, channelCount: number, dataBytes: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(dataBytes === 0 ? 0 : dataBytes + HEADER_BYTES - 8, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(PCM, 20);
  bytes.writeUInt16LE(channelCount, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(sampleRate * channelCount * 2, 28);
  bytes.writeUInt16LE(channelCount * 2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(dataBytes, 40);
  return bytes;
}

function interleaved(channels: readonly Int16Array[]): Buffer {
  const length = channels[0]?.length ?? 0;
  const bytes = Buffer.allocUnsafe(length * channels.length * 2);
  let at = 0;
  for (let i = 0; i < length; i++) {
    for (const channel of channels) at = bytes.writeInt16LE(channel[i] ?? 0, at);
  }
  return bytes;
}

/** A WAV file in memory: 16-bit PCM, one or two channels. */
export function encodeWav(sound: Sound): Buffer {
  const data = interleaved(sound.channels);
  return Buffer.concat([header(sound.sampleRate, sound.channels.length, data.length), data]);
}

/**
 * Reads 16-bit PCM. A data length of 0 or beyond the end means 'until the end': a switch that was killed leaves such headers.
 * @throws WavError when it is another format or no WAV at all
 */
export function decodeWav(file: Buffer): Sound {
  if (file.toString("latin1", 0, 4) !== "RIFF" || file.toString("latin1", 8, 12) !== "WAVE") {
    throw new WavError("not a WAV file");
  }
  let format: { sampleRate: number; channelCount: number } | null = null;
  for (let at = 12; at + 8 <= file.length; ) {
    const id = file.toString("latin1", at, at + 4);
    const bytes = file.readUInt32LE(at + 4);
    at += 8;
    if (id === "fmt ") {
      const coding = file.readUInt16LE(at);
      const bits = file.readUInt16LE(at + 14);
      if ((coding !== PCM && coding !== EXTENSIBLE) || bits !== 16) {
        throw new WavError(`not 16-bit PCM (format ${coding}, ${bits} bits)`);
      }
      format = { channelCount: file.readUInt16LE(at + 2), sampleRate: file.readUInt32LE(at + 4) };
    } else if (id === "data") {
      if (format === null) throw new WavError("data before format");
      const end = bytes === 0 ? file.length : Math.min(file.length, at + bytes);
      return { sampleRate: format.sampleRate, channels: separated(file.subarray(at, end), format.channelCount) };
    }
    at += bytes + (bytes % 2);
  }
  throw new WavError("no sound in the file");
}

function separated(data: Buffer, channelCount: number): Int16Array[] {
  const length = Math.floor(data.length / 2 / channelCount);
  const channels = Array.from({ length: channelCount }, () => new Int16Array(length));
  let at = 0;
  for (let i = 0; i < length; i++) {
    for (const channel of channels) {
      channel[i] = data.readInt16LE(at);
      at += 2;
    }
  }
  return channels;
}

/** @throws WavError, or the file system's error */
export async function readWav(path: string): Promise<Sound> {
  return decodeWav(await readFile(path));
}

/**
 * Writes a WAV as it comes in, about a second at a time. Until `close` its header has length 0, as FreeSWITCH leaves it when killed.
 * Synchronous, so that what was written is in order and a full disk throws where the sound was handed over.
 */
export class WavWriter {
  readonly path: string;
  readonly #file: number;
  readonly #sampleRate: number;
  readonly #channelCount: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #writtenBytes = 0;
  #isClosed = false;

  constructor(path: string, sampleRate: number, channelCount: 1 | 2) {
    this.path = path;
    this.#sampleRate = sampleRate;
    this.#channelCount = channelCount;
    this.#file = openSync(path, "w");
    writeSync(this.#file, header(sampleRate, channelCount, 0));
  }

  get durationMs(): number {
    return ((this.#writtenBytes + this.#pendingBytes) / (this.#sampleRate * this.#channelCount * 2)) * 1000;
  }

  /** One array per channel, all of the same length. */
  write(channels: readonly Int16Array[]): void {
    const bytes = interleaved(channels);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= this.#sampleRate * this.#channelCount * 2) this.#flush();
  }

  /** Writes the rest and the header's lengths. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#flush();
      writeSync(this.#file, header(this.#sampleRate, this.#channelCount, this.#writtenBytes), 0, HEADER_BYTES, 0);
    } finally {
      closeSync(this.#file);
    }
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    for (let from = 0; from < bytes.length; ) {
      from += writeSync(this.#file, bytes, from, bytes.length - from, HEADER_BYTES + this.#writtenBytes + from);
    }
    this.#writtenBytes += bytes.length;
  }
}
