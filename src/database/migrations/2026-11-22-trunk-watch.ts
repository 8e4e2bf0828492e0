import { type Kysely, sql } from "kysely";

/** How trunks stood and when that changed; alerts and how they were sent; calls of the box to its own numbers. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("trunk_states")
    .addColumn("id", "bigint", (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("trunk_id", "integer", (column) => column.notNull().references("trunks.id"))
    .addColumn("health", "text", (column) => column.notNull().check(sql`health in ('up', 'down', 'unknown', 'off')`))
    .addColumn("since", "timestamptz", (column) => column.notNull())
    .addColumn("reason", "text")
    .addColumn("sip_status", "smallint")
    .addColumn("phrase", "text")
    .execute();
  await db.schema.createIndex("trunk_states_trunk").on("trunk_states").columns(["trunk_id", "since"]).execute();

  await db.schema
    .createTable("alerts")
    .addColumn("id", "integer", (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("params", "jsonb", (column) => column.notNull())
    .addColumn("opened_at", "timestamptz", (column) => column.notNull())
    .addColumn("closed_at", "timestamptz")
    .addColumn("acknowledged_at", "timestamptz")
    .addColumn("acknowledged_by", "integer", (column) => column.references("users.id"))
    .execute();
  // Of one thing there is one open alert, whoever raises it.
  await db.schema
    .createIndex("alerts_open")
    .on("alerts")
    .columns(["kind", "subject"])
    .unique()
    .where(sql<boolean>`closed_at is null`)
    .execute();
  await db.schema.createIndex("alerts_opened").on("alerts").column("opened_at").execute();

  await db.schema
    .createTable("alert_notices")
    .addColumn("id", "integer", (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("alert_id", "integer", (column) => column.notNull().references("alerts.id").onDelete("cascade"))
    .addColumn("about", "text", (column) => column.notNull().check(sql`about in ('opened', 'closed')`))
    .addColumn("way", "text", (column) => column.notNull().check(sql`way in ('mail', 'webhook')`))
    .addColumn("state", "text", (column) =>
      column.notNull().defaultTo("waiting").check(sql`state in ('waiting', 'sent', 'failed')`),
    )
    .addColumn("attempts", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("next_try_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn("problem", "text")
    .execute();
  await db.schema
    .createIndex("alert_notices_waiting")
    .on("alert_notices")
    .column("next_try_at")
    .where(sql<boolean>`state = 'waiting'`)
    .execute();

  await db.schema
    .createTable("synthetic_calls")
    .addColumn("id", "integer", (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("number_id", "integer", (column) => column.notNull().references("numbers.id").onDelete("cascade"))
    .addColumn("at", "timestamptz", (column) => column.notNull())
    .addColumn("outcome", "text", (column) => column.notNull())
    .addColumn("from_trunk_id", "integer", (column) => column.references("trunks.id"))
    .addColumn("arrived_as", "text")
    .addColumn("arrived_by", "integer", (column) => column.references("trunks.id"))
    .addColumn("cause", "text")
    .addColumn("sip_status", "smallint")
    .execute();
  await db.schema.createIndex("synthetic_calls_number").on("synthetic_calls").columns(["number_id", "at"]).execute();

  // A time of the plan is taken once, however often the daemon starts in that minute.
  await db.schema
    .createTable("synthetic_runs")
    .addColumn("planned_at", "timestamptz", (column) => column.primaryKey())
    .execute();
}
