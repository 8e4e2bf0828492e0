import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { text } from "node:stream/consumers";
import { sql } from "kysely";
import { inject } from "vitest";
import { connect } from "../database/connect.ts";
import { type PrivateCluster, startPrivateCluster } from "../database/private-cluster.ts";
import type { Db } from "../database/schema.ts";
import { withTemporaryDir } from "./temporary.ts";
import { type ClusterAnswer, FAST_BUT_UNSAFE } from "./test-cluster.ts";

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

async function askForCluster(): Promise<Exclude<ClusterAnswer, { problem: string }>> {
  const socket = connectSocket(inject("testClusterSocket"));
  await once(socket, "connect");
  const answer = JSON.parse(await text(socket)) as ClusterAnswer;
  if ("problem" in answer) throw new Error(`the tests' database could not be started: ${answer.problem}`);
  return answer;
}
