import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("site_settings")
    .addColumn("key", "text", (column) => column.primaryKey())
    .addColumn("value", "jsonb", (column) => column.notNull())
    .addColumn("updated_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .execute();

  await db.schema
    .createTable("operators")
    .addColumn("id", "integer", (column) => column.primaryKey().generatedByDefaultAsIdentity())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("extension", "text", (column) => column.notNull().check(sql`extension ~ '^[0-9]{2,6}$'`))
    .addColumn("sip_ha1", "text", (column) => column.notNull().check(sql`sip_ha1 ~ '^[0-9a-f]{32}$'`))
    .addColumn("is_enabled", "boolean", (column) => column.notNull().defaultTo(true))
    .addColumn("created_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn("deleted_at", "timestamptz")
    .execute();
  await db.schema
    .createIndex("operators_extension")
    .unique()
    .on("operators")
    .column("extension")
    .where(sql.ref("deleted_at"), "is", null)
    .execute();

  await db.schema
    .createTable("users")
    .addColumn("id", "integer", (column) => column.primaryKey().generatedByDefaultAsIdentity())
    .addColumn("login", "text", (column) => column.notNull().check(sql`login = lower(login)`))
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("password_hash", "text", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull().check(sql`role in ('admin', 'operator')`))
    .addColumn("language", "text", (column) => column.notNull())
    .addColumn("operator_id", "integer", (column) => column.references("operators.id"))
    .addColumn("created_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addUniqueConstraint("users_login", ["login"])
    .addUniqueConstraint("users_operator", ["operator_id"])
    .execute();

  await db.schema
    .createTable("sessions")
    .addColumn("token_hash", "text", (column) => column.primaryKey())
    .addColumn("user_id", "integer", (column) => column.notNull().references("users.id").onDelete("cascade"))
    .addColumn("created_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn("expires_at", "timestamptz", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("sessions_user").on("sessions").column("user_id").execute();

  await db.schema
    .createTable("login_failures")
    .addColumn("key", "text", (column) => column.primaryKey())
    .addColumn("failures", "integer", (column) => column.notNull())
    .addColumn("window_started_at", "timestamptz", (column) => column.notNull())
    .execute();

  await db.schema
    .createTable("trunks")
    .addColumn("id", "integer", (column) => column.primaryKey().generatedByDefaultAsIdentity())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) =>
      column.notNull().check(sql`kind in ('city', 'mobile', 'toll-free', 'internal')`),
    )
    .addColumn("mode", "text", (column) => column.notNull().check(sql`mode in ('register', 'ip-peer')`))
    .addColumn("server", "text", (column) => column.notNull())
    .addColumn("port", "integer", (column) => column.notNull().check(sql`port between 1 and 65535`))
    .addColumn("sip_user", "text")
    .addColumn("is_enabled", "boolean", (column) => column.notNull().defaultTo(true))
    .addColumn("created_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn("deleted_at", "timestamptz")
    .execute();

  await db.schema
    .createTable("numbers")
    .addColumn("id", "integer", (column) => column.primaryKey().generatedByDefaultAsIdentity())
    .addColumn("number", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("trunk_id", "integer", (column) => column.references("trunks.id"))
    .addColumn("language", "text")
    .addColumn("created_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addUniqueConstraint("numbers_number", ["number"])
    .execute();

  await db.schema
    .createTable("call_flows")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("document", "jsonb", (column) => column.notNull())
    .addColumn("published_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn("published_by", "integer", (column) => column.references("users.id").onDelete("set null"))
    .addPrimaryKeyConstraint("call_flows_key", ["id", "version"])
    .execute();

  await db.schema
    .createTable("prompts")
    .addColumn("language", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("source", "text", (column) => column.notNull().check(sql`source in ('voice', 'upload')`))
    .addColumn("text", "text", (column) => column.notNull())
    .addColumn("path", "text")
    .addColumn("duration_ms", "integer")
    .addColumn("sha256", "text")
    .addColumn("problem", "text")
    .addColumn("updated_at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addPrimaryKeyConstraint("prompts_key", ["language", "name"])
    .execute();

  await db.schema
    .createTable("audit")
    .addColumn("id", "bigint", (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("at", "timestamptz", (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn("user_id", "integer", (column) => column.references("users.id").onDelete("set null"))
    .addColumn("action", "text", (column) => column.notNull())
    .addColumn("subject", "text")
    .addColumn("data", "jsonb", (column) => column.notNull().defaultTo(sql`'{}'::jsonb`))
    .execute();
  await db.schema.createIndex("audit_at").on("audit").column("at").execute();
}
