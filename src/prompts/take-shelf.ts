/**
 * Which take of which prompt is in use: files below `<dataDir>/prompts` and one list of them, `takes.json`. It lies on the disk and not in
 * the database, because callers are spoken to while the database is away.
 */
import { createHash } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { LANGUAGES, type Language } from "../calls/language.ts";
import { syncDirectory } from "../recordings/durable-file.ts";
import type { SpeechProblem } from "./prompt-error.ts";
import { type KeptPromptName, type OwnPromptName, PROMPT_NAMES, SWITCH_PROMPT_NAMES } from "./prompt-names.ts";
import type { TelephoneSound } from "./telephone-sound.ts";

/** How a take came: a file, the browser's microphone, the owner's phone, or spoken from a text. */
export type TakeSource = "upload" | "recording" | "phone" | "voice";

export interface Take {
  /** Name of its file in the language's directory: `<name>.<8 hex digits of its content or of what it was made from>.wav`. */
  file: string;
  durationMs: number;
  /** ISO 8601, UTC. */
  madeAt: string;
  /** Of an upload; left out: a file. */
  source?: Exclude<TakeSource, "voice">;
  /** What the voice says in it. */
  text?: string;
  /** What a voice's take was made from. */
  key?: string;
}

export interface ShelfEntry {
  upload: Take | null;
  voice: (Take & { key: string }) | null;
  /** The last ones, that which was put to use last first; what is in use is always among them. */
  takes: readonly Take[];
  /** What the owner wants to be said instead of our text. */
  ownText: string | null;
  problem: SpeechProblem | null;
}

export interface OwnPrompt {
  name: OwnPromptName;
  title: string;
}

interface TakeList {
  version: 1;
  entries: Partial<Record<Language, Partial<Record<KeptPromptName, ShelfEntry>>>>;
  /** Prompts that the owner has added, in that order. */
  own?: OwnPrompt[];
  /** Files that were replaced: a call may be about to play one. */
  retired: { language: Language; file: string; atMs: number }[];
}

const LIST = "takes.json";
/** Files that are being taken in; after a crash nobody needs them. */
export const UPLOAD_PREFIX = ".upload-";
/** A caller hears a prompt within seconds after it was looked up. */
const RETIRED_FOR_MS = 60 * 60_000;
const NO_ENTRY: ShelfEntry = { upload: null, voice: null, takes: [], ownText: null, problem: null };
/** So many takes of a prompt are kept in each language, besides what is in use. */
const KEPT_TAKES = 5;
/** Each sound once, by its SHA-256; takes are further names of these files. */
const CONTENT = "content";

export class TakeShelf {
  readonly directory: string;
  #list: TakeList = { version: 1, entries: {}, retired: [] };
  #saving: Promise<void> = Promise.resolve();
  /** Sounds that are being written, by path. */
  readonly #writing = new Map<string, Promise<void>>();

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Reads what is there; a take whose file is gone is forgotten, and files that nobody knows go. */
  async load(): Promise<void> {
    for (const folder of [...LANGUAGES, CONTENT])
      await mkdir(join(this.directory, folder), { recursive: true, mode: 0o755 });
    const path = join(this.directory, LIST);
    try {
      this.#list = JSON.parse(await readFile(path, "utf8")) as TakeList;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      if (!(error instanceof SyntaxError)) throw error;
      // It is replaced in one piece, so this is a damaged disk. The voice's takes are made again; uploads stay on the disk, unknown.
      await rename(path, `${path}.damaged`);
      return;
    }
    this.#listTakesInUse();
    await this.#forgetLostFiles();
    await this.#sweep();
  }

  own(): readonly OwnPrompt[] {
    return this.#list.own ?? [];
  }

  /** Adds one, or gives the one of that name another title. */
  async keepOwn(prompt: OwnPrompt): Promise<void> {
    const isThere = this.own().some(({ name }) => name === prompt.name);
    const renamed = this.own().map((one) => (one.name === prompt.name ? prompt : one));
    this.#list.own = isThere ? renamed : [...renamed, prompt];
    await this.#save();
  }

  /** With its takes, which go once no call can be about to play them. */
  async removeOwn(name: OwnPromptName): Promise<void> {
    this.#list.own = this.own().filter((one) => one.name !== name);
    for (const language of LANGUAGES) {
      await this.change(language, name, NO_ENTRY);
      delete this.#list.entries[language]?.[name];
    }
    await this.#save();
  }

  entry(language: Language, name: KeptPromptName): ShelfEntry {
    return this.#list.entries[language]?.[name] ?? NO_ENTRY;
  }

  /** The take that callers hear. */
  inUse(language: Language, name: KeptPromptName): Take | null {
    const { upload, voice } = this.entry(language, name);
    return upload ?? voice;
  }

  path(language: Language, name: KeptPromptName): string | null {
    const take = this.inUse(language, name);
    return take && join(this.directory, language, take.file);
  }

  /** Writes a sound under a name of its content, flushed to the disk. `key` names what it was made from, if that is known. */
  async write(language: Language, name: KeptPromptName, sound: TelephoneSound, key?: string): Promise<Take> {
    const digest = createHash("sha256").update(sound.wav).digest("hex");
    const file = `${name}.${key ?? digest.slice(0, 8)}.wav`;
    const content = join(this.directory, CONTENT, `${digest}.wav`);
    await this.#writeOnce(content, sound.wav);
    await replaceByLink(content, join(this.directory, language, file));
    await syncDirectory(join(this.directory, language));
    return { file, durationMs: sound.durationMs, madeAt: new Date().toISOString() };
  }

