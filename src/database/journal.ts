/**
 * The engine's call log. Facts go to a file at once and to PostgreSQL as soon as it takes them, each exactly once: the cursor of a
 * segment moves in the transaction that applies its facts. Neither a full disk nor an absent database stops calls; only both at once, for
 * longer than the segment's own room lasts, and a crash lose facts.
 */
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import type { CallFact, CallLog } from "../calls/call-fact.ts";
import type { CallId } from "../calls/ids.ts";
import { applyFacts } from "./apply-facts.ts";
import { isPassing, sqlState } from "./failure.ts";
import {
  type JournalEntry,
  journalLine,
  listSegments,
  nextSegment,
  RESERVE_BYTES,
  readSegment,
  removeSegment,
  SegmentWriter,
  trimSegment,
} from "./journal-file.ts";
import type { Db } from "./schema.ts";

/** Facts of a short while go into one transaction, unless somebody waits for them. */
const GATHER_MS = 250;
/** What is written survives our end; so much of it a power cut may take, unless somebody waits for it to be on the disk. */
const SYNC_WITHIN_MS = 50;
const BATCH = 500;
const RETRY_MS = { first: 100, longest: 5_000 };
const ROTATE_BYTES = 1024 * 1024;
const REJECTED = "rejected.jsonl";

interface JournalLogger {
  info(data: Record<string, unknown>, message: string): void;
  warn(data: Record<string, unknown>, message: string): void;
  error(data: Record<string, unknown>, message: string): void;
}

export interface JournalOptions {
  /** Made if it is missing. */
  dir: string;
  db: Db;
  log: JournalLogger;
  /** Told after each transaction which calls changed. */
  onApplied?: (callIds: readonly CallId[]) => void;
  rotateBytes?: number;
}

interface Waiter {
  isDone: () => boolean;
  resolve: () => void;
}

export class CallJournal implements CallLog {
  readonly #options: JournalOptions;
  /** Segments of earlier lives that wait for the database, oldest first. */
  #old: string[] = [];
  /** What the oldest of them holds, once read. */
  #oldEntries: JournalEntry[] | null = null;
  #segment = "";
  #writer: SegmentWriter | null = null;
  /** Takes over from it when all of that is in the database. */
  #next: SegmentWriter | null = null;
  #lastNumber = 0;
  /** Not yet in the file. */
  #unwritten: JournalEntry[] = [];
  /** Not yet in the database, in order. */
  #unapplied: JournalEntry[] = [];
  #writtenNumber = 0;
  #syncedNumber = 0;
  #isSyncing = false;
  #syncTimer: NodeJS.Timeout | null = null;
  /** Who waits until everything is on the disk. */
  #flushing = 0;
  #writing: Promise<void> | null = null;
  #applying: Promise<void> | null = null;
  #isDiskRefusing = false;
  #diskRetry: NodeJS.Timeout | null = null;
  #isStopping = false;
  #stopping: Promise<void> | null = null;
  #sleeper: { until: "appended" | "gathered" | "retry"; wake: () => void } | null = null;
  /** Who waits until everything is in the database. */
  #awaiting = 0;
  #waiters: Waiter[] = [];

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Finds what earlier lives left and begins to apply it. Facts may be appended before; nothing here waits for the database. */
  async open(): Promise<void> {
    this.#old = await listSegments(this.#options.dir);
    this.#segment = nextSegment(this.#old);
    await this.#takeRoom();
    this.#startWriting();
    this.#applying = this.#applyAll();
  }

  /** Before others take it: what earlier lives left unused of theirs is ours. */
  async #takeRoom(): Promise<void> {
    const { dir } = this.#options;
    try {
      for (const name of this.#old) await trimSegment(dir, name);
      this.#writer = await SegmentWriter.create(dir, this.#segment);
    } catch (error) {
      this.#reportDisk(error);
    }
  }

