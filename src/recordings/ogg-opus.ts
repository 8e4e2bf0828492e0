/**
 * The few facts about Ogg (RFC 3533) and Opus in it (RFC 7845) that a recording needs: its head, its length, its checksum.
 */
import type { FileHandle } from "node:fs/promises";
import { readFully } from "./wav-file.ts";

const PAGE_HEAD_BYTES = 27;
const LARGEST_PAGE_BYTES = 65_307;
/** Opus counts time in samples of 48 kHz, whatever the input was. */
const GRANULES_PER_MS = 48;

const CRC = new Uint32Array(256).map((_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

function pageChecksum(page: Uint8Array): number {
  let crc = 0;
  for (const [index, byte] of page.entries()) {
    // The checksum's own field counts as zeros.
    const value = index >= 22 && index < 26 ? 0 : byte;
    crc = ((crc << 8) ^ (CRC[((crc >>> 24) ^ value) & 0xff] ?? 0)) >>> 0;
  }
  return crc;
}

/** Length of the page that starts at `bytes[0]`, or null as long as its head is not there whole. */
export function pageLength(bytes: Buffer): number | null {
  if (bytes.length < PAGE_HEAD_BYTES) return null;
  const segments = bytes[26] ?? 0;
  if (bytes.length < PAGE_HEAD_BYTES + segments) return null;
  let length = PAGE_HEAD_BYTES + segments;
  for (let i = 0; i < segments; i++) length += bytes[PAGE_HEAD_BYTES + i] ?? 0;
  return length;
}

/**
 * Declares two independent channels (mapping family 255: 'no meaning') as left and right (family 1, RFC 7845 section 5.1.1.2).
 * The channels are coded apart, because joint stereo loses the quiet side while the loud one talks; but players know where to put
 * two channels only in family 1. `page` is the whole first page; returns the same page with its checksum set anew.
 */
export function declareLeftAndRight(page: Buffer): Buffer {
  const start = PAGE_HEAD_BYTES + (page[26] ?? 0);
  const isTwoApart = page[start + 9] === 2 && page[start + 19] === 2 && page[start + 20] === 0;
  if (page.toString("latin1", start, start + 8) !== "OpusHead" || page[start + 18] !== 255 || !isTwoApart) return page;
  const declared = Buffer.from(page);
  declared[start + 18] = 1;
  declared.writeUInt32LE(pageChecksum(declared), 22);
  return declared;
}

export interface OpusFacts {
  channels: number;
  /** Streams in the file, and how many of them carry two coupled channels. */
  streams: number;
  coupledStreams: number;
  durationMs: number;
}

/** Reads head and last page. Null when the file does not begin as Opus in Ogg or does not end with a whole last page. */
export async function readOpusFacts(file: FileHandle): Promise<OpusFacts | null> {
  const { size } = await file.stat();
  const head = Buffer.alloc(Math.min(size, LARGEST_PAGE_BYTES));
  await readFully(file, head, 0);
  const start = PAGE_HEAD_BYTES + (head[26] ?? 0);
  if (head.toString("latin1", 0, 4) !== "OggS" || head.toString("latin1", start, start + 8) !== "OpusHead") return null;
  const channels = head[start + 9] ?? 0;
  const preSkip = head.readUInt16LE(start + 10);
  const hasMap = head[start + 18] !== 0;
  const tail = Buffer.alloc(Math.min(size, LARGEST_PAGE_BYTES));
  await readFully(file, tail, size - tail.length);
  const last = lastPage(tail);
  if (last === null) return null;
  const granule = Number(last.readBigInt64LE(6));
  return {
    channels,
    streams: hasMap ? (head[start + 19] ?? 0) : 1,
    coupledStreams: hasMap ? (head[start + 20] ?? 0) : channels - 1,
    durationMs: Math.round((granule - preSkip) / GRANULES_PER_MS),
  };
}

/** The page that ends exactly at the end of `tail`, marked as the last one and with its checksum right. */
function lastPage(tail: Buffer): Buffer | null {
  const isLast = 0x04;
  for (let at = tail.lastIndexOf("OggS"); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf("OggS", at - 1)) {
    const page = tail.subarray(at);
    if (pageLength(page) !== page.length) continue;
    if (((page[5] ?? 0) & isLast) === 0 || page.readUInt32LE(22) !== pageChecksum(page)) return null;
    return page;
  }
  return null;
}
