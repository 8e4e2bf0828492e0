import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { text } from "node:stream/consumers";
import { sql } from "kysely";
import { inject } from "vitest";
import { connect } from "../database/connect.ts";
import { migrate } from "../database/migrate.ts";
import { type PrivateCluster, startPrivateCluster } from "../database/private-cluster.ts";
import type { Db } from "../database/schema.ts";
import { temporaryDir, withTemporaryDir } from "./temporary.ts";
import { type ClusterAnswer, FAST_BUT_UNSAFE } from "./test-cluster.ts";
import { until } from "./until.ts";

export interface TestDatabase {
  db: Db;
  /** For a second pool, or for programs. */
  url: string;
  connectAgain(): Db;
}

/** Gives a migrated, empty database that nobody else has, and drops it afterwards. */
export async function withTestDatabase<Result>(work: (database: TestDatabase) => Promise<Result>): Promise<Result> {
  const database = await openTestDatabase();
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The same for what outlives one function; `close` drops it. */
export async function openTestDatabase(): Promise<TestDatabase & { close: () => Promise<void> }> {
  const cluster = await askForCluster();
  const name = `test_${randomBytes(8).toString("hex")}`;
  const admin = connect({ to: { ...cluster, database: "postgres" }, maxConnections: 1 });
  const opened: Db[] = [];
  const connectAgain = () => {
    const db = connect({ to: { ...cluster, database: name }, maxConnections: 5 });
    opened.push(db);
    return db;
  };
  const close = async () => {
    await Promise.all(opened.map((db) => db.destroy()));
    await sql`drop database if exists ${sql.id(name)} with (force)`.execute(admin);
    await admin.destroy();
  };
  try {
    await sql`create database ${sql.id(name)} template ${sql.id(cluster.template)}`.execute(admin);
    const url = `postgresql://${cluster.user}@localhost/${name}?host=${encodeURIComponent(cluster.socketDir)}`;
    return { db: connectAgain(), url, connectAgain, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface OwnCluster {
  dataDir: string;
  cluster: PrivateCluster;
  stop: () => Promise<void>;
  start: () => Promise<PrivateCluster>;
}

/** A cluster of the test's own, for tests that stop and start PostgreSQL. Not migrated. */
export async function withOwnCluster<Result>(work: (own: OwnCluster) => Promise<Result>): Promise<Result> {
  return await withTemporaryDir(async (dataDir) => {
    const start = () => startPrivateCluster({ dataDir, settings: FAST_BUT_UNSAFE });
    const cluster = await start();
    try {
      return await work({ dataDir, cluster, start, stop: () => cluster.stop() });
    } finally {
      await cluster.stop();
    }
  });
}

/** A migrated database on a cluster of its own, which a scenario can take away as an out-of-memory killer does. */
export async function openKillableDatabase(): Promise<KillableDatabase> {
  const dir = await temporaryDir();
  const settings = { ...FAST_BUT_UNSAFE, synchronous_commit: "on" };
  let cluster = await startPrivateCluster({ dataDir: dir.path, settings });
  const db = connect({ to: cluster, maxConnections: 1 });
  await migrate(db);
  await db.destroy();
  const { user, database, socketDir } = cluster;
  return {
    url: `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(socketDir)}`,
    kill: async () => {
      process.kill(cluster.pid, "SIGKILL");
      await until("the database server is gone", async () => !(await cluster.isRunning()));
    },
    // Orphaned backends end by themselves; until then PostgreSQL rightly refuses to start.
    startAgain: async () => {
      cluster = await until(
        "the database server runs again",
        () => startPrivateCluster({ dataDir: dir.path, settings }).catch(() => null),
        30_000,
      );
    },
    close: async () => {
      if (await cluster.isRunning()) await cluster.stop();
      await dir.remove();
    },
  };
}

export interface KillableDatabase {
  url: string;
  /** SIGKILL for the postmaster. */
  kill: () => Promise<void>;
  startAgain: () => Promise<void>;
  close: () => Promise<void>;
}

async function askForCluster(): Promise<Exclude<ClusterAnswer, { problem: string }>> {
  const socket = connectSocket(inject("testClusterSocket"));
  await once(socket, "connect");
  const answer = JSON.parse(await text(socket)) as ClusterAnswer;
  if ("problem" in answer) throw new Error(`the tests' database could not be started: ${answer.problem}`);
  return answer;
}
