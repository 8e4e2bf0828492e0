import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keptLog } from "../testing/quiet-log.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { until } from "../testing/until.ts";
import { SpokenTexts, type SpokenTextsOptions } from "./spoken-texts.ts";

const LONG_MS = 60_000;

async function withTexts(
  work: (texts: SpokenTexts, dataDir: string) => Promise<void>,
  options: Partial<SpokenTextsOptions> = {},
): Promise<void> {
  await withTemporaryDir(async (dataDir) => {
    const texts = new SpokenTexts({ dataDir, log: keptLog(), ...options });
    await texts.start();
    try {
      await work(texts, dataDir);
    } finally {
      await texts.stop();
    }
  });
}

const filesIn = async (dataDir: string, language: string) => await readdir(join(dataDir, "spoken", language));

test("what is asked for by several at once is spoken once, and can be played by all", async () => {
  await withTexts(async (texts, dataDir) => {
    const asked = Array.from({ length: 5 }, () => texts.prepare(["forty-two", "ready"], "en", LONG_MS));
    expect(await Promise.all(asked)).toEqual([true, true, true, true, true]);
    expect(await filesIn(dataDir, "en")).toHaveLength(2);
    const sound = await readFile(texts.file("forty-two", "en") ?? "none");
    expect(sound.subarray(0, 4).toString("latin1")).toBe("RIFF");
    expect(texts.file("forty-two", "ru")).toBeNull();
  });
});

test("what is not ready in time is not waited for, and is there for the next caller", async () => {
  await withTexts(async (texts) => {
    expect(await texts.prepare(["the eighth of March"], "en", 1)).toBe(false);
    await until("it is spoken all the same", () => texts.file("the eighth of March", "en"), LONG_MS);
    expect(await texts.prepare(["the eighth of March"], "en", 1_000)).toBe(true);
  });
});

test("no voice, and more than anybody would listen to: at once, and nothing is begun", async () => {
  await withTexts(async (texts, dataDir) => {
    expect(await texts.prepare(["арван хоёр"], "mn", LONG_MS)).toBe(false);
    expect(await texts.prepare(["ready", "x".repeat(501)], "en", LONG_MS)).toBe(false);
    for (const language of ["mn", "en"]) expect(await filesIn(dataDir, language)).toEqual([]);
  });
});

test("what was said once is known after a restart; half made files go, and what was taken away is made anew", async () => {
  await withTexts(async (texts, dataDir) => {
    await texts.prepare(["ready"], "en", LONG_MS);
    const path = texts.file("ready", "en") ?? "none";
    await writeFile(join(dataDir, "spoken", "en", "half.part"), "RIFF");
    const again = new SpokenTexts({ dataDir, log: keptLog() });
    await again.start();
    expect(again.file("ready", "en")).toBe(path);
    expect(await filesIn(dataDir, "en")).toHaveLength(1);
    await rm(path);
    expect(await again.prepare(["ready"], "en", LONG_MS)).toBe(true);
    expect((await readFile(path)).length).toBeGreaterThan(1_000);
    await again.stop();
  });
});

test("only so many are kept: those that were said longest ago go", async () => {
  await withTexts(
    async (texts, dataDir) => {
      for (const text of ["one", "two", "three"]) await texts.prepare([text], "en", LONG_MS);
      await texts.prepare(["one"], "en", LONG_MS);
      await texts.prepare(["four"], "en", LONG_MS);
      await until("one has gone", async () => (await filesIn(dataDir, "en")).length <= 3);
      expect(texts.file("four", "en")).not.toBeNull();
      expect(texts.file("one", "en")).not.toBeNull();
      expect(texts.file("two", "en")).toBeNull();
    },
    { most: 3 },
  );
});
