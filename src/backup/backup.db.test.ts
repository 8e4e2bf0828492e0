import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { readAccessSettings, writeAccessSettings } from "../database/bans.ts";
import { migrate, migrateTo } from "../database/migrate.ts";
import { addRecording, finish, none, settings, withBox } from "../testing/backed-up-box.ts";
import { startSftpServer } from "../testing/sftp-server.ts";
import { mountSmallDisk } from "../testing/small-disk.ts";
import { freeTcpPort, withTemporaryDir } from "../testing/temporary.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { until } from "../testing/until.ts";
import { backgroundOf } from "./background-program.ts";
import { dumpDatabase, loadDatabase } from "./database-dump.ts";
import { drill } from "./drill.ts";
import { repositoryOf } from "./repository.ts";
import { Restic } from "./restic.ts";

const ACCESS = { local: ["192.168.1.0/24"], panel: ["203.0.113.7"], phones: [] };

test("a backup goes to a disk, is tried out, and comes back into a new installation with every row and file", async () => {
  await withTemporaryDir(async (disk) => {
    const repository = join(disk, "backups");
    const { password, path, rows } = await withTestDatabase((database) =>
      withBox(database, async (box) => {
        const path = await addRecording(box, "what the caller said");
        await addRecording(box, "something else");
        await box.secrets.write("trunk-1", "password of the line");
        await writeAccessSettings(box.db, ACCESS);
        await mkdir(join(box.dataDir, "prompts", "ka"), { recursive: true });
        await writeFile(join(box.dataDir, "prompts", "ka", "greeting.wav"), "gamarjoba");
        const { newPassword } = await box.desk.configure(settings(repository), none);
        expect(await box.desk.isOnSameDisk()).toBe(true);
        const within = settings(join(box.dataDir, "recordings", "backups"));
        await expect(box.desk.configure(within, none)).rejects.toMatchObject({ problem: "target-refused" });
        expect(newPassword).toMatch(/^([0-9a-z]{4}-){5}[0-9a-z]{4}$/);
        expect((await stat(join(box.dataDir, "secrets", "backup-password"))).mode & 0o777).toBe(0o600);

        const made = await finish(box.desk, "backup");
        expect(made).toMatchObject({ kind: "backup", isGood: true, problem: null });
        expect(made?.figures["files"]).toBeGreaterThanOrEqual(5);
        expect(await readdir(join(box.dataDir, "backup"))).not.toContain("stage");

        const drilled = await finish(box.desk, "drill");
        expect(drilled).toMatchObject({
          isGood: true,
          figures: { recordings: 2, compared: 2, missing: 0, different: 0 },
        });
        expect(await readdir(join(box.dataDir, "backup"))).not.toContain("drill");
        expect(box.desk.reading()).toMatchObject({ isSetUp: true, lastProblem: null, lastDrill: { isGood: true } });
        // A second time only what is new is stored.
        const again = await finish(box.desk, "backup");
        expect(again?.figures["addedBytes"]).toBeLessThan(made?.figures["addedBytes"] ?? 0);
        const rows = await sql<{ id: string }>`select id from calls order by id`.execute(box.db);
        return { password: newPassword ?? "", path, rows: rows.rows };
      }),
    );

    // Nothing of it can be read without the password.
    const stored = await readdir(repository, { recursive: true, withFileTypes: true });
    for (const file of stored.filter((entry) => entry.isFile()))
      expect((await readFile(join(file.parentPath, file.name))).includes("password of the line")).toBe(false);

    await withTestDatabase((database) =>
      withBox(database, async ({ desk, db, dataDir, secrets, restored }) => {
        const place = { target: { kind: "path" as const, path: repository }, password, s3Key: null };
        await expect(desk.snapshots({ ...place, password: "wrong" })).rejects.toMatchObject({
          problem: "wrong-password",
        });
        const [newest, older] = await desk.snapshots(place);
        expect(newest?.atMs).toBeGreaterThan(older?.atMs ?? 0);
        expect(desk.beginRestore(place, newest?.id ?? "")).toBe(true);
        await desk.idle();
        expect(desk.lastRestore).toMatchObject({ isGood: true, problem: null });
        expect(restored()).toBe(1);
        expect((await sql`select id from calls order by id`.execute(db)).rows).toEqual(rows);
        expect(await readFile(join(dataDir, "recordings", path), "utf8")).toBe("what the caller said");
        expect(await readFile(join(dataDir, "prompts", "ka", "greeting.wav"), "utf8")).toBe("gamarjoba");
        expect(await secrets.read("trunk-1")).toBe("password of the line");
        // Where the box was is not where it is.
        expect(await readAccessSettings(db)).toEqual({ ...ACCESS, local: null });
        // It goes on into the same repository.
        await desk.readSettings();
        expect(await finish(desk, "backup")).toMatchObject({ isGood: true });
      }),
    );
  });
});

