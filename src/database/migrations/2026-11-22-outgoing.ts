import { type Kysely, sql } from "kysely";

/** What may be called by whom, what each trunk costs and where its day ends; by which trunk each leg left. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("operators")
    .addColumn("may_dial", "text", (column) =>
      column
        .notNull()
        .defaultTo("abroad")
        .check(sql`may_dial in ('internal', 'national', 'mobile', 'abroad', 'premium')`),
    )
    .execute();

  await db.schema
    .alterTable("legs")
    .addColumn("gateway", "text")
    .addColumn("trunk_id", "integer", (column) => column.references("trunks.id"))
    .execute();
  // What a month's calls cost is read from these.
  await db.schema
    .createIndex("legs_out")
    .on("legs")
    .column("answered_at")
    .where(sql<boolean>`role = 'callee' and gateway is not null`)
    .execute();

  await db.schema
    .createTable("trunk_costs")
    .addColumn("trunk_id", "integer", (column) => column.primaryKey().references("trunks.id"))
    .addColumn("minutes_per_day", "integer", (column) => column.check(sql`minutes_per_day >= 0`))
    .addColumn("money_per_day_minor", "float8", (column) => column.check(sql`money_per_day_minor >= 0`))
    .addColumn("prices", "jsonb", (column) => column.notNull())
    .addColumn("bundles", "jsonb", (column) => column.notNull())
    .addColumn("step_seconds", "integer", (column) => column.notNull().check(sql`step_seconds between 1 and 3600`))
    .execute();

  await db.schema
    .createTable("trunk_freezes")
    .addColumn("id", "bigint", (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("trunk_id", "integer", (column) => column.notNull().references("trunks.id"))
    .addColumn("reason", "text", (column) => column.notNull().check(sql`reason in ('minutes', 'money')`))
    // Since when its calls were counted: of one count there is one freeze.
    .addColumn("counted_from", "timestamptz", (column) => column.notNull())
    .addColumn("frozen_at", "timestamptz", (column) => column.notNull())
    .addColumn("unfrozen_at", "timestamptz")
    .addColumn("unfrozen_by", "integer", (column) => column.references("users.id"))
    .addUniqueConstraint("trunk_freezes_count", ["trunk_id", "counted_from"])
    .execute();
}
