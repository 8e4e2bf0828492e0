import type { BackupSettings } from "../calls/backup.ts";
import type { Db, Tx } from "./schema.ts";

const KEY = "backup";

/** Null: no place for backups was chosen. */
export async function readBackupSettings(db: Db | Tx): Promise<BackupSettings | null> {
  const row = await db.selectFrom("site_settings").select("value").where("key", "=", KEY).executeTakeFirst();
  // Written whole, by us alone.
  return (row?.value ?? null) as BackupSettings | null;
}

export async function writeBackupSettings(tx: Db | Tx, settings: BackupSettings | null): Promise<void> {
  await tx
    .insertInto("site_settings")
    .values({ key: KEY, value: JSON.stringify(settings) })
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet((row) => ({ value: row.ref("excluded.value"), updated_at: new Date() })),
    )
    .execute();
}
