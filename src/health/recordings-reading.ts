/** Compares the ledger of recordings with what lies on the disk, both ways. */
import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { countLostRecordings } from "../database/day-figures.ts";
import {
  countCallsKnownByRecording,
  countStuckRecordings,
  listRecordingPaths,
} from "../database/recordings-in-order.ts";
import type { Db } from "../database/schema.ts";
import type { RecordingsReading } from "../flows/health/hotline.ts";

const WEEK_MS = 7 * 86_400_000;
const STUCK_AFTER_MS = 3_600_000;

/** @param directory of the encoded recordings. @throws what the database throws */
export async function readRecordings(db: Db, directory: string, now: Date): Promise<RecordingsReading> {
  const since = new Date(now.getTime() - WEEK_MS);
  // Files first: what becomes ready meanwhile has a row and a file, and is no finding either way.
  const files = new Set(await listFiles(directory));
  const paths = await listRecordingPaths(db);
  const known = new Set(paths.map(({ path }) => path));
  const unnamed = [...files]
    .filter((file) => !known.has(file) && file.endsWith(".opus"))
    .map((file) => join(directory, file));
  const isOld = (atMs: number) => now.getTime() - atMs > STUCK_AFTER_MS;
  return {
    lost: await countLostRecordings(db, since),
    withoutFile: paths.filter(({ path, startedAt }) => isOld(startedAt.getTime()) && !files.has(path)).length,
    withoutCall: (await countStrangers(unnamed, now)) + (await countCallsKnownByRecording(db, since)),
    stuck: await countStuckRecordings(db, new Date(now.getTime() - STUCK_AFTER_MS)),
  };
}

/** A file gets its name a moment before its row says so. */
async function countStrangers(paths: readonly string[], now: Date): Promise<number> {
  let count = 0;
  for (const path of paths) {
    const file = await stat(path).catch(() => null);
    if (file !== null && now.getTime() - file.mtimeMs > STUCK_AFTER_MS) count += 1;
  }
  return count;
}

/** Relative to the directory; none when it is not there yet. */
async function listFiles(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
