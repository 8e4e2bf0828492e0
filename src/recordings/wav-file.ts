/**
 * WAV files as the switch leaves them (RIFF, 16-bit PCM; Multimedia Programming Interface and Data Specifications 1.0).
 * A killed switch leaves lengths of 0 in the header, a full disk leaves a length beyond the file: the file's size decides.
 */
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";

export interface WavInfo {
  sampleRate: number;
  channels: 1 | 2;
  /** Where the samples begin, in bytes. */
  dataOffset: number;
  /** Whole frames (one sample per channel) that are in the file, whatever its header says. */
  frames: number;
  durationMs: number;
  /** Size of the file when it was read, in bytes. */
  fileBytes: number;
}

export class NotWavError extends Error {
  override readonly name = "NotWavError";
}

/** What the switch is told to write: used when the header itself was lost. */
const USUAL_RATE = 8_000;
const HEADER_BYTES = 44;
/** Chunks before the samples are few and short; a header longer than this is not from our switch. */
const LONGEST_HEADER_BYTES = 64 * 1024;
const PCM = 1;
const EXTENSIBLE = 0xfffe;

type Usual = Pick<WavInfo, "sampleRate" | "channels">;

interface Header {
  sampleRate: number;
  channels: 1 | 2;
  dataOffset: number;
  declaredDataBytes: number;
  declaredRiffBytes: number;
}

/**
 * Reads what is in the file and makes its header say so: lengths from the file's size, samples cut to whole frames.
 * A file without any samples gives `frames: 0`. `usualChannels`: what it must have had if its header is lost.
 * @throws NotWavError when it is something else than 16-bit PCM with one or two channels
 */
export async function repairWav(path: string, usualChannels: 1 | 2 = 2): Promise<WavInfo> {
  const usual: Usual = { sampleRate: USUAL_RATE, channels: usualChannels };
  const file = await open(path, "r+");
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(Math.min(size, LONGEST_HEADER_BYTES));
    await readFully(file, head, 0);
    const header = isHeaderLost(head) ? await rewriteHeader(file, size, usual) : readHeader(head, usual);
    if (header === null) return { ...usual, dataOffset: size, frames: 0, durationMs: 0, fileBytes: size };
    const frameBytes = header.channels * 2;
    const available = Math.max(0, size - header.dataOffset);
    const isHonest =
      header.declaredDataBytes > 0 &&
      header.declaredDataBytes <= available &&
      (await isFollowedByChunks(file, header.dataOffset + header.declaredDataBytes, size));
    const dataBytes = isHonest ? header.declaredDataBytes : available;
    const frames = Math.floor(dataBytes / frameBytes);
    let fileBytes = size;
    if (frames === 0) return { ...usual, dataOffset: header.dataOffset, frames, durationMs: 0, fileBytes };
    if (!isHonest || dataBytes % frameBytes !== 0) {
      fileBytes = header.dataOffset + frames * frameBytes;
      await writeLengths(file, header.dataOffset, frames * frameBytes, fileBytes);
    } else if (header.declaredRiffBytes !== size - 8) {
      await writeUInt32(file, size - 8, 4);
    }
    return {
      sampleRate: header.sampleRate,
      channels: header.channels,
      dataOffset: header.dataOffset,
      frames,
      durationMs: Math.round((frames * 1000) / header.sampleRate),
      fileBytes,
    };
  } finally {
    await file.close();
  }
}

/** After a loss of power the first block of a file may be zeros although samples follow. */
function isHeaderLost(head: Buffer): boolean {
  return head.length < 12 || head.subarray(0, HEADER_BYTES).every((byte) => byte === 0);
}

/** Null when there is not even room for a header, so there are no samples. */
async function rewriteHeader(file: FileHandle, size: number, usual: Usual): Promise<Header | null> {
  if (size <= HEADER_BYTES) return null;
  const head = wavHeader(usual.sampleRate, usual.channels, 0);
  await writeFully(file, head, 0);
  return readHeader(head, usual);
}

function readHeader(head: Buffer, usual: Usual): Header {
  if (head.toString("latin1", 0, 4) !== "RIFF" || head.toString("latin1", 8, 12) !== "WAVE") {
    throw new NotWavError("no RIFF/WAVE header");
  }
  let format: { sampleRate: number; channels: 1 | 2 } | null = null;
  let offset = 12;
  while (offset + 8 <= head.length) {
    const id = head.toString("latin1", offset, offset + 4);
    const bytes = head.readUInt32LE(offset + 4);
    const start = offset + 8;
    if (id === "data") {
      if (format === null) throw new NotWavError("samples before their format");
      return {
        ...format,
        dataOffset: start,
        declaredDataBytes: bytes,
        declaredRiffBytes: head.readUInt32LE(4),
      };
    }
    if (id === "fmt ") {
      if (start + 16 > head.length) break;
      format = readFormat(head, start, bytes);
    }
    offset = start + bytes + (bytes % 2);
  }
  if (head.length === LONGEST_HEADER_BYTES) throw new NotWavError("no samples");
  // The switch was killed before it had written its first samples.
  return { ...usual, dataOffset: head.length, declaredDataBytes: 0, declaredRiffBytes: head.readUInt32LE(4) };
}

function readFormat(head: Buffer, start: number, bytes: number): { sampleRate: number; channels: 1 | 2 } {
  if (bytes < 16) throw new NotWavError("format too short");
  const code = head.readUInt16LE(start);
  const channels = head.readUInt16LE(start + 2);
  const sampleRate = head.readUInt32LE(start + 4);
  if ((code !== PCM && code !== EXTENSIBLE) || head.readUInt16LE(start + 14) !== 16) {
    throw new NotWavError("not 16-bit PCM");
  }
  if (channels !== 1 && channels !== 2) throw new NotWavError("neither one nor two channels");
  if (sampleRate < 8_000 || sampleRate > 48_000) throw new NotWavError("unusual sample rate");
  return { channels, sampleRate };
}

/** True when what lies behind the samples is nothing or well-formed chunks up to the end: only then is a declared length believed. */
async function isFollowedByChunks(file: FileHandle, end: number, size: number): Promise<boolean> {
  let offset = end + (end % 2);
  const head = Buffer.alloc(8);
  while (offset < size) {
    if (offset + 8 > size) return false;
    await readFully(file, head, offset);
    if (!/^[A-Za-z0-9 ]{4}$/.test(head.toString("latin1", 0, 4))) return false;
    const bytes = head.readUInt32LE(4);
    offset += 8 + bytes + (bytes % 2);
  }
  return offset - size <= 1;
}

async function writeLengths(file: FileHandle, dataOffset: number, dataBytes: number, fileBytes: number): Promise<void> {
  await file.truncate(fileBytes);
  await writeUInt32(file, fileBytes - 8, 4);
  await writeUInt32(file, dataBytes, dataOffset - 4);
}

async function writeUInt32(file: FileHandle, value: number, position: number): Promise<void> {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  await writeFully(file, bytes, position);
}

async function writeFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Fills `into` from `position`; what lies beyond the end of the file stays as it was. Returns the number of bytes read. */
export async function readFully(file: FileHandle, into: Buffer, position: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** A plain header of 44 bytes for 16-bit PCM. */
export function wavHeader(sampleRate: number, channels: 1 | 2, dataBytes: number): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(Math.min(HEADER_BYTES - 8 + dataBytes, 0xffff_ffff), 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(PCM, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * channels * 2, 28);
  head.writeUInt16LE(channels * 2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(dataBytes, 40);
  return head;
}
