/**
 * Recordings: from the switch's spool to encoded files and the ledger. Nothing here is needed for a call to go on: while the database, the
 * disk or ffmpeg is away, the spool keeps what was recorded.
 */
import { once } from "node:events";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { CallId } from "../calls/ids.ts";
import { isUuid } from "../calls/ids.ts";
import { lengthenLostCalls } from "../database/lost-calls.ts";
import type { Db } from "../database/schema.ts";
import { encodeRecording } from "./encode-recording.ts";
import { findFfmpeg } from "./ffmpeg.ts";
import { type Changed, type Claim, Ledger } from "./ledger.ts";
import type { Peaks } from "./peaks.ts";
import { deleteRecordingsBefore } from "./retention.ts";
import { CONVERSATIONS, type SpoolKind } from "./spool-kind.ts";
import { type IsLegAlive, type SpoolPatience, scanSpool, USUAL_PATIENCE } from "./spool-scan.ts";

export type RecordingsChange =
  /** A row of the ledger changed. */
  | { type: "recording-changed"; callId: CallId; recordingId: string }
  /** The log says something else about this call, because of what was recorded of it. */
  | { type: "call-changed"; callId: CallId };

export interface RecordingsOptions {
  db: Db;
  /** Conversations, if not said otherwise. */
  kind?: SpoolKind;
  /** Holds `spool/recordings` or `spool/messages` (the switch writes there) and `recordings`. */
  dataDir: string;
  log: Pick<Logger, "debug" | "info" | "warn" | "error">;
  /** Whether a leg lives; null while the switch is away and nobody can know. */
  isLegAlive: IsLegAlive;
  onChange: (change: RecordingsChange) => void;
  /** How many are encoded at once. Usually 1: encoding is about a hundred times faster than talking. */
  parallel?: number;
  timing?: Partial<RecordingsTiming>;
  findFfmpeg?: () => Promise<string | null>;
}

interface RecordingsTiming extends SpoolPatience {
  scanEveryMs: number;
  /** How long a row is held by one who encodes without renewing; after a crash it is free again when this has passed. */
  leaseMs: number;
  /** How long to wait when the database or the spool cannot be read. */
  awayRetryMs: number;
  retryDelayMs: (attempt: number) => number;
  maxAttempts: number;
}

const USUAL_TIMING: RecordingsTiming = {
  ...USUAL_PATIENCE,
  scanEveryMs: 30_000,
  leaseMs: 20_000,
  awayRetryMs: 2_000,
  retryDelayMs: (attempt) => Math.min(5_000 * 2 ** (attempt - 1), 10 * 60_000),
  maxAttempts: 8,
};
const LEAST_WAIT_MS = 100;
/** How far back calls are compared with their recordings. */
const COMPARED_FOR_MS = 24 * 3_600_000;

interface RecordingFile {
  /** An absolute path of an Opus file in Ogg. */
  path: string;
  callId: CallId;
  startedAt: Date;
}

/** What the panel reads. Ids are those of the ledger; one that is no UUID is not found. */
interface RecordingReader {
  /** Null when there is no such recording, or it is not ready, or its file is gone. */
  file(recordingId: string): Promise<RecordingFile | null>;
  peaks(recordingId: string): Promise<(Peaks & { durationMs: number }) | null>;
}

export interface Recordings {
  readonly reader: RecordingReader;
  readonly spoolDirectory: string;
  readonly recordingsDirectory: string;
  start(): Promise<void>;
  /** Stops encoding; what was under way waits in the ledger for the next start. */
  stop(): Promise<void>;
  /** The switch says that it closed this file (its name or its path). */
  recordingStopped(file: string): void;
  /** Compares spool and ledger now. Resolves when that is done, also if it failed (it is tried again). */
  scan(): Promise<void>;
  /** Deletes recordings that started before this time; their rows stay. Returns how many. */
  deleteBefore(before: Date): Promise<number>;
  /** Resolves when nothing is under way or due. Rows that wait for a later try are not waited for. */
  idle(): Promise<void>;
}

export function createRecordings(options: RecordingsOptions): Recordings {
  return new SpoolWorker(options);
}