  /** Changes an entry and keeps the list. Takes that are given become its last ones; what is not kept any more goes later. */
  async change(language: Language, name: KeptPromptName, changes: Partial<ShelfEntry>): Promise<void> {
    const before = this.entry(language, name);
    const after = withTakes({ ...before, ...changes }, [changes.voice, changes.upload]);
    const entries = (this.#list.entries[language] ??= {});
    entries[name] = after;
    const isUsed = (file: string) => after.takes.some((take) => take.file === file);
    this.#list.retired = this.#list.retired.filter((old) => old.language !== language || !isUsed(old.file));
    for (const take of before.takes) {
      if (!isUsed(take.file)) this.#list.retired.push({ language, file: take.file, atMs: Date.now() });
    }
    await this.#save();
  }

  /**
   * Gives the prompts that the switch says by itself names that never change: `<language>/<name>.wav`. A language without a take of its
   * own borrows that of the first of `order` that has one, so that nobody hears silence.
   */
  async publishForSwitch(order: readonly Language[]): Promise<void> {
    for (const name of SWITCH_PROMPT_NAMES) {
      for (const language of LANGUAGES) {
        const source = [language, ...order].find((candidate) => this.inUse(candidate, name) !== null);
        const path = source && this.path(source, name);
        if (path) await replaceByLink(path, join(this.directory, language, `${name}.wav`));
      }
    }
  }

  /** Several prompts may get one sound at the same moment: the first one's file is waited for. */
  async #writeOnce(path: string, wav: Buffer): Promise<void> {
    const underWay = this.#writing.get(path) ?? writeIfMissing(path, wav).finally(() => this.#writing.delete(path));
    this.#writing.set(path, underWay);
    await underWay;
  }

  /** The list as it is when its turn comes: one write at a time, and none with less than what was changed before. */
  async #save(): Promise<void> {
    const save = this.#saving.then(() =>
      writeDurably(join(this.directory, LIST), JSON.stringify(this.#list, null, 1), 0o600),
    );
    this.#saving = save.catch(() => undefined);
    await save;
  }

  #names(): KeptPromptName[] {
    return [...PROMPT_NAMES, ...this.own().map(({ name }) => name)];
  }

  /** A list of a former version knows only those. */
  #listTakesInUse(): void {
    for (const entries of Object.values(this.#list.entries)) {
      for (const entry of Object.values(entries)) {
        if (entry) entry.takes = withTakes({ ...NO_ENTRY, ...entry }, []).takes;
      }
    }
  }

  async #forgetLostFiles(): Promise<void> {
    for (const language of LANGUAGES) {
      const present = new Set(await readdir(join(this.directory, language)));
      for (const name of this.#names()) {
        const entry = this.#list.entries[language]?.[name];
        if (entry?.upload && !present.has(entry.upload.file)) entry.upload = null;
        if (entry?.voice && !present.has(entry.voice.file)) entry.voice = null;
        if (entry) entry.takes = entry.takes.filter(({ file }) => present.has(file));
      }
    }
  }

  async #sweep(): Promise<void> {
    for (const file of await readdir(this.directory)) {
      if (file.startsWith(UPLOAD_PREFIX)) await rm(join(this.directory, file), { force: true });
    }
    const now = Date.now();
    const isStillWarm = ({ atMs }: { atMs: number }) => now - atMs < RETIRED_FOR_MS;
    this.#list.retired = this.#list.retired.filter(isStillWarm);
    for (const language of LANGUAGES) {
      const known = new Set<string>(SWITCH_PROMPT_NAMES.map((name) => `${name}.wav`));
      for (const name of this.#names()) {
        for (const { file } of this.entry(language, name).takes) known.add(file);
      }
      for (const old of this.#list.retired) if (old.language === language) known.add(old.file);
      for (const file of await readdir(join(this.directory, language))) {
        if (!known.has(file)) await rm(join(this.directory, language, file), { force: true });
      }
    }
    for (const file of await readdir(join(this.directory, CONTENT))) {
      const path = join(this.directory, CONTENT, file);
      const isNamedElsewhere = (await stat(path)).nlink > 1;
      if (!isNamedElsewhere) await rm(path, { force: true });
    }
  }
}

/** One of the same file, or in which a voice says the same, takes the place of the other. */
function withTakes(entry: ShelfEntry, given: readonly (Take | null | undefined)[]): ShelfEntry {
  const isSame = (one: Take, other: Take) =>
    one.file === other.file || (one.text !== undefined && one.text === other.text);
  const inUse = [entry.upload, entry.voice].filter((take) => take !== null);
  // What is in use is there already, but for lists of a former version.
  const old = inUse.filter((take) => !entry.takes.some(({ file }) => file === take.file));
  let takes = [...old, ...entry.takes];
  for (const take of given) {
    if (take) takes = [take, ...takes.filter((one) => !isSame(one, take))];
  }
  const isInUse = ({ file }: Take) => inUse.some((take) => take.file === file);
  return { ...entry, takes: takes.filter((take, place) => place < KEPT_TAKES || isInUse(take)) };
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function writeIfMissing(path: string, content: Buffer): Promise<void> {
  if (!(await isThere(path))) await writeDurably(path, content, 0o644);
}

async function writeDurably(path: string, content: string | Buffer, mode: number): Promise<void> {
  const part = `${path}.part`;
  const file = await open(part, "w", mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
  await syncDirectory(join(path, ".."));
}

/** A second name for a file, put in place of whatever had that name, at once: the switch never finds half a file or none. */
async function replaceByLink(from: string, to: string): Promise<void> {
  if (await isSameFile(from, to)) return;
  const part = `${to}.part`;
  await rm(part, { force: true });
  await link(from, part);
  await rename(part, to);
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all([stat(one), stat(other)]);
    return a.ino === b.ino && a.dev === b.dev;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
