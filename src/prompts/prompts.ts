/** The prompts: what the product says to callers, spoken by a voice or uploaded by the owner, in each language. */
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Logger } from "pino";
import { LANGUAGES, type Language } from "../calls/language.ts";
import { ProgramError } from "../recordings/ffmpeg.ts";
import { isServerAway, PromptError, type SpeechProblem, speechProblemOf } from "./prompt-error.ts";
import {
  isOwnPromptName,
  isPromptName,
  type KeptPromptName,
  neededPromptNames,
  type OwnPromptName,
  PROMPT_NAMES,
  type PromptName,
  SWITCH_PROMPT_NAMES,
} from "./prompt-names.ts";
import { type Take, TakeShelf, type TakeSource, UPLOAD_PREFIX } from "./take-shelf.ts";
import { toTelephoneSound } from "./telephone-sound.ts";
import { type PromptFacts, promptTexts, USUAL_FACTS } from "./texts.ts";
import { OWN_VOICES, type Voices } from "./voices.ts";

/** What of the site's settings the prompts depend on. */
export interface PromptSite {
  /** Spoken first when nothing exists yet, and lent to languages that lack what the switch says. */
  language: Language;
  /** What callers can choose from, in order. */
  callerLanguages: readonly Language[];
  /** The same for callers of numbers that speak a language of their own first: there the others are chosen by other keys. */
  numberOffers?: readonly (readonly Language[])[];
  facts: PromptFacts;
}

export interface PromptsOptions {
  /** Prompts lie in `prompts` below it. */
  dataDir: string;
  log: Pick<Logger, "info" | "warn">;
  /** Asked each time; after a change call `ensureSpoken`. */
  site?: () => PromptSite;
  /** Usually those that come with the product. */
  voices?: Voices;
  /** How long to wait before a voice that failed is tried again. */
  retryMs?: number;
}

export interface PromptTakeView {
  source: "voice" | "upload";
  /** 0 when nothing could be made yet. */
  durationMs: number;
  /** ISO 8601, UTC. */
  updatedAt: string;
  problem: SpeechProblem | null;
}

/** One of the last takes of a prompt in one language. */
export interface KeptTakeView {
  /** Among the takes of this prompt and language. */
  id: string;
  source: TakeSource;
  /** What the voice says in it; null for recordings, and when it is not known any more. */
  text: string | null;
  durationMs: number;
  /** ISO 8601, UTC. */
  madeAt: string;
  /** Callers hear it. */
  isInUse: boolean;
}

export interface PromptView {
  name: KeptPromptName;
  /** What the owner calls a prompt that they have added; null for the product's own. */
  title: string | null;
  /** What the voice says, or what is to be read aloud; empty while an added prompt has no words. */
  texts: Record<Language, string>;
  takes: Record<Language, PromptTakeView | null>;
}

export interface LanguageView {
  language: Language;
  /** Every prompt that a call flow needs is there. */
  isComplete: boolean;
  hasVoice: boolean;
}

export interface Prompts {
  /** Where takes lie: `<directory>/<language>/`, with `one-moment.wav`, `fallback.wav` and `leave-message.wav` for the switch. */
  readonly directory: string;
  /** Reads what exists; nothing is spoken. Before it, no prompt is found. */
  start(): Promise<void>;
  /** Stops speaking. Takes that exist are still found. */
  stop(): Promise<void>;
  /**
   * Speaks what is missing or says something else by now, the site's language first, two at a time. May go on for some seconds: nobody
   * should wait for it but tests. Failures are kept with the prompts and tried again. Resolves when all that could be done is done.
   */
  ensureSpoken(languages?: readonly Language[]): Promise<void>;
  /** Absolute path of the take in use; null when there is none. For the engine: at once, from memory. */
  file(name: string, language: Language): string | null;
  isComplete(language: Language): boolean;
  /** Names that a call flow needs and that have no take. */
  missing(language: Language): PromptName[];
  languages(): LanguageView[];
  list(): PromptView[];
  /** A file of any usual format. @throws PromptError */
  upload(
    language: Language,
    name: string,
    audio: Readable | Uint8Array,
    source?: Exclude<TakeSource, "voice">,
  ): Promise<PromptTakeView>;
  /** The last takes, that which was put to use last first. @throws PromptError `no-such-prompt` */
  takes(language: Language, name: string): KeptTakeView[];
  /** Absolute path of one of these; null when there is none such. */
  takeFile(language: Language, name: string, id: string): string | null;
  /** Callers hear this one from now on. @throws PromptError `no-such-prompt`, `no-such-take` */
  putBack(language: Language, name: string, id: string): Promise<PromptTakeView>;
  /** Has the voice say another text from now on; an upload gives way. @throws PromptError */
  setText(language: Language, name: string, text: string): Promise<PromptTakeView>;
  /** Takes an upload away: back to the voice, or to nothing. @throws PromptError */
  remove(language: Language, name: string): Promise<PromptTakeView | null>;
  /** A prompt of the owner's, without words and takes. @throws PromptError `too-many` */
  add(title: string): Promise<PromptView>;
  /** Another title for an added prompt. @throws PromptError `no-such-prompt` */
  rename(name: string, title: string): Promise<PromptView>;
  /** Takes an added prompt away with all its takes. @throws PromptError `no-such-prompt` */
  drop(name: string): Promise<void>;
}