class SpoolWorker implements Recordings {
  readonly spoolDirectory: string;
  readonly recordingsDirectory: string;
  readonly reader: RecordingReader;
  readonly #options: RecordingsOptions;
  readonly #kind: SpoolKind;
  readonly #timing: RecordingsTiming;
  readonly #ledger: Ledger;
  readonly #stopped = new Set<string>();
  readonly #jobs = new Set<Promise<void>>();
  readonly #signals = new EventTarget();
  #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #isWoken = false;
  /** By a clock that nobody sets. */
  #scanDueAtMs = 0;
  #hasRetriedFailed = false;
  #isTroubleKnown = false;

  constructor(options: RecordingsOptions) {
    this.#options = options;
    this.#timing = { ...USUAL_TIMING, ...options.timing };
    this.#kind = options.kind ?? CONVERSATIONS;
    this.#ledger = new Ledger(options.db, this.#timing.leaseMs, this.#kind.kind);
    this.spoolDirectory = join(options.dataDir, "spool", this.#kind.folder);
    this.recordingsDirectory = join(options.dataDir, "recordings");
    this.reader = readerOf(this.#ledger, this.recordingsDirectory);
  }

  async start(): Promise<void> {
    if (this.#running) throw new Error("recordings were started already");
    await mkdir(this.spoolDirectory, { recursive: true, mode: 0o700 });
    await mkdir(this.recordingsDirectory, { recursive: true, mode: 0o700 });
    this.#stopping = new AbortController();
    this.#scanDueAtMs = 0;
    this.#hasRetriedFailed = false;
    this.#running = this.#run(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
    await Promise.all(this.#jobs);
    this.#running = null;
    this.#signals.dispatchEvent(new Event("idle"));
  }

  recordingStopped(file: string): void {
    const fileName = file.slice(file.lastIndexOf("/") + 1);
    if (this.#kind.parseName(fileName) === null) return;
    this.#stopped.add(fileName);
    this.#scanDueAtMs = 0;
    this.#wake();
  }

  async scan(): Promise<void> {
    if (!this.#running) return;
    const done = once(this.#signals, "round");
    this.#scanDueAtMs = 0;
    this.#wake();
    await done;
  }

  async deleteBefore(before: Date): Promise<number> {
    const { spoolDirectory, recordingsDirectory } = this;
    const deleted = await deleteRecordingsBefore(before, { ledger: this.#ledger, spoolDirectory, recordingsDirectory });
    this.#tell(deleted);
    return deleted.length;
  }

  async idle(): Promise<void> {
    if (!this.#running) return;
    const idle = once(this.#signals, "idle");
    this.#wake();
    await idle;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#isWoken = false;
      let waitMs: number;
      try {
        waitMs = await this.#round();
        if (this.#isTroubleKnown) this.#options.log.info("recordings go on");
        this.#isTroubleKnown = false;
      } catch (error) {
        // Said once and not each time: the database may be away for hours.
        if (!this.#isTroubleKnown)
          this.#options.log.error({ err: error }, "recordings wait: database or spool cannot be read");
        this.#isTroubleKnown = true;
        this.#scanDueAtMs = 0;
        waitMs = this.#timing.awayRetryMs;
      }
      this.#signals.dispatchEvent(new Event("round"));
      if (this.#isTroubleKnown) await this.#sleep(waitMs, signal, false);
      else if (!this.#isWoken) await this.#sleep(waitMs, signal, true);
    }
  }

  /** Looks at the spool if that is due, gives work to free hands, and returns how long nothing will be due. */
  async #round(): Promise<number> {
    if (!this.#hasRetriedFailed) {
      this.#tell(await this.#ledger.retryFailed());
      this.#hasRetriedFailed = true;
    }
    if (performance.now() >= this.#scanDueAtMs) await this.#scanNow();
    while (this.#jobs.size < (this.#options.parallel ?? 1) && !this.#stopping.signal.aborted) {
      const claim = await this.#ledger.claim();
      if (claim === null) break;
      this.#tell([claim]);
      const job = this.#encode(claim).finally(() => {
        this.#jobs.delete(job);
        this.#wake();
      });
      this.#jobs.add(job);
    }
    const dueInMs = await this.#ledger.nextDueInMs();
    const isBusy = this.#jobs.size > 0 || dueInMs === 0;
    if (!isBusy && !this.#isWoken && this.#stopped.size === 0) this.#signals.dispatchEvent(new Event("idle"));
    const scanInMs = this.#scanDueAtMs - performance.now();
    // A row that is due but could not be claimed is in somebody's hands this very moment.
    const claimInMs = this.#jobs.size > 0 || dueInMs === null ? scanInMs : Math.max(dueInMs, LEAST_WAIT_MS);
    return Math.max(0, Math.min(scanInMs, claimInMs));
  }

  async #encode(claim: Claim): Promise<void> {
    try {
      await encodeRecording(claim, this.#encodeSurroundings());
      this.#tell([claim]);
      await this.#compareWithCalls();
    } catch (error) {
      this.#options.log.warn({ err: error, recordingId: claim.id }, "the ledger did not take in how encoding ended");
    }
  }

  async #scanNow(): Promise<void> {
    const { log, isLegAlive } = this.#options;
    this.#scanDueAtMs = performance.now() + this.#timing.scanEveryMs;
    const stopped = new Set(this.#stopped);
    const result = await scanSpool({
      kind: this.#kind,
      ledger: this.#ledger,
      log,
      spoolDirectory: this.spoolDirectory,
      isLegAlive,
      stopped,
      patience: this.#timing,
      nowMs: Date.now(),
    });
    for (const fileName of result.settled) this.#stopped.delete(fileName);
    this.#tell(result.changed);
    if (result.againInMs !== null)
      this.#scanDueAtMs = Math.min(this.#scanDueAtMs, performance.now() + result.againInMs);
    await this.#compareWithCalls();
  }

  async #compareWithCalls(): Promise<void> {
    const since = new Date(Date.now() - COMPARED_FOR_MS);
    if (this.#kind.kind === "message") {
      for (const callId of await this.#ledger.nameCallsWithMessage(since)) {
        this.#options.onChange({ type: "call-changed", callId });
      }
      return;
    }
    for (const callId of await lengthenLostCalls(this.#options.db, since)) {
      this.#options.onChange({ type: "call-changed", callId });
    }
    const marked = await this.#ledger.markShorterThanTalk(since);
    for (const { id, callId } of marked) {
      this.#options.log.warn({ recordingId: id, callId }, "recording is shorter than the talk");
    }
    this.#tell(marked);
  }

  #encodeSurroundings() {
    const { spoolDirectory, recordingsDirectory } = this;
    return {
      kind: this.#kind,
      ledger: this.#ledger,
      log: this.#options.log,
      spoolDirectory,
      recordingsDirectory,
      findFfmpeg: this.#options.findFfmpeg ?? findFfmpeg,
      retryDelayMs: this.#timing.retryDelayMs,
      maxAttempts: this.#timing.maxAttempts,
      renewEveryMs: this.#timing.leaseMs / 4,
      signal: this.#stopping.signal,
    };
  }

  #tell(changed: readonly Changed[]): void {
    for (const { id, callId } of changed) {
      this.#options.onChange({ type: "recording-changed", callId, recordingId: id });
    }
  }

  #wake(): void {
    this.#isWoken = true;
    this.#signals.dispatchEvent(new Event("wake"));
  }

  async #sleep(ms: number, signal: AbortSignal, canBeWoken: boolean): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#signals.removeEventListener("wake", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal.addEventListener("abort", wake);
      if (canBeWoken) this.#signals.addEventListener("wake", wake);
    });
  }
}

function readerOf(ledger: Ledger, recordingsDirectory: string): RecordingReader {
  return {
    async file(recordingId) {
      const row = isUuid(recordingId) ? await ledger.find(recordingId) : null;
      if (row?.state !== "ready" || row.path === null) return null;
      const path = join(recordingsDirectory, row.path);
      try {
        await access(path);
        return { path, callId: row.callId, startedAt: row.startedAt };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
        throw error;
      }
    },
    async peaks(recordingId) {
      const found = isUuid(recordingId) ? await ledger.peaks(recordingId) : null;
      return found && { durationMs: found.durationMs, ...found.peaks };
    },
  };
}
