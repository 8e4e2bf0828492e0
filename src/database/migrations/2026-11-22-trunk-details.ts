import { type Kysely, sql } from "kysely";

/** What is agreed with the operator of each line. Trunks from before keep working as they did. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("trunks")
    .addColumn("preset", "text", (column) =>
      column.check(sql`preset in ('provider', 'ip-peer', 'gsm-line', 'gsm-shared')`),
    )
    .addColumn("transport", "text", (column) =>
      column.notNull().defaultTo("udp").check(sql`transport in ('udp', 'tcp', 'tls')`),
    )
    .addColumn("auth_user", "text")
    .addColumn("from_user", "text")
    .addColumn("from_domain", "text")
    .addColumn("outbound_proxy", "text")
    .addColumn("codecs", sql`text[]`, (column) => column.notNull().defaultTo(sql`array['PCMA', 'PCMU']`))
    .addColumn("outgoing_format", "text", (column) =>
      column
        .notNull()
        .defaultTo("as-dialled")
        .check(sql`outgoing_format in ('e164', 'e164-no-plus', 'national', 'as-dialled')`),
    )
    .addColumn("outgoing_prefix", "text", (column) => column.notNull().defaultTo(""))
    .addColumn("caller_id", "text", (column) =>
      column.notNull().defaultTo("own-number").check(sql`caller_id in ('own-number', 'trunk-default', 'hidden')`),
    )
    .addColumn("incoming_format", "text", (column) =>
      column.notNull().defaultTo("auto").check(sql`incoming_format in ('auto', 'e164', 'national')`),
    )
    .addColumn("incoming_prefix", "text", (column) => column.notNull().defaultTo(""))
    .addColumn("dtmf", "text", (column) =>
      column.notNull().defaultTo("rfc2833").check(sql`dtmf in ('rfc2833', 'info', 'inband')`),
    )
    .addColumn("srtp", "text", (column) =>
      column.notNull().defaultTo("off").check(sql`srtp in ('off', 'optional', 'required')`),
    )
    .addColumn("expiry_seconds", "integer", (column) =>
      column.notNull().defaultTo(300).check(sql`expiry_seconds between 60 and 86400`),
    )
    .addColumn("sources", sql`text[]`, (column) => column.notNull().defaultTo(sql`array[]::text[]`))
    .addColumn("is_watched", "boolean", (column) => column.notNull().defaultTo(true))
    .addColumn("channels_total", "integer", (column) => column.check(sql`channels_total between 1 and 1000`))
    .addColumn("channels_most_outgoing", "integer", (column) =>
      column.check(sql`channels_most_outgoing between 0 and 1000`),
    )
    .addColumn("channels_kept_free", "integer", (column) =>
      column.notNull().defaultTo(0).check(sql`channels_kept_free between 0 and 1000`),
    )
    .execute();
}
