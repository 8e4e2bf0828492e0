/** The database as a file, and back: pg_dump's custom format, with what it held counted in the same moment. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import type { Db, Tx } from "../database/schema.ts";
import type { RunInBackground } from "./background-program.ts";
import { BackupError, saysFull } from "./backup-error.ts";

const ROOT = "/usr/lib/postgresql";

/** Debian's newest: older servers are understood by newer programs, not the other way round. */
async function programPath(name: string): Promise<string> {
  const majors = await readdir(ROOT).then(
    (names) => names.map(Number).filter((major) => !Number.isNaN(major)),
    () => [],
  );
  const newest = majors.sort((a, b) => b - a)[0];
  return newest === undefined ? name : join(ROOT, String(newest), "bin", name);
}

/**
 * Writes what one moment held, whatever is written meanwhile.
 * @returns rows per table and the migrations that were run, of that moment
 * @throws BackupError
 */
export async function dumpDatabase(
  { db, url, run }: { db: Db; url: string; run: RunInBackground },
  file: string,
  signal?: AbortSignal,
): Promise<{ tables: Record<string, number>; migrations: string[] }> {
  return await db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (tx) => {
      // The dump may take longer than anything else that we ask.
      await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx);
      const exported = await sql<{ id: string }>`select pg_export_snapshot() as id`.execute(tx);
      const snapshot = exported.rows[0]?.id ?? "";
      const counted = { tables: await countRows(tx), migrations: await listMigrations(tx) };
      const args = [
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        `--snapshot=${snapshot}`,
        `--file=${file}`,
        url,
      ];
      const end = await run(await programPath("pg_dump"), args, signal === undefined ? {} : { signal });
      if (signal?.aborted) throw new BackupError("cancelled", "it was cancelled");
      if (end.code === 127) throw new BackupError("database-failed", "pg_dump is missing; install postgresql-client");
      if (end.code !== 0) throw new BackupError(saysFull(end.stderr) ? "no-room-here" : "database-failed", end.stderr);
      return counted;
    });
}

/** Rows of each table of ours. */
export async function countRows(db: Db | Tx): Promise<Record<string, number>> {
  const found = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`.execute(db);
  const counts: Record<string, number> = {};
  for (const { name } of found.rows) {
    const counted = await sql<{ count: number }>`select count(*) as count from ${sql.table(name)}`.execute(db);
    counts[name] = counted.rows[0]?.count ?? 0;
  }
  return counts;
}

export async function listMigrations(db: Db | Tx): Promise<string[]> {
  const found = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return found.rows.map(({ name }) => name);
}

/**
 * Puts the dump in the place of all that the database holds: the whole or nothing.
 * @param workDir a directory for the text that PostgreSQL reads
 * @throws BackupError
 */
export async function loadDatabase(
  { url, run }: { url: string; run: RunInBackground },
  file: string,
  workDir: string,
  signal?: AbortSignal,
): Promise<void> {
  const script = join(workDir, "database.sql");
  const way = signal === undefined ? {} : { signal };
  const written = await run(
    await programPath("pg_restore"),
    ["--no-owner", "--no-privileges", `--file=${script}`, file],
    way,
  );
  if (signal?.aborted) throw new BackupError("cancelled", "it was cancelled");
  if (written.code !== 0)
    throw new BackupError(saysFull(written.stderr) ? "no-room-here" : "not-whole", written.stderr);
  const loaded = await run(
    await programPath("psql"),
    [
      ...["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", `--dbname=${url}`],
      ...[
        "--command=set lock_timeout = '20s'",
        "--command=drop schema public cascade",
        "--command=create schema public",
      ],
      `--file=${script}`,
    ],
    way,
  );
  if (signal?.aborted) throw new BackupError("cancelled", "it was cancelled");
  if (loaded.code !== 0)
    throw new BackupError(saysFull(loaded.stderr) ? "no-room-here" : "database-failed", loaded.stderr);
}
