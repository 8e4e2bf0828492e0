import { randomUUID } from "node:crypto";
import { mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { callId } from "../calls/ids.ts";
import { lastCallAt } from "../database/recordings-in-order.ts";
import type { Db } from "../database/schema.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { withTestDatabase } from "../testing/test-database.ts";
import { readRecordings } from "./recordings-reading.ts";

const now = new Date("2026-11-22T12:00:00Z");
const earlier = new Date("2026-11-22T09:00:00Z");

async function addRecording(db: Db, caller: string, state: "ready" | "waiting" | "missing", problem: string | null) {
  const id = callId(randomUUID());
  const path = `2026/11/22/${id}.opus`;
  await db
    .insertInto("calls")
    .values({
      ...{ id, direction: "inbound", started_at: earlier, ended_at: earlier, caller_number: caller },
      ...{ caller_name: "", dialled: caller === "" ? "" : "0322112233", outcome: "cut-off" },
    })
    .execute();
  await db
    .insertInto("recordings")
    .values({
      ...{ call_id: id, leg_id: null, file_name: `${id}.wav`, state, problem, started_at: earlier, ended_at: earlier },
      ...(state === "ready" ? { path, bytes: 5, sha256: "0".repeat(64), duration_ms: 1_000 } : { path: null }),
    })
    .execute();
  return path;
}

async function put(path: string, at: Date): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "sound");
  await utimes(path, at, at);
}

test("what the ledger says and what lies on the disk are compared both ways", async () => {
  await withTestDatabase(async ({ db }) => {
    await withTemporaryDir(async (dir) => {
      const none = { lost: 0, withoutFile: 0, withoutCall: 0, stuck: 0 };
      expect(await readRecordings(db, join(dir, "not there yet"), now)).toEqual(none);
      expect(await lastCallAt(db)).toBeNull();

      const well = await addRecording(db, "599112233", "ready", null);
      await put(join(dir, well), earlier);
      expect(await readRecordings(db, dir, now)).toEqual(none);
      expect(await lastCallAt(db)).toEqual(earlier);

      await rm(join(dir, well));
      expect(await readRecordings(db, dir, now)).toEqual({ ...none, withoutFile: 1 });
      await put(join(dir, well), earlier);

      // Nobody named it; one that was made just now may still get its row.
      await put(join(dir, "2026/11/22/stranger.opus"), earlier);
      await put(join(dir, "2026/11/22/new.opus"), now);
      expect(await readRecordings(db, dir, now)).toEqual({ ...none, withoutCall: 1 });

      await addRecording(db, "599112234", "waiting", null);
      await addRecording(db, "599112235", "missing", "no-file");
      await addRecording(db, "599112236", "missing", "deleted");
      // Nothing but its recording is known of this call.
      await put(join(dir, await addRecording(db, "", "ready", null)), earlier);
      expect(await readRecordings(db, dir, now)).toEqual({ lost: 1, withoutFile: 0, withoutCall: 2, stuck: 1 });
    });
  });
});
