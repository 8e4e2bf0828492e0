/** Rows of values as a table in SQL: one statement however many there are. */
import { type RawBuilder, sql } from "kysely";

/** `columns` names the fields that the statement uses, with their types; the table is called `f`. */
export function recordset(rows: readonly object[], columns: string): RawBuilder<unknown> {
  return sql`jsonb_to_recordset(${storableJson(rows)}::jsonb) as f(${sql.raw(columns)})`;
}

/** A time from a column with Unix ms. */
export function timeOf(column: string): RawBuilder<Date> {
  return sql<Date>`('epoch'::timestamptz + ${sql.ref(column)} * interval '1 ms')`;
}

/** The trunk of a gateway's name, if it is one of ours. */
export function trunkOf(column: string): RawBuilder<number | null> {
  return sql`(select id from trunks where id = substring(${sql.ref(column)} from '^trunk-([0-9]{1,9})$')::int)`;
}

/** Null stays null: `greatest` passes it over. */
export function atLeast0(ms: RawBuilder<unknown>): RawBuilder<number | null> {
  return sql<number | null>`(case when ${ms} < 0 then 0 else ${ms} end)::int`;
}

/** jsonb takes neither NUL nor half a surrogate pair; a caller's name may hold either. */
function storableJson(rows: readonly object[]): string {
  const text = JSON.stringify(rows);
  if (!/\\u(0000|d[89a-f])/i.test(text)) return text;
  return JSON.stringify(rows, (_, value: unknown) => (typeof value === "string" ? storable(value) : value));
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").replace(LONE_SURROGATE, "\uFFFD");
}
