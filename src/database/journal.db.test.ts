import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { CallFact } from "../calls/call-fact.ts";
import { type CallId, newCallId, newLegId, operatorId } from "../calls/ids.ts";
import { talkedCall } from "../testing/call-facts.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { canMount, withSmallDisk } from "../testing/small-disk.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { withOwnCluster, withTestDatabase } from "../testing/test-database.ts";
import { connect } from "./connect.ts";
import { CallJournal, type JournalOptions } from "./journal.ts";
import { journalLine, RESERVE_BYTES, readSegment } from "./journal-file.ts";
import { migrate } from "./migrate.ts";
import type { Db } from "./schema.ts";

async function openJournal(options: Omit<JournalOptions, "log">) {
  const log = keptLog();
  const journal = new CallJournal({ ...options, log });
  await journal.open();
  onTestFinished(() => journal.stop({ applyTimeoutMs: 0 }));
  return { journal, log };
}

/** A database and a directory, and a journal opened on them. */
async function withJournal(
  work: (around: { db: Db; dir: string } & Awaited<ReturnType<typeof openJournal>>) => Promise<void>,
  options: Partial<JournalOptions> = {},
): Promise<void> {
  await withTestDatabase(async ({ db }) => {
    await withTemporaryDir(async (dir) => {
      const opened = await openJournal({ db, dir: join(dir, "journal"), ...options });
      try {
        await work({ db, dir: join(dir, "journal"), ...opened });
      } finally {
        await opened.journal.stop({ applyTimeoutMs: 0 });
      }
    });
  });
}

const note = (callId: CallId, n: number): CallFact => ({
  type: "timeline",
  callId,
  atMs: Date.parse("2026-11-22T10:00:00Z") + n,
  kind: "key",
  data: { n },
});

async function notes(db: Db): Promise<unknown[]> {
  const rows = await db.selectFrom("call_timeline").select("data").orderBy("id").execute();
  return rows.map(({ data }) => data.n);
}

const segments = async (dir: string) => (await readdir(dir)).filter((name) => name.endsWith(".jsonl"));

