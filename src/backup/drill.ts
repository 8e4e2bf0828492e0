/** Tries a backup out: restores it beside everything and compares it with what it says of itself, and recordings with the ledger. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { BackupProgress } from "../calls/backup.ts";
import type { Db } from "../database/schema.ts";
import type { RunInBackground } from "./background-program.ts";
import { BackupError } from "./backup-error.ts";
import { countRows, loadDatabase } from "./database-dump.ts";
import { DUMP, type Manifest, readManifest } from "./manifest.ts";
import type { Restic } from "./restic.ts";
import { assertUnderstood, findSnapshot, stagePath } from "./restore.ts";
import { inScratchDatabase } from "./scratch-database.ts";

export interface DrillOrder {
  workDir: string;
  run: RunInBackground;
  restic: Restic;
  onProgress: (progress: Pick<BackupProgress, "phase" | "percent">) => void;
  signal: AbortSignal;
}

export interface DrillResult {
  tables: number;
  rows: number;
  /** Of the ledger: so many it names, so many were compared, and of those so many are missing or different. */
  recordings: number;
  compared: number;
  missing: number;
  different: number;
}

interface Entry {
  path: string;
  sha256: string;
  bytes: number;
}

/** restic is asked for so many single files at most. */
const MOST_SINGLE_FILES = 1_000;

/** @throws BackupError when the backup is not what it should be, or could not be looked at */
export async function drill({ workDir, run, restic, onProgress, signal }: DrillOrder): Promise<DrillResult> {
  const dir = join(workDir, "drill");
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  // PostgreSQL, when it runs as another user, must come through to its own part.
  await chmod(dir, 0o711);
  const files = join(dir, "files");
  await mkdir(files, { mode: 0o700 });
  try {
    onProgress({ phase: "fetching", percent: null });
    const snapshot = await findSnapshot(restic, null, signal);
    const stage = stagePath(snapshot);
    await restic.restore(snapshot.id, files, { include: [stage], signal });
    const manifest = await readManifest(join(files, stage));
    assertUnderstood(manifest);
    onProgress({ phase: "database", percent: null });
    const ledger = await inScratchDatabase(join(dir, "scratch"), { run, signal }, async (db, url) => {
      await loadDatabase({ url, run }, join(files, stage, DUMP), files, signal);
      assertSameCounts(manifest, await countRows(db));
      return await readLedger(db);
    });
    const chosen = choose(ledger, await roomIn(dir));
    onProgress({ phase: "fetching", percent: null });
    const recordings = join(manifest.dataDir, "recordings");
    if (chosen.length > 0) {
      const isAll = chosen.length === ledger.length;
      const include = isAll ? [recordings] : chosen.map(({ path }) => literal(join(recordings, path)));
      await restic.restore(snapshot.id, files, { include, signal });
    }
    const compared = await compare(chosen, join(files, recordings), signal, (percent) =>
      onProgress({ phase: "comparing", percent }),
    );
    const rows = Object.values(manifest.tables).reduce((sum, count) => sum + count, 0);
    return { tables: Object.keys(manifest.tables).length, rows, recordings: ledger.length, ...compared };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function assertSameCounts(manifest: Manifest, counts: Record<string, number>): void {
  const names = new Set([...Object.keys(manifest.tables), ...Object.keys(counts)]);
  const wrong = [...names].filter((name) => manifest.tables[name] !== counts[name]);
  if (wrong.length > 0) throw new BackupError("not-whole", `other numbers of rows in ${wrong.join(", ")}`);
}

async function readLedger(db: Db): Promise<Entry[]> {
  const rows = await db
    .selectFrom("recordings")
    .select(["path", "sha256", "bytes"])
    .where("state", "=", "ready")
    .where("path", "is not", null)
    .where("sha256", "is not", null)
    .execute();
  return rows.flatMap(({ path, sha256, bytes }) =>
    path === null || sha256 === null ? [] : [{ path, sha256, bytes: bytes ?? 0 }],
  );
}

/** Half of the free room at most. */
async function roomIn(dir: string): Promise<number> {
  const fs = await statfs(dir);
  return (fs.bavail * fs.bsize) / 2;
}

/** All, if they fit; else some of all ages, other ones each time. */
function choose(ledger: readonly Entry[], roomBytes: number): Entry[] {
  const all = ledger.reduce((sum, { bytes }) => sum + bytes, 0);
  if (all <= roomBytes) return [...ledger];
  const chosen: Entry[] = [];
  let left = roomBytes;
  const shuffled = ledger.map((entry) => ({ entry, at: Math.random() })).sort((a, b) => a.at - b.at);
  for (const { entry } of shuffled) {
    if (chosen.length >= MOST_SINGLE_FILES) break;
    if (entry.bytes > left) continue;
    chosen.push(entry);
    left -= entry.bytes;
  }
  return chosen;
}

/** restic reads patterns there. */
function literal(path: string): string {
  return path.replaceAll(/[\\*?[\]]/g, "\\$&");
}

async function compare(
  entries: readonly Entry[],
  directory: string,
  signal: AbortSignal,
  onPercent: (percent: number) => void,
): Promise<Pick<DrillResult, "compared" | "missing" | "different">> {
  let [missing, different] = [0, 0];
  for (const [index, { path, sha256 }] of entries.entries()) {
    if (signal.aborted) throw new BackupError("cancelled", "it was cancelled");
    if (index % 50 === 0) onPercent(Math.round((index / entries.length) * 100));
    const found = await checksum(join(directory, path));
    if (found === null) missing += 1;
    else if (found !== sha256) different += 1;
  }
  return { compared: entries.length, missing, different };
}

/** Null when there is no such file. */
async function checksum(path: string): Promise<string | null> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
