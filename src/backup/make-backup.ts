/** One backup: the database in one moment, then recordings, prompts and secrets, into the encrypted repository. */
import { access, mkdir, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { BackupProgress, BackupSettings } from "../calls/backup.ts";
import type { Db } from "../database/schema.ts";
import type { RunInBackground } from "./background-program.ts";
import { dumpDatabase } from "./database-dump.ts";
import { DUMP, MANIFEST, type Manifest, STAGE } from "./manifest.ts";
import type { BackupSummary, Restic } from "./restic.ts";

/** Of the data directory; the rest is made anew at each start, or is the database, which the dump holds. */
const FOLDERS = ["recordings", "prompts", "secrets", join("spool", "recordings"), join("spool", "messages")];

export interface BackupOrder {
  db: Db;
  /** For pg_dump. */
  databaseUrl: string;
  dataDir: string;
  /** Below the data directory. */
  workDir: string;
  version: string;
  run: RunInBackground;
  restic: Restic;
  keep: BackupSettings["keep"];
  onProgress: (progress: Pick<BackupProgress, "phase" | "percent">) => void;
  signal: AbortSignal;
}

/** @throws BackupError */
export async function makeBackup(order: BackupOrder): Promise<BackupSummary> {
  const { db, databaseUrl, dataDir, workDir, version, run, restic, keep, onProgress, signal } = order;
  const stageDir = join(workDir, STAGE);
  await rm(stageDir, { recursive: true, force: true });
  await mkdir(stageDir, { recursive: true, mode: 0o700 });
  try {
    onProgress({ phase: "database", percent: null });
    // Before anything else: a target that is away need not cost a dump.
    await restic.open(signal);
    await restic.removeStaleLocks(signal);
    const dumped = await dumpDatabase({ db, url: databaseUrl, run }, join(stageDir, DUMP), signal);
    const manifest: Manifest = { format: 1, version, createdAt: new Date().toISOString(), dataDir, ...dumped };
    await writeFile(join(stageDir, MANIFEST), JSON.stringify(manifest, null, 2), { mode: 0o600 });
    // Recordings after the database: what it names is there, and a later one too many does no harm.
    const paths = [stageDir, ...(await existing(FOLDERS.map((folder) => join(dataDir, folder))))];
    onProgress({ phase: "files", percent: 0 });
    const onPercent = (percent: number) => onProgress({ phase: "files", percent });
    const summary = await restic.backup(paths, { hostName: hostname(), onPercent, signal });
    onProgress({ phase: "tidying", percent: null });
    await restic.tidy(keep, signal);
    return summary;
  } finally {
    await rm(stageDir, { recursive: true, force: true });
  }
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths)
    await access(path).then(
      () => found.push(path),
      () => undefined,
    );
  return found;
}
