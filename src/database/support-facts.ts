/** What helpers may know of the database, and what must be kept from them. */
import { sql } from "kysely";
import type { Db } from "./schema.ts";

/** Names and logins of people, of firms, of those who called. */
export async function listNames(db: Db): Promise<string[]> {
  const found = await sql<{ name: string }>`
    select name from operators union select name from users union select login from users
    union select caller_name from calls where caller_name <> '' union select caller_name from redial_tickets
    union select name from numbers union select note from blocked_numbers where note is not null
    union select value #>> '{}' from site_settings where key = 'firmName'`.execute(db);
  return found.rows.map(({ name }) => name);
}

/** How lines are set up, without accounts, and how much of everything there is. */
export async function readSupportFacts(db: Db) {
  const trunks = await db
    .selectFrom("trunks")
    .select([
      ...(["id", "kind", "mode", "preset", "transport", "server", "port", "codecs", "dtmf", "srtp"] as const),
      ...(["outgoing_format", "incoming_format", "caller_id", "expiry_seconds", "is_enabled", "is_watched"] as const),
      ...(["channels_total", "channels_most_outgoing", "channels_kept_free", "deleted_at"] as const),
    ])
    .orderBy("id")
    .execute();
  const tables = await sql<{ name: string; rows: number; megabytes: number }>`
    select relname as name, n_live_tup as rows, pg_total_relation_size(relid) / 1000000 as megabytes
    from pg_stat_user_tables order by relname`.execute(db);
  const settings = await db
    .selectFrom("site_settings")
    .select(["key", "value"])
    .where("key", "in", [
      "timeZone",
      "country",
      "language",
      "callerLanguages",
      "recordCalls",
      "retentionDays",
      "redial",
    ])
    .execute();
  const migrations = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  const alerts = await db
    .selectFrom("alerts")
    .select(["kind", "subject", "opened_at", "closed_at"])
    .orderBy("id", "desc")
    .limit(200)
    .execute();
  const server = await sql<{ version: string }>`select version()`.execute(db);
  return {
    postgresql: server.rows[0]?.version ?? null,
    migrations: migrations.rows.map(({ name }) => name),
    settings: Object.fromEntries(settings.map(({ key, value }) => [key, value])),
    ...{ trunks, tables: tables.rows, alerts },
  };
}
