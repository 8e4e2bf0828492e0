import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { expect, it, onTestFinished, vi } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { FAST_BUT_UNSAFE } from "../testing/test-cluster.ts";
import { withOwnCluster } from "../testing/test-database.ts";
import { connect } from "./connect.ts";
import { migrate } from "./migrate.ts";
import { type PrivateCluster, startPrivateCluster } from "./private-cluster.ts";
import type { Db } from "./schema.ts";

async function withConnection<Result>(to: PrivateCluster, work: (db: Db) => Promise<Result>): Promise<Result> {
  const db = connect({ to, maxConnections: 2 });
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

const setting = async (db: Db, name: string) => {
  const { rows } = await sql<{ value: string }>`select current_setting(${name}) as value`.execute(db);
  return rows[0]?.value;
};

function pidIsAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

async function untilGone(pid: number): Promise<void> {
  await expect.poll(() => pidIsAlive(pid), { timeout: 10_000 }).toBe(false);
}

it("is reached by its socket only, writes through to the disk, and is closed to other users", async () => {
  await withTemporaryDir(async (dataDir) => {
    const said: string[] = [];
    const cluster = await startPrivateCluster({ dataDir, say: (what) => said.push(what) });
    try {
      expect(said).toEqual([`making a database in ${dataDir}/database`]);
      expect(cluster.wasRunning).toBe(false);
      expect((await stat(cluster.socketDir)).mode & 0o777).toBe(0o700);
      expect((await stat(join(dataDir, "database"))).mode & 0o777).toBe(0o700);
      const status = await readFile(`/proc/${cluster.pid}/status`, "utf8");
      expect(Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])).toBeGreaterThan(0);
      await withConnection(cluster, async (db) => {
        expect(await setting(db, "listen_addresses")).toBe("");
        expect(await setting(db, "fsync")).toBe("on");
        expect(await setting(db, "timezone")).toBe("UTC");
      });
    } finally {
      await cluster.stop();
    }
    await untilGone(cluster.pid);
  });
});

it("logs what went wrong, and nothing of the rows: callers' names and numbers are in no log", async () => {
  await withTemporaryDir(async (dataDir) => {
    const cluster = await startPrivateCluster({ dataDir, settings: FAST_BUT_UNSAFE });
    try {
      await withConnection(cluster, async (db) => {
        await sql`create table callers (name text primary key)`.execute(db);
        await sql`insert into callers values ('Nino Beridze')`.execute(db);
        await expect(sql`insert into callers values ('Nino Beridze')`.execute(db)).rejects.toThrow("callers_pkey");
      });
    } finally {
      await cluster.stop();
    }
    const folder = join(dataDir, "database/log");
    const logs = await Promise.all(
      (await readdir(folder)).map(async (name) => await readFile(join(folder, name), "utf8")),
    );
    expect(logs.join("")).toContain("callers_pkey");
    expect(logs.join("")).not.toContain("Nino");
  });
});

it("is adopted when it still runs, and keeps its data over a stop", async () => {
  await withOwnCluster(async ({ cluster, start, stop }) => {
    await withConnection(cluster, async (db) => {
      await sql`create table kept (word text)`.execute(db);
      await sql`insert into kept values ('here')`.execute(db);
    });
    const again = await start();
    expect(again.wasRunning).toBe(true);
    expect(again.pid).toBe(cluster.pid);
    await stop();
    const later = await start();
    expect(later.wasRunning).toBe(false);
    await withConnection(later, async (db) => {
      const { rows } = await sql<{ word: string }>`select word from kept`.execute(db);
      expect(rows).toEqual([{ word: "here" }]);
    });
  });
});

