import { execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { backgroundOf } from "../backup/background-program.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { until } from "../testing/until.ts";
import { UpdateDesk, type UpdateDeskParts } from "./update-desk.ts";
import type { UpdateRecord, UpdateStatus } from "./update-record.ts";

const run = promisify(execFile);
const project = fileURLToPath(new URL("../..", import.meta.url));
const hasRauc = spawnSync("rauc", ["--version"]).status === 0;

const READY: UpdateRecord = {
  ...{ state: "ready", from: { slot: "A", version: "1.0.0" }, to: { slot: "B", version: "2.0.0" }, atMs: 1 },
  ...{ healthy: [], trunks: [], reason: null, missing: [] },
};

interface Box {
  desk: UpdateDesk;
  /** The daemon's folder. */
  folder: string;
  stick: string;
  keyring: string;
  world: { calls: number; clock: string; trunks: string[]; isSwitchThere: boolean; databaseUrl: string };
  tell: (status: UpdateStatus) => Promise<void>;
  looked: (status: UpdateStatus & { record: UpdateRecord }) => Promise<void>;
  asked: () => Record<string, unknown> | null;
  /** Signed by ours, or by somebody else. */
  bundle: (file: string, version: string, changes?: { signer?: string; compatible?: string }) => void;
}

async function withBox(work: (box: Box & { url: string; db: UpdateDeskParts["db"] }) => Promise<void>): Promise<void> {
  await withTestDatabase(async ({ db, url }) => {
    await withTemporaryDir(async (dir) => {
      const at = (name: string) => join(dir, name);
      for (const name of ["data", "status", "stick"]) mkdirSync(at(name));
      const world = { calls: 0, clock: "12:00", trunks: ["Magti"], isSwitchThere: true, databaseUrl: url };
      const folder = at("data/update");
      const tell = async (status: UpdateStatus) => await writeFile(at("status/status.json"), JSON.stringify(status));
      await tell({ booted: "A", record: null, request: null });
      const desk = new UpdateDesk({
        ...{ db, databaseUrl: () => world.databaseUrl, dataDir: at("data"), version: "1.0.0", log: keptLog() },
        run: backgroundOf(null),
        calls: () => world.calls,
        isDatabaseThere: () => true,
        isSwitchThere: () => world.isSwitchThere,
        trunks: () => world.trunks,
        syntheticCall: () => Promise.resolve(true),
        clock: () => world.clock,
        ...{ onChange: () => undefined, nowMs: () => Date.now(), lookMs: 20 },
        ...{ statusFolder: at("status"), sticks: [at("stick")], keyring: at("ours.pem") },
      });
      const certify = (signer: string) =>
        execFileSync(
          "openssl",
          [
            ...[
              "req",
              "-x509",
              "-newkey",
              "ec",
              "-pkeyopt",
              "ec_paramgen_curve:P-256",
              "-nodes",
              "-subj",
              "/CN=Updates",
            ],
            ...["-days", "2", "-keyout", at(`${signer}.key`), "-out", at(`${signer}.pem`)],
          ],
          { stdio: "ignore" },
        );
      certify("ours");
      certify("theirs");
      const bundle: Box["bundle"] = (file, version, { signer = "ours", compatible = "hotline-box-amd64" } = {}) => {
        const content = at(`content-${version}-${signer}-${compatible}`);
        mkdirSync(content);
        // RAUC makes no bundle of a page or less.
        writeFileSync(join(content, "system.tar"), randomBytes(65_536));
        writeFileSync(
          join(content, "manifest.raucm"),
          `[update]\ncompatible=${compatible}\nversion=${version}\n[bundle]\nformat=verity\n[image.rootfs]\nfilename=system.tar\n`,
        );
        const pair = [`--cert=${at(`${signer}.pem`)}`, `--key=${at(`${signer}.key`)}`];
        execFileSync("rauc", ["bundle", ...pair, content, file], { stdio: "ignore" });
      };
      /** Two changes of what root says, both seen: between them lies a whole look. */
      const looked = async (status: UpdateStatus & { record: UpdateRecord }) => {
        for (const later of [1, 2]) {
          const atMs = status.record.atMs + later;
          await tell({ ...status, record: { ...status.record, atMs } });
          await until("it has looked again", () => desk.last?.atMs === atMs);
        }
      };
      const asked = () => {
        try {
          return JSON.parse(readFileSync(join(folder, "request.json"), "utf8")) as Record<string, unknown>;
        } catch (error) {
          if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
          throw error;
        }
      };
      await desk.start();
      try {
        await work({
          desk,
          folder,
          stick: at("stick"),
          keyring: at("ours.pem"),
          world,
          tell,
          looked,
          asked,
          bundle,
          url,
          db,
        });
      } finally {
        await desk.stop();
      }
    });
  });
}

describe.skipIf(!hasRauc)("bundles", () => {
  test("a stick's bundles are offered with their version; what is signed by somebody else, cut off or for another product is not taken", async () => {
    await withBox(async ({ desk, stick, folder, bundle, asked }) => {
      bundle(join(stick, "good.raucb"), "2.0.0");
      bundle(join(stick, "theirs.raucb"), "2.0.0", { signer: "theirs" });
      bundle(join(stick, "other.raucb"), "2.0.0", { compatible: "toaster" });
      writeFileSync(join(stick, "short.raucb"), readFileSync(join(stick, "good.raucb")).subarray(0, 4_000));
      // On a file system that has them, none of these is a file: who reads the first waits for ever.
      execFileSync("mkfifo", [join(stick, "pipe.raucb")]);
      symlinkSync(join(stick, "good.raucb"), join(stick, "link.raucb"));
      await desk.find();
      const found = new Map(desk.offers.map(({ name, version, problem }) => [name, { version, problem }]));
      expect([...found.keys()]).not.toEqual(expect.arrayContaining(["pipe.raucb"]));
      expect([...found.keys()]).not.toEqual(expect.arrayContaining(["link.raucb"]));
      expect(found.get("good.raucb")).toEqual({ version: "2.0.0", problem: null });
      expect(found.get("theirs.raucb")).toEqual({ version: null, problem: "signature" });
      expect(found.get("other.raucb")).toEqual({ version: null, problem: "other-product" });
      expect(found.get("short.raucb")?.problem).toMatch(/not-readable|signature/);
      for (const bad of ["theirs.raucb", "other.raucb", "short.raucb"])
        expect(() => desk.begin(join(stick, bad))).toThrow(/signature|other-product|not-readable/);
      expect(asked()).toBeNull();
      // RAUC itself is given a copy: from a stick with FAT it takes nothing.
      desk.begin(join(stick, "good.raucb"));
      await desk.idle();
      const copy = join(folder, "disk.raucb");
      expect(asked()).toMatchObject({ action: "install", bundle: copy });
      expect(readFileSync(copy).equals(readFileSync(join(stick, "good.raucb")))).toBe(true);
      rmSync(join(stick, "good.raucb"));
      desk.begin(join(stick, "good.raucb"));
      await desk.idle();
      expect(desk.problem).toBe("not-there");
    });
  });

  test("an upload is taken in as it comes; one that ends early is not", async () => {
    await withBox(async ({ desk, stick, folder, bundle }) => {
      const file = join(stick, "good.raucb");
      bundle(file, "2.0.0");
      const bytes = readFileSync(file);
      const body = () => new Blob([bytes]).stream();
      await expect(desk.receive(body(), bytes.length + 1)).rejects.toThrow("not-whole");
      await expect(desk.receive(body(), bytes.length - 1)).rejects.toThrow("not-whole");
      await desk.receive(body(), bytes.length);
      expect(desk.offers).toMatchObject([{ source: "upload", version: "2.0.0", problem: null }]);
      expect(statSync(join(folder, "upload.raucb")).size).toBe(bytes.length);
    });
  });

  test("a channel names a newer version; it is fetched when wanted, and refused when its checksum or its signature is another", async () => {
    await withBox(async ({ desk, stick, bundle, asked, folder }) => {
      bundle(join(stick, "good.raucb"), "2.0.0");
      bundle(join(stick, "theirs.raucb"), "2.0.1", { signer: "theirs" });
      const sha256 = (name: string) =>
        createHash("sha256")
          .update(readFileSync(join(stick, name)))
          .digest("hex");
      const channel = {
        version: "2.0.0",
        url: "good.raucb",
        bytes: statSync(join(stick, "good.raucb")).size,
        sha256: "",
      };
      let told: typeof channel = { ...channel, sha256: "0".repeat(64) };
      const server = createServer((request, response) => {
        if (request.url === "/hotline/channel.json") response.end(JSON.stringify(told));
        else response.end(readFileSync(join(stick, (request.url ?? "").replace("/hotline/", ""))));
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      try {
        const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hotline/`;
        await desk.configure(`${address}channel.json`);
        const take = async () => {
          await desk.find();
          const offer = desk.offers.find(({ source, version }) => source === "channel" && version !== null);
          desk.begin(offer?.id ?? "");
          await desk.idle();
          return desk.problem;
        };
        expect(await take()).toBe("checksum");
        const bytes = statSync(join(stick, "theirs.raucb")).size;
        told = { ...channel, url: "theirs.raucb", bytes, sha256: sha256("theirs.raucb") };
        expect(await take()).toBe("signature");
        expect(asked()).toBeNull();
        told = { ...channel, sha256: sha256("good.raucb") };
        expect(await take()).toBeNull();
        expect(asked()).toMatchObject({ action: "install", bundle: join(folder, "channel.raucb") });
        // What runs already is not offered.
        told = { ...told, version: "1.0.0" };
        await desk.find();
        expect(desk.offers.some(({ id }) => id === `${address}good.raucb`)).toBe(false);
      } finally {
        server.close();
      }
    });
  });
});

test("it is started from in a free moment, after a copy of the database, with what is healthy written down", async () => {
  await withBox(async ({ desk, folder, world, tell, looked, asked }) => {
    world.calls = 1;
    await tell({ booted: "A", record: READY, request: null });
    await until("the state is known", () => desk.last?.state === "ready");
    expect(() => desk.restart("now", false)).toThrow("in-conversation");
    desk.restart("when-free", false);
    await looked({ booted: "A", record: READY, request: null });
    expect(asked()).toBeNull();
    world.calls = 0;
    await until("it is asked for", () => asked() !== null);
    expect(asked()).toMatchObject({
      ...{ action: "restart", healthy: ["database", "switch", "trunks", "synthetic-call"], trunks: ["Magti"] },
    });
    const facts = JSON.parse(await readFile(join(folder, "before.json"), "utf8")) as { migrations: string[] };
    expect(facts.migrations.length).toBeGreaterThan(10);
    expect(statSync(join(folder, "before.dump")).size).toBeGreaterThan(1_000);
    expect(desk.running?.phase).toBe("restarting");
  });
});

test("a database that cannot be copied is said to be why it is not started from", async () => {
  await withBox(async ({ desk, folder, world, tell, asked }) => {
    await tell({ booted: "A", record: READY, request: null });
    await until("it is ready", () => desk.last?.state === "ready");
    // pg_dump finds nobody.
    world.databaseUrl = "postgresql://hotline@127.0.0.1:1/hotline";
    desk.restart("now", false);
    expect(await until("it has failed", () => desk.problem)).toBe("no-copy");
    expect(asked()).toBeNull();
    expect(readdirSync(folder)).toEqual([]);
  });
});

test("at night it waits for the night; what was dismissed does not come; who insists is obeyed", async () => {
  await withBox(async ({ desk, world, tell, looked, asked }) => {
    const ready = { booted: "A" as const, record: READY, request: null };
    await tell(ready);
    await until("the state is known", () => desk.last?.state === "ready");
    desk.restart("at-night", false);
    await looked(ready);
    expect(asked()).toBeNull();
    desk.dismiss();
    world.clock = "03:00";
    await looked({ ...ready, record: { ...READY, atMs: READY.atMs + 10 } });
    expect(asked()).toBeNull();
    world.calls = 1;
    desk.restart("now", true);
    await until("it is asked for", () => asked() !== null);
  });
});

test("in the new system the daemon says how it is, until that has been judged", async () => {
  await withBox(async ({ world, tell, folder }) => {
    world.trunks = ["Magti", "Silknet"];
    await tell({
      ...{ booted: "B", request: null },
      record: { ...READY, state: "trying", healthy: ["switch", "trunks", "synthetic-call"], trunks: ["Magti"] },
    });
    const evidence = async () =>
      JSON.parse(await readFile(join(folder, "evidence.json"), "utf8").catch(() => "null")) as unknown;
    await until("it is said", async () => (await evidence()) !== null);
    expect(await evidence()).toMatchObject({ switch: true, trunks: ["Magti", "Silknet"], syntheticCall: true });
  });
});

test("while the database of before is being brought back, nothing else is begun", async () => {
  await withBox(async ({ desk, tell }) => {
    await tell({ booted: "A", record: { ...READY, state: "going-back" }, request: null });
    await until("the state is known", () => desk.last?.state === "going-back");
    await expect(desk.find()).rejects.toThrow("busy");
  });
});

test("going back brings the database back if the new system has changed its form, and leaves it alone if not", async () => {
  await withBox(async ({ desk, tell, asked, folder, url, db }) => {
    const add = async (detail: string) =>
      await sql`insert into audit (user_id, action, data) values (null, ${detail}, '{}')`.execute(db);
    const actions = async () =>
      (await db.selectFrom("audit").select("action").orderBy("id").execute()).map(({ action }) => action);
    await add("before");
    await tell({ booted: "A", record: READY, request: null });
    await until("the state is known", () => desk.last?.state === "ready");
    desk.restart("now", false);
    await until("it is asked for", () => asked() !== null);
    await add("in the new system");
    const command = ["--import", "tsx", join(project, "src/bring-back-command.ts")];
    const way = {
      env: { PATH: process.env["PATH"], HOTLINE_DATA_DIR: join(folder, ".."), DATABASE_URL: url },
      cwd: project,
    };
    const bringBack = async () => await run(process.execPath, command, way);
    expect((await bringBack()).stderr).toContain("stays as it is");
    expect(await actions()).toEqual(["before", "in the new system"]);
    const migrateFurther = async () => {
      await sql`create table of_the_new_system (id int)`.execute(db);
      await sql`insert into kysely_migration (name, timestamp) values ('9999-newer', now())`.execute(db);
    };
    await migrateFurther();
    expect((await bringBack()).stderr).toContain("as it was before the update");
    expect(await actions()).toEqual(["before"]);
    const left = await sql<{ name: string }>`select name from kysely_migration where name = '9999-newer'`.execute(db);
    expect(left.rows).toEqual([]);
    expect(statSync(join(folder, "after.dump")).size).toBeGreaterThan(1_000);
    // Again, as after a power cut behind it.
    expect((await bringBack()).stderr).toContain("stays as it is");

    await migrateFurther();
    await add("in another new system");
    const changed = await actions();
    await db.transaction().execute(async (reader) => {
      await sql`select from audit`.execute(reader);
      const cut = spawn(process.execPath, command, { ...way, detached: true, stdio: "ignore" });
      const isEnded = once(cut, "close");
      await until("the old one is being loaded", async () => {
        const { rows } = await sql`
          select from pg_stat_activity where query like 'drop schema%' and wait_event_type = 'Lock'`.execute(db);
        return rows.length > 0;
      });
      process.kill(-(cut.pid ?? 0), "SIGKILL");
      await isEnded;
    });
    expect(await actions()).toEqual(changed);
    // What the new system wrote cannot be kept; that is no reason to stay with it.
    rmSync(join(folder, "after.dump"));
    for (const name of ["after.dump", "after.dump.new"]) mkdirSync(join(folder, name));
    const { stderr } = await bringBack();
    expect(stderr).toContain("is not kept");
    expect(stderr).toContain("as it was before the update");
    expect(await actions()).toEqual(["before"]);
    expect(readdirSync(folder).filter((name) => /work|after/.test(name))).toEqual([]);
  });
});
