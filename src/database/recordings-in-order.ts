/** What is asked of the ledger of recordings to find out whether it and the disk say the same. */
import { sql } from "kysely";
import type { Db } from "./schema.ts";

/** Of all that can be heard; paths are relative to the recordings' directory. */
export async function listRecordingPaths(db: Db): Promise<{ path: string; startedAt: Date; sha256: string | null }[]> {
  const rows = await db
    .selectFrom("recordings")
    .select(["path", "started_at as startedAt", "sha256"])
    .where("state", "=", "ready")
    .where("path", "is not", null)
    .execute();
  return rows.flatMap(({ path, ...rest }) => (path === null ? [] : [{ path, ...rest }]));
}

/** Calls of which neither daemon nor switch told: a recording is all that is left of them. */
export async function countCallsKnownByRecording(db: Db, since: Date): Promise<number> {
  const row = await db
    .selectFrom("calls as c")
    .select(sql<number>`count(*)::int`.as("count"))
    .where("c.started_at", ">=", since)
    .where("c.caller_number", "=", "")
    .where("c.dialled", "=", "")
    .where("c.outcome", "=", "cut-off")
    .where((is) => is.exists(is.selectFrom("recordings as r").select("r.id").whereRef("r.call_id", "=", "c.id")))
    .where((is) => is.not(is.exists(is.selectFrom("legs as l").select("l.id").whereRef("l.call_id", "=", "c.id"))))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Ended before `before`, and still not encoded. */
export async function countStuckRecordings(db: Db, before: Date): Promise<number> {
  const row = await db
    .selectFrom("recordings")
    .select(sql<number>`count(*)::int`.as("count"))
    .where("state", "in", ["waiting", "encoding"])
    .where("ended_at", "<", before)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** When the last call began; null: there was none. */
export async function lastCallAt(db: Db): Promise<Date | null> {
  const row = await db
    .selectFrom("calls")
    .select("started_at as at")
    .orderBy("started_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.at ?? null;
}
