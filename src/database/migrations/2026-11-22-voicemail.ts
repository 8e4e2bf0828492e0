import { type Kysely, sql } from "kysely";

/** Messages that callers leave are recordings of another kind; what else is known of them stands beside. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("recordings")
    .addColumn("kind", "text", (column) =>
      column.notNull().defaultTo("conversation").check(sql`kind in ('conversation', 'message')`),
    )
    .addColumn("heard_at", "timestamptz")
    .addColumn("heard_by", "integer", (column) => column.references("users.id").onDelete("set null"))
    .addColumn("mail_state", "text", (column) => column.check(sql`mail_state in ('waiting', 'sent', 'failed')`))
    .addColumn("mail_attempts", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("mail_next_try_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn("mail_problem", "text")
    .execute();
  await db.schema
    .createIndex("recordings_messages")
    .on("recordings")
    .columns(["started_at", "id"])
    .where(sql.ref("kind"), "=", sql.lit("message"))
    .execute();
  await db.schema
    .createIndex("recordings_mails")
    .on("recordings")
    .column("mail_next_try_at")
    .where(sql.ref("mail_state"), "=", sql.lit("waiting"))
    .execute();
}
