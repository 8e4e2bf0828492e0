import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from "kysely";
import { DatabaseError, Pool, type PoolClient, TypeOverrides } from "pg";
import { DatabaseAwayError } from "./failure.ts";
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
 * no connection can be had, so that a request is answered quickly while PostgreSQL is away. Whatever did not come from the server
 * itself rejects as DatabaseAwayError.
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
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: namingAbsence(pool) }) });
}

/** kysely knows a connection by its object, so each client has one wrapper for its life. */
function namingAbsence(pool: Pool): PostgresPool {
  const wrappers = new WeakMap<PoolClient, PostgresPoolClient>();
  return {
    connect: async () => {
      const client = await pool.connect().catch(rethrowNamed);
      const wrapper = wrappers.get(client) ?? namingClient(client);
      wrappers.set(client, wrapper);
      return wrapper;
    },
    end: () => pool.end(),
  };
}

function namingClient(client: PoolClient): PostgresPoolClient {
  let isDoubtful = false;
  const query = (statement: unknown, parameters: readonly unknown[]) => {
    if (typeof statement !== "string") throw new TypeError("cursors are not used here");
    return client.query(statement, [...parameters]).catch((error: unknown) => {
      isDoubtful ||= !(error instanceof DatabaseError);
      return rethrowNamed(error);
    });
  };
  return {
    query: query as unknown as PostgresPoolClient["query"],
    // A connection on which a query got no answer may still be busy with it: never back into the pool.
    release: () => client.release(isDoubtful),
  };
}

function rethrowNamed(error: unknown): never {
  if (error instanceof DatabaseError) throw error;
  throw new DatabaseAwayError("PostgreSQL is away", { cause: error });
}