const AT_ONCE = 2;
const MOST_OWN = 500;
const LARGEST_UPLOAD_BYTES = 20 * 1024 * 1024;
const RETRY_MS = 60_000;
const USUAL_SITE: PromptSite = { language: "en", callerLanguages: [], facts: USUAL_FACTS };

export function createPrompts(options: PromptsOptions): Prompts {
  return new PromptCollection(options);
}

class PromptCollection implements Prompts {
  readonly directory: string;
  readonly #options: PromptsOptions;
  readonly #shelf: TakeShelf;
  readonly #voices: Voices;
  /** What is being done to a prompt; the next change of the same one comes after it. */
  readonly #underWay = new Map<string, Promise<unknown>>();
  #publishing: Promise<void> = Promise.resolve();
  #stopping = new AbortController();
  #speaking: Promise<void> = Promise.resolve();
  #retryTimer: NodeJS.Timeout | null = null;

  constructor(options: PromptsOptions) {
    this.#options = options;
    this.#voices = options.voices ?? OWN_VOICES;
    this.directory = join(options.dataDir, "prompts");
    this.#shelf = new TakeShelf(this.directory);
  }

  async start(): Promise<void> {
    this.#stopping = new AbortController();
    await this.#shelf.load();
    await this.#publishForSwitch();
  }