describe("what facts make of the tables", () => {
  it("a whole call", async () => {
    const applied: CallId[][] = [];
    await withJournal(
      async ({ db, journal }) => {
        await sql`insert into operators (id, name, extension, sip_ha1) values (7, 'Nino', '101', ${"0".repeat(32)})`.execute(
          db,
        );
        await sql`insert into trunks (id, name, kind, mode, server, port) values (1, 'City', 'city', 'ip-peer', 'sip.example', 5060)`.execute(
          db,
        );
        const { callId, callerLegId, operatorLegId, facts } = talkedCall({ operatorId: operatorId(7) });
        journal.append(facts);
        await journal.applied();
        expect(await db.selectFrom("calls").selectAll().execute()).toEqual([
          {
            id: callId,
            direction: "inbound",
            started_at: new Date("2026-11-22T10:00:00.000Z"),
            ended_at: new Date("2026-11-22T10:01:07.000Z"),
            caller_number: "0322112233",
            caller_name: "",
            caller_e164: "+995322112233",
            is_caller_hidden: false,
            dialled: "+995322000000",
            dialled_e164: "+995322000000",
            gateway: "trunk-1",
            trunk_id: 1,
            flow_id: "main",
            flow_version: 1,
            language: "ru",
            operator_id: 7,
            talk_started_at: new Date("2026-11-22T10:00:07.000Z"),
            wait_ms: 7_000,
            talk_ms: 60_000,
            outcome: "talked",
            cause: "NORMAL_CLEARING",
            is_unknown_number: false,
            tags: [],
          },
        ]);
        const legs = await db.selectFrom("legs").selectAll().orderBy("started_at").execute();
        expect(legs).toMatchObject([
          { id: callerLegId, call_id: callId, role: "caller", answered_at: new Date("2026-11-22T10:00:00.100Z") },
          { id: operatorLegId, call_id: callId, role: "operator", operator_id: 7, sip_status: 200 },
        ]);
        const timeline = await db.selectFrom("call_timeline").select("kind").orderBy("id").execute();
        expect(timeline.map(({ kind }) => kind)).toEqual(["arrived", "greeting", "ringing", "talking", "hung-up"]);
        const recordings = await db.selectFrom("recordings").select(["call_id", "leg_id", "state"]).execute();
        expect(recordings).toEqual([{ call_id: callId, leg_id: callerLegId, state: "recording" }]);
        expect(applied.flat()).toContain(callId);
      },
      { onApplied: (callIds) => applied.push([...callIds]) },
    );
  });

  it("the same call, fact by fact in transactions of their own", async () => {
    await withJournal(async ({ db, journal }) => {
      const { facts } = talkedCall();
      for (const fact of facts) {
        journal.append([fact]);
        await journal.applied();
      }
      const call = await db.selectFrom("calls").selectAll().executeTakeFirstOrThrow();
      expect(call).toMatchObject({ language: "ru", outcome: "talked", talk_ms: 60_000, wait_ms: 7_000 });
      // Neither this operator nor this trunk exists: the call is in the log all the same.
      expect(call).toMatchObject({ operator_id: null, trunk_id: null, gateway: "trunk-1" });
    });
  });

  it("facts about calls and legs whose beginning was lost", async () => {
    await withJournal(async ({ db, journal }) => {
      const callId = newCallId();
      const legId = newLegId();
      const atMs = Date.parse("2026-11-22T10:00:05Z");
      journal.append([
        { type: "leg-ended", legId, atMs, cause: "USER_BUSY", sipStatus: 486 },
        { type: "call-ended", callId, atMs, outcome: "failed", cause: "USER_BUSY" },
      ]);
      await journal.applied();
      expect(await db.selectFrom("legs").selectAll().execute()).toMatchObject([
        { id: legId, call_id: null, ended_at: new Date(atMs), sip_status: 486 },
      ]);
      expect(await db.selectFrom("calls").selectAll().execute()).toMatchObject([
        { id: callId, started_at: new Date(atMs), outcome: "failed" },
      ]);
      // The opening comes after all: it completes the row and leaves its end.
      const late = talkedCall({ startMs: atMs - 5_000 }).facts[0] as Extract<CallFact, { type: "call-opened" }>;
      journal.append([{ ...late, callId }]);
      await journal.applied();
      expect(await db.selectFrom("calls").selectAll().execute()).toMatchObject([
        { started_at: new Date(atMs - 5_000), caller_number: "0322112233", outcome: "failed" },
      ]);
    });
  });

  it.each([
    ["Georgian", "ნინო ბერიძე"],
    ["signs", `"'%41 $\{system(id)} ,}|\\ <b>`],
    ["line breaks", "a\r\nb"],
    ["a thousand characters", "ж".repeat(1_000)],
  ])("a caller's name with %s, as it was delivered", async (_, callerName) => {
    await withJournal(async ({ db, journal }) => {
      journal.append(talkedCall({ callerName, callerNumber: callerName, callerE164: null }).facts);
      await journal.applied();
      const call = await db.selectFrom("calls").select(["caller_name", "caller_number"]).executeTakeFirstOrThrow();
      expect(call).toEqual({ caller_name: callerName, caller_number: callerName });
    });
  });

  it("what PostgreSQL cannot hold becomes a replacement character", async () => {
    await withJournal(async ({ db, journal }) => {
      journal.append(talkedCall({ callerName: "a\0b\uD800c😀" }).facts);
      await journal.applied();
      const call = await db.selectFrom("calls").select("caller_name").executeTakeFirstOrThrow();
      expect(call.caller_name).toBe("a\uFFFDb\uFFFDc😀");
    });
  });
});

