/**
 * Texts that are made up during a call ('twelve lari fifty'), spoken by the voice and kept by what they say: the next caller who is told the
 * same hears it at once.
 */
import { createHash, randomUUID } from "node:crypto";
import { access, mkdir, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LANGUAGES, type Language } from "../calls/language.ts";
import { OWN_VOICES, type Voices } from "./voices.ts";

export interface SpokenTextsOptions {
  /** They lie in `spoken/<language>` below it. */
  dataDir: string;
  log: { warn(data: Record<string, unknown>, message: string): void };
  voices?: Voices;
  /** The oldest go when there are more. */
  most?: number;
}

const MOST = 4_000;
/** A voice takes a processor for itself; more at once would only be slower together. */
const AT_ONCE = 2;
const LONGEST_TEXT = 500;
/** How many are taken away at a time, so that it is not done for each new one. */
const SWEEP_SHARE = 0.1;

export class SpokenTexts {
  readonly #directory: string;
  readonly #log: SpokenTextsOptions["log"];
  readonly #most: number;
  readonly #voices: Voices;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #known = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(options: SpokenTextsOptions) {
    this.#directory = join(options.dataDir, "spoken");
    this.#log = options.log;
    this.#most = options.most ?? MOST;
    this.#voices = options.voices ?? OWN_VOICES;
  }

  /** Finds what is there. */
  async start(): Promise<void> {
    for (const language of LANGUAGES) {
      const directory = join(this.#directory, language);
      await mkdir(directory, { recursive: true, mode: 0o755 });
      for (const file of await readdir(directory)) {
        if (file.endsWith(".wav")) this.#known.add(join(directory, file));
        else await rm(join(directory, file), { force: true });
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#underWay.values());
  }

  hasVoice(language: Language): boolean {
    return this.#voices.hasVoice(language);
  }

  file(text: string, language: Language): string | null {
    const path = this.#pathOf(text, language);
    return this.#known.has(path) ? path : null;
  }

  /** True when all of them can be played. What is not ready by the deadline is spoken to its end all the same, for the next caller. */
  async prepare(texts: readonly string[], language: Language, deadlineMs: number): Promise<boolean> {
    if (!this.hasVoice(language) || texts.some((text) => text.length > LONGEST_TEXT)) return false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    const all = Promise.allSettled(texts.map((text) => this.#ensure(text, language)));
    await Promise.race([all, late]);
    clearTimeout(timer);
    return texts.every((text) => this.file(text, language) !== null);
  }

  async #ensure(text: string, language: Language): Promise<void> {
    const path = this.#pathOf(text, language);
    if (this.#known.has(path) && (await isThere(path))) {
      const now = new Date();
      await utimes(path, now, now);
      return;
    }
    this.#known.delete(path);
    const underWay = this.#underWay.get(path) ?? this.#make(text, language, path);
    this.#underWay.set(path, underWay);
    try {
      await underWay;
    } finally {
      this.#underWay.delete(path);
    }
  }

  async #make(text: string, language: Language, path: string): Promise<void> {
    await this.#turn();
    try {
      const { wav } = await this.#voices.speak(language, text, this.#stopping.signal);
      const part = join(this.#directory, language, `${randomUUID()}.part`);
      await writeFile(part, wav, { mode: 0o644 });
      await rename(part, path);
      this.#known.add(path);
    } catch (error) {
      this.#log.warn({ err: error, language }, "a text could not be spoken for a caller");
      throw error;
    } finally {
      this.#running -= 1;
      this.#queue.shift()?.();
    }
    if (this.#known.size > this.#most) await this.#sweep();
  }

  async #turn(): Promise<void> {
    if (this.#running >= AT_ONCE) {
      await new Promise<void>((resolve) => {
        this.#queue.push(resolve);
      });
    }
    this.#running += 1;
  }

  /** Those that nobody was told for the longest time go. */
  async #sweep(): Promise<void> {
    const dated = await Promise.all(
      [...this.#known].map(async (path) => ({ path, usedMs: (await isThere(path)) ? (await stat(path)).mtimeMs : 0 })),
    );
    dated.sort((one, other) => one.usedMs - other.usedMs);
    const over = this.#known.size - this.#most + Math.ceil(this.#most * SWEEP_SHARE);
    for (const { path } of dated.slice(0, over)) {
      this.#known.delete(path);
      await rm(path, { force: true });
    }
  }

  #pathOf(text: string, language: Language): string {
    return join(this.#directory, language, spokenFileName(text, language, this.#voices));
  }
}

/** A new voice, or a new way to speak, makes other names. */
export function spokenFileName(text: string, language: Language, voices: Pick<Voices, "takeKey"> = OWN_VOICES): string {
  const key = createHash("sha256")
    .update(JSON.stringify([voices.takeKey(language, text), language, text]))
    .digest("hex");
  return `${key.slice(0, 40)}.wav`;
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