it("starts again after it was killed, though its pid belongs to a stranger by now", async () => {
  await withOwnCluster(async ({ cluster, dataDir, start }) => {
    process.kill(cluster.pid, "SIGKILL");
    await untilGone(cluster.pid);
    const serverUser = await stat(join(dataDir, "database"));
    // Of the same user, so that PostgreSQL itself would take it for the server.
    const stranger = spawn("/bin/sleep", ["600"], { uid: serverUser.uid, gid: serverUser.gid, stdio: "ignore" });
    onTestFinished(() => void stranger.kill());
    const pidFile = join(dataDir, "database", "postmaster.pid");
    const lines = (await readFile(pidFile, "utf8")).split("\n");
    await writeFile(pidFile, [stranger.pid, ...lines.slice(1)].join("\n"));
    // Orphaned backends end by themselves; until then PostgreSQL rightly refuses to start.
    const running = await vi.waitFor(start, { timeout: 30_000 });
    expect(running.wasRunning).toBe(false);
    expect(running.pid).not.toBe(stranger.pid);
    expect(stranger.exitCode).toBeNull();
  });
});

it("makes the database again when making it was cut in the middle", async () => {
  await withTemporaryDir(async (dataDir) => {
    // What a cut leaves: initdb's half-made files beside, and an empty directory of an older kind in the way.
    await mkdir(join(dataDir, "database.new", "base"), { recursive: true });
    await writeFile(join(dataDir, "database.new", "PG_VERSION"), "15\n");
    await mkdir(join(dataDir, "database"));
    await writeFile(join(dataDir, "database", "somebody's file"), "kept");
    const cluster = await startPrivateCluster({ dataDir, settings: FAST_BUT_UNSAFE });
    try {
      await withConnection(cluster, async (db) => expect(await setting(db, "server_encoding")).toBe("UTF8"));
      const names = await readdir(dataDir);
      expect(names).not.toContain("database.new");
      const broken = names.find((name) => name.startsWith("database.broken-"));
      expect(await readFile(join(dataDir, broken ?? "", "somebody's file"), "utf8")).toBe("kept");
    } finally {
      await cluster.stop();
    }
  });
});

it("puts its socket into a short directory when the data directory's path is too long for one", async () => {
  await withTemporaryDir(async (dir) => {
    const dataDir = join(dir, "a-rather-long-name-of-a-directory-in-which-a-shop-keeps-its-telephone-calls-and-more");
    const said: string[] = [];
    const start = () => startPrivateCluster({ dataDir, settings: FAST_BUT_UNSAFE, say: (what) => said.push(what) });
    const cluster = await start();
    try {
      expect(cluster.socketDir.length).toBeLessThan(60);
      expect((await stat(cluster.socketDir)).mode & 0o777).toBe(0o700);
      expect(said.at(-1)).toContain(cluster.socketDir);
      expect((await start()).socketDir).toBe(cluster.socketDir);
      await withConnection(cluster, async (db) => expect(await setting(db, "fsync")).toBe("off"));
    } finally {
      await cluster.stop();
    }
  });
});

it.runIf(userInfo().uid === 0)("says who cannot reach what when a directory above is closed", async () => {
  await withTemporaryDir(async (dir) => {
    const closed = join(dir, "closed");
    await mkdir(closed, { mode: 0o700 });
    const starting = startPrivateCluster({ dataDir: join(closed, "data"), settings: FAST_BUT_UNSAFE });
    await expect(starting).rejects.toMatchObject({
      reason: "not-reachable",
      message: expect.stringContaining("the user postgres cannot reach"),
    });
  });
});

it("is migrated once, also by two daemons at once", async () => {
  await withOwnCluster(async ({ cluster }) => {
    await withConnection(cluster, async (first) => {
      await withConnection(cluster, async (second) => {
        const [one, two] = await Promise.all([migrate(first), migrate(second)]);
        const done = [...one, ...two];
        expect(done.slice(0, 2)).toEqual(["2026-11-22-1-people-and-lines", "2026-11-22-2-calls"]);
        expect(Math.min(one.length, two.length)).toBe(0);
        expect(done).toEqual(done.toSorted());
        expect(await migrate(first)).toEqual([]);
      });
    });
  });
});
