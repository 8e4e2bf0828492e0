/** Backups whose programs run in a unit of their own, as on a box. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addRecording, type Box, finish, none, settings, withBox } from "../testing/backed-up-box.ts";
import { type BackupUnit, startBackupUnit, whyNoBackupUnit } from "../testing/backup-unit.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { until } from "../testing/until.ts";

const COMMAND = fileURLToPath(new URL("../backup-command.ts", import.meta.url));
const cannot = whyNoBackupUnit();
if (cannot !== null) console.log(`LEFT OUT: backups in a unit of their own (${cannot})`);

/** Of programs that have these words among theirs, with who started them. */
async function processes(...words: string[]): Promise<{ pid: number; parent: number }[]> {
  const found: { pid: number; parent: number }[] = [];
  for (const name of (await readdir("/proc")).filter((one) => /^[0-9]+$/.test(one))) {
    const read = async (file: string) => await readFile(`/proc/${name}/${file}`, "utf8").catch(() => "");
    const args = (await read("cmdline")).split("\0");
    const parent = Number(/^PPid:\s*([0-9]+)$/m.exec(await read("status"))?.[1]);
    if (words.every((word) => args.includes(word))) found.push({ pid: Number(name), parent });
  }
  return found;
}

/** Enough recordings that a backup onto `path` can be caught in its middle. */
async function fill(box: Box, path: string): Promise<void> {
  for (let index = 0; index < 20; index += 1) await addRecording(box, randomBytes(1_000_000).toString("hex"));
  await box.desk.configure(settings(path), none);
}

/** @returns restic, in the middle of a backup */
async function begun(box: Box, path: string): Promise<{ pid: number; parent: number }> {
  expect(box.desk.begin("backup")).toBe(true);
  await until("files are being stored", () => (box.desk.running?.percent ?? 0) > 0, 30_000);
  return await until("restic runs", async () => (await processes("restic", "backup", path))[0]);
}

