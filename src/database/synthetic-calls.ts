/** What calls of the box to its own numbers found. */
import type { SyntheticOutcome } from "../calls/alert.ts";
import type { TrunkId } from "../calls/ids.ts";
import type { Db } from "./schema.ts";

export interface SyntheticRow {
  numberId: number;
  at: Date;
  outcome: SyntheticOutcome;
  fromTrunkId: TrunkId | null;
  arrivedAs: string | null;
  arrivedBy: TrunkId | null;
  cause: string | null;
  status: number | null;
}

/** A number that was deleted meanwhile has no results. */
export async function insertSyntheticCall(db: Db, row: SyntheticRow): Promise<void> {
  await db
    .insertInto("synthetic_calls")
    .columns(["number_id", "at", "outcome", "from_trunk_id", "arrived_as", "arrived_by", "cause", "sip_status"])
    .expression((is) =>
      is
        .selectFrom("numbers")
        .select((of) => [
          "id",
          of.val(row.at).$castTo<Date>().as("at"),
          of.val(row.outcome).as("outcome"),
          of.val(row.fromTrunkId).as("from_trunk_id"),
          of.val(row.arrivedAs).as("arrived_as"),
          of.val(row.arrivedBy).as("arrived_by"),
          of.val(row.cause).as("cause"),
          of.val(row.status).as("sip_status"),
        ])
        .where("id", "=", row.numberId),
    )
    .execute();
}

/** The last result of each number. */
export async function readLastSyntheticCalls(db: Db): Promise<SyntheticRow[]> {
  return await db
    .selectFrom("synthetic_calls")
    .distinctOn("number_id")
    .select([
      ...(["number_id as numberId", "at", "outcome", "from_trunk_id as fromTrunkId"] as const),
      ...(["arrived_as as arrivedAs", "arrived_by as arrivedBy", "cause", "sip_status as status"] as const),
    ])
    .orderBy("number_id")
    .orderBy("id", "desc")
    .execute();
}

/** @returns false when somebody has taken this time already */
export async function claimSyntheticRun(db: Db, plannedAt: Date): Promise<boolean> {
  const row = await db
    .insertInto("synthetic_runs")
    .values({ planned_at: plannedAt })
    .onConflict((conflict) => conflict.doNothing())
    .returning("planned_at")
    .executeTakeFirst();
  return row !== undefined;
}

/** @returns how many went */
export async function deleteSyntheticBefore(db: Db, before: Date): Promise<number> {
  await db.deleteFrom("synthetic_runs").where("planned_at", "<", before).execute();
  const { numDeletedRows } = await db.deleteFrom("synthetic_calls").where("at", "<", before).executeTakeFirst();
  return Number(numDeletedRows);
}
