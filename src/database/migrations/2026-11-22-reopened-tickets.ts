import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("redial_tickets")
    .addColumn("call_now_user_id", "integer", (column) => column.references("users.id").onDelete("set null"))
    .addColumn("reopened_at", "timestamptz")
    .addColumn("reopened_by_user_id", "integer", (column) => column.references("users.id").onDelete("set null"))
    .addColumn("uncounted_attempts", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
}
