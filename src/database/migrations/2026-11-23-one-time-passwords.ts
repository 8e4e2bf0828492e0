import type { Kysely } from "kysely";

/** A password that was made at the box's screen is good for one thing: choosing another. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("users")
    .addColumn("must_change_password", "boolean", (column) => column.notNull().defaultTo(false))
    .execute();
}
