/** Brings a backup back: into an installation that is not set up yet, or beside everything, to look at it. */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sql } from "kysely";
import type { BackupProgress } from "../calls/backup.ts";
import { readAccessSettings, writeAccessSettings } from "../database/bans.ts";
import { MIGRATION_NAMES, migrate } from "../database/migrate.ts";
import type { Db } from "../database/schema.ts";
import { isElsewhere } from "../flows/bans/own-networks.ts";
import type { RunInBackground } from "./background-program.ts";
import { BackupError } from "./backup-error.ts";
import { countRows, loadDatabase } from "./database-dump.ts";
import { DUMP, type Manifest, readManifest, STAGE } from "./manifest.ts";
import type { FoundSnapshot, Restic } from "./restic.ts";

const FOLDERS = ["recordings", "prompts", "secrets", join("spool", "recordings"), join("spool", "messages")];

export interface RestoreOrder {
  db: Db;
  databaseUrl: string;
  dataDir: string;
  workDir: string;
  run: RunInBackground;
  restic: Restic;
  snapshotId: string;
  /** That this machine is in. */
  ownNetworks: readonly string[];
  onProgress: (progress: Pick<BackupProgress, "phase" | "percent">) => void;
  signal: AbortSignal;
}

/** The newest when none is named. @throws BackupError */
export async function findSnapshot(restic: Restic, wanted: string | null, signal: AbortSignal): Promise<FoundSnapshot> {
  const found = await restic.snapshots(signal);
  const snapshot = wanted === null ? found[0] : found.find(({ id }) => id === wanted);
  if (snapshot === undefined) throw new BackupError("not-whole", "there is no such backup");
  return snapshot;
}

/** Path of the staged part as it was on the machine that made the snapshot. @throws BackupError */
export function stagePath({ paths }: FoundSnapshot): string {
  const path = paths.find((one) => one.endsWith(`/${STAGE}`));
  if (path === undefined) throw new BackupError("not-whole", "the backup holds no database");
  return path;
}

/** @throws BackupError when it was made by a version that knew more than this one */
export function assertUnderstood({ migrations, version }: Manifest): void {
  const unknown = migrations.filter((name) => !MIGRATION_NAMES.includes(name));
  if (unknown.length > 0)
    throw new BackupError("newer-version", `version ${version} made it; it has ${unknown.join(", ")}`);
}

/**
 * Replaces the whole database, and adds the files to those that are there. Files first: they harm nobody, and with the database's one
 * transaction all is done.
 * @returns the rows that came back, before this version's migrations
 * @throws BackupError; then the database is as it was
 */
export async function restoreBackup(order: RestoreOrder): Promise<{ tables: number; rows: number; files: number }> {
  const { db, databaseUrl, dataDir, workDir, run, restic, onProgress, signal } = order;
  const fetched = join(workDir, "restore");
  await rm(fetched, { recursive: true, force: true });
  await mkdir(fetched, { recursive: true, mode: 0o700 });
  try {
    onProgress({ phase: "fetching", percent: null });
    const snapshot = await findSnapshot(restic, order.snapshotId, signal);
    await restic.restore(snapshot.id, fetched, { signal });
    const stageDir = join(fetched, stagePath(snapshot));
    const manifest = await readManifest(stageDir);
    assertUnderstood(manifest);
    onProgress({ phase: "files", percent: null });
    let files = 0;
    for (const folder of FOLDERS)
      files += await moveInto(join(fetched, manifest.dataDir, folder), join(dataDir, folder));
    onProgress({ phase: "database", percent: null });
    await loadDatabase({ url: databaseUrl, run }, join(stageDir, DUMP), fetched, signal);
    const counts = await countRows(db);
    const wrong = Object.entries(manifest.tables).filter(([table, count]) => counts[table] !== count);
    if (wrong.length > 0)
      throw new BackupError("not-whole", `rows are missing in ${wrong.map(([table]) => table).join(", ")}`);
    await migrate(db);
    // Who was signed in there is not here.
    await sql`delete from sessions`.execute(db);
    // Which network is local was said of the machine that is gone.
    const access = await readAccessSettings(db);
    if (access.local !== null && isElsewhere(access.local, order.ownNetworks))
      await writeAccessSettings(db, { ...access, local: null });
    const rows = Object.values(manifest.tables).reduce((sum, count) => sum + count, 0);
    return { tables: Object.keys(manifest.tables).length, rows, files };
  } finally {
    await rm(fetched, { recursive: true, force: true });
  }
}

/** File by file, since folders may be in use. @returns how many files came */
async function moveInto(from: string, to: string): Promise<number> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  const files = entries.filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) {
    const target = join(to, parentPath.slice(from.length), name);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await rename(join(parentPath, name), target);
  }
  return files.length;
}
