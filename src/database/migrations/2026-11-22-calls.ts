import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("calls")
    .addColumn("id", "uuid", (column) => column.primaryKey())
    .addColumn("direction", "text", (column) =>
      column.notNull().check(sql`direction in ('inbound', 'outbound', 'internal')`),
    )
    .addColumn("started_at", "timestamptz", (column) => column.notNull())
    .addColumn("ended_at", "timestamptz")
    .addColumn("caller_number", "text", (column) => column.notNull())
    .addColumn("caller_name", "text", (column) => column.notNull())
    .addColumn("caller_e164", "text")
    .addColumn("is_caller_hidden", "boolean", (column) => column.notNull().defaultTo(false))
    .addColumn("dialled", "text", (column) => column.notNull())
    .addColumn("dialled_e164", "text")
    .addColumn("gateway", "text")
    .addColumn("trunk_id", "integer", (column) => column.references("trunks.id"))
    .addColumn("flow_id", "text")
    .addColumn("flow_version", "integer")
    .addColumn("language", "text")
    .addColumn("operator_id", "integer", (column) => column.references("operators.id"))
    .addColumn("talk_started_at", "timestamptz")
    .addColumn("wait_ms", "integer", (column) => column.check(sql`wait_ms >= 0`))
    .addColumn("talk_ms", "integer", (column) => column.check(sql`talk_ms >= 0`))
    .addColumn("outcome", "text")
    .addColumn("cause", "text")
    .addCheckConstraint("calls_ended_have_outcome", sql`(ended_at is null) = (outcome is null)`)
    .execute();
  await db.schema.createIndex("calls_started_at").on("calls").columns(["started_at desc", "id desc"]).execute();
  await db.schema.createIndex("calls_caller").on("calls").columns(["caller_e164", "started_at"]).execute();
  await db.schema.createIndex("calls_operator").on("calls").columns(["operator_id", "started_at"]).execute();
  await db.schema
    .createIndex("calls_open")
    .on("calls")
    .column("started_at")
    .where(sql.ref("ended_at"), "is", null)
    .execute();

  await db.schema
    .createTable("legs")
    .addColumn("id", "uuid", (column) => column.primaryKey())
    .addColumn("call_id", "uuid", (column) => column.references("calls.id").onDelete("cascade"))
    .addColumn("role", "text", (column) => column.check(sql`role in ('caller', 'operator', 'callee')`))
    .addColumn("origin", "text", (column) => column.check(sql`origin in ('trunk', 'phone', 'daemon')`))
    .addColumn("number", "text", (column) => column.notNull())
    .addColumn("operator_id", "integer", (column) => column.references("operators.id"))
    .addColumn("started_at", "timestamptz", (column) => column.notNull())
    .addColumn("answered_at", "timestamptz")
    .addColumn("ended_at", "timestamptz")
    .addColumn("cause", "text")
    .addColumn("sip_status", "integer")
    .addColumn("cdr_ingested_at", "timestamptz")
    .execute();
  await db.schema.createIndex("legs_call").on("legs").column("call_id").execute();

  await db.schema
    .createTable("call_timeline")
    .addColumn("id", "bigint", (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("call_id", "uuid", (column) => column.notNull().references("calls.id").onDelete("cascade"))
    .addColumn("at", "timestamptz", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("data", "jsonb", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("call_timeline_call").on("call_timeline").columns(["call_id", "at", "id"]).execute();

  await db.schema
    .createTable("recordings")
    .addColumn("id", "uuid", (column) => column.primaryKey().defaultTo(sql`gen_random_uuid()`))
    .addColumn("call_id", "uuid", (column) => column.notNull().references("calls.id"))
    .addColumn("leg_id", "uuid")
    .addColumn("file_name", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) =>
      column.notNull().check(sql`state in ('recording', 'waiting', 'encoding', 'ready', 'missing', 'failed')`),
    )
    .addColumn("path", "text")
    .addColumn("bytes", "bigint")
    .addColumn("sha256", "text")
    .addColumn("duration_ms", "integer")
    .addColumn("peaks", "jsonb")
    .addColumn("problem", "text")
    .addColumn("started_at", "timestamptz", (column) => column.notNull())
    .addColumn("ended_at", "timestamptz")
    .addColumn("attempts", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("next_try_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn("claimed_until", "timestamptz")
    .addUniqueConstraint("recordings_file_name", ["file_name"])
    .addCheckConstraint(
      "recordings_ready_is_complete",
      sql`state <> 'ready' or (path is not null and bytes is not null and sha256 is not null and duration_ms is not null)`,
    )
    .execute();
  await db.schema.createIndex("recordings_call").on("recordings").column("call_id").execute();
  await db.schema
    .createIndex("recordings_unfinished")
    .on("recordings")
    .column("next_try_at")
    .where(sql.ref("state"), "in", sql`('recording', 'waiting', 'encoding')`)
    .execute();

  await db.schema
    .createTable("journal_cursor")
    .addColumn("segment", "text", (column) => column.primaryKey())
    .addColumn("applied", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .execute();
}