describe("faults", () => {
  it("PostgreSQL away for a while: facts are on the disk, and in the database once when it is back", async () => {
    await withOwnCluster(async ({ cluster, start, stop }) => {
      await withTemporaryDir(async (dir) => {
        const db = connect({ to: cluster });
        await migrate(db);
        const { journal, log } = await openJournal({ db, dir });
        const callId = newCallId();
        journal.append([note(callId, 1)]);
        await journal.applied();
        await stop();
        journal.append([note(callId, 2)]);
        await journal.flushed();
        await vi.waitFor(() => expect(log.lines.some(({ message }) => message.includes("is away"))).toBe(true));
        journal.append([note(callId, 3)]);
        await journal.flushed();
        expect(journal.waitingCount).toBe(2);
        const [segment = ""] = await segments(dir);
        expect((await readSegment(join(dir, segment))).entries).toHaveLength(3);
        await start();
        journal.databaseMayBeBack();
        await journal.applied();
        expect(await notes(db)).toEqual([1, 2, 3]);
        expect(log.lines.filter(({ message }) => message.includes("is away"))).toHaveLength(1);
        await journal.stop();
        await db.destroy();
      });
    });
  });

  it("PostgreSQL away and the daemon's life ended meanwhile: the next life takes it in, in order, once", async () => {
    await withOwnCluster(async ({ cluster, start, stop }) => {
      await withTemporaryDir(async (dir) => {
        const db = connect({ to: cluster });
        await migrate(db);
        await stop();
        const callId = newCallId();
        for (const n of [1, 2, 3]) {
          const { journal } = await openJournal({ db, dir });
          journal.append([note(callId, n)]);
          await journal.stop({ applyTimeoutMs: 0 });
        }
        expect(await segments(dir)).toHaveLength(3);
        await start();
        const { journal } = await openJournal({ db, dir });
        journal.append([note(callId, 4)]);
        await journal.applied();
        expect(await notes(db)).toEqual([1, 2, 3, 4]);
        await journal.stop();
        expect(await segments(dir)).toEqual([]);
        expect(await db.selectFrom("journal_cursor").selectAll().execute()).toEqual([]);
        await db.destroy();
      });
    });
  });

  it("a segment whose facts were applied before the end came, but which is still there", async () => {
    await withJournal(async ({ db, dir, journal }) => {
      const callId = newCallId();
      journal.append([note(callId, 1), note(callId, 2)]);
      await journal.applied();
      await journal.flushed();
      const [name = ""] = await segments(dir);
      const cursor = await db.selectFrom("journal_cursor").selectAll().executeTakeFirstOrThrow();
      const kept = (await readFile(join(dir, name), "utf8")).replace(/\0+$/, "");
      await journal.stop();
      // As if the end had come between commit and clean-up, after one more fact.
      await writeFile(join(dir, name), kept);
      await appendFile(join(dir, name), journalLine({ number: 3, fact: note(callId, 3) }));
      await db.insertInto("journal_cursor").values({ segment: cursor.segment, applied: cursor.applied }).execute();
      const next = await openJournal({ db, dir });
      await next.journal.applied();
      expect(await notes(db)).toEqual([1, 2, 3]);
    });
  });

  it("a last line torn by a power cut, and a line that the disk spoilt", async () => {
    await withTestDatabase(async ({ db }) => {
      await withTemporaryDir(async (dir) => {
        const callId = newCallId();
        const line = (n: number) => journalLine({ number: n, fact: note(callId, n) });
        const text = `${line(1)}${line(2).replace('"n":2', '"n":9')}${line(3)}${line(4).slice(0, -10)}`;
        await writeFile(join(dir, "00000001-6f0c1c0e-2f0f-4d0c-9a52-0d6d7a3f5c11.jsonl"), text);
        await writeFile(join(dir, "00000002-7f0c1c0e-2f0f-4d0c-9a52-0d6d7a3f5c11.jsonl"), `${line(1)}\0\0\0\0\n`);
        const { journal, log } = await openJournal({ db, dir });
        await journal.applied();
        expect(await notes(db)).toEqual([1, 3, 1]);
        expect(log.lines.filter(({ message }) => message.includes("was cut"))).toHaveLength(2);
        const rejected = (await readFile(join(dir, "rejected.jsonl"), "utf8")).trim().split("\n");
        expect(rejected.map((text) => JSON.parse(text) as unknown)).toMatchObject([{ reason: "damaged" }]);
        await journal.stop();
      });
    });
  });

  it("a fact that the database refuses: set aside, and the others go on", async () => {
    await withJournal(async ({ db, dir, journal, log }) => {
      const callId = newCallId();
      const poison = { ...note(callId, 2), callId: "not-a-uuid" as CallId };
      journal.append([note(callId, 1), poison, note(callId, 3)]);
      await journal.applied();
      expect(await notes(db)).toEqual([1, 3]);
      const rejected = JSON.parse(await readFile(join(dir, "rejected.jsonl"), "utf8")) as { line: string };
      expect(rejected).toMatchObject({ reason: "22P02", line: expect.stringContaining("not-a-uuid") });
      expect(log.lines).toContainEqual(
        expect.objectContaining({ level: "error", message: expect.stringContaining("set aside") }),
      );
    });
  });

  it.runIf(canMount())(
    "a full disk: what a segment has room for is kept, though the database is away too",
    async () => {
      await withOwnCluster(async ({ cluster, start, stop }) => {
        const db = connect({ to: cluster });
        await migrate(db);
        await withSmallDisk(4 * RESERVE_BYTES, async (disk) => {
          const dir = join(disk.path, "journal");
          const before = await openJournal({ db, dir });
          await stop();
          await disk.fill();
          const callId = newCallId();
          before.journal.append(Array.from({ length: 400 }, (_, index) => note(callId, index + 1)));
          await before.journal.flushed();
          await before.journal.stop({ applyTimeoutMs: 0 });
          // The next life takes the room that this one left unused.
          const { journal, log } = await openJournal({ db, dir });
          journal.append([note(callId, 401)]);
          await journal.flushed();
          expect(log.lines.filter(({ message }) => message.includes("cannot be written"))).toEqual([]);
          await start();
          await journal.applied();
          expect(await notes(db)).toEqual(Array.from({ length: 401 }, (_, index) => index + 1));
          await journal.stop();
        });
        await db.destroy();
      });
    },
  );

  it.runIf(canMount())(
    "a disk without any room: facts reach the database, and the file again when there is",
    async () => {
      await withTestDatabase(async ({ db }) => {
        await withSmallDisk(128 * 1024, async (disk) => {
          const dir = join(disk.path, "journal");
          await mkdir(dir);
          await disk.fill();
          const { journal, log } = await openJournal({ db, dir });
          const callId = newCallId();
          const many = Array.from({ length: 400 }, (_, index) => note(callId, index + 1));
          journal.append(many);
          await Promise.all([journal.applied(), journal.flushed()]);
          expect(await notes(db)).toHaveLength(400);
          expect(log.lines.filter(({ message }) => message.includes("cannot be written"))).toHaveLength(1);
          await disk.free();
          journal.append([note(callId, 401)]);
          await vi.waitFor(async () => {
            const [name = ""] = await segments(dir);
            const { entries, damaged } = await readSegment(join(dir, name));
            expect(entries.at(-1)?.fact).toMatchObject({ data: { n: 401 } });
            // Cut back to whole lines before: none is torn.
            expect(damaged).toEqual([]);
          });
          await journal.stop();
        });
      });
    },
  );

  it("long files are replaced when all of them is in the database", async () => {
    await withJournal(
      async ({ db, dir, journal }) => {
        const callId = newCallId();
        const names = new Set<string>();
        for (let n = 1; n <= 60; n++) {
          journal.append([note(callId, n)]);
          await Promise.all([journal.applied(), journal.flushed()]);
          for (const name of await segments(dir)) names.add(name);
        }
        expect(names.size).toBeGreaterThan(1);
        expect((await segments(dir)).length).toBeLessThanOrEqual(2);
        expect(await notes(db)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
      },
      { rotateBytes: 2_000 },
    );
  });

  it("a daemon killed at any moment: what it saw flushed is in the log, each fact once and in order", async () => {
    await withTestDatabase(async ({ db, url }) => {
      await withTemporaryDir(async (dir) => {
        const callId = newCallId();
        let next = 1;
        for (let life = 0; life < 5; life++) {
          const child = startWriter({ url, dir, callId, from: next });
          const flushed = await killAfter(child, 3 + life * 4);
          const { journal } = await openJournal({ db, dir });
          await journal.applied();
          await journal.stop();
          const found = await notes(db);
          expect(found).toEqual(Array.from({ length: found.length }, (_, index) => index + 1));
          expect(found.length).toBeGreaterThanOrEqual(flushed);
          expect(flushed).toBeGreaterThanOrEqual(next);
          next = found.length + 1;
        }
      });
    });
  });
});

function startWriter(given: { url: string; dir: string; callId: string; from: number }): ChildProcess {
  const program = fileURLToPath(new URL("journal-writer-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, JSON.stringify(given)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** Kills the child when it has told `tellings` times what was flushed; the last that it told. */
async function killAfter(child: ChildProcess, tellings: number): Promise<number> {
  let count = 0;
  let flushed = 0;
  if (!child.stdout) throw new Error("the child has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    flushed = Number(line);
    count += 1;
    if (count === tellings) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return flushed;
}
