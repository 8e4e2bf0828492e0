import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from "kysely";
import { DatabaseError, Pool, type PoolClient, TypeOverrides } from "pg";
import { DatabaseAwayError } from "./failure.ts";
import type { Database, Db } from "./schema.ts";

// int8: ids of time lines and file sizes, all far below 2^53.
const INT8_OID = 20;

/** A URL, or a socket directory with a database's name. */
type DatabasePlace = string | { socketDir: string; user: string; database: string };

export interface ConnectOptions {
  /** Or a function for a server that may not be there yet: as long as it gives null, queries reject as DatabaseAwayError. */
  to: DatabasePlace | (() => DatabasePlace | null);
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
  const { to } = options;
  const find = typeof to === "function" ? to : () => to;
  let pool: Pool | null = null;
  const there = () => {
    const place = pool === null ? find() : null;
    if (place !== null) pool = openPool(place, options);
    if (pool === null) throw new DatabaseAwayError("PostgreSQL does not run yet");
    return pool;
  };
  const end = async () => await pool?.end();
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: namingAbsence(there, end) }) });
}

function openPool(to: DatabasePlace, options: ConnectOptions): Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 15_000;
  const types = new TypeOverrides();
  types.setTypeParser(INT8_OID, Number);
  const place =
    typeof to === "string"
      ? { connectionString: to }
      : { host: to.socketDir, user: to.user, database: to.database, port: 5432 };
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
  return pool;
}

/** kysely knows a connection by its object, so each client has one wrapper for its life. */
function namingAbsence(there: () => Pool, end: () => Promise<void>): PostgresPool {
  const wrappers = new WeakMap<PoolClient, PostgresPoolClient>();
  return {
    connect: async () => {
      const client = await there().connect().catch(rethrowNamed);
      const wrapper = wrappers.get(client) ?? namingClient(client);
      wrappers.set(client, wrapper);
      return wrapper;
    },
    end,
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
