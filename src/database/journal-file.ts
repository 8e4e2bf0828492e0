/**
 * The journal's files. One file (segment) per life of the daemon and after each rotation; nothing is ever written behind what an earlier
 * life left, so a torn end stays an end. A line is `<number> <crc32> <fact as JSON>`. A segment takes its room on the disk when it begins and
 * holds zeros behind its lines: what happens in calls is kept when others have filled the disk.
 */
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, readFile, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { CallFact } from "../calls/call-fact.ts";

export interface JournalEntry {
  /** Counts the entries of a segment, from 1. */
  number: number;
  fact: CallFact;
}

/** Facts of some 400 calls. */
export const RESERVE_BYTES = 2 * 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024);
const SEGMENT = /^([0-9]{8})-[0-9a-f-]{36}\.jsonl$/;

/** Segments in the order in which they were written; each name is unique for ever and so identifies it in the database. */
export async function listSegments(dir: string): Promise<string[]> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return (await readdir(dir)).filter((name) => SEGMENT.test(name)).sort();
}

/** A name that sorts behind all of `existing`; their count goes up even if the clock goes back. */
export function nextSegment(existing: readonly string[]): string {
  const last = Number(SEGMENT.exec(existing.at(-1) ?? "")?.[1] ?? 0);
  return `${String(last + 1).padStart(8, "0")}-${randomUUID()}.jsonl`;
}

export function journalLine({ number, fact }: JournalEntry): string {
  const json = JSON.stringify(fact);
  return `${number} ${checksum(number, json)} ${json}\n`;
}

function checksum(number: number, json: string): string {
  return crc32(`${number} ${json}`).toString(16).padStart(8, "0");
}

export interface SegmentContent {
  entries: JournalEntry[];
  /** True when the last line was cut in the middle, as a power cut does. */
  isTorn: boolean;
  /** Lines before the end that are not what was written: the disk's fault. */
  damaged: string[];
}

export async function readSegment(path: string): Promise<SegmentContent> {
  const lines = withoutZeros(await readFile(path))
    .toString("utf8")
    .split("\n");
  const end = lines.pop() ?? "";
  const content: SegmentContent = { entries: [], isTorn: end !== "", damaged: [] };
  for (const [index, line] of lines.entries()) {
    const entry = parseLine(line);
    if (entry) content.entries.push(entry);
    // Blocks reach the disk in any order: a whole last line may hold zeros.
    else if (index === lines.length - 1) content.isTorn = true;
    else content.damaged.push(line);
  }
  return content;
}

function withoutZeros(content: Buffer): Buffer {
  let end = content.length;
  while (end > 0 && content[end - 1] === 0) end -= 1;
  return content.subarray(0, end);
}

/** Gives back the room that an earlier life took and did not use. */
export async function trimSegment(dir: string, name: string): Promise<void> {
  const path = join(dir, name);
  await truncate(path, withoutZeros(await readFile(path)).length);
}

function parseLine(line: string): JournalEntry | null {
  const match = /^([0-9]+) ([0-9a-f]{8}) (\{.*\})$/.exec(line);
  const [, number, sum, json] = match ?? [];
  if (number === undefined || json === undefined || checksum(Number(number), json) !== sum) return null;
  return { number: Number(number), fact: JSON.parse(json) as CallFact };
}

/** A segment being written. After a failed write it is cut back to its last whole line. */
export class SegmentWriter {
  readonly name: string;
  /** What it has room for, however full the disk becomes. */
  readonly reservedBytes: number;
  readonly #file: FileHandle;
  #bytes = 0;

  private constructor(name: string, file: FileHandle, reservedBytes: number) {
    this.name = name;
    this.#file = file;
    this.reservedBytes = reservedBytes;
  }

  /** @throws the system's error, `ENOSPC` above all */
  static async create(dir: string, name: string): Promise<SegmentWriter> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const file = await open(join(dir, name), "wx", 0o600);
    try {
      const reservedBytes = await reserve(file);
      await file.sync();
      await syncDirectory(dir);
      return new SegmentWriter(name, file, reservedBytes);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** In the system's hands when it resolves: it survives our end, but a power cut only after `sync`. */
  async write(text: string): Promise<void> {
    const data = Buffer.from(text);
    try {
      for (let done = 0; done < data.length; ) {
        const { bytesWritten } = await this.#file.write(data, done, data.length - done, this.#bytes + done);
        done += bytesWritten;
      }
    } catch (error) {
      await this.#file.truncate(this.#bytes);
      throw error;
    }
    this.#bytes += data.length;
  }

  async sync(): Promise<void> {
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** As much as there is, up to what a busy day needs. @returns bytes */
async function reserve(file: FileHandle): Promise<number> {
  let reserved = 0;
  try {
    while (reserved < RESERVE_BYTES) reserved += (await file.write(PIECE, 0, PIECE.length, reserved)).bytesWritten;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT")))
      throw error;
  }
  return reserved;
}

export async function removeSegment(dir: string, name: string): Promise<void> {
  await rm(join(dir, name), { force: true });
}

async function syncDirectory(dir: string): Promise<void> {
  const directory = await open(dir, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
