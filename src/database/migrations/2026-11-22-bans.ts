import type { Kysely } from "kysely";

/** Addresses that guessed, and addresses where somebody belongs here: a restart gives nobody new tries, and takes nobody's trust. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("address_bans")
    .addColumn("address", "text", (column) => column.primaryKey())
    .addColumn("record", "jsonb", (column) => column.notNull())
    .addColumn("changed_at", "timestamptz", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("known_addresses")
    .addColumn("address", "text", (column) => column.primaryKey())
    .addColumn("seen_at", "timestamptz", (column) => column.notNull())
    .execute();
}