describe.skipIf(cannot !== null)("in a unit of its own", () => {
  let unit: BackupUnit;
  beforeAll(async () => {
    unit = await startBackupUnit();
  });
  afterAll(async () => await unit?.stop());

  const isOfUnit = async (pid: number) =>
    (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes("backup-program.js");
  const programsRun = () => unit.said().split("Connection from").length - 1;

  test("a backup is made, tried out in a database there, and brought back", { timeout: 120_000 }, async () => {
    await withTemporaryDir(async (disk) => {
      const path = join(disk, "სარეზერვო copies");
      const password = await withTestDatabase((database) =>
        withBox(
          database,
          async (box) => {
            await addRecording(box, "what the caller said");
            const { newPassword } = await box.desk.configure(settings(path), none);
            expect(await box.desk.sshPublicKey()).toMatch(/^ssh-ed25519 /);
            expect(await finish(box.desk, "backup")).toMatchObject({ isGood: true, problem: null });
            const before = programsRun();
            expect(before).toBeGreaterThan(8);
            const scratch = join(box.dataDir, "backup/drill/scratch/database");
            expect(box.desk.begin("drill")).toBe(true);
            const server = await until(
              "the scratch database runs",
              async () => (await processes("-D", scratch))[0],
              30_000,
            );
            expect(await isOfUnit(server.parent)).toBe(true);
            await box.desk.idle();
            expect(box.desk.runs[0]).toMatchObject({ kind: "drill", isGood: true, figures: { compared: 1 } });
            expect(await processes("-D", scratch)).toEqual([]);
            expect(programsRun()).toBeGreaterThan(before + 4);
            return newPassword ?? "";
          },
          unit.path,
        ),
      );
      expect(password).not.toBe("");
      expect(unit.said()).not.toContain(password);
      await withTestDatabase((database) =>
        withBox(
          database,
          async ({ desk, db }) => {
            const place = { target: { kind: "path" as const, path }, password, s3Key: null };
            const [snapshot] = await desk.snapshots(place);
            expect(desk.beginRestore(place, snapshot?.id ?? "")).toBe(true);
            await desk.idle();
            expect(desk.lastRestore).toMatchObject({ isGood: true, problem: null });
            expect(await db.selectFrom("calls").select("caller_name").execute()).toEqual([{ caller_name: "Nino" }]);
          },
          unit.path,
        ),
      );
    });
  });

  test("cancelled or killed for its memory, it is written down as what it was, and the next one is made", {
    timeout: 120_000,
  }, async () => {
    await withTemporaryDir(async (disk) => {
      const path = join(disk, "backups");
      await withTestDatabase((database) =>
        withBox(
          database,
          async (box) => {
            await fill(box, path);
            const cancelled = await begun(box, path);
            expect(await isOfUnit(cancelled.parent)).toBe(true);
            box.desk.cancel();
            await box.desk.idle();
            expect(box.desk.runs[0]).toMatchObject({ isGood: false, problem: "cancelled" });
            expect(await readdir(join(path, "locks"))).toEqual([]);

            const killed = await begun(box, path);
            process.kill(killed.pid, "SIGKILL");
            await box.desk.idle();
            const [run] = box.desk.runs;
            expect(run).toMatchObject({ isGood: false, problem: "failed" });
            expect(run?.detail).toContain(
              "restic was ended by SIGKILL; so the kernel ends programs when memory is short",
            );
            expect(await readdir(join(path, "locks"))).toHaveLength(1);
            expect(await finish(box.desk, "backup")).toMatchObject({ isGood: true });
            expect(await readdir(join(path, "locks"))).toEqual([]);

            box.desk.begin("drill");
            const scratch = join(box.dataDir, "backup/drill/scratch/database");
            const server = await until(
              "the scratch database runs",
              async () => (await processes("-D", scratch))[0],
              30_000,
            );
            process.kill(server.pid, "SIGKILL");
            await box.desk.idle();
            expect(box.desk.runs[0]).toMatchObject({ kind: "drill", isGood: false, problem: "failed" });
            expect(box.desk.runs[0]?.detail).toContain("postgres was ended by SIGKILL");
            expect(await finish(box.desk, "drill")).toMatchObject({ isGood: true });
          },
          unit.path,
        ),
      );
    });
  });

  test("the end of the daemon waits for no place that hangs; the unit ends what works with it", {
    timeout: 120_000,
  }, async () => {
    await withTemporaryDir(async (disk) => {
      const path = join(disk, "backups");
      await withTestDatabase((database) =>
        withBox(
          database,
          async (box) => {
            await fill(box, path);
            const hanging = await begun(box, path);
            const restic = async () => (await processes("restic", "backup", path))[0];
            // As one that waits for a server that is gone.
            process.kill(hanging.pid, "SIGSTOP");
            const fromMs = performance.now();
            await box.desk.stop();
            expect(performance.now() - fromMs).toBeLessThan(20_000);
            expect(await restic()).toEqual(hanging);
            await until("restic has been ended", async () => (await restic()) === undefined, 40_000);
          },
          unit.path,
        ),
      );
    });
  });

  test("the daemon is killed in the middle: the program ends and leaves no lock", { timeout: 120_000 }, async () => {
    await withTemporaryDir(async (disk) => {
      const path = join(disk, "backups");
      await withTestDatabase((database) =>
        withBox(
          database,
          async (box) => {
            await fill(box, path);
            const { PATH = "" } = process.env;
            const given = { HOTLINE_DATA_DIR: box.dataDir, DATABASE_URL: database.url };
            const env = { PATH, HOME: disk, ...given, HOTLINE_BACKUP_PROGRAMS: unit.path };
            const daemon = spawn(process.execPath, ["--import", "tsx", COMMAND, "backup"], { env, stdio: "ignore" });
            const restic = async () => (await processes("restic", "backup", path))[0];
            await until("files are being stored", restic, 60_000);
            // Until it has looked at its lock a second time restic leaves it behind.
            await until("it has stored something", async () => {
              const stored = await readdir(join(path, "data"), { recursive: true, withFileTypes: true });
              return stored.some((entry) => entry.isFile() && !entry.name.includes("-tmp-"));
            });
            const ended = once(daemon, "exit");
            daemon.kill("SIGKILL");
            await ended;
            await until("restic has ended", async () => (await restic()) === undefined, 30_000);
            expect(await readdir(join(path, "locks"))).toEqual([]);
            expect(await finish(box.desk, "backup")).toMatchObject({ isGood: true });
          },
          unit.path,
        ),
      );
    });
  });

  test("without the unit a backup says what is missing", async () => {
    await withTemporaryDir(async (disk) => {
      await withTestDatabase((database) =>
        withBox(
          database,
          async ({ desk }) => {
            const configured = desk.configure(settings(join(disk, "backups")), none);
            await expect(configured).rejects.toMatchObject({ problem: "failed" });
          },
          join(disk, "nobody.sock"),
        ),
      );
    });
  });
});
