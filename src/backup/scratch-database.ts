/** A PostgreSQL for a while: the one that calls depend on is not burdened by a drill, and may not even allow a second database. */
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "../database/connect.ts";
import { ClusterError, makeDatabase, preparePrivateCluster } from "../database/private-cluster.ts";
import type { Db } from "../database/schema.ts";
import type { BackgroundEnd, RunInBackground } from "./background-program.ts";
import { BackupError, saysFull } from "./backup-error.ts";

/** What it holds is thrown away. */
const SETTINGS = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "10" };
const START_MS = 60_000;
const ASK_EVERY_MS = 200;
const STATEMENT_MS = 300_000;

/**
 * Its server is one of the programs that run in the background, as long as `work` does.
 * @param dataDir that is not there yet; left to the caller to remove
 * @throws BackupError
 */
export async function inScratchDatabase<Result>(
  dataDir: string,
  { run, signal }: { run: RunInBackground; signal: AbortSignal },
  work: (db: Db, url: string) => Promise<Result>,
): Promise<Result> {
  const options = { dataDir, settings: SETTINGS };
  const { program, clusterDir, as } = await preparePrivateCluster(options).catch((error: unknown) => {
    throw noDatabase("no scratch database could be made", error);
  });
  if (signal.aborted) throw new BackupError("cancelled", "it was cancelled");
  const done = new AbortController();
  let ended: BackgroundEnd | BackupError | null = null;
  // An interruption is a fast shutdown (postgres(1)).
  const server = run(program, ["-D", clusterDir], { as, signal: done.signal }).then(
    (end) => {
      ended = end;
    },
    (error: unknown) => {
      ended = error instanceof BackupError ? error : noDatabase(String(error), error);
    },
  );
  const assertRuns = () => {
    if (signal.aborted) throw new BackupError("cancelled", "it was cancelled");
    if (ended instanceof BackupError) throw ended;
    if (ended !== null) throw noDatabase(`the scratch database ended: ${ended.stderr}`);
  };
  try {
    const place = await started(async () => await makeDatabase(options), assertRuns);
    const db = connect({ to: place, maxConnections: 2, statementTimeoutMs: STATEMENT_MS });
    try {
      return await work(db, place.url);
    } catch (error) {
      // Whatever could not be done then, this is why.
      assertRuns();
      throw error;
    } finally {
      await db.destroy();
    }
  } finally {
    done.abort();
    await server;
  }
}

async function started<Place>(look: () => Promise<Place>, assertRuns: () => void): Promise<Place> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    assertRuns();
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof ClusterError) || performance.now() > deadline)
        throw noDatabase("no scratch database could be started", error);
    }
    await pause(ASK_EVERY_MS);
  }
}

function noDatabase(detail: string, cause?: unknown): BackupError {
  const isFull = saysFull(`${detail} ${String(cause)}`);
  return new BackupError(isFull ? "no-room-here" : "database-failed", detail, { cause });
}
