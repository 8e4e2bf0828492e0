/** Banned addresses and what led there; where somebody belongs here; what the owner chose about both. */
import { sql } from "kysely";
import type { AccessSettings, AddressRecord, BanSettings, KnownAddress } from "../calls/ban.ts";
import { USUAL_ACCESS, USUAL_BAN_SETTINGS } from "../calls/ban.ts";
import type { Db, Tx } from "./schema.ts";

/** More than any box will see at once; the newest count. */
const MOST_READ = 20_000;

export async function readAddressRecords(db: Db): Promise<AddressRecord[]> {
  const rows = await db
    .selectFrom("address_bans")
    .select("record")
    .orderBy("changed_at", "desc")
    .limit(MOST_READ)
    .execute();
  return rows.map(({ record }) => record);
}

export async function readKnownAddresses(db: Db, since: Date): Promise<KnownAddress[]> {
  const rows = await db
    .selectFrom("known_addresses")
    .selectAll()
    .where("seen_at", ">", since)
    .limit(MOST_READ)
    .execute();
  return rows.map(({ address, seen_at }) => ({ address, seenMs: seen_at.getTime() }));
}

/** Null as a record: it is forgotten. */
export async function writeAddressRecords(
  db: Db,
  changed: ReadonlyMap<string, AddressRecord | null>,
  at: Date,
): Promise<void> {
  const gone = [...changed].flatMap(([address, record]) => (record === null ? [address] : []));
  const kept = [...changed.values()].flatMap((record) =>
    record === null ? [] : [{ address: record.address, record: JSON.stringify(record), changed_at: at }],
  );
  if (gone.length > 0) await db.deleteFrom("address_bans").where("address", "in", gone).execute();
  if (kept.length === 0) return;
  await db
    .insertInto("address_bans")
    .values(kept)
    .onConflict((conflict) =>
      conflict
        .column("address")
        .doUpdateSet((row) => ({ record: row.ref("excluded.record"), changed_at: row.ref("excluded.changed_at") })),
    )
    .execute();
}

export async function writeKnownAddresses(db: Db, known: readonly KnownAddress[], forgetBefore: Date): Promise<void> {
  if (known.length > 0)
    await db
      .insertInto("known_addresses")
      .values(known.map(({ address, seenMs }) => ({ address, seen_at: new Date(seenMs) })))
      .onConflict((conflict) =>
        conflict.column("address").doUpdateSet({ seen_at: sql`greatest(known_addresses.seen_at, excluded.seen_at)` }),
      )
      .execute();
  await db.deleteFrom("known_addresses").where("seen_at", "<", forgetBefore).execute();
}

const KEYS = { bans: "bans", access: "access" } as const;

async function readSetting<Value>(db: Db | Tx, key: string, usual: Value): Promise<Value> {
  const row = await db.selectFrom("site_settings").select("value").where("key", "=", key).executeTakeFirst();
  // Written whole, by us alone.
  return (row?.value ?? usual) as Value;
}

async function writeSetting(tx: Db | Tx, key: string, value: object): Promise<void> {
  await tx
    .insertInto("site_settings")
    .values({ key, value: JSON.stringify(value) })
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet((row) => ({ value: row.ref("excluded.value"), updated_at: new Date() })),
    )
    .execute();
}

export const readBanSettings = async (db: Db | Tx): Promise<BanSettings> =>
  await readSetting(db, KEYS.bans, USUAL_BAN_SETTINGS);
export const writeBanSettings = async (tx: Db | Tx, settings: BanSettings): Promise<void> =>
  await writeSetting(tx, KEYS.bans, settings);
export const readAccessSettings = async (db: Db | Tx): Promise<AccessSettings> =>
  await readSetting(db, KEYS.access, USUAL_ACCESS);
export const writeAccessSettings = async (tx: Db | Tx, settings: AccessSettings): Promise<void> =>
  await writeSetting(tx, KEYS.access, settings);
