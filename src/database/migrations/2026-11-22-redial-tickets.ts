import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("redial_tickets")
    .addColumn("id", "integer", (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("caller_e164", "text", (column) => column.notNull())
    .addColumn("caller_number", "text", (column) => column.notNull())
    .addColumn("caller_name", "text", (column) => column.notNull())
    .addColumn("opened_at", "timestamptz", (column) => column.notNull())
    .addColumn("last_call_id", "uuid", (column) => column.notNull().references("calls.id"))
    .addColumn("last_call_at", "timestamptz", (column) => column.notNull())
    .addColumn("owner_user_id", "integer", (column) => column.references("users.id").onDelete("set null"))
    .addColumn("call_now_at", "timestamptz")
    .addColumn("closed_at", "timestamptz")
    .addColumn("closed_reason", "text", (column) =>
      column.check(sql`closed_reason in ('talked', 'closed-by-operator', 'gave-up', 'blocked')`),
    )
    .addColumn("closed_text", "text")
    .addColumn("closed_by_user_id", "integer", (column) => column.references("users.id").onDelete("set null"))
    .addColumn("closed_call_id", "uuid", (column) => column.references("calls.id"))
    .addColumn("changed_at", "timestamptz", (column) => column.notNull().defaultTo(sql`clock_timestamp()`))
    .addCheckConstraint("redial_tickets_closed_has_reason", sql`(closed_at is null) = (closed_reason is null)`)
    .execute();
  await db.schema
    .createIndex("redial_tickets_open")
    .on("redial_tickets")
    .column("caller_e164")
    .unique()
    .where(sql.ref("closed_at"), "is", null)
    .execute();
  await db.schema.createIndex("redial_tickets_closed_at").on("redial_tickets").column("closed_at").execute();
  await db.schema.createIndex("redial_tickets_changed_at").on("redial_tickets").column("changed_at").execute();

  await db.schema
    .createTable("redial_ticket_calls")
    .addColumn("call_id", "uuid", (column) => column.primaryKey().references("calls.id").onDelete("cascade"))
    .addColumn("ticket_id", "integer", (column) => column.notNull().references("redial_tickets.id").onDelete("cascade"))
    .execute();
  await db.schema.createIndex("redial_ticket_calls_ticket").on("redial_ticket_calls").column("ticket_id").execute();

  await db.schema
    .createTable("redial_attempts")
    .addColumn("id", "integer", (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("ticket_id", "integer", (column) => column.notNull().references("redial_tickets.id").onDelete("cascade"))
    .addColumn("number", "integer", (column) => column.notNull())
    .addColumn("call_id", "uuid", (column) => column.notNull().unique())
    .addColumn("operator_leg_id", "uuid", (column) => column.notNull().unique())
    .addColumn("callee_leg_id", "uuid", (column) => column.notNull().unique())
    .addColumn("operator_id", "integer", (column) => column.references("operators.id"))
    .addColumn("claimed_at", "timestamptz", (column) => column.notNull())
    .addColumn("dialled_at", "timestamptz")
    .addColumn("ended_at", "timestamptz")
    .addColumn("outcome", "text")
    .addUniqueConstraint("redial_attempts_number", ["ticket_id", "number"])
    .addCheckConstraint("redial_attempts_ended_has_outcome", sql`(ended_at is null) = (outcome is null)`)
    .execute();
  // Never two at once for one caller, whatever else goes wrong.
  await db.schema
    .createIndex("redial_attempts_under_way")
    .on("redial_attempts")
    .column("ticket_id")
    .unique()
    .where(sql.ref("ended_at"), "is", null)
    .execute();

  await db.schema
    .createTable("blocked_numbers")
    .addColumn("number", "text", (column) => column.primaryKey())
    .addColumn("note", "text")
    .addColumn("created_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn("created_by", "integer", (column) => column.references("users.id").onDelete("set null"))
    .execute();

  // By whom a number was called, to find the last talk with it.
  await db.schema.createIndex("calls_dialled").on("calls").columns(["dialled_e164", "ended_at"]).execute();
}
