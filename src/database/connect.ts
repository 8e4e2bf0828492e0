import { Kysely, PostgresDialect } from "kysely";
import { Pool, TypeOverrides } from "pg";
import type { Database, Db } from "./schema.ts";

// int8: ids of time lines and file sizes, all far below 2^53.
const INT8_OID = 20;

export interface ConnectOptions {
  /** A URL or a socket directory with a database's name. */
  to: string | { socketDir: string; user: string; database: string };
  maxConnections?: number;
  statementTimeoutMs?: number;
  /** Told when a connection that nobody uses breaks; without a listener the driver would end the process. */
  onIdleError?: (error: Error) => void;
}

/**
 * A pool of connections; nothing is opened before the first query. A query fails within about `statementTimeoutMs`, and within 3 s when
 * no connection can be had, so that a request is answered quickly while PostgreSQL is away.
 */
export function connect(options: ConnectOptions): Db {
  const statementTimeoutMs = options.statementTimeoutMs ?? 15_000;
  const types = new TypeOverrides();
  types.setTypeParser(INT8_OID, Number);
  const place =
    typeof options.to === "string"
      ? { connectionString: options.to }
      : { host: options.to.socketDir, user: options.to.user, database: options.to.database, port: 5432 };
  const pool = new Pool({
    ...place,
    types,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: statementTimeoutMs,
    // The server's own limit cannot act when the network is gone.
    query_timeout: statementTimeoutMs + 2_000,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
    application_name: "hotline",
  });
  const onIdleError = options.onIdleError ?? (() => undefined);
  pool.on("error", onIdleError);
  // A connection that is checked out reports its loss here too; its query rejects, so there is nothing more to do.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}
