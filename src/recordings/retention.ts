import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Changed, Ledger, RecordingRow } from "./ledger.ts";

const AT_ONCE = 200;

export interface RetentionSurroundings {
  ledger: Ledger;
  spoolDirectory: string;
  recordingsDirectory: string;
}

/**
 * Deletes recordings that started before `before`. The row stays in the ledger (state `missing`, problem `deleted`) and is written first:
 * a deletion that was cut short is finished by the next one.
 */
export async function deleteRecordingsBefore(before: Date, around: RetentionSurroundings): Promise<Changed[]> {
  const changed: Changed[] = [];
  await deleteFiles(await around.ledger.expiredWithFile(AT_ONCE), around);
  for (;;) {
    const rows = await around.ledger.expire(before, AT_ONCE);
    await deleteFiles(rows, around);
    changed.push(...rows.map((row) => ({ id: row.id, callId: row.callId })));
    if (rows.length < AT_ONCE) return changed;
  }
}

async function deleteFiles(rows: readonly RecordingRow[], around: RetentionSurroundings): Promise<void> {
  for (const row of rows) {
    // A failed one has its WAV in the spool still.
    await rm(join(around.spoolDirectory, row.fileName), { force: true });
    if (row.path === null) continue;
    await rm(join(around.recordingsDirectory, row.path), { force: true });
    await around.ledger.fileDeleted(row.id);
  }
}
