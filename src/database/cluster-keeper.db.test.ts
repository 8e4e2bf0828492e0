import { rename } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { expect, it, onTestFinished, vi } from "vitest";
import { keptLog } from "../testing/quiet-log.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { FAST_BUT_UNSAFE } from "../testing/test-cluster.ts";
import { ClusterKeeper } from "./cluster-keeper.ts";
import { connect } from "./connect.ts";
import { DatabaseWatch } from "./database-watch.ts";
import { DatabaseAwayError } from "./failure.ts";
import { migrate } from "./migrate.ts";

function keep(dataDir: string, settings: Record<string, string> = {}) {
  const log = keptLog();
  const keeper = new ClusterKeeper({ dataDir, settings, log });
  const db = connect({ to: () => keeper.place, maxConnections: 2 });
  onTestFinished(async () => {
    await db.destroy();
    await keeper.stop();
  });
  return { keeper, db, log };
}

const BACK = { timeout: 30_000, interval: 100 };

it("a database that was killed runs again by itself, and nothing that was committed is gone", async () => {
  await withTemporaryDir(async (dataDir) => {
    const { keeper, db, log } = keep(dataDir);
    await expect(sql`select 1`.execute(db)).rejects.toBeInstanceOf(DatabaseAwayError);
    await keeper.start();
    await migrate(db);
    await sql`create table kept as select 'here' as word`.execute(db);
    const pid = keeper.place?.pid ?? 0;
    process.kill(pid, "SIGKILL");
    await vi.waitFor(() => expect(keeper.place?.pid).not.toBe(pid), BACK);
    const { rows } = await vi.waitFor(() => sql<{ word: string }>`select word from kept`.execute(db), BACK);
    expect(rows).toEqual([{ word: "here" }]);
    expect(log.lines.map(({ message }) => message)).toContain("the database server has ended; it is started again");
  });
});

it("one that does not start is said once and tried until it does; those who wait for it see it come", async () => {
  await withTemporaryDir(async (dataDir) => {
    const first = new ClusterKeeper({ dataDir, settings: FAST_BUT_UNSAFE, log: keptLog() });
    await first.start();
    await first.stop();
    // What a damaged disk leaves.
    const control = join(dataDir, "database", "global", "pg_control");
    await rename(control, `${control}.away`);

    const { keeper, db, log } = keep(dataDir, FAST_BUT_UNSAFE);
    const watch = new DatabaseWatch(db, { intervalMs: 50, prepare: () => migrate(db) });
    onTestFinished(() => watch.stop());
    await keeper.start();
    await watch.start();
    expect(keeper.problem).toBe("start-failed");
    expect(watch.isConnected).toBe(false);
    await expect(migrate(db)).rejects.toBeInstanceOf(DatabaseAwayError);

    await rename(`${control}.away`, control);
    await vi.waitFor(() => expect(watch.isConnected).toBe(true), BACK);
    expect(keeper.problem).toBeNull();
    expect(await db.selectFrom("calls").select("id").execute()).toEqual([]);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });
});
