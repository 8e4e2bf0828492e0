import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { LANGUAGES } from "../calls/language.ts";
import { wavHeader } from "../recordings/wav-file.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { createPrompts, type Prompts } from "./prompts.ts";
import { TakeShelf } from "./take-shelf.ts";

const log = { info: () => undefined, warn: () => undefined };

async function withPrompts(work: (prompts: Prompts, again: () => Promise<Prompts>) => Promise<void>): Promise<void> {
  await withTemporaryDir(async (dataDir) => {
    const made: Prompts[] = [];
    const again = async () => {
      const prompts = createPrompts({ dataDir, log });
      made.push(prompts);
      await prompts.start();
      return prompts;
    };
    try {
      await work(await again(), again);
    } finally {
      await Promise.all(made.map((prompts) => prompts.stop()));
    }
  });
}

function tone(hertz: number): Buffer {
  const samples = Buffer.alloc(16_000);
  for (let at = 0; at < 8_000; at++)
    samples.writeInt16LE(Math.round(8_000 * Math.sin((2 * Math.PI * hertz * at) / 8_000)), at * 2);
  return Buffer.concat([wavHeader(8_000, 1, samples.length), samples]);
}

const bytesOf = async (path: string | null) => await readFile(path ?? "no take");
/** The files of one language's takes, with those that were replaced just now. */
const filesOf = async ({ directory }: Prompts, folder: string) =>
  (await readdir(join(directory, folder))).filter((file) => file.endsWith(".wav")).toSorted();
const inTwoHours = async (work: () => Promise<void>) => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * 3_600_000 });
  try {
    await work();
  } finally {
    vi.useRealTimers();
  }
};

test("the last takes are listed with what they came from, the newest first, and any of them is put back", async () => {
  await withPrompts(async (prompts, again) => {
    expect(prompts.takes("en", "goodbye")).toEqual([]);
    await prompts.setText("en", "goodbye", "Bye.");
    const spoken = await bytesOf(prompts.file("goodbye", "en"));
    await prompts.upload("en", "goodbye", tone(440));
    await prompts.upload("en", "goodbye", tone(600), "phone");
    const uploaded = await bytesOf(prompts.file("goodbye", "en"));
    const takes = prompts.takes("en", "goodbye");
    expect(takes.map(({ source, text, isInUse }) => [source, text, isInUse])).toEqual([
      ["phone", null, true],
      ["upload", null, false],
      ["voice", "Bye.", false],
    ]);
    expect(takes.every(({ durationMs, madeAt }) => durationMs > 300 && Date.parse(madeAt) <= Date.now())).toBe(true);

    const voice = takes[2]?.id ?? "";
    expect(await bytesOf(prompts.takeFile("en", "goodbye", voice))).toEqual(spoken);
    expect(await prompts.putBack("en", "goodbye", voice)).toMatchObject({ source: "voice", problem: null });
    expect(await bytesOf(prompts.file("goodbye", "en"))).toEqual(spoken);

    const next = await again();
    const phone = next.takes("en", "goodbye").find(({ source }) => source === "phone")?.id ?? "";
    expect(await next.putBack("en", "goodbye", phone)).toMatchObject({ source: "upload" });
    expect(await bytesOf(next.file("goodbye", "en"))).toEqual(uploaded);
    expect(next.takes("en", "goodbye").filter(({ isInUse }) => isInUse)).toHaveLength(1);
    for (const id of ["00000000", "../en/x"]) {
      expect(next.takeFile("en", "goodbye", id)).toBeNull();
      await expect(next.putBack("en", "goodbye", id)).rejects.toMatchObject({ reason: "no-such-take" });
    }
    expect(() => next.takes("en", "no-such")).toThrow("no-such-prompt");
    expect(next.takes("ru", "goodbye")).toEqual([]);
  });
});

test("a spoken take is put back with its words, and is not spoken over by those of now", async () => {
  await withPrompts(async (prompts) => {
    await prompts.setText("en", "goodbye", "Bye.");
    const before = prompts.file("goodbye", "en");
    await prompts.setText("en", "goodbye", "So long.");
    const [, old] = prompts.takes("en", "goodbye");
    expect(old).toMatchObject({ source: "voice", text: "Bye.", isInUse: false });
    await prompts.putBack("en", "goodbye", old?.id ?? "");
    expect(prompts.list().find(({ name }) => name === "goodbye")?.texts.en).toBe("Bye.");
    await prompts.ensureSpoken(["en"]);
    expect(prompts.file("goodbye", "en")).toBe(before);
  });
});

