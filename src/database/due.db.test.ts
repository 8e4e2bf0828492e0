import { sql } from "kysely";
import { expect, test } from "vitest";
import { withTestDatabase } from "../testing/test-database.ts";
import { isDue } from "./due.ts";

test("what has waited long enough is due, and what a clock that was ahead has put off for a year", async () => {
  await withTestDatabase(async ({ db }) => {
    const offsets = ["-1 hour", "1 hour", "23 hours", "25 hours", "1 year"];
    const found = await sql<{ offset: string }>`
      select o as offset from unnest(${offsets}::text[]) o,
        lateral (select clock_timestamp() + o::interval as moment) m where ${isDue("m.moment")}`.execute(db);
    expect(found.rows.map(({ offset }) => offset)).toEqual(["-1 hour", "25 hours", "1 year"]);
  });
});
