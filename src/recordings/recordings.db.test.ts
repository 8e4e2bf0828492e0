import { createHash, randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { type CallId, callId, type LegId, legId } from "../calls/ids.ts";
import { connect } from "../database/connect.ts";
import { migrate } from "../database/migrate.ts";
import type { Db } from "../database/schema.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { withOwnCluster, withTestDatabase } from "../testing/test-database.ts";
import { findFfmpeg } from "./ffmpeg.ts";
import { markerSamples, markerWav } from "./marker-wav.ts";
import { createRecordings, type Recordings, type RecordingsChange, type RecordingsOptions } from "./recordings.ts";
import { wavHeader } from "./wav-file.ts";

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

interface Bench {
  db: Db;
  dataDir: string;
  spool: string;
  archive: string;
  changes: RecordingsChange[];
  make(options?: Partial<RecordingsOptions>): Recordings;
}

/** A data directory and a database; whatever recordings are made on them are stopped at the end. */
async function onBench(work: (bench: Bench) => Promise<void>, given?: { db: Db; dataDir: string }): Promise<void> {
  const run = async (db: Db, dataDir: string) => {
    const spool = join(dataDir, "spool", "recordings");
    await mkdir(spool, { recursive: true });
    const made: Recordings[] = [];
    const changes: RecordingsChange[] = [];
    const make = (options: Partial<RecordingsOptions> = {}) => {
      const recordings = createRecordings({
        db,
        dataDir,
        log: quiet,
        isLegAlive: () => false,
        onChange: (change) => changes.push(change),
        ...options,
        timing: { quietMs: 0, leaseMs: 1_000, awayRetryMs: 50, retryDelayMs: () => 20, ...options.timing },
      });
      made.push(recordings);
      return recordings;
    };
    try {
      await work({ db, dataDir, spool, archive: join(dataDir, "recordings"), changes, make });
    } finally {
      await Promise.all(made.map((recordings) => recordings.stop()));
    }
  };
  if (given) return await run(given.db, given.dataDir);
  await withTemporaryDir((dataDir) => withTestDatabase(({ db }) => run(db, dataDir)));
}

interface Recorded {
  callId: CallId;
  legId: LegId;
  fileName: string;
}

function newRecorded(): Recorded {
  const call = callId(randomUUID());
  const leg = legId(randomUUID());
  return { callId: call, legId: leg, fileName: `${call}.${leg}.1.wav` };
}

async function insertCall(db: Db, id: CallId, talkMs: number | null = null): Promise<void> {
  await db
    .insertInto("calls")
    .values({
      id,
      direction: "inbound",
      started_at: new Date(Date.now() - 60_000),
      ended_at: new Date(),
      outcome: "talked",
      caller_number: "555112233",
      caller_name: "",
      dialled: "2112233",
      talk_ms: talkMs,
    })
    .execute();
}

/** What the engine's journal leaves in the database when a recording begins. */
async function insertRecording(db: Db, recorded: Recorded, startedAt = new Date(Date.now() - 30_000)): Promise<void> {
  await db
    .insertInto("recordings")
    .values({
      call_id: recorded.callId,
      leg_id: recorded.legId,
      file_name: recorded.fileName,
      state: "recording",
      started_at: startedAt,
    })
    .execute();
}

/** A call, its row in the ledger and its file, as a killed switch leaves it: without a length. */
async function recorded(bench: Bench, content = markerWav(3_000, 0)): Promise<Recorded> {
  const one = newRecorded();
  await insertCall(bench.db, one.callId);
  await insertRecording(bench.db, one);
  await writeFile(join(bench.spool, one.fileName), content);
  return one;
}

async function rowOf(db: Db, { fileName }: { fileName: string }) {
  return await db.selectFrom("recordings").selectAll().where("file_name", "=", fileName).executeTakeFirst();
}

async function untilState(db: Db, one: Recorded, state: string): Promise<void> {
  await vi.waitFor(async () => expect((await rowOf(db, one))?.state).toBe(state), { timeout: 30_000, interval: 50 });
}

async function archived(bench: Bench): Promise<string[]> {
  const names = await readdir(bench.archive, { recursive: true });
  return names.filter((name) => name.includes(".opus")).toSorted();
}

async function expectReady(bench: Bench, one: Recorded, durationMs: number): Promise<void> {
  const row = await rowOf(bench.db, one);
  expect(row).toMatchObject({ state: "ready", duration_ms: durationMs, claimed_until: null });
  const content = await readFile(join(bench.archive, row?.path ?? ""));
  expect(row?.bytes).toBe(content.length);
  expect(row?.sha256).toBe(createHash("sha256").update(content).digest("hex"));
  expect(await readdir(bench.spool)).not.toContain(one.fileName);
}

/** A program that calls the real ffmpeg after its own doings. */
async function wrappedFfmpeg(dir: string, script: string): Promise<string> {
  const path = join(dir, `ffmpeg-${randomUUID()}`);
  await writeFile(path, `#!/bin/sh\n${script}\nexec "${await findFfmpeg()}" "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

test("a recording that stopped is encoded, entered with what was measured, and only then leaves the spool", async () => {
  await onBench(async (bench) => {
    const one = await recorded(bench, markerWav(12_340, 0));
    const recordings = bench.make({ isLegAlive: () => true });
    await recordings.start();
    await recordings.idle();
    expect((await rowOf(bench.db, one))?.state).toBe("recording");
    recordings.recordingStopped(join("/somewhere/spool", one.fileName));
    await recordings.idle();
    await expectReady(bench, one, 12_340);
    const row = await rowOf(bench.db, one);
    const startedOn = row?.started_at.toISOString().slice(0, 10).replaceAll("-", "/");
    expect(row?.path).toBe(`${startedOn}/${one.fileName.replace(".wav", ".opus")}`);
    expect(row).toMatchObject({ problem: null, attempts: 1 });
    expect(await archived(bench)).toEqual([row?.path]);
    const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
    expect(await modeOf(join(bench.archive, row?.path ?? ""))).toBe(0o600);
    expect(await modeOf(join(bench.archive, startedOn ?? ""))).toBe(0o700);
    expect(await modeOf(join(bench.archive, startedOn?.slice(0, 4) ?? ""))).toBe(0o700);

    const id = row?.id ?? "";
    expect(await recordings.reader.file(id)).toMatchObject({
      path: join(bench.archive, row?.path ?? ""),
      callId: one.callId,
    });
    const peaks = await recordings.reader.peaks(id);
    expect(peaks?.durationMs).toBe(12_340);
    expect(peaks?.left.length).toBe(800);
    expect(Math.max(...(peaks?.right ?? []))).toBeCloseTo(0.305, 2);
    const told = { type: "recording-changed", callId: one.callId, recordingId: id };
    // Stopped, taken up, ready.
    expect(bench.changes).toEqual([told, told, told]);
  });
});

test("nothing is found under an id that is none", async () => {
  await onBench(async (bench) => {
    const { reader } = bench.make();
    for (const id of [randomUUID(), "1", "../../etc/passwd", ""]) {
      expect(await reader.file(id)).toBeNull();
      expect(await reader.peaks(id)).toBeNull();
    }
  });
});

test("at the start the spool is picked up: what a dead leg left, but not what is still being written", async () => {
  await onBench(async (bench) => {
    const [gone, alive, unknown] = [await recorded(bench), await recorded(bench), await recorded(bench)];
    const isLegAlive = (leg: LegId) => (leg === unknown.legId ? null : leg === alive.legId);
    const recordings = bench.make({ isLegAlive });
    await recordings.start();
    await untilState(bench.db, gone, "ready");
    await recordings.idle();
    expect((await rowOf(bench.db, alive))?.state).toBe("recording");
    expect((await rowOf(bench.db, unknown))?.state).toBe("recording");
    expect(await readdir(bench.spool)).toHaveLength(2);
    // The switch does not come back: after some time what lies still is taken.
    const past = new Date(Date.now() - 16 * 60_000);
    await utimes(join(bench.spool, unknown.fileName), past, past);
    await recordings.scan();
    await recordings.idle();
    await expectReady(bench, unknown, 3_000);
    expect((await rowOf(bench.db, alive))?.state).toBe("recording");
  });
});

test("a file that still grows is not taken although its leg is said to be gone", async () => {
  await onBench(async (bench) => {
    const one = await recorded(bench);
    const recordings = bench.make({ timing: { quietMs: 60_000 } });
    await recordings.start();
    await recordings.scan();
    expect((await rowOf(bench.db, one))?.state).toBe("recording");
    const past = new Date(Date.now() - 61_000);
    await utimes(join(bench.spool, one.fileName), past, past);
    await recordings.scan();
    await recordings.idle();
    await expectReady(bench, one, 3_000);
  });
});

test("a file without a row gets one from its name", async () => {
  await onBench(async (bench) => {
    const one = newRecorded();
    await insertCall(bench.db, one.callId);
    await writeFile(join(bench.spool, one.fileName), markerWav(5_000, 0));
    await writeFile(join(bench.spool, "notes.txt"), "not ours");
    const endedAt = new Date("2026-11-20T10:00:05Z");
    await utimes(join(bench.spool, one.fileName), endedAt, endedAt);
    const recordings = bench.make();
    await recordings.start();
    await recordings.idle();
    await expectReady(bench, one, 5_000);
    const row = await rowOf(bench.db, one);
    expect(row).toMatchObject({ call_id: one.callId, leg_id: one.legId, ended_at: endedAt });
    expect(Math.abs((row?.started_at.getTime() ?? 0) - (endedAt.getTime() - 5_000))).toBeLessThan(10);
    expect(row?.path).toContain("2026/11/20/");
    expect(await readdir(bench.spool)).toEqual(["notes.txt"]);
  });
});

test("a file waits for its call's row; if none comes, the call is entered from the file's name", async () => {
  await onBench(async (bench) => {
    const [late, never] = [newRecorded(), newRecorded()];
    for (const one of [late, never]) await writeFile(join(bench.spool, one.fileName), markerWav(2_000, 0));
    const recordings = bench.make();
    await recordings.start();
    await recordings.scan();
    expect(await rowOf(bench.db, late)).toBeUndefined();
    await insertCall(bench.db, late.callId);
    await untilState(bench.db, late, "ready");
    expect(await rowOf(bench.db, never)).toBeUndefined();
    const past = new Date(Math.floor(Date.now() / 1000) * 1000 - 6 * 60_000);
    await utimes(join(bench.spool, never.fileName), past, past);
    await recordings.scan();
    await recordings.idle();
    await expectReady(bench, never, 2_000);
    const call = await bench.db.selectFrom("calls").selectAll().where("id", "=", never.callId).executeTakeFirst();
    expect(call).toMatchObject({ outcome: "cut-off", is_caller_hidden: true, ended_at: past });
  });
});

test("a row without a file and a file without samples are missing, each with its reason", async () => {
  await onBench(async (bench) => {
    const noFile = newRecorded();
    await insertCall(bench.db, noFile.callId);
    await insertRecording(bench.db, noFile, new Date(Date.now() - 120_000));
    const young = newRecorded();
    await insertCall(bench.db, young.callId);
    await insertRecording(bench.db, young, new Date());
    const empty = await recorded(bench, wavHeader(8_000, 2, 0));
    const nothing = await recorded(bench, Buffer.alloc(0));
    const recordings = bench.make();
    await recordings.start();
    await recordings.scan();
    await recordings.idle();
    expect(await rowOf(bench.db, noFile)).toMatchObject({ state: "missing", problem: "no-file" });
    expect(await rowOf(bench.db, young)).toMatchObject({ state: "recording", problem: null });
    expect(await rowOf(bench.db, empty)).toMatchObject({ state: "missing", problem: "empty" });
    expect(await rowOf(bench.db, nothing)).toMatchObject({ state: "missing", problem: "empty" });
    expect(await readdir(bench.spool)).toEqual([]);
    // It was only slow: found after all.
    await writeFile(join(bench.spool, noFile.fileName), markerWav(1_000));
    await recordings.scan();
    await recordings.idle();
    await expectReady(bench, noFile, 1_000);
  });
});

test("something that is no WAV is given up at once and kept", async () => {
  await onBench(async (bench) => {
    const one = await recorded(bench, Buffer.from("this is not a recording, whatever its name says it is....."));
    const recordings = bench.make();
    await recordings.start();
    await recordings.idle();
    expect(await rowOf(bench.db, one)).toMatchObject({ state: "failed", problem: "not-wav", attempts: 1 });
    expect(await readdir(bench.spool)).toEqual([one.fileName]);
  });
});

test("without ffmpeg it is tried again and then given up; the WAV stays, and the next start tries once more", async () => {
  await onBench(async (bench) => {
    const one = await recorded(bench);
    const first = bench.make({ findFfmpeg: async () => null, timing: { maxAttempts: 3 } });
    await first.start();
    await untilState(bench.db, one, "failed");
    expect(await rowOf(bench.db, one)).toMatchObject({ problem: "ffmpeg-missing", attempts: 3 });
    expect(await readdir(bench.spool)).toEqual([one.fileName]);
    await first.stop();
    const second = bench.make();
    await second.start();
    await untilState(bench.db, one, "ready");
    await second.idle();
    await expectReady(bench, one, 3_000);
    expect((await rowOf(bench.db, one))?.problem).toBeNull();
  });
});

test("an ffmpeg that fails twice is no reason to lose anything", async () => {
  await onBench(async (bench) => {
    const one = await recorded(bench);
    const count = join(bench.dataDir, "count");
    const failing = await wrappedFfmpeg(
      bench.dataDir,
      `echo x >> "${count}"; [ $(wc -l < "${count}") -le 2 ] && exit 1`,
    );
    const recordings = bench.make({ findFfmpeg: async () => failing });
    await recordings.start();
    await untilState(bench.db, one, "ready");
    await recordings.idle();
    await expectReady(bench, one, 3_000);
    expect(await rowOf(bench.db, one)).toMatchObject({ attempts: 3, problem: null });
    expect(await archived(bench)).toHaveLength(1);
  });
});

test("two who work on one spool never encode the same file", async () => {
  await onBench(async (bench) => {
    const all: Recorded[] = [];
    for (let i = 0; i < 8; i++) all.push(await recorded(bench, markerWav(1_000, 0)));
    const seen = join(bench.dataDir, "seen");
    const counting = await wrappedFfmpeg(
      bench.dataDir,
      `for a in "$@"; do case "$a" in *.wav) echo "$a" >> "${seen}";; esac; done`,
    );
    const options = { findFfmpeg: async () => counting, parallel: 2 };
    const [one, other] = [bench.make(options), bench.make(options)];
    await Promise.all([one.start(), other.start()]);
    for (const file of all) await untilState(bench.db, file, "ready");
    await Promise.all([one.idle(), other.idle()]);
    for (const file of all) await expectReady(bench, file, 1_000);
    const encodings = (await readFile(seen, "utf8")).trim().split("\n");
    expect(encodings).toHaveLength(8);
    expect(new Set(encodings).size).toBe(8);
  });
});

test("a file that grows while it is encoded is not thrown away: it is encoded anew", async () => {
  await onBench(async (bench) => {
    const one = await recorded(bench);
    const more = join(bench.dataDir, "more");
    await writeFile(more, markerSamples(1_000));
    const growing = await wrappedFfmpeg(bench.dataDir, `cat "${more}" >> "${join(bench.spool, one.fileName)}"`);
    const recordings = bench.make({ findFfmpeg: async () => growing });
    await recordings.start();
    await recordings.idle();
    expect(await rowOf(bench.db, one)).toMatchObject({ state: "waiting", attempts: 0 });
    expect(await readdir(bench.spool)).toEqual([one.fileName]);
    expect(await archived(bench)).toEqual([]);
    await recordings.stop();
    await bench.db.updateTable("recordings").set({ next_try_at: new Date() }).execute();
    const after = bench.make();
    await after.start();
    await untilState(bench.db, one, "ready");
    await after.idle();
    await expectReady(bench, one, 4_000);
  });
});

test("a WAV that lies beside a finished recording goes if it is the same, and is encoded again if it is longer", async () => {
  await onBench(async (bench) => {
    const one = await recorded(bench);
    const recordings = bench.make();
    await recordings.start();
    await recordings.idle();
    await expectReady(bench, one, 3_000);
    await writeFile(join(bench.spool, one.fileName), markerWav(3_000, 0));
    await recordings.scan();
    await recordings.idle();
    await expectReady(bench, one, 3_000);
    expect((await rowOf(bench.db, one))?.attempts).toBe(1);
    await writeFile(join(bench.spool, one.fileName), markerWav(5_000, 0));
    await recordings.scan();
    await recordings.idle();
    await expectReady(bench, one, 5_000);
  });
});

test("recordings that are more than 2 s shorter than the talk are marked, also when the talk's length comes later", async () => {
  await onBench(async (bench) => {
    const [short, whole] = [await recorded(bench, markerWav(10_000)), await recorded(bench, markerWav(10_000))];
    const second = { ...whole, fileName: whole.fileName.replace(".1.wav", ".2.wav") };
    await insertRecording(bench.db, second);
    await writeFile(join(bench.spool, second.fileName), markerWav(6_000));
    const recordings = bench.make();
    await recordings.start();
    await recordings.idle();
    await expectReady(bench, short, 10_000);
    expect((await rowOf(bench.db, short))?.problem).toBeNull();
    await bench.db.updateTable("calls").set({ talk_ms: 12_001 }).where("id", "=", short.callId).execute();
    await bench.db.updateTable("calls").set({ talk_ms: 17_900 }).where("id", "=", whole.callId).execute();
    await recordings.scan();
    expect(await rowOf(bench.db, short)).toMatchObject({ problem: "shorter-than-talk", missing_ms: 2_001 });
    expect((await rowOf(bench.db, whole))?.problem).toBeNull();
    expect((await rowOf(bench.db, second))?.problem).toBeNull();
    expect(bench.changes.at(-1)).toMatchObject({ callId: short.callId });
    const { length } = bench.changes;
    await recordings.scan();
    expect(bench.changes).toHaveLength(length);
    // Both together lack it; it is said once, at the last.
    await bench.db.updateTable("calls").set({ talk_ms: 20_000 }).where("id", "=", whole.callId).execute();
    await recordings.scan();
    expect((await rowOf(bench.db, whole))?.missing_ms).toBeNull();
    expect((await rowOf(bench.db, second))?.missing_ms).toBe(4_000);
  });
});

test("a talk of which only the recording is known to the end ends with it, in the log and for its legs", async () => {
  await onBench(async (bench) => {
    const one = await recorded(bench, markerWav(30_000));
    const startedAt = (await rowOf(bench.db, one))?.started_at ?? new Date();
    const endedAt = new Date(startedAt.getTime() + 500);
    const lost = { ended_at: endedAt, cause: "LOST" };
    const talk = { talk_started_at: startedAt, talk_ms: 500, outcome: "cut-off" as const };
    await bench.db
      .updateTable("calls")
      .set({ ...lost, ...talk })
      .where("id", "=", one.callId)
      .execute();
    const leg = { id: one.legId, call_id: one.callId, number: "", started_at: startedAt, ...lost };
    await bench.db.insertInto("legs").values(leg).execute();
    const recordings = bench.make();
    await recordings.start();
    await recordings.idle();
    await recordings.scan();
    const until = new Date(startedAt.getTime() + 30_000);
    const call = await bench.db.selectFrom("calls").selectAll().where("id", "=", one.callId).executeTakeFirstOrThrow();
    expect(call).toMatchObject({ ended_at: until, talk_ms: 30_000, outcome: "cut-off" });
    expect(await bench.db.selectFrom("legs").select("ended_at").execute()).toEqual([{ ended_at: until }]);
    expect(bench.changes).toContainEqual({ type: "call-changed", callId: one.callId });
    expect((await rowOf(bench.db, one))?.missing_ms).toBeNull();
  });
});

test("old recordings are deleted and stay in the ledger as deleted, also those that were never encoded", async () => {
  await onBench(async (bench) => {
    const [old, failed, young] = [
      await recorded(bench),
      await recorded(bench, Buffer.alloc(60, "x")),
      await recorded(bench),
    ];
    const recordings = bench.make();
    await recordings.start();
    await recordings.idle();
    const longAgo = new Date("2026-01-01T00:00:00Z");
    const aged = [old.fileName, failed.fileName];
    await bench.db.updateTable("recordings").set({ started_at: longAgo }).where("file_name", "in", aged).execute();
    const oldRow = await rowOf(bench.db, old);
    expect(await recordings.deleteBefore(new Date("2026-02-01T00:00:00Z"))).toBe(2);
    for (const one of [old, failed]) {
      expect(await rowOf(bench.db, one)).toMatchObject({
        state: "missing",
        problem: "deleted",
        path: null,
        peaks: null,
      });
    }
    expect((await rowOf(bench.db, old))?.sha256).toBe(oldRow?.sha256);
    expect(await recordings.reader.file(oldRow?.id ?? "")).toBeNull();
    await expectReady(bench, young, 3_000);
    expect(await archived(bench)).toHaveLength(1);
    expect(await readdir(bench.spool)).toEqual([]);
    expect(await recordings.deleteBefore(new Date("2026-02-01T00:00:00Z"))).toBe(0);
  });
});

test("a deletion that was cut short between ledger and disk is finished by the next", async () => {
  await onBench(async (bench) => {
    const one = await recorded(bench);
    const recordings = bench.make();
    await recordings.start();
    await recordings.idle();
    await bench.db.updateTable("recordings").set({ state: "missing", problem: "deleted" }).execute();
    await recordings.deleteBefore(new Date(0));
    expect(await archived(bench)).toEqual([]);
    expect((await rowOf(bench.db, one))?.path).toBeNull();
  });
});

test("stopping in the middle of an encoding leaves the file for the next start, with no attempt lost", async () => {
  await onBench(async (bench) => {
    const one = await recorded(bench);
    const started = join(bench.dataDir, "started");
    const slow = await wrappedFfmpeg(bench.dataDir, `touch "${started}"; exec sleep 60`);
    const recordings = bench.make({ findFfmpeg: async () => slow });
    await recordings.start();
    await vi.waitFor(() => stat(started), { timeout: 20_000 });
    await recordings.stop();
    expect(await rowOf(bench.db, one)).toMatchObject({ state: "waiting", attempts: 0, claimed_until: null });
    expect(await readdir(bench.spool)).toEqual([one.fileName]);
    expect(await archived(bench)).toEqual([]);
  });
});

test("while the database is away nothing is lost, and it goes on by itself", async () => {
  await withOwnCluster(async (own) => {
    const db = connect({ to: own.cluster, maxConnections: 3 });
    await migrate(db);
    const work = async (bench: Bench) => {
      const one = await recorded(bench);
      const recordings = bench.make({ isLegAlive: () => true });
      await recordings.start();
      await recordings.idle();
      await own.stop();
      recordings.recordingStopped(one.fileName);
      await recordings.scan();
      expect(await readdir(bench.spool)).toEqual([one.fileName]);
      const again = await own.start();
      try {
        await recordings.idle();
        await expectReady(bench, one, 3_000);
      } finally {
        await recordings.stop();
        await db.destroy();
        await again.stop();
      }
    };
    await withTemporaryDir((dataDir) => onBench(work, { db, dataDir }));
  });
});