test("five are kept, the same text once; what is in use is kept however old it is, and the files of the others go", async () => {
  await withPrompts(async (prompts, again) => {
    await prompts.upload("mn", "menu", tone(400));
    const [oldest] = prompts.takes("mn", "menu");
    for (const hertz of [500, 600, 700, 800]) await prompts.upload("mn", "menu", tone(hertz));
    await prompts.upload("mn", "menu", tone(600));
    expect(prompts.takes("mn", "menu")).toHaveLength(5);
    expect(prompts.takes("mn", "menu").map(({ id }) => id)).toContain(oldest?.id);
    await prompts.upload("mn", "menu", tone(900));
    expect(prompts.takes("mn", "menu")).toHaveLength(5);
    expect(prompts.takes("mn", "menu").map(({ id }) => id)).not.toContain(oldest?.id);
    // Somebody may be hearing it just now.
    expect(await filesOf(prompts, "mn")).toHaveLength(6);
    await prompts.stop();
    await inTwoHours(async () => {
      const later = await again();
      expect(await filesOf(later, "mn")).toHaveLength(5);
      expect(await filesOf(later, "content")).toHaveLength(5);
    });

    // An upload hides the voice's take, which is in use again when the upload is taken away.
    const next = await again();
    await next.setText("en", "menu", "Press one.");
    const voice = next.file("menu", "en");
    for (const hertz of [400, 500, 600, 700, 800, 900]) await next.upload("en", "menu", tone(hertz));
    expect(next.takes("en", "menu").map(({ source }) => source)).toEqual([
      ...["upload", "upload", "upload", "upload", "upload", "voice"],
    ]);
    await next.setText("en", "menu", "Press one.");
    expect(next.takes("en", "menu").filter(({ text }) => text === "Press one.")).toHaveLength(1);
    expect(next.file("menu", "en")).toBe(voice);
  });
});

test("the same bytes lie on the disk once, in whichever prompts and languages they are", async () => {
  await withPrompts(async (prompts) => {
    for (const language of ["mn", "en"] as const)
      for (const name of ["menu", "closed"]) await prompts.upload(language, name, tone(440));
    const places = [
      prompts.file("menu", "mn"),
      prompts.file("closed", "mn"),
      prompts.file("menu", "en"),
      prompts.file("closed", "en"),
    ];
    const inodes = await Promise.all(places.map(async (path) => (await stat(path ?? "no take")).ino));
    expect(new Set(places).size).toBe(4);
    expect(new Set(inodes).size).toBe(1);
    expect(await filesOf(prompts, "content")).toHaveLength(1);
  });
});

test("a list of a former version goes on: its takes are those that are in use", async () => {
  await withPrompts(async (prompts, again) => {
    await prompts.upload("mn", "menu", tone(440));
    await prompts.stop();
    const path = join(prompts.directory, "takes.json");
    const list = JSON.parse(await readFile(path, "utf8")) as { entries: { mn: { menu: { takes?: unknown } } } };
    delete list.entries.mn.menu.takes;
    await writeFile(path, JSON.stringify(list));
    await mkdir(join(prompts.directory, "content"), { recursive: true });
    const next = await again();
    expect(next.takes("mn", "menu")).toMatchObject([{ source: "upload", isInUse: true }]);
    expect(await bytesOf(next.file("menu", "mn"))).not.toHaveLength(0);
  });
});

test("one sound that several prompts get at the same moment is kept once, and is there for each", async () => {
  await withTemporaryDir(async (directory) => {
    const shelf = new TakeShelf(directory);
    await shelf.load();
    const sound = { wav: tone(440), durationMs: 1_000 };
    const files = await Promise.all(
      LANGUAGES.map(async (language) => join(directory, language, (await shelf.write(language, "closed", sound)).file)),
    );
    for (const file of files) expect((await readFile(file)).equals(sound.wav)).toBe(true);
    expect(await readdir(join(directory, "content"))).toHaveLength(1);
    expect(new Set(await Promise.all(files.map(async (file) => (await stat(file)).ino))).size).toBe(1);
  });
});
