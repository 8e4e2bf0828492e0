import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("flows")
    .addColumn("id", "text", (column) => column.primaryKey().check(sql`id ~ '^[a-z0-9][a-z0-9-]{0,62}$'`))
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("created_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn("created_by", "integer", (column) => column.references("users.id").onDelete("set null"))
    .addColumn("deleted_at", "timestamptz")
    .execute();
  await sql`insert into flows (id, name) select 'main', '' union select distinct id, '' from call_flows`.execute(db);

  await db.schema.alterTable("call_flows").addColumn("note", "text").addColumn("rolled_back_from", "integer").execute();
  await db.schema
    .alterTable("call_flows")
    .addForeignKeyConstraint("call_flows_flow", ["id"], "flows", ["id"])
    .execute();

  await db.schema
    .createTable("flow_drafts")
    .addColumn("flow_id", "text", (column) => column.primaryKey().references("flows.id").onDelete("cascade"))
    .addColumn("revision", "integer", (column) => column.notNull())
    .addColumn("document", "jsonb", (column) => column.notNull())
    .addColumn("based_on", "integer")
    .addColumn("updated_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn("updated_by", "integer", (column) => column.references("users.id").onDelete("set null"))
    .execute();

  await db.schema
    .alterTable("numbers")
    .addColumn("flow_id", "text", (column) => column.references("flows.id"))
    .addColumn("record_calls", "boolean")
    .execute();

  await db.schema
    .alterTable("calls")
    .addColumn("is_unknown_number", "boolean", (column) => column.notNull().defaultTo(false))
    .addColumn("tags", sql`text[]`, (column) => column.notNull().defaultTo(sql`'{}'::text[]`))
    .execute();
  await db.schema.createIndex("calls_tags").on("calls").using("gin").column("tags").execute();

  await db.schema
    .createTable("call_steps")
    .addColumn("id", "bigint", (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("call_id", "uuid", (column) => column.notNull().references("calls.id").onDelete("cascade"))
    .addColumn("at", "timestamptz", (column) => column.notNull())
    .addColumn("flow_id", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("node", "text")
    .addColumn("via", "text", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("call_steps_call").on("call_steps").columns(["call_id", "id"]).execute();
  await db.schema.createIndex("call_steps_node").on("call_steps").columns(["flow_id", "node", "at"]).execute();
}
