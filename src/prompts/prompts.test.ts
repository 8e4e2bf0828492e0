import { createReadStream } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test, vi } from "vitest";
import { runProgram } from "../recordings/ffmpeg.ts";
import { wavHeader } from "../recordings/wav-file.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { promptLibrary } from "./prompt-library.ts";
import { FLOW_PROMPT_NAMES, PROMPT_NAMES } from "./prompt-names.ts";
import { createPrompts, type PromptSite, type Prompts, type PromptsOptions } from "./prompts.ts";
import { USUAL_FACTS } from "./texts.ts";

const log = { info: () => undefined, warn: () => undefined };

async function withPrompts(
  work: (prompts: Prompts, again: (options?: Partial<PromptsOptions>) => Promise<Prompts>) => Promise<void>,
  options: Partial<PromptsOptions> = {},
): Promise<void> {
  await withTemporaryDir(async (dataDir) => {
    const made: Prompts[] = [];
    const again = async (others: Partial<PromptsOptions> = {}) => {
      const prompts = createPrompts({ dataDir, log, ...options, ...others });
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

/** A tone of some milliseconds as a WAV. */
function tone(ms: number, hertz = 440): Buffer {
  const samples = Buffer.alloc(ms * 16);
  for (let i = 0; i < ms * 8; i++)
    samples.writeInt16LE(Math.round(8_000 * Math.sin((2 * Math.PI * hertz * i) / 8_000)), i * 2);
  return Buffer.concat([wavHeader(8_000, 1, samples.length), samples]);
}
const upload = (content: Buffer) => Readable.from([content.subarray(0, 100), content.subarray(100)]);
const contentOf = async (path: string | null) => await readFile(path ?? "no take");

test("all prompts of a language are spoken once, found at once, and kept for the next start", async () => {
  await withPrompts(async (prompts, again) => {
    expect(prompts.file("greeting", "en")).toBeNull();
    expect(prompts.isComplete("en")).toBe(false);
    await prompts.ensureSpoken(["en"]);
    expect(prompts.isComplete("en")).toBe(true);
    expect(prompts.isComplete("ka")).toBe(false);
    for (const name of PROMPT_NAMES) {
      const path = prompts.file(name, "en") ?? "";
      expect(path).toMatch(new RegExp(`/prompts/en/${name}\\.[0-9a-f]{8}\\.wav$`));
      const content = await readFile(path);
      expect(content.subarray(0, 44).equals(wavHeader(8_000, 1, content.length - 44))).toBe(true);
    }
    const takes = prompts.list().map(({ takes: { en } }) => en);
    expect(takes.every((take) => take?.source === "voice" && take.durationMs > 500 && take.problem === null)).toBe(
      true,
    );
    expect(prompts.file("no-such", "en")).toBeNull();
    expect(prompts.file("__proto__", "en")).toBeNull();

    const path = prompts.file("menu", "en") ?? "";
    const before = await stat(path);
    const next = await again();
    expect(next.file("menu", "en")).toBe(path);
    await next.ensureSpoken(["en"]);
    expect((await stat(path)).mtimeMs).toBe(before.mtimeMs);
    // Lost files are made again.
    await rm(path);
    const third = await again();
    expect(third.file("menu", "en")).toBeNull();
    await third.ensureSpoken(["en"]);
    expect(third.file("menu", "en")).toBe(path);
    expect((await stat(path)).size).toBe(before.size);
  });
});

test("when the flow or the settings change, only what says something else by now is spoken anew", async () => {
  const site: PromptSite = { language: "en", callerLanguages: ["en"], facts: { ...USUAL_FACTS } };
  await withPrompts(
    async (prompts) => {
      await prompts.ensureSpoken(["en"]);
      const before = new Map(PROMPT_NAMES.map((name) => [name, prompts.file(name, "en")]));
      site.facts = { operatorsDigit: "5", informationDigit: null, isRecorded: true };
      await prompts.ensureSpoken(["en"]);
      const changed = PROMPT_NAMES.filter((name) => prompts.file(name, "en") !== before.get(name));
      expect(changed).toEqual(["menu", "information"]);
      // A call may be about to play the old one.
      expect((await stat(before.get("menu") ?? "")).size).toBeGreaterThan(44);
    },
    { site: () => site },
  );
});

test("Mongolian is complete when the owner has uploaded all that a flow needs", async () => {
  let callerLanguages: PromptSite["callerLanguages"] = ["ka"];
  await withPrompts(
    async (prompts, again) => {
      await prompts.ensureSpoken(["mn"]);
      expect(prompts.languages()).toContainEqual({ language: "mn", isComplete: false, hasVoice: false });
      expect(prompts.missing("mn")).toEqual([...FLOW_PROMPT_NAMES, "choose-language-2"]);
      await expect(prompts.setText("mn", "menu", "Сайн байна уу")).rejects.toMatchObject({ reason: "no-voice" });
      for (const name of prompts.missing("mn")) {
        expect(prompts.isComplete("mn")).toBe(false);
        const take = await prompts.upload("mn", name, upload(tone(700)));
        expect(take).toMatchObject({ source: "upload", problem: null });
        expect(Math.abs(take.durationMs - 940)).toBeLessThan(60);
      }
      expect(prompts.isComplete("mn")).toBe(true);
      expect((await again()).isComplete("mn")).toBe(true);
      // At another place it is chosen by another key, which nobody has said yet.
      callerLanguages = ["ka", "ru", "mn"];
      expect(prompts.missing("mn")).toEqual(["choose-language-3"]);
      expect(await prompts.remove("mn", "menu")).toBeNull();
      expect(prompts.missing("mn")).toEqual(["menu", "choose-language-3"]);
      expect(await readdir(prompts.directory)).toEqual(expect.not.arrayContaining([expect.stringMatching(/upload/)]));
    },
    { site: () => ({ language: "ka", callerLanguages, facts: USUAL_FACTS }) },
  );
});

test("an upload is heard instead of the voice until it is taken away, also after a restart", async () => {
  await withPrompts(async (prompts, again) => {
    await prompts.setText("en", "goodbye", "Bye.");
    const voice = prompts.file("goodbye", "en");
    const first = await prompts.upload("en", "goodbye", upload(tone(900)));
    expect(first.source).toBe("upload");
    const uploaded = prompts.file("goodbye", "en");
    expect(uploaded).not.toBe(voice);
    await prompts.upload("en", "goodbye", upload(tone(1_100, 600)));
    expect(prompts.file("goodbye", "en")).not.toBe(uploaded);
    await prompts.upload("en", "goodbye", upload(tone(900)));
    expect(prompts.file("goodbye", "en")).toBe(uploaded);
    const next = await again();
    expect(next.file("goodbye", "en")).toBe(uploaded);
    expect(await next.remove("en", "goodbye")).toMatchObject({ source: "voice", problem: null });
    expect(next.file("goodbye", "en")).toBe(voice);
  });
});

test("the owner's words are spoken, kept, and stay when the flow changes", async () => {
  const site: PromptSite = { language: "en", callerLanguages: ["en"], facts: { ...USUAL_FACTS } };
  await withPrompts(
    async (prompts, again) => {
      const take = await prompts.setText("en", "menu", "  Press one for people, two for facts. ");
      expect(take.source).toBe("voice");
      const textOf = (some: Prompts) => some.list().find(({ name }) => name === "menu")?.texts.en;
      expect(textOf(prompts)).toBe("Press one for people, two for facts.");
      const path = prompts.file("menu", "en");
      site.facts = { ...USUAL_FACTS, operatorsDigit: "9" };
      const next = await again();
      await next.ensureSpoken(["en"]);
      expect(textOf(next)).toBe("Press one for people, two for facts.");
      expect(next.file("menu", "en")).toBe(path);
    },
    { site: () => site },
  );
});

test("a prompt that the owner adds has their title, says nothing at first, and is found by its name until it is dropped", async () => {
  await withPrompts(async (prompts, again) => {
    const { name } = await prompts.add("ფასები");
    expect(name).toMatch(/^own-[0-9a-f]{8}$/);
    const viewOf = (some: Prompts) => some.list().find((prompt) => prompt.name === name);
    expect(viewOf(prompts)).toMatchObject({
      title: "ფასები",
      texts: { en: "", ka: "" },
      takes: { en: null, mn: null },
    });
    expect(prompts.file(name, "en")).toBeNull();

    await prompts.setText("en", name, "A barrel is ten lari.");
    await prompts.upload("mn", name, upload(tone(700)));
    await prompts.rename(name, "Prices");
    const path = prompts.file(name, "en");
    expect(path).toContain(`/en/${name}.`);

    const next = await again();
    expect(viewOf(next)).toMatchObject({ title: "Prices", texts: { en: "A barrel is ten lari." } });
    expect(next.file(name, "en")).toBe(path);
    expect(await contentOf(next.file(name, "mn"))).not.toBe("");

    await next.drop(name);
    expect(viewOf(next)).toBeUndefined();
    expect(next.file(name, "en")).toBeNull();
    // A call may be about to play it.
    expect(await contentOf(path)).not.toBe("");
    const last = await again();
    expect(viewOf(last)).toBeUndefined();
    await expect(last.drop(name)).rejects.toMatchObject({ reason: "no-such-prompt" });
    await expect(last.rename("greeting", "Hello")).rejects.toMatchObject({ reason: "no-such-prompt" });
    await expect(last.upload("en", "own-00000000", upload(tone(700)))).rejects.toMatchObject({
      reason: "no-such-prompt",
    });
  });
});

test("uploads are refused for a named reason, and what was there stays", async () => {
  await withPrompts(async (prompts) => {
    await prompts.upload("mn", "menu", upload(tone(700)));
    const before = prompts.file("menu", "mn");
    const refused = async (content: Readable) => await prompts.upload("mn", "menu", content);
    await expect(refused(Readable.from(["a text that is named like a sound"]))).rejects.toMatchObject({
      reason: "not-audio",
    });
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(1024 * 1024);
      })(),
    );
    await expect(refused(endless)).rejects.toMatchObject({ reason: "too-large" });
    const broken = new Readable({ read: () => undefined });
    broken.destroy(new Error("connection lost"));
    await expect(refused(broken)).rejects.toThrow("connection lost");
    await expect(prompts.upload("mn", "../../etc/x", upload(tone(700)))).rejects.toMatchObject({
      reason: "no-such-prompt",
    });
    await expect(prompts.setText("en", "x", "x")).rejects.toMatchObject({ reason: "no-such-prompt" });
    await expect(prompts.remove("en", "x")).rejects.toMatchObject({ reason: "no-such-prompt" });
    expect(prompts.file("menu", "mn")).toBe(before);
    expect((await readdir(prompts.directory)).toSorted()).toEqual(["content", "en", "ka", "mn", "ru", "takes.json"]);
  });
});

test("the switch finds its own prompts under names that never change, in every language", async () => {
  await withPrompts(
    async (prompts) => {
      const stable = (language: string, name: string) => join(prompts.directory, language, `${name}.wav`);
      await prompts.setText("en", "one-moment", "One moment.");
      // All borrow the only one there is.
      for (const language of ["ka", "ru", "mn", "en"]) {
        expect(
          (await contentOf(stable(language, "one-moment"))).equals(await contentOf(prompts.file("one-moment", "en"))),
        ).toBe(true);
      }
      await prompts.setText("ru", "one-moment", "Одну минуту.");
      const russian = await contentOf(prompts.file("one-moment", "ru"));
      for (const language of ["ka", "ru", "mn"]) {
        expect((await contentOf(stable(language, "one-moment"))).equals(russian)).toBe(true);
      }
      await prompts.upload("mn", "one-moment", upload(tone(800)));
      expect(
        (await contentOf(stable("mn", "one-moment"))).equals(await contentOf(prompts.file("one-moment", "mn"))),
      ).toBe(true);
      await prompts.remove("mn", "one-moment");
      expect((await contentOf(stable("mn", "one-moment"))).equals(russian)).toBe(true);
    },
    { site: () => ({ language: "ru", callerLanguages: ["ru"], facts: USUAL_FACTS }) },
  );
});

test("a voice that is not there is told with the prompt, tried again, and found when it comes", async () => {
  await withTemporaryDir(async (bin) => {
    const path = process.env.PATH ?? "";
    const espeak = join(bin, "espeak-ng");
    await writeFile(espeak, "#!/bin/sh\nexit 1\n");
    await chmod(espeak, 0o755);
    vi.stubEnv("PATH", `${bin}:${path}`);
    try {
      await withPrompts(
        async (prompts) => {
          await prompts.ensureSpoken(["en"]);
          expect(prompts.isComplete("en")).toBe(false);
          const view = () => prompts.list().find(({ name }) => name === "greeting")?.takes.en;
          expect(view()).toMatchObject({ source: "voice", durationMs: 0, problem: "voice-failed" });
          await expect(prompts.setText("en", "greeting", "Hello.")).rejects.toMatchObject({ reason: "voice-failed" });
          await rm(espeak);
          await vi.waitFor(() => expect(prompts.isComplete("en")).toBe(true), { timeout: 90_000, interval: 50 });
          expect(view()).toMatchObject({ source: "voice", problem: null });
        },
        { retryMs: 10 },
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

test("stopping in the middle of speaking ends soon and leaves whole files only", async () => {
  await withPrompts(async (prompts, again) => {
    const speaking = prompts.ensureSpoken(["ka", "ru", "en"]);
    await vi.waitFor(() => expect(prompts.file("greeting", "en")).not.toBeNull(), { timeout: 19_000, interval: 5 });
    await prompts.stop();
    await speaking;
    expect(prompts.isComplete("ru")).toBe(false);
    const next = await again();
    expect(next.file("greeting", "en")).not.toBeNull();
    const { output } = await runProgram(
      "ffprobe",
      [
        "-v",
        "error",
        "-show_entries",
        "stream=channels,sample_rate",
        "-of",
        "csv=p=0",
        next.file("greeting", "en") ?? "",
      ],
      { timeoutMs: 20_000 },
    );
    expect(output.toString().trim()).toBe("8000,1");
  });
});

test("a damaged list costs no upload: it stays on the disk, and the voice speaks again", async () => {
  await withPrompts(async (prompts, again) => {
    await prompts.upload("mn", "menu", upload(tone(700)));
    const uploaded = prompts.file("menu", "mn") ?? "";
    await prompts.stop();
    await writeFile(join(prompts.directory, "takes.json"), '{"version":1,"entr');
    const next = await again();
    expect(next.file("menu", "mn")).toBeNull();
    expect((await stat(uploaded)).size).toBeGreaterThan(44);
    expect(await readdir(next.directory)).toContain("takes.json.damaged");
  });
});

test("what a crash left behind goes at the next start, and what was replaced just now stays", async () => {
  await withPrompts(async (prompts, again) => {
    await prompts.setText("en", "goodbye", "Bye.");
    const replaced = prompts.file("goodbye", "en") ?? "";
    // So many that it is not among the last ones any more.
    for (const count of ["one", "two", "three", "four", "five"])
      await prompts.setText("en", "goodbye", `Bye ${count}.`);
    await prompts.stop();
    await mkdir(join(prompts.directory, "en"), { recursive: true });
    await writeFile(join(prompts.directory, "en", "menu.01234567.wav.part"), "half");
    await writeFile(join(prompts.directory, ".upload-x"), "half");
    const next = await again();
    expect(await readdir(join(next.directory, "en"))).not.toContain("menu.01234567.wav.part");
    expect(await readdir(next.directory)).not.toContain(".upload-x");
    expect((await stat(replaced)).size).toBeGreaterThan(44);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * 3_600_000 });
    try {
      const later = await again();
      expect(later.file("goodbye", "en")).toBe(next.file("goodbye", "en"));
      await expect(stat(replaced)).rejects.toThrow("ENOENT");
    } finally {
      vi.useRealTimers();
    }
  });
});

test("the panel's API gets the same prompts", async () => {
  await withPrompts(async (prompts) => {
    const library = promptLibrary(prompts);
    const take = await library.speak("en", "goodbye", "Bye.");
    expect(take.source).toBe("voice");
    expect(await library.file("en", "goodbye")).toBe(prompts.file("goodbye", "en"));
    expect((await library.prompts()).find(({ name }) => name === "goodbye")?.takes.en).toEqual(take);
    const path = prompts.file("goodbye", "en") ?? "";
    expect((await library.upload("mn", "goodbye", createReadStream(path))).source).toBe("upload");
    expect(await library.removeUpload("mn", "goodbye")).toBeNull();
    expect((await library.languages()).map(({ language }) => language)).toEqual(["ka", "ru", "mn", "en"]);
  });
});