  async stop(): Promise<void> {
    if (this.#retryTimer) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#stopping.abort();
    await this.#speaking;
    await Promise.allSettled(this.#underWay.values());
    await this.#publishing;
  }

  async ensureSpoken(languages: readonly Language[] = LANGUAGES): Promise<void> {
    // One round after the other: a second one that was asked for in between finds what the first has left undone.
    this.#speaking = this.#speaking.then(() => this.#speakMissing(languages));
    await this.#speaking;
  }

  file(name: string, language: Language): string | null {
    const isKept = isPromptName(name) || this.#shelf.own().some((own) => own.name === name);
    return isKept ? this.#shelf.path(language, name as KeptPromptName) : null;
  }

  isComplete(language: Language): boolean {
    return this.missing(language).length === 0;
  }

  missing(language: Language): PromptName[] {
    const { callerLanguages, numberOffers = [] } = this.#site();
    const needed = [callerLanguages, ...numberOffers].flatMap((offered) => neededPromptNames(language, offered));
    return [...new Set(needed)].filter((name) => this.#shelf.inUse(language, name) === null);
  }

  languages(): LanguageView[] {
    return LANGUAGES.map((language) => ({
      language,
      isComplete: this.isComplete(language),
      hasVoice: this.#voices.hasVoice(language),
    }));
  }

  list(): PromptView[] {
    const own = this.#shelf.own().map(({ name, title }) => this.#prompt(name, title));
    return [...PROMPT_NAMES.map((name) => this.#prompt(name, null)), ...own];
  }

  async add(title: string): Promise<PromptView> {
    if (this.#shelf.own().length >= MOST_OWN) throw new PromptError("too-many");
    const name: OwnPromptName = `own-${randomUUID().slice(0, 8)}`;
    await this.#shelf.keepOwn({ name, title });
    return this.#prompt(name, title);
  }

  async rename(name: string, title: string): Promise<PromptView> {
    const own = this.#own(name);
    await this.#shelf.keepOwn({ name: own, title });
    return this.#prompt(own, title);
  }

  async drop(name: string): Promise<void> {
    await this.#shelf.removeOwn(this.#own(name));
  }

  takes(language: Language, name: string): KeptTakeView[] {
    const prompt = this.#known(name);
    const inUse = this.#shelf.inUse(language, prompt);
    return this.#shelf.entry(language, prompt).takes.map((take) => ({
      id: idOf(take),
      source: isSpoken(take) ? "voice" : (take.source ?? "upload"),
      text: take.text ?? null,
      durationMs: take.durationMs,
      madeAt: take.madeAt,
      isInUse: take.file === inUse?.file,
    }));
  }

  takeFile(language: Language, name: string, id: string): string | null {
    const take = this.#take(language, this.#known(name), id);
    return take === undefined ? null : join(this.directory, language, take.file);
  }

  async putBack(language: Language, name: string, id: string): Promise<PromptTakeView> {
    const prompt = this.#known(name);
    return await this.#inTurn(language, prompt, async () => {
      const take = this.#take(language, prompt, id);
      if (take === undefined) throw new PromptError("no-such-take");
      if (!isSpoken(take)) await this.#shelf.change(language, prompt, { upload: take });
      else {
        const { text } = take;
        // With its words: else it would be spoken over by those of now.
        const said = text === undefined ? {} : { ownText: text === this.#ourText(language, prompt) ? null : text };
        await this.#shelf.change(language, prompt, { upload: null, voice: take, problem: null, ...said });
      }
      return await this.#changed(language, prompt);
    });
  }

  #take(language: Language, name: KeptPromptName, id: string): Take | undefined {
    return this.#shelf.entry(language, name).takes.find((take) => idOf(take) === id);
  }

  async upload(
    language: Language,
    name: string,
    audio: Readable | Uint8Array,
    source: Exclude<TakeSource, "voice"> = "upload",
  ): Promise<PromptTakeView> {
    const prompt = this.#known(name);
    const path = join(this.directory, `${UPLOAD_PREFIX}${randomUUID()}`);
    try {
      await pipeline(
        audio instanceof Uint8Array ? [audio] : audio,
        refuseMoreThan(LARGEST_UPLOAD_BYTES),
        createWriteStream(path, { mode: 0o600, flags: "wx" }),
      );
      const sound = await toTelephoneSound({ path }, this.#stopping.signal);
      return await this.#inTurn(language, prompt, async () => {
        const upload = { ...(await this.#shelf.write(language, prompt, sound)), source };
        await this.#shelf.change(language, prompt, { upload });
        return await this.#changed(language, prompt);
      });
    } finally {
      await rm(path, { force: true });
    }
  }

  async setText(language: Language, name: string, text: string): Promise<PromptTakeView> {
    const prompt = this.#known(name);
    if (!this.#voices.hasVoice(language)) throw new PromptError("no-voice");
    return await this.#inTurn(language, prompt, async () => {
      const said = text.trim();
      const voice = await this.#speak(language, prompt, said);
      const ownText = said === this.#ourText(language, prompt) ? null : said;
      await this.#shelf.change(language, prompt, { voice, ownText, upload: null, problem: null });
      return await this.#changed(language, prompt);
    });
  }

  async remove(language: Language, name: string): Promise<PromptTakeView | null> {
    const prompt = this.#known(name);
    return await this.#inTurn(language, prompt, async () => {
      await this.#shelf.change(language, prompt, { upload: null });
      if (this.#voices.hasVoice(language)) await this.#speakIfNeeded(language, prompt);
      if (isSwitchPrompt(prompt)) await this.#publishForSwitch();
      return this.#view(language, prompt);
    });
  }

