/**
 * One throwaway PostgreSQL per test run, started when the first test asks for it, so that runs without database tests do not wait for
 * it. The run's main process owns it; the workers ask where it is over a Unix socket.
 */
import { createServer } from "node:net";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildForTests } from "../../scripts/build.ts";
import { connect } from "../database/connect.ts";
import { migrate } from "../database/migrate.ts";
import { type PrivateCluster, startPrivateCluster } from "../database/private-cluster.ts";
import { BUILT_FOR_TESTS } from "./daemon-process.ts";
import { temporaryDir } from "./temporary.ts";
import { type ClusterAnswer, FAST_BUT_UNSAFE } from "./test-cluster.ts";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await temporaryDir();
  let starting: Promise<PrivateCluster> | null = null;

  async function answer(): Promise<ClusterAnswer> {
    try {
      starting ??= startWithTemplate(dir.path);
      const cluster = await starting;
      return { socketDir: cluster.socketDir, user: cluster.user, template: cluster.database };
    } catch (error) {
      return { problem: String(error) };
    }
  }

  const server = createServer((socket) => {
    // A worker that ends in the middle of its question is not our problem.
    socket.on("error", () => socket.destroy());
    void answer().then((words) => socket.end(`${JSON.stringify(words)}\n`));
  });
  const socketPath = join(dir.path, "ask");
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(socketPath, resolve);
  });
  project.provide("testClusterSocket", socketPath);
  const daemon = await buildForTests("hotlined");
  process.env[BUILT_FOR_TESTS] = daemon.file;

  return async () => {
    daemon.remove();
    server.close();
    const cluster = await starting?.catch(() => null);
    await cluster?.stop();
    await dir.remove();
  };
}

async function startWithTemplate(dataDir: string): Promise<PrivateCluster> {
  const cluster = await startPrivateCluster({ dataDir, settings: FAST_BUT_UNSAFE });
  const db = connect({ to: cluster, maxConnections: 1 });
  try {
    await migrate(db);
  } finally {
    // A database with connections cannot be a template.
    await db.destroy();
  }
  return cluster;
}
