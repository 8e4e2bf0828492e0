/**
 * Takes the switch's CDR files in, each once, keyed by the leg. They complete legs, and they close calls that ended while the daemon was
 * away; a call that only the static fallback saw gets its row here.
 */
import { readFileSync } from "node:fs";
import { mkdir, readdir, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { CallId, LegId } from "../calls/ids.ts";
import { applyCdrs, type CompletedCall, type Lines } from "./apply-cdrs.ts";
import { type Cdr, CdrError, inTimeOf, parseCdr } from "./cdr-file.ts";
import { isPassing } from "./failure.ts";
import { closeLostCalls } from "./lost-calls.ts";
import type { Db } from "./schema.ts";

const LOOK_EVERY_MS = 5_000;
/** FreeSWITCH writes the file in place; after the hangup's event it takes a moment. */
const SOON_MS = 300;
/** A file that cannot be read for so long is not being written any more. */
const GIVE_UP_MS = 60_000;
/** For so long the daemon may still be about to state a leg's end itself. */
const PATIENCE_MS = 60_000;
const BATCH = 100;
const SUFFIX = ".cdr.json";

interface CdrIngestLogger {
  info(data: Record<string, unknown>, message: string): void;
  warn(data: Record<string, unknown>, message: string): void;
  error(data: Record<string, unknown>, message: string): void;
}

export interface CdrIngestOptions {
  db: Db;
  /** The switch's CDR spool; files that cannot be understood go to `rejected/` in it. */
  dir: string;
  log: CdrIngestLogger;
  /** What the daemon stated comes first: it knows more. */
  journal: { applied(): Promise<void> };
  /** True while the daemon will state this leg's end itself. */
  isLegAlive: (legId: LegId) => boolean;
  lines: () => Lines;
  /** The switch's, which may be another than the machine's. */
  clock: {
    readonly isKnown: boolean;
    /** A time that the switch's process `core` wrote down, in the machine's own; both Unix ms. */
    ofRecord: (atMs: number, core: string | null) => number;
  };
  onIngested?: (call: CompletedCall) => void;
}

interface CdrFile {
  name: string;
  cdr: Cdr;
}

export class CdrIngest {
  readonly #options: CdrIngestOptions;
  #timer: NodeJS.Timeout | null = null;
  #dueAt = Number.POSITIVE_INFINITY;
  #looking: Promise<void> | null = null;
  #isStarted = false;
  #isStopped = false;
  #tellStopped: () => void = () => undefined;
  readonly #stopped = new Promise<void>((resolve) => {
    this.#tellStopped = resolve;
  });
  #isAway = false;
  #liveCalls: ReadonlySet<CallId> | null = null;

  constructor(options: CdrIngestOptions) {
    this.#options = options;
  }

  /** Looks now, then every 5 s. */
  start(): void {
    this.#isStarted = true;
    this.#lookIn(0);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#tellStopped();
    if (this.#timer) clearTimeout(this.#timer);
    await this.#looking;
  }

  /** A leg has just ended: its file will be there in a moment. */
  lookSoon(): void {
    this.#lookIn(SOON_MS);
  }

  /**
   * The switch told which calls it has. All others that are open in the log have ended; those whose CDR says nothing about it (the switch
   * was killed) are closed as cut off, at the last time that is known of them.
   */
  closeLostCalls(liveCalls: ReadonlySet<CallId>): void {
    this.#liveCalls = liveCalls;
    this.#lookIn(0);
  }

  /** One look at the spool. @throws what the database throws while it is away; the files stay then */
  async look(): Promise<void> {
    const files = await this.#readFiles();
    const liveCalls = this.#liveCalls;
    if (files.length === 0 && liveCalls === null) return;
    // While the database is away this waits, and must not keep the daemon from stopping.
    await Promise.race([this.#options.journal.applied(), this.#stopped]);
    if (this.#isStopped) return;
    for (let from = 0; from < files.length; from += BATCH) await this.#ingest(files.slice(from, from + BATCH));
    if (liveCalls === null) return;
    const { db, isLegAlive, log } = this.#options;
    const closed = await closeLostCalls(db, liveCalls, isLegAlive);
    if (this.#liveCalls === liveCalls) this.#liveCalls = null;
    if (closed.length > 0) log.warn({ calls: closed.length }, "calls that ended with the switch were closed");
    this.#tell(closed.map((callId) => ({ callId, hasOutsideLeg: true, isClosed: true })));
  }

  #lookIn(ms: number): void {
    const dueAt = Date.now() + ms;
    if (!this.#isStarted || this.#isStopped || dueAt >= this.#dueAt) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => void this.#run(), ms);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    this.#dueAt = Number.POSITIVE_INFINITY;
    // One look at a time; what came meanwhile is seen by the next.
    if (this.#looking === null) {
      this.#looking = this.#lookAndReport().finally(() => {
        this.#looking = null;
      });
      await this.#looking;
    }
    this.#lookIn(LOOK_EVERY_MS);
  }

  async #lookAndReport(): Promise<void> {
    const { log } = this.#options;
    try {
      await this.look();
      this.#isAway = false;
    } catch (error) {
      if (!isPassing(error)) log.error({ err: error }, "the switch's call records could not be taken in");
      else if (!this.#isAway)
        log.warn({ err: error }, "the database is away; the switch's call records wait in the spool");
      this.#isAway = isPassing(error);
    }
  }

  async #readFiles(): Promise<CdrFile[]> {
    const { dir } = this.#options;
    await mkdir(dir, { recursive: true });
    const names = (await readdir(dir)).filter((name) => name.endsWith(SUFFIX)).sort();
    const files: CdrFile[] = [];
    for (const name of names) {
      const cdr = await this.#readFile(name);
      if (cdr) files.push({ name, cdr });
    }
    return files;
  }

  /** Null when the file is to be looked at later, or is dealt with. */
  async #readFile(name: string): Promise<Cdr | null> {
    const path = join(this.#options.dir, name);
    try {
      // A small file, just written: opening, reading and closing it in another thread costs five times as much.
      const written = parseCdr(readFileSync(path, "utf8"));
      if (written === null) {
        this.#options.log.info({ file: name }, "a call record of a leg that belongs to no call");
        await removeFile(path);
        return null;
      }
      const { clock } = this.#options;
      // Just started: in a moment the switch tells what its times mean.
      if (!clock.isKnown && Date.now() - (await stat(path)).mtimeMs < PATIENCE_MS) return null;
      const cdr = inTimeOf(written, (atMs, core) => clock.ofRecord(atMs, core));
      const mayStillBeStated = this.#options.isLegAlive(cdr.legId) && Date.now() - cdr.endedAtMs < PATIENCE_MS;
      return mayStillBeStated ? null : cdr;
    } catch (error) {
      if (!(error instanceof CdrError)) throw error;
      const ageMs = Date.now() - (await stat(path)).mtimeMs;
      if (ageMs > GIVE_UP_MS) await this.#reject(name, error);
      return null;
    }
  }

  async #reject(name: string, error: unknown): Promise<void> {
    const { dir, log } = this.#options;
    const rejected = join(dir, "rejected");
    await mkdir(rejected, { recursive: true });
    await rename(join(dir, name), join(rejected, name));
    log.error({ file: name, err: error }, "a call record of the switch cannot be used; it was put aside");
  }

  /** Together, or each by itself when the database refuses one. */
  async #ingest(files: readonly CdrFile[]): Promise<void> {
    const { db, lines } = this.#options;
    try {
      const changed = await db.transaction().execute(async (tx) =>
        applyCdrs(
          tx,
          files.map(({ cdr }) => cdr),
          lines(),
        ),
      );
      await this.#removeFiles(files);
      this.#tell(changed);
    } catch (error) {
      if (isPassing(error)) throw error;
      const [only, ...others] = files;
      if (only && others.length === 0) await this.#reject(only.name, error);
      else for (const file of files) await this.#ingest([file]);
    }
  }

  /** After the commit. A crash before it means that a file is read again, and changes nothing. */
  async #removeFiles(files: readonly CdrFile[]): Promise<void> {
    const { dir } = this.#options;
    await Promise.all(files.map(async ({ name }) => removeFile(join(dir, name))));
  }

  #tell(calls: readonly CompletedCall[]): void {
    for (const call of calls) this.#options.onIngested?.(call);
  }
}

/** One that is gone already is as it should be. */
async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