  #site(): PromptSite {
    return this.#options.site?.() ?? USUAL_SITE;
  }

  /** @throws PromptError `no-such-prompt` */
  #known(name: string): KeptPromptName {
    return isPromptName(name) ? name : this.#own(name);
  }

  #own(name: string): OwnPromptName {
    const own = this.#shelf.own().find((one) => one.name === name);
    if (own === undefined || !isOwnPromptName(name)) throw new PromptError("no-such-prompt");
    return own.name;
  }

  #prompt(name: KeptPromptName, title: string | null): PromptView {
    return {
      name,
      title,
      texts: perLanguage((language) => this.#text(language, name)),
      takes: perLanguage((language) => this.#view(language, name)),
    };
  }

  /** Empty for a prompt of the owner's: all its words are theirs. */
  #ourText(language: Language, name: KeptPromptName): string {
    return isPromptName(name) ? promptTexts(language, this.#site().facts)[name] : "";
  }

  #text(language: Language, name: KeptPromptName): string {
    return this.#shelf.entry(language, name).ownText ?? this.#ourText(language, name);
  }

  #view(language: Language, name: KeptPromptName): PromptTakeView | null {
    const { upload, voice, problem } = this.#shelf.entry(language, name);
    const take = upload ?? voice;
    if (take === null && problem === null) return null;
    return {
      source: upload ? "upload" : "voice",
      durationMs: take?.durationMs ?? 0,
      updatedAt: take?.madeAt ?? new Date().toISOString(),
      problem: upload ? null : problem,
    };
  }

  async #changed(language: Language, name: KeptPromptName): Promise<PromptTakeView> {
    if (isSwitchPrompt(name)) await this.#publishForSwitch();
    const view = this.#view(language, name);
    if (view === null) throw new PromptError("voice-failed", "a take was made and is not there");
    return view;
  }

  async #speakMissing(languages: readonly Language[]): Promise<void> {
    if (this.#retryTimer) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    const { language: first } = this.#site();
    const spoken = languages
      .filter((language) => this.#voices.hasVoice(language))
      .toSorted((a, b) => Number(b === first) - Number(a === first));
    const names = [...PROMPT_NAMES, ...this.#shelf.own().map(({ name }) => name)];
    const wanted = spoken.flatMap((language) => names.map((name) => ({ language, name })));
    let failures = 0;
    // Of those whose server is away the rest is not asked for, one deadline after the other: the other languages wait.
    const away = new Map<Language, SpeechProblem>();
    const hand = async () => {
      for (let next = wanted.shift(); next && !this.#stopping.signal.aborted; next = wanted.shift()) {
        const { language, name } = next;
        try {
          const isSaid = await this.#inTurn(language, name, () => this.#speakIfNeeded(language, name, away));
          if (!isSaid) failures++;
        } catch (error) {
          // The disk's fault: the next prompt may not fit either, but the calls go on with what there is.
          this.#options.log.warn({ err: error, language, name }, "a prompt could not be kept");
          failures++;
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, hand));
    if (failures === 0 || this.#stopping.signal.aborted) return;
    this.#options.log.warn({ failures }, "prompts could not be spoken; tried again later");
    this.#retryTimer = setTimeout(() => void this.ensureSpoken(languages), this.#options.retryMs ?? RETRY_MS);
  }

  /** False when the voice failed. Without an upload the old take, if there is one, stays in use. */
  async #speakIfNeeded(
    language: Language,
    name: KeptPromptName,
    away = new Map<Language, SpeechProblem>(),
  ): Promise<boolean> {
    const text = this.#text(language, name);
    if (text === "") return true;
    const { voice, problem } = this.#shelf.entry(language, name);
    if (voice?.key === this.#voices.takeKey(language, text)) {
      if (problem !== null) await this.#shelf.change(language, name, { problem: null });
      return true;
    }
    const known = away.get(language);
    if (known !== undefined) {
      if (problem !== known) await this.#shelf.change(language, name, { problem: known });
      return false;
    }
    try {
      await this.#shelf.change(language, name, { voice: await this.#speak(language, name, text), problem: null });
      if (isSwitchPrompt(name)) await this.#publishForSwitch();
      return true;
    } catch (error) {
      if (error instanceof ProgramError && error.reason === "aborted") return true;
      if (!(error instanceof PromptError)) throw error;
      if (problem === null) this.#options.log.warn({ err: error, language, name }, "a prompt could not be spoken");
      const why = speechProblemOf(error);
      if (isServerAway(why)) away.set(language, why);
      await this.#shelf.change(language, name, { problem: why });
      return false;
    }
  }

  async #speak(language: Language, name: KeptPromptName, text: string) {
    const key = this.#voices.takeKey(language, text);
    const sound = await this.#voices.speak(language, text, this.#stopping.signal);
    return { ...(await this.#shelf.write(language, name, sound, key)), key, text };
  }

  async #inTurn<Result>(language: Language, name: KeptPromptName, work: () => Promise<Result>): Promise<Result> {
    const key = `${language}/${name}`;
    const turn = (this.#underWay.get(key) ?? Promise.resolve()).then(work, work);
    this.#underWay.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#underWay.get(key) === turn) this.#underWay.delete(key);
    }
  }

  async #publishForSwitch(): Promise<void> {
    const { language } = this.#site();
    const publish = this.#publishing.then(() => this.#shelf.publishForSwitch([language, ...LANGUAGES]));
    this.#publishing = publish.catch(() => undefined);
    await publish;
  }
}

/** The hex digits in the name of its file. */
function idOf({ file }: Take): string {
  return file.split(".").at(-2) ?? file;
}

function isSpoken(take: Take): take is Take & { key: string } {
  return take.key !== undefined;
}

function isSwitchPrompt(name: KeptPromptName): boolean {
  return (SWITCH_PROMPT_NAMES as readonly string[]).includes(name);
}

function perLanguage<Value>(of: (language: Language) => Value): Record<Language, Value> {
  return { ka: of("ka"), ru: of("ru"), mn: of("mn"), en: of("en") };
}

function refuseMoreThan(limitBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      if (bytes > limitBytes) done(new PromptError("too-large"));
      else done(null, piece);
    },
  });
}
