import { sql } from "kysely";
import type { Db, Tx } from "./schema.ts";

const WINDOW_MS = 15 * 60_000;
/** Clocks are set right by so much without anybody seeing it. */
const SLACK_MS = 60_000;

export interface FailureLimit {
  key: string;
  limit: number;
}

/**
 * Counts a try, unless it is one too many: within 15 minutes of a key's first try at most `limit` of them count. Of tries at the same moment
 * no more get through than of those one after the other. They are in the database, so that a restart of the daemon gives nobody new tries.
 * @returns seconds until the next try is allowed; 0: this one is, and was counted
 */
export async function countTry(db: Db, limits: readonly FailureLimit[], now: Date): Promise<number> {
  const since = new Date(now.getTime() - WINDOW_MS);
  const soon = new Date(now.getTime() + SLACK_MS);
  // One that begins later was begun while the clock was ahead, and would keep people out until then.
  const isOpen = sql<boolean>`(login_failures.window_started_at > ${since} and login_failures.window_started_at <= ${soon})`;
  const seconds = await db.transaction().execute(async (tx) => {
    const rows = await tx
      .insertInto("login_failures")
      .values(limits.map(({ key }) => ({ key, failures: 1, window_started_at: now })))
      .onConflict((conflict) =>
        conflict.column("key").doUpdateSet({
          failures: sql`case when ${isOpen} then login_failures.failures + 1 else 1 end`,
          window_started_at: sql`case when ${isOpen}
            then login_failures.window_started_at else excluded.window_started_at end`,
        }),
      )
      .returningAll()
      .execute();
    const waits = rows
      .filter((row) => limits.some(({ key, limit }) => key === row.key && row.failures > limit))
      .map((row) => row.window_started_at.getTime() + WINDOW_MS - now.getTime());
    // Who is kept out at one door does not use up the tries at the others.
    if (waits.length > 0) await uncount(tx, limits);
    return Math.ceil(Math.max(0, ...waits) / 1000);
  });
  await db.deleteFrom("login_failures").where("window_started_at", "<=", since).execute();
  return seconds;
}

/** It was no failure: the first key begins anew, and of the others it is taken back. */
export async function takeTryBack(db: Db, [first, ...others]: readonly FailureLimit[]): Promise<void> {
  if (first !== undefined) await db.deleteFrom("login_failures").where("key", "=", first.key).execute();
  await uncount(db, others);
}

async function uncount(db: Db | Tx, limits: readonly FailureLimit[]): Promise<void> {
  const keys = limits.map(({ key }) => key);
  if (keys.length === 0) return;
  await db
    .updateTable("login_failures")
    .set({ failures: sql`greatest(failures - 1, 0)` })
    .where("key", "in", keys)
    .execute();
}