test("a drill finds a recording that is not what the ledger says, and one that is not in the backup", async () => {
  await withTemporaryDir(async (disk) => {
    await withTestDatabase((database) =>
      withBox(database, async (box) => {
        const changed = await addRecording(box, "what the caller said");
        await box.desk.configure(settings(join(disk, "backups")), none);
        await writeFile(join(box.dataDir, "recordings", changed), "what the caller sais");
        await finish(box.desk, "backup");
        expect(await finish(box.desk, "drill")).toMatchObject({
          ...{ isGood: false, problem: "not-whole", detail: "recordings: 0 missing, 1 different" },
        });
        await rm(join(box.dataDir, "recordings", changed));
        await finish(box.desk, "backup");
        expect(await finish(box.desk, "drill")).toMatchObject({ detail: "recordings: 1 missing, 0 different" });
        expect(box.desk.reading().lastDrill?.isGood).toBe(false);
      }),
    );
  });
});

test("a disk that is not plugged in is said so, and no new repository hides it", async () => {
  await withTemporaryDir(async (disk) => {
    const repository = join(disk, "backups");
    await withTestDatabase((database) =>
      withBox(database, async ({ desk }) => {
        await desk.configure(settings(repository), none);
        await rm(repository, { recursive: true });
        await mkdir(repository);
        expect(await finish(desk, "backup")).toMatchObject({ isGood: false, problem: "no-repository" });
        await expect(desk.configure(settings(repository), none)).rejects.toMatchObject({ problem: "no-repository" });
        expect(await readdir(repository)).toEqual([]);
        expect(desk.reading()).toMatchObject({ lastProblem: "no-repository", lastGoodMs: null });
      }),
    );
  });
});

test("a backup of an older version comes back and is brought to this one's schema", async () => {
  await withTemporaryDir(async (disk) => {
    const path = join(disk, "backups");
    const password = await withTestDatabase(async (database) => {
      await sql`drop schema public cascade`.execute(database.db);
      await sql`create schema public`.execute(database.db);
      await migrateTo(database.db, "2026-11-22-3-redial-tickets");
      return await withBox(database, async (box) => {
        await addRecording(box, "what the caller said long ago");
        const { newPassword } = await box.desk.configure(settings(path), none);
        expect(await finish(box.desk, "backup")).toMatchObject({ isGood: true });
        return newPassword ?? "";
      });
    });
    await withTestDatabase((database) =>
      withBox(database, async ({ desk, db }) => {
        const place = { target: { kind: "path" as const, path }, password, s3Key: null };
        const [snapshot] = await desk.snapshots(place);
        desk.beginRestore(place, snapshot?.id ?? "");
        await desk.idle();
        expect(desk.lastRestore).toMatchObject({ isGood: true, problem: null });
        // What later migrations added is there, with what the old rows mean in it.
        expect(await db.selectFrom("recordings").select("kind").execute()).toEqual([{ kind: "conversation" }]);
        expect(await db.selectFrom("schedules").select("id").execute()).toHaveLength(1);
        expect(await migrate(db)).toEqual([]);
        // And it is a drill's subject like any other.
        await desk.readSettings();
        expect(await finish(desk, "drill")).toMatchObject({ isGood: true });
      }),
    );
  });
});

test("a backup of a newer version is refused, and nothing is changed by it", async () => {
  await withTemporaryDir(async (disk) => {
    const path = join(disk, "backups");
    const password = await withTestDatabase((database) =>
      withBox(database, async ({ db, desk }) => {
        await sql`insert into kysely_migration (name, timestamp) values ('2031-01-01-1-video', 'then')`.execute(db);
        const { newPassword } = await desk.configure(settings(path), none);
        await finish(desk, "backup");
        return newPassword ?? "";
      }),
    );
    await withTestDatabase((database) =>
      withBox(database, async (box) => {
        await addRecording(box, "mine");
        const place = { target: { kind: "path" as const, path }, password, s3Key: null };
        const [snapshot] = await box.desk.snapshots(place);
        box.desk.beginRestore(place, snapshot?.id ?? "");
        await box.desk.idle();
        expect(box.desk.lastRestore).toMatchObject({ isGood: false, problem: "newer-version" });
        expect(box.restored()).toBe(0);
        expect(await box.db.selectFrom("calls").select("id").execute()).toHaveLength(1);
      }),
    );
  });
});

test("over SFTP: with the key that the server was given; one that is off is away", async () => {
  await withTemporaryDir(async (dir) => {
    const sftp = await startSftpServer(dir);
    try {
      await withTestDatabase((database) =>
        withBox(database, async (box) => {
          const { host, port, user } = sftp;
          const target = { kind: "sftp" as const, host, port, user, path: join(dir, "far away") };
          await addRecording(box, "what the caller said");
          await expect(box.desk.configure({ ...settings(""), target }, none)).rejects.toMatchObject({
            problem: "target-refused",
          });
          sftp.allow(await box.desk.sshPublicKey());
          await box.desk.configure({ ...settings(""), target }, none);
          expect(await finish(box.desk, "backup")).toMatchObject({ isGood: true });
          expect(await finish(box.desk, "drill")).toMatchObject({ isGood: true, figures: { compared: 1 } });
          await sftp.stop();
          expect(await finish(box.desk, "backup")).toMatchObject({ isGood: false, problem: "target-away" });
        }),
      );
    } finally {
      await sftp.stop();
    }
  });
});

