/** How trunks stood, and when and why that changed. */
import type { TrunkHealth, TrunkReason } from "../calls/alert.ts";
import type { TrunkId } from "../calls/ids.ts";
import type { Db } from "./schema.ts";

export interface TrunkChange {
  trunkId: TrunkId;
  health: TrunkHealth;
  since: Date;
  reason: TrunkReason | null;
  status: number | null;
  phrase: string | null;
}

const COLUMNS = ["trunk_id as trunkId", "health", "since", "reason", "sip_status as status", "phrase"] as const;

/** The last change of each trunk. */
export async function readLastChanges(db: Db): Promise<TrunkChange[]> {
  return await db
    .selectFrom("trunk_states")
    .distinctOn("trunk_id")
    .select(COLUMNS)
    .orderBy("trunk_id")
    .orderBy("since", "desc")
    .orderBy("id", "desc")
    .execute();
}

export async function insertChanges(db: Db, changes: readonly TrunkChange[]): Promise<void> {
  const rows = changes.map(({ trunkId, health, since, reason, status, phrase }) => ({
    ...{ trunk_id: trunkId, health, since, reason, sip_status: status, phrase },
  }));
  await db.insertInto("trunk_states").values(rows).execute();
}

/** Oldest first, with the one that held at `from`. */
export async function readChanges(db: Db, trunkId: TrunkId, from: Date): Promise<TrunkChange[]> {
  const of = db.selectFrom("trunk_states").select(COLUMNS).where("trunk_id", "=", trunkId);
  const [before, within] = await Promise.all([
    of.where("since", "<", from).orderBy("since", "desc").orderBy("id", "desc").limit(1).execute(),
    of.where("since", ">=", from).orderBy("since").orderBy("id").execute(),
  ]);
  return [...before, ...within];
}

/** All trunks' changes since then, oldest first, each with the one that held at `from`. */
export async function readAllChanges(db: Db, from: Date): Promise<TrunkChange[]> {
  const before = await db
    .selectFrom("trunk_states")
    .distinctOn("trunk_id")
    .select(COLUMNS)
    .where("since", "<", from)
    .orderBy("trunk_id")
    .orderBy("since", "desc")
    .orderBy("id", "desc")
    .execute();
  const within = await db
    .selectFrom("trunk_states")
    .select(COLUMNS)
    .where("since", ">=", from)
    .orderBy("since")
    .orderBy("id")
    .execute();
  return [...before, ...within];
}

/** The last one of each trunk stays, however old: it still holds. @returns how many went */
export async function deleteChangesBefore(db: Db, before: Date): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom("trunk_states")
    .where("since", "<", before)
    .where((is) =>
      is.exists(
        is
          .selectFrom("trunk_states as later")
          .select("later.id")
          .whereRef("later.trunk_id", "=", "trunk_states.trunk_id")
          .whereRef("later.id", ">", "trunk_states.id"),
      ),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}
