import { type Kysely, sql } from "kysely";

/** How much of the talk a call's recordings lack, at the last of them: the disk was full, or the switch died. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("recordings")
    .addColumn("missing_ms", "integer", (column) => column.check(sql`missing_ms > 0`))
    .execute();
}
