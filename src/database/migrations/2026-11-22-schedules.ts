import { type Kysely, sql } from "kysely";

const USUAL_DAY = [{ from: "09:00", to: "18:00" }];
const USUAL_WEEK = {
  alwaysOpen: false,
  ...{ monday: USUAL_DAY, tuesday: USUAL_DAY, wednesday: USUAL_DAY, thursday: USUAL_DAY, friday: USUAL_DAY },
  ...{ saturday: USUAL_DAY, sunday: [] },
};

/** Hours get a name and a place of their own. The first schedule takes those of the published call flow, and changes nothing by itself. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("schedules")
    .addColumn("id", "integer", (column) => column.primaryKey().generatedByDefaultAsIdentity())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("weekly", "jsonb", (column) => column.notNull())
    .addColumn("holiday_country", "text")
    .addColumn("holiday_exceptions", "jsonb", (column) => column.notNull().defaultTo(sql`'[]'`))
    .addColumn("dates", "jsonb", (column) => column.notNull().defaultTo(sql`'[]'`))
    .addColumn("override_state", "text", (column) => column.check(sql`override_state in ('open', 'closed')`))
    .addColumn("override_until", "timestamptz")
    .addColumn("created_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .execute();
  await db.schema.createIndex("schedules_name").unique().on("schedules").expression(sql`lower(name)`).execute();
  await sql`
    insert into schedules (id, name, weekly)
    values (1, '', coalesce(
      (select document -> 'simple' -> 'hours' from call_flows where id = 'main' order by version desc limit 1),
      ${JSON.stringify(USUAL_WEEK)}::jsonb
    ))`.execute(db);
  await sql`select setval(pg_get_serial_sequence('schedules', 'id'), 1)`.execute(db);

  await db.schema
    .alterTable("numbers")
    .addColumn("schedule_id", "integer", (column) => column.references("schedules.id"))
    .execute();
}