test("a target that is full says so; what was there before stays whole", async () => {
  const disk = await mountSmallDisk(24 * 1024 * 1024);
  try {
    await withTestDatabase((database) =>
      withBox(database, async (box) => {
        await addRecording(box, "what the caller said");
        await box.desk.configure(settings(join(disk.path, "backups")), none);
        expect(await box.desk.isOnSameDisk()).toBe(false);
        expect(await finish(box.desk, "backup")).toMatchObject({ isGood: true });
        await addRecording(box, randomBytes(24 * 1024 * 1024).toString("latin1"));
        expect(await finish(box.desk, "backup")).toMatchObject({ isGood: false, problem: "target-full" });
        expect(await finish(box.desk, "drill")).toMatchObject({ isGood: true, figures: { compared: 1 } });
      }),
    );
  } finally {
    await disk.remove();
  }
});

test("what has no room on the box itself is said of it, and not of the place for backups or of the backup", {
  timeout: 120_000,
}, async () => {
  const disk = await mountSmallDisk(4 * 1024 * 1024);
  try {
    await withTemporaryDir(async (dir) => {
      await withTestDatabase((database) =>
        withBox(database, async (box) => {
          await addRecording(box, randomBytes(8 * 1024 * 1024).toString("latin1"));
          await box.desk.configure(settings(join(dir, "backups")), none);
          expect(await finish(box.desk, "backup")).toMatchObject({ isGood: true });
          const [run, { signal }] = [backgroundOf(null), new AbortController()];
          const secrets = { password: (await box.secrets.read("backup-password")) ?? "", s3Key: null, sshKeyFile: "" };
          const restic = new Restic(repositoryOf(settings(join(dir, "backups")).target, secrets, dir), run);
          const snapshotId = (await restic.snapshots())[0]?.id ?? "";
          const full = { problem: "no-room-here" };
          await expect(restic.restore(snapshotId, join(disk.path, "restored"))).rejects.toMatchObject(full);
          await rm(join(disk.path, "restored"), { recursive: true });
          // It fetches the database, for which there is no room then.
          const trial = drill({ workDir: join(disk.path, "work"), run, restic, onProgress: () => undefined, signal });
          await expect(trial).rejects.toMatchObject(full);
          const dump = join(dir, "dump");
          await dumpDatabase({ ...database, run }, dump);
          await disk.fill();
          await expect(loadDatabase({ ...database, run }, dump, disk.path)).rejects.toMatchObject(full);
        }),
      );
    });
  } finally {
    await disk.remove();
  }
});

test("a server that does not answer is away, however long restic would go on trying", async () => {
  await withTemporaryDir(async (dir) => {
    // It takes what is said to it and says nothing.
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const target = {
      ...{ kind: "s3" as const, endpoint: `http://127.0.0.1:${port}`, bucket: "hotline" },
      ...{ prefix: "", keyId: "key" },
    };
    const run = backgroundOf(null);
    const restic = new Restic(repositoryOf(target, { password: "p", s3Key: "s", sshKeyFile: "" }, dir), run, 2_000);
    await expect(restic.open()).rejects.toMatchObject({ problem: "target-away" });
    // So it is for who looks for a backup to bring back.
    await expect(restic.snapshots()).rejects.toMatchObject({ problem: "target-away" });
    server.close();
    const nobody = { ...target, endpoint: `http://127.0.0.1:${await freeTcpPort()}` };
    const other = new Restic(repositoryOf(nobody, { password: "p", s3Key: "s", sshKeyFile: "" }, dir), run, 2_000);
    await expect(other.open()).rejects.toMatchObject({ problem: "target-away" });
  });
});

test("a backup that is cancelled ends soon, and the next one goes on", async () => {
  await withTemporaryDir(async (disk) => {
    await withTestDatabase((database) =>
      withBox(database, async (box) => {
        for (let index = 0; index < 20; index += 1) await addRecording(box, randomBytes(2_000_000).toString("hex"));
        await box.desk.configure(settings(join(disk, "backups")), none);
        expect(box.desk.begin("backup")).toBe(true);
        expect(box.desk.begin("drill")).toBe(false);
        await until("files are being stored", () => box.desk.running?.phase === "files");
        box.desk.cancel();
        await box.desk.idle();
        expect(box.desk.runs[0]).toMatchObject({ isGood: false, problem: "cancelled" });
        expect(await finish(box.desk, "backup")).toMatchObject({ isGood: true });
      }),
    );
  });
});
