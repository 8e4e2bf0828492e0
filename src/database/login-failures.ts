import { sql } from "kysely";
import type { Db } from "./schema.ts";

const WINDOW_MS = 15 * 60_000;

export interface FailureLimit {
  key: string;
  limit: number;
}

/**
 * Seconds until the next try is allowed, 0 when it is now: within 15 minutes of a key's first failure at most `limit` of them count.
 * They are in the database, so that a restart of the daemon gives nobody new tries.
 */
export async function secondsUntilAllowed(db: Db, limits: readonly FailureLimit[], now: Date): Promise<number> {
  const since = new Date(now.getTime() - WINDOW_MS);
  const rows = await db
    .selectFrom("login_failures")
    .selectAll()
    .where(
      "key",
      "in",
      limits.map(({ key }) => key),
    )
    .where("window_started_at", ">", since)
    .execute();
  const waits = rows
    .filter((row) => row.failures >= (limits.find(({ key }) => key === row.key)?.limit ?? Number.POSITIVE_INFINITY))
    .map((row) => row.window_started_at.getTime() + WINDOW_MS - now.getTime());
  return Math.ceil(Math.max(0, ...waits) / 1000);
}

export async function countLoginFailure(db: Db, keys: readonly string[], now: Date): Promise<void> {
  const since = new Date(now.getTime() - WINDOW_MS);
  await db
    .insertInto("login_failures")
    .values(keys.map((key) => ({ key, failures: 1, window_started_at: now })))
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet({
        failures: sql`case when login_failures.window_started_at > ${since} then login_failures.failures + 1 else 1 end`,
        window_started_at: sql`case when login_failures.window_started_at > ${since}
          then login_failures.window_started_at else excluded.window_started_at end`,
      }),
    )
    .execute();
  await db.deleteFrom("login_failures").where("window_started_at", "<=", since).execute();
}

export async function forgetLoginFailures(db: Db, keys: readonly string[]): Promise<void> {
  await db.deleteFrom("login_failures").where("key", "in", keys).execute();
}
