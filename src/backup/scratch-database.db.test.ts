import { join } from "node:path";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { backgroundOf, type RunInBackground } from "./background-program.ts";
import { inScratchDatabase } from "./scratch-database.ts";

test("what is cancelled while its database is made starts no server: when the box shuts down none would start, and the end would wait for it", async () => {
  await withTemporaryDir(async (dir) => {
    const started: string[] = [];
    const run: RunInBackground = async (program, ...rest) => {
      started.push(program);
      return await backgroundOf(null)(program, ...rest);
    };
    const cancel = new AbortController();
    const database = inScratchDatabase(join(dir, "scratch"), { run, signal: cancel.signal }, async () => "done");
    cancel.abort();
    await expect(database).rejects.toMatchObject({ problem: "cancelled" });
    expect(started).toEqual([]);
  });
});