  append(facts: readonly CallFact[]): void {
    for (const fact of facts) {
      this.#lastNumber += 1;
      const entry = { number: this.#lastNumber, fact };
      this.#unwritten.push(entry);
      this.#unapplied.push(entry);
    }
    if (this.#segment === "") return;
    this.#startWriting();
    // While the database is away a new fact is no reason to try sooner.
    if (this.#sleeper?.until === "appended") this.#sleeper.wake();
  }

  /** All that was appended is on the disk, or in the database already. */
  async flushed(): Promise<void> {
    const upTo = this.#lastNumber;
    this.#flushing += 1;
    if (this.#syncTimer !== null) void this.#sync();
    await this.#until(() => this.#syncedNumber >= upTo || this.#firstUnapplied() > upTo);
    this.#flushing -= 1;
  }

  /** All that was appended, and all that earlier lives left, is in the database (or set aside as refused by it). */
  async applied(): Promise<void> {
    const upTo = this.#lastNumber;
    this.#awaiting += 1;
    if (this.#sleeper?.until === "gathered") this.#sleeper.wake();
    await this.#until(() => this.#old.length === 0 && this.#firstUnapplied() > upTo);
    this.#awaiting -= 1;
  }

  /** Facts that wait for the database. */
  get waitingCount(): number {
    return this.#unapplied.length;
  }

  /** The database may be back: tries now instead of at the next turn. */
  databaseMayBeBack(): void {
    this.#sleeper?.wake();
  }

  /** Puts everything on the disk and, if the database takes it within `applyTimeoutMs`, there too; what it does not take waits for the next start. */
  async stop(options: { applyTimeoutMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stop(options.applyTimeoutMs ?? 3_000);
    await this.#stopping;
  }

  async #stop(applyTimeoutMs: number): Promise<void> {
    if (this.#segment === "") return;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), applyTimeoutMs);
    await Promise.race([
      this.applied(),
      new Promise<void>((resolve) => {
        late.signal.addEventListener("abort", () => resolve());
      }),
    ]);
    clearTimeout(timer);
    this.#isStopping = true;
    this.#sleeper?.wake();
    await this.#applying;
    await this.#writing;
    if (this.#syncTimer !== null) clearTimeout(this.#syncTimer);
    await this.#writer?.sync().catch((error: unknown) => this.#reportDisk(error));
    await this.#writer?.close();
    if (this.#writer && this.#unapplied.length === 0)
      await this.#forgetSegment(this.#segment).catch((error: unknown) => this.#reportDisk(error));
    this.#writer = null;
    if (this.#next !== null) {
      await this.#next.close();
      await removeSegment(this.#options.dir, this.#next.name);
    }
    const waiting = this.#unapplied.length;
    if (waiting > 0)
      this.#options.log.warn({ waiting }, "stopped with facts in the journal that the database has yet to take");
  }

  #firstUnapplied(): number {
    return this.#unapplied[0]?.number ?? this.#lastNumber + 1;
  }

  async #until(isDone: () => boolean): Promise<void> {
    if (isDone()) return;
    await new Promise<void>((resolve) => {
      this.#waiters.push({ isDone, resolve });
    });
  }

  #tellWaiters(): void {
    const done = this.#waiters.filter(({ isDone }) => isDone());
    if (done.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !done.includes(waiter));
    for (const { resolve } of done) resolve();
  }

  #startWriting(): void {
    // Not at once but after what happens now: facts of one event go into one write.
    this.#writing ??= Promise.resolve()
      .then(() => this.#writeAll())
      .finally(() => {
        this.#writing = null;
        // What came between the last look and now.
        if (this.#unwritten.length > 0 && !this.#isDiskRefusing) this.#startWriting();
      });
  }

  /** Writes at once and syncs soon after: a killed daemon loses nothing that was written, and many facts share one sync. */
  async #writeAll(): Promise<void> {
    try {
      this.#writer ??= await SegmentWriter.create(this.#options.dir, this.#segment);
      while (this.#unwritten.length > 0) {
        const entries = this.#unwritten.splice(0);
        try {
          await this.#writer.write(entries.map(journalLine).join(""));
        } catch (error) {
          this.#unwritten.unshift(...entries);
          throw error;
        }
        this.#writtenNumber = entries.at(-1)?.number ?? this.#writtenNumber;
        if (this.#isDiskRefusing) this.#options.log.info({}, "the journal can be written again");
        this.#isDiskRefusing = false;
        this.#syncSoon();
      }
    } catch (error) {
      this.#reportDisk(error);
      this.#isDiskRefusing = true;
      // Facts still reach the database; those which do are not needed here any more (see #drop).
      if (this.#diskRetry === null) this.#retryDiskLater();
    }
  }

  #retryDiskLater(): void {
    this.#diskRetry = setTimeout(() => {
      this.#diskRetry = null;
      if (!this.#isStopping) this.#startWriting();
    }, RETRY_MS.longest);
    this.#diskRetry.unref();
  }

  #syncSoon(): void {
    if (this.#flushing > 0) void this.#sync();
    else if (!this.#isSyncing) this.#syncTimer ??= setTimeout(() => void this.#sync(), SYNC_WITHIN_MS);
  }

  async #sync(): Promise<void> {
    if (this.#syncTimer !== null) clearTimeout(this.#syncTimer);
    this.#syncTimer = null;
    if (this.#isSyncing || this.#isStopping || !this.#writer) return;
    this.#isSyncing = true;
    const upTo = this.#writtenNumber;
    try {
      await this.#writer.sync();
      this.#syncedNumber = upTo;
      this.#tellWaiters();
    } catch (error) {
      this.#reportDisk(error);
      return;
    } finally {
      this.#isSyncing = false;
    }
    if (this.#syncedNumber < this.#writtenNumber) this.#syncSoon();
  }

  #reportDisk(error: unknown): void {
    if (this.#isDiskRefusing) return;
    this.#options.log.error(
      { err: error },
      "the journal cannot be written; what happens in calls is kept in memory only",
    );
  }

  async #applyAll(): Promise<void> {
    let failures = 0;
    while (!this.#isStopping) {
      try {
        await this.#applyOld();
        if (this.#unapplied.length > 0) await this.#applyEntries(this.#segment, this.#unapplied.slice(0, BATCH));
        if (failures > 0) this.#options.log.info({}, "the database takes facts again");
        failures = 0;
        this.#tellWaiters();
        await this.#rotateIfDue();
        if (this.#unapplied.length === 0) await this.#untilAppended();
        if (this.#unapplied.length < BATCH && this.#awaiting === 0 && !this.#isStopping)
          await this.#pause(GATHER_MS, "gathered");
      } catch (error) {
        if (failures === 0) this.#options.log.warn({ err: error }, "the database is away; facts wait in the journal");
        failures += 1;
        if (!this.#isStopping) await this.#pause(Math.min(RETRY_MS.first * 2 ** failures, RETRY_MS.longest), "retry");
      }
    }
  }

  async #applyOld(): Promise<void> {
    for (let name = this.#old[0]; name !== undefined && !this.#isStopping; name = this.#old[0]) {
      const entries = (this.#oldEntries ??= await this.#readOld(name));
      if (entries !== null) {
        for (let from = 0; from < entries.length; from += BATCH)
          await this.#applyEntries(name, entries.slice(from, from + BATCH));
        if (entries.length > 0)
          this.#options.log.info({ facts: entries.length }, "an earlier life's journal was taken in");
        await this.#forgetSegment(name);
      }
      this.#oldEntries = null;
      this.#old.shift();
    }
  }

  async #readOld(name: string): Promise<JournalEntry[] | null> {
    try {
      const { entries, isTorn, damaged } = await readSegment(join(this.#options.dir, name));
      if (isTorn) this.#options.log.warn({ segment: name }, "the journal's last line was cut; it is left out");
      for (const line of damaged) await this.#setAside(name, line, "damaged");
      return entries;
    } catch (error) {
      this.#options.log.error(
        { err: error, segment: name },
        "an earlier life's journal cannot be read; it is left where it is",
      );
      return null;
    }
  }

  /** All of them, or each by itself when one is refused: one poisoned fact must not hold the others up. @throws while the database is away */
  async #applyEntries(segment: string, entries: readonly JournalEntry[]): Promise<void> {
    try {
      await this.#applyTogether(segment, entries);
    } catch (error) {
      if (isPassing(error)) throw error;
      if (entries.length === 1 && entries[0]) await this.#reject(segment, entries[0], error);
      else for (const entry of entries) await this.#applyEntries(segment, [entry]);
    }
  }

  async #applyTogether(segment: string, entries: readonly JournalEntry[]): Promise<void> {
    const callIds = await this.#options.db.transaction().execute(async (tx) => {
      // Locked, too: its update changes nothing else.
      const cursor = await tx
        .insertInto("journal_cursor")
        .values({ segment, applied: 0 })
        .onConflict((known) =>
          known.column("segment").doUpdateSet((row) => ({ applied: row.ref("journal_cursor.applied") })),
        )
        .returning("applied")
        .executeTakeFirstOrThrow();
      // A commit whose answer got lost has moved it already.
      const due = entries.filter(({ number }) => number > cursor.applied);
      const last = due.at(-1);
      if (!last) return [];
      const touched = await applyFacts(
        tx,
        due.map(({ fact }) => fact),
      );
      await moveCursor(tx, segment, last.number);
      return touched;
    });
    this.#drop(segment, entries);
    if (callIds.length > 0) this.#tellApplied(callIds);
  }

  #tellApplied(callIds: readonly CallId[]): void {
    try {
      this.#options.onApplied?.(callIds);
    } catch (error) {
      // The facts are in the database; what a listener makes of that must not look like the database's refusal.
      this.#options.log.error({ err: error }, "a listener to the journal failed");
    }
  }

  async #reject(segment: string, entry: JournalEntry, error: unknown): Promise<void> {
    // First aside, then past it: a crash in between sets it aside twice rather than never.
    await this.#setAside(segment, journalLine(entry).trimEnd(), sqlState(error) ?? String(error));
    const { type } = entry.fact;
    const callId = "callId" in entry.fact ? entry.fact.callId : null;
    this.#options.log.error({ err: error, type, callId }, "the database refused a fact; it is set aside");
    await moveCursor(this.#options.db, segment, entry.number);
    this.#drop(segment, [entry]);
  }

  async #setAside(segment: string, line: string, reason: string): Promise<void> {
    const text = `${JSON.stringify({ at: new Date().toISOString(), segment, reason, line })}\n`;
    try {
      await mkdir(this.#options.dir, { recursive: true, mode: 0o700 });
      const file = await open(join(this.#options.dir, REJECTED), "a", 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      this.#options.log.error({ err: error, reason }, "a fact could not be set aside either");
    }
  }

  #drop(segment: string, entries: readonly JournalEntry[]): void {
    if (segment !== this.#segment) return;
    const upTo = entries.at(-1)?.number ?? 0;
    const rest = this.#unapplied.findIndex(({ number }) => number > upTo);
    this.#unapplied.splice(0, rest === -1 ? this.#unapplied.length : rest);
    // With a full disk they need no place there any more.
    if (this.#isDiskRefusing) this.#unwritten = this.#unwritten.filter(({ number }) => number > upTo);
    this.#tellWaiters();
  }

  /** When everything of a long segment is in the database, a new one begins and the old one goes. */
  async #rotateIfDue(): Promise<void> {
    const isDue = (this.#writer?.bytes ?? 0) >= (this.#options.rotateBytes ?? ROTATE_BYTES);
    if (!isDue || this.#isDiskRefusing) return;
    this.#next ??= await this.#begin(nextSegment([this.#segment]));
    const isBusy =
      this.#unapplied.length > 0 || this.#unwritten.length > 0 || this.#writing !== null || this.#isSyncing;
    if (this.#next === null || isBusy) return;
    const [writer, name] = [this.#writer, this.#segment];
    // What is appended from here on goes into the new one.
    [this.#writer, this.#segment, this.#next] = [this.#next, this.#next.name, null];
    await writer?.close();
    await this.#forgetSegment(name);
  }

  /** Null while the disk has no room for it: the old one, which has its own, goes on. */
  async #begin(name: string): Promise<SegmentWriter | null> {
    const { dir } = this.#options;
    try {
      const begun = await SegmentWriter.create(dir, name);
      if (begun.reservedBytes >= RESERVE_BYTES) return begun;
      await begun.close();
    } catch (error) {
      this.#options.log.warn({ err: error }, "there is no room for a new journal; the old one goes on");
    }
    await removeSegment(dir, name);
    return null;
  }

  /** The file is what counts: a cursor without a file harms nobody, so the database may be away here. */
  async #forgetSegment(name: string): Promise<void> {
    await removeSegment(this.#options.dir, name);
    try {
      await this.#options.db.deleteFrom("journal_cursor").where("segment", "=", name).execute();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }

  async #untilAppended(): Promise<void> {
    if (this.#isStopping) return;
    await new Promise<void>((resolve) => {
      this.#sleeper = { until: "appended", wake: resolve };
    });
    this.#sleeper = null;
  }

  /** May be cut short: see `#sleeper`. */
  async #pause(ms: number, until: "gathered" | "retry"): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#sleeper = { until, wake };
    });
    this.#sleeper = null;
  }
}

async function moveCursor(db: Db, segment: string, to: number): Promise<void> {
  await sql`
    insert into journal_cursor as known (segment, applied) values (${segment}, ${to})
    on conflict (segment) do update set applied = greatest(known.applied, excluded.applied), updated_at = now()`.execute(
    db,
  );
}
