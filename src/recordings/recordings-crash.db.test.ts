import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test, vi } from "vitest";
import { callId, legId } from "../calls/ids.ts";
import type { Db } from "../database/schema.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { markerWav } from "./marker-wav.ts";

interface Line {
  step?: string;
  error?: { problem?: string };
  left?: string[];
}

interface Scene {
  db: Db;
  dataDir: string;
  fileName: string;
  /** Runs the recordings part in a process of its own until it has nothing to do or dies. */
  run(dieAt: string, around?: readonly string[]): Promise<{ signal: NodeJS.Signals | null; lines: Line[] }>;
  begin(dieAt: string, around?: readonly string[]): { child: ChildProcess; lines: Line[]; ended: Promise<unknown> };
}

async function onScene(durationMs: number, work: (scene: Scene) => Promise<void>): Promise<void> {
  await withTemporaryDir((dataDir) =>
    withTestDatabase(async ({ db, url }) => {
      const call = callId(randomUUID());
      const fileName = `${call}.${legId(randomUUID())}.1.wav`;
      await mkdir(join(dataDir, "spool", "recordings"), { recursive: true });
      await mkdir(join(dataDir, "recordings"));
      await writeFile(join(dataDir, "spool", "recordings", fileName), markerWav(durationMs, 0));
      await db
        .insertInto("calls")
        .values({
          id: call,
          direction: "inbound",
          started_at: new Date(),
          caller_number: "",
          caller_name: "",
          dialled: "",
        })
        .execute();
      const program = [
        process.execPath,
        "--import",
        "tsx",
        join(import.meta.dirname, "recordings-process.ts"),
        url,
        dataDir,
      ];
      const children: ChildProcess[] = [];
      const begin = (dieAt: string, around: readonly string[] = []) => {
        const [command, ...args] = [...around, ...program, dieAt];
        const child = spawn(command ?? "", args, { stdio: ["ignore", "pipe", "inherit"] });
        children.push(child);
        const lines: Line[] = [];
        createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line) as Line));
        return { child, lines, ended: once(child, "close") };
      };
      const run = async (dieAt: string, around?: readonly string[]) => {
        const { child, lines, ended } = begin(dieAt, around);
        await ended;
        return { signal: child.signalCode, lines };
      };
      try {
        await work({ db, dataDir, fileName, run, begin });
      } finally {
        for (const child of children) child.kill("SIGKILL");
      }
    }),
  );
}

async function expectOneWholeRecording({ db, dataDir }: Scene, durationMs: number): Promise<void> {
  const rows = await db.selectFrom("recordings").selectAll().execute();
  expect(rows).toHaveLength(1);
  const [row] = rows;
  expect(row).toMatchObject({ state: "ready", duration_ms: durationMs });
  const names = await readdir(join(dataDir, "recordings"), { recursive: true });
  expect(names.filter((name) => name.includes(".opus"))).toEqual([row?.path]);
  const content = await readFile(join(dataDir, "recordings", row?.path ?? ""));
  expect(row?.sha256).toBe(createHash("sha256").update(content).digest("hex"));
  expect(await readdir(join(dataDir, "spool", "recordings"))).toEqual([]);
}

/** The dead one's lease has to run out first. */
async function untilFree(db: Db): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await db
        .selectFrom("recordings")
        .select("id")
        .where("state", "=", "encoding")
        .where("claimed_until", ">", new Date())
        .execute()
        .then((found) => ({ rows: found }));
      expect(rows).toEqual([]);
    },
    { timeout: 10_000, interval: 100 },
  );
}

test.each(["claimed", "repaired", "encoded", "published", "entered"])(
  "killed when it had %s: the next start ends with one whole recording and nothing else",
  async (step) => {
    await onScene(4_000, async (scene) => {
      const first = await scene.run(step);
      expect(first.signal).toBe("SIGKILL");
      expect(first.lines.at(-1)?.step).toBe(step);
      // Until the ledger has it, the WAV is there.
      expect(await readdir(join(scene.dataDir, "spool", "recordings"))).toEqual([scene.fileName]);
      await untilFree(scene.db);
      const second = await scene.run("none");
      expect(second.signal).toBeNull();
      await expectOneWholeRecording(scene, 4_000);
      // What was entered before the kill is only tidied up, not encoded again.
      expect(second.lines.some((line) => line.step === "encoded")).toBe(step !== "entered");
    });
  },
);

test("killed while ffmpeg writes: ffmpeg ends too, and the half file is replaced", async () => {
  const durationMs = 2 * 60_000;
  await onScene(durationMs, async (scene) => {
    const { child, ended } = scene.begin("none");
    const partFile = async () => {
      const names = await readdir(join(scene.dataDir, "recordings"), { recursive: true });
      const part = names.find((name) => name.endsWith(".part"));
      return part === undefined ? null : join(scene.dataDir, "recordings", part);
    };
    await vi.waitFor(
      async () => {
        const path = await partFile();
        expect(path === null ? 0 : (await stat(path)).size).toBeGreaterThan(0);
      },
      { timeout: 20_000, interval: 10 },
    );
    child.kill("SIGKILL");
    await ended;
    expect(await readdir(join(scene.dataDir, "spool", "recordings"))).toEqual([scene.fileName]);
    await vi.waitFor(async () => expect(await processesNaming(scene.fileName)).toEqual([]), {
      timeout: 10_000,
      interval: 50,
    });
    expect(await partFile()).not.toBeNull();
    await untilFree(scene.db);
    await scene.run("none");
    await expectOneWholeRecording(scene, durationMs);
  });
});

async function processesNaming(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    try {
      if ((await readFile(`/proc/${pid}/cmdline`, "utf8")).includes(text)) found.push(pid);
    } catch (error) {
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return found;
}

/** A process that sees mounts of its own; who is not root becomes it in a namespace. */
const OWN_MOUNTS =
  process.getuid?.() === 0 ? ["unshare", "--mount"] : ["unshare", "--user", "--map-root-user", "--mount"];
const canMount = spawnSync(OWN_MOUNTS[0] ?? "", [...OWN_MOUNTS.slice(1), "true"]).status === 0;

test.skipIf(!canMount)(
  "a disk that is full while encoding: no half file stays, the WAV does, and it is encoded later",
  async () => {
    await onScene(60_000, async (scene) => {
      const mount = `mount -t tmpfs -o size=64k none "${join(scene.dataDir, "recordings")}" && exec "$@"`;
      const { lines } = await scene.run("none", [...OWN_MOUNTS, "sh", "-c", mount, "sh"]);
      expect(lines.at(-1)).toEqual({ left: [] });
      const row = await scene.db.selectFrom("recordings").selectAll().executeTakeFirstOrThrow();
      expect(row).toMatchObject({ state: "waiting", problem: "disk-full", attempts: 0 });
      expect(row.next_try_at.getTime()).toBeGreaterThan(Date.now() + 30_000);
      expect(await readdir(join(scene.dataDir, "spool", "recordings"))).toEqual([scene.fileName]);
      await scene.db.updateTable("recordings").set({ next_try_at: new Date() }).execute();
      await scene.run("none");
      await expectOneWholeRecording(scene, 60_000);
    });
  },
);
