import { type RawBuilder, sql } from "kysely";

/**
 * Whether the moment in a column has come. Nothing that is tried again waits for a day: what would be due later was written down while the
 * clock was ahead, and has waited long enough.
 */
export function isDue(column: string): RawBuilder<boolean> {
  const moment = sql.ref(column);
  return sql<boolean>`(${moment} <= clock_timestamp() or ${moment} > clock_timestamp() + interval '1 day')`;
}
