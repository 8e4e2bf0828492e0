/** A box with a database, recordings and a backup desk, for tests of backups. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { backgroundOf } from "../backup/background-program.ts";
import { BackupDesk } from "../backup/backup-desk.ts";
import { BackupSecrets } from "../backup/backup-secrets.ts";
import { USUAL_KEEP } from "../calls/backup.ts";
import { type CallId, callId } from "../calls/ids.ts";
import { SecretFiles } from "../config/secret-files.ts";
import type { Db } from "../database/schema.ts";
import { keptLog } from "./quiet-log.ts";
import { withTemporaryDir } from "./temporary.ts";
import type { TestDatabase } from "./test-database.ts";

const text = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

export interface Box {
  db: Db;
  dataDir: string;
  desk: BackupDesk;
  secrets: SecretFiles;
  restored: () => number;
}

/** @param programs socket of the unit that runs its programs */
export async function withBox<Result>(
  { db, url }: Pick<TestDatabase, "db" | "url">,
  work: (box: Box) => Promise<Result>,
  programs: string | null = null,
): Promise<Result> {
  return await withTemporaryDir(async (dataDir) => {
    const secrets = new SecretFiles(join(dataDir, "secrets"));
    const run = backgroundOf(programs);
    let restored = 0;
    const desk = new BackupDesk({
      ...{ db, databaseUrl: () => url, dataDir, version: "0.1.0", log: keptLog() },
      secrets: new BackupSecrets(secrets, join(dataDir, "secrets"), run),
      run,
      lastTimeOfDay: () => 0,
      onChange: () => undefined,
      onRestored: () => {
        restored += 1;
      },
      ...{ nowMs: () => Date.now(), ownNetworks: () => ["10.0.0.5/24"] },
      lookMs: 1e9,
    });
    await desk.start();
    try {
      return await work({ db, dataDir, desk, secrets, restored: () => restored });
    } finally {
      await desk.stop();
    }
  });
}

/** A call with a recording in ledger and on disk. */
export async function addRecording({ db, dataDir }: Pick<Box, "db" | "dataDir">, sound: string): Promise<string> {
  const id: CallId = callId(randomUUID());
  const path = `2026/11/22/${id}.opus`;
  await db
    .insertInto("calls")
    .values({
      ...{ id, direction: "inbound", started_at: new Date(), ended_at: new Date(), caller_number: "0599112233" },
      ...{ caller_name: "Nino", dialled: "0322112233", outcome: "talked" },
    })
    .execute();
  await db
    .insertInto("recordings")
    .values({
      ...{ call_id: id, leg_id: null, file_name: `${id}.wav`, state: "ready", path, bytes: sound.length },
      ...{ sha256: text(sound), duration_ms: 1_000, started_at: new Date() },
    })
    .execute();
  await mkdir(dirname(join(dataDir, "recordings", path)), { recursive: true });
  await writeFile(join(dataDir, "recordings", path), sound);
  return path;
}

export const settings = (path: string) => ({ target: { kind: "path" as const, path }, at: "02:30", keep: USUAL_KEEP });
export const none = { password: null, s3Key: null };

export async function finish(desk: BackupDesk, kind: "backup" | "drill") {
  expect(desk.begin(kind)).toBe(true);
  await desk.idle();
  return desk.runs[0];
}
