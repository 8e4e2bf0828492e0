/**
 * The table `recordings`: which spool file stands where. Whoever encodes holds a lease on its row; the number of the attempt tells
 * holders of different leases apart, so one who was too slow changes nothing any more.
 *
 *   recording -> waiting <-> encoding -> ready -> missing (deleted)
 *       `-> missing             `-> failed, missing (empty)
 */
import { sql, type UpdateObject } from "kysely";
import type { Outcome } from "../calls/call-fact.ts";
import type { CallId, LegId } from "../calls/ids.ts";
import { isDue } from "../database/due.ts";
import type { Database, Db, MailState, RecordingKind, RecordingState } from "../database/schema.ts";
import type { Peaks } from "./peaks.ts";

/** What is wrong with a recording; the panel translates it. */
export type RecordingProblem =
  /** The switch opened a file and wrote no sample into it. */
  | "empty"
  /** The switch said that it records, and there is no file. */
  | "no-file"
  /** What lies there is not 16-bit PCM. */
  | "not-wav"
  | "ffmpeg-missing"
  | "ffmpeg-failed"
  | "disk-full"
  /** The disk refused in another way than being full. */
  | "storage-failed"
  /** More than 2 s of the talk are not on it: the disk was full, or the switch died. */
  | "shorter-than-talk"
  /** Older than the owner wants to keep recordings. */
  | "deleted";

export interface RecordingRow {
  id: string;
  callId: CallId;
  legId: LegId | null;
  fileName: string;
  state: RecordingState;
  path: string | null;
  bytes: number | null;
  durationMs: number | null;
  problem: string | null;
  startedAt: Date;
}

export interface Claim {
  id: string;
  callId: CallId;
  fileName: string;
  startedAt: Date;
  /** Which attempt this is, from 1; the lease's token at the same time. */
  attempt: number;
}

export interface StoppedFile {
  fileName: string;
  callId: CallId;
  legId: LegId;
  startedAt: Date;
  endedAt: Date;
}

export interface ReadyFile {
  path: string;
  bytes: number;
  sha256: string;
  durationMs: number;
  peaks: Peaks;
}

export interface Changed {
  id: string;
  callId: CallId;
}

const COLUMNS = [
  "id",
  "call_id as callId",
  "leg_id as legId",
  "file_name as fileName",
  "state",
  "path",
  "bytes",
  "duration_ms as durationMs",
  "problem",
  "started_at as startedAt",
] as const;
const SHORTER: RecordingProblem = "shorter-than-talk";
const CHANGED = ["id", "call_id as callId"] as const;

/** A recording may be this much shorter than the talk: it starts and ends a moment apart from it. */
const SHORTNESS_TOLERANCE_MS = 2_000;
/** How a call ended for whoever then left a message all the same. */
const LESS_THAN_MESSAGE: readonly Outcome[] = [
  "abandoned-in-menu",
  "abandoned-while-ringing",
  "no-answer",
  "after-hours",
  "fallback-missed",
  "cut-off",
];
/** Only if the owner wants mails at the time when the message is there; once decided, it stays so. */
const MAIL_IF_SET = sql<MailState | null>`coalesce(mail_state, (select 'waiting'
  where (select count(*) from site_settings where key in ('voicemailEmail', 'smtp') and jsonb_typeof(value) <> 'null') = 2))`;
/** Problems that a later try can overcome. */
const PASSING: readonly RecordingProblem[] = ["ffmpeg-missing", "ffmpeg-failed", "disk-full", "storage-failed"];

export class Ledger {
  readonly #db: Db;
  readonly #leaseMs: number;
  readonly #kind: RecordingKind;

  /** Whatever is not asked for by id or name is asked for this kind alone. */
  constructor(db: Db, leaseMs: number, kind: RecordingKind) {
    this.#db = db;
    this.#kind = kind;
    this.#leaseMs = leaseMs;
  }

  async find(id: string): Promise<RecordingRow | null> {
    return (await this.#db.selectFrom("recordings").select(COLUMNS).where("id", "=", id).executeTakeFirst()) ?? null;
  }

  async peaks(id: string): Promise<{ durationMs: number; peaks: Peaks } | null> {
    const row = await this.#db
      .selectFrom("recordings")
      .select(["duration_ms as durationMs", "peaks"])
      .where("id", "=", id)
      .where("state", "=", "ready")
      .executeTakeFirst();
    return row?.peaks && row.durationMs !== null ? { durationMs: row.durationMs, peaks: row.peaks } : null;
  }

  async byFileNames(fileNames: readonly string[]): Promise<Map<string, RecordingRow>> {
    if (fileNames.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom("recordings")
      .select(COLUMNS)
      .where(sql<boolean>`file_name = any(${[...fileNames]}::text[])`)
      .execute();
    return new Map(rows.map((row) => [row.fileName, row]));
  }

  /** Rows that the switch should still be writing. */
  async stillRecording(): Promise<RecordingRow[]> {
    return await this.#db
      .selectFrom("recordings")
      .select(COLUMNS)
      .where("state", "=", "recording")
      .where("kind", "=", this.#kind)
      .execute();
  }

  async knownCalls(callIds: readonly CallId[]): Promise<Set<CallId>> {
    if (callIds.length === 0) return new Set();
    const rows = await this.#db
      .selectFrom("calls")
      .select("id")
      .where(sql<boolean>`id = any(${[...callIds]}::uuid[])`)
      .execute();
    return new Set(rows.map((row) => row.id));
  }

  /**
   * A call of which only a recording is left: neither the daemon nor a CDR file told of it. It gets a row, because the recording must be
   * findable; whoever learns more about the call writes over it.
   */
  async openUnknownCall(call: { callId: CallId; startedAt: Date; endedAt: Date }): Promise<void> {
    await this.#db
      .insertInto("calls")
      .values({
        id: call.callId,
        direction: "inbound",
        started_at: call.startedAt,
        ended_at: call.endedAt,
        caller_number: "",
        caller_name: "",
        is_caller_hidden: true,
        dialled: "",
        outcome: "cut-off",
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** The switch has closed this file (or will never go on with it): it waits to be encoded. Needs the call's row. */
  async stopped(file: StoppedFile): Promise<Changed | null> {
    const row = await this.#db
      .insertInto("recordings")
      .values({
        call_id: file.callId,
        leg_id: file.legId,
        file_name: file.fileName,
        kind: this.#kind,
        state: "waiting",
        started_at: file.startedAt,
        ended_at: file.endedAt,
      })
      .onConflict((conflict) =>
        conflict
          .column("file_name")
          .doUpdateSet({ state: "waiting", problem: null, ended_at: file.endedAt, next_try_at: sql<Date>`now()` })
          .where("recordings.state", "in", ["recording", "missing"]),
      )
      .returning(CHANGED)
      .executeTakeFirst();
    return row ?? null;
  }

  /** The next file that is due, or one whose holder is gone. Two who ask at once get different ones. */
  async claim(): Promise<Claim | null> {
    const claimable = this.#db
      .selectFrom("recordings")
      .select("id")
      .where("kind", "=", this.#kind)
      .where((eb) =>
        eb.or([
          eb.and([eb("state", "=", "waiting"), isDue("next_try_at")]),
          eb.and([eb("state", "=", "encoding"), isDue("claimed_until")]),
        ]),
      )
      .orderBy("next_try_at")
      .limit(1)
      .forUpdate()
      .skipLocked();
    const row = await this.#db
      .updateTable("recordings")
      .set({ state: "encoding", claimed_until: this.#leaseEnd(), attempts: sql<number>`attempts + 1` })
      .where("id", "=", claimable)
      .returning([...CHANGED, "file_name as fileName", "started_at as startedAt", "attempts as attempt"])
      .executeTakeFirst();
    return row ?? null;
  }

  /** Milliseconds until the next row becomes claimable; null when none will. */
  async nextDueInMs(): Promise<number | null> {
    const row = await this.#db
      .selectFrom("recordings")
      .select(
        sql<number | null>`(extract(epoch from min(case state when 'waiting' then next_try_at
          when 'encoding' then claimed_until end) - now()) * 1000)::float8`.as("ms"),
      )
      .where("state", "in", ["waiting", "encoding"])
      .where("kind", "=", this.#kind)
      .executeTakeFirst();
    return row?.ms === null || row === undefined ? null : Math.max(0, Math.ceil(row.ms));
  }

  /** False when the lease went to somebody else. */
  async renew(claim: Claim): Promise<boolean> {
    return await this.#change(claim, { claimed_until: this.#leaseEnd() });
  }

  async ready(claim: Claim, file: ReadyFile): Promise<boolean> {
    return await this.#change(claim, {
      state: "ready",
      path: file.path,
      bytes: file.bytes,
      sha256: file.sha256,
      duration_ms: file.durationMs,
      peaks: JSON.stringify(file.peaks),
      problem: null,
      missing_ms: null,
      claimed_until: null,
      mail_state: this.#kind === "message" ? MAIL_IF_SET : null,
    });
  }

  async missing(claim: Claim, problem: RecordingProblem): Promise<boolean> {
    return await this.#change(claim, { state: "missing", problem, claimed_until: null });
  }

  async failed(claim: Claim, problem: RecordingProblem): Promise<boolean> {
    return await this.#change(claim, { state: "failed", problem, claimed_until: null });
  }

  /** Back to the waiting ones. An attempt that was not the file's fault does not count. */
  async release(
    claim: Claim,
    after: { delayMs: number; problem: RecordingProblem | null; counts: boolean },
  ): Promise<boolean> {
    return await this.#change(claim, {
      state: "waiting",
      problem: after.problem,
      next_try_at: inFuture(after.delayMs),
      claimed_until: null,
      ...(after.counts ? {} : { attempts: claim.attempt - 1 }),
    });
  }

  /** The encoded file is shorter than what lies in the spool: once more. */
  async encodeAgain(id: string): Promise<Changed | null> {
    const row = await this.#db
      .updateTable("recordings")
      .set({ state: "waiting", next_try_at: sql<Date>`now()` })
      .where("id", "=", id)
      .where("state", "=", "ready")
      .returning(CHANGED)
      .executeTakeFirst();
    return row ?? null;
  }

  async neverWritten(id: string): Promise<Changed | null> {
    const row = await this.#db
      .updateTable("recordings")
      .set({ state: "missing", problem: "no-file" satisfies RecordingProblem })
      .where("id", "=", id)
      .where("state", "=", "recording")
      .returning(CHANGED)
      .executeTakeFirst();
    return row ?? null;
  }

  /** What was given up for a reason that may have passed gets another chance. */
  async retryFailed(): Promise<Changed[]> {
    return await this.#db
      .updateTable("recordings")
      .set({ state: "waiting", attempts: 0, next_try_at: sql<Date>`now()` })
      .where("state", "=", "failed")
      .where("kind", "=", this.#kind)
      .where("problem", "in", PASSING)
      .returning(CHANGED)
      .execute();
  }

  /**
   * Says how much of the talk is missing on calls that ended since `since` whose recordings together are more than 2 s shorter than it; at the
   * last recording of the call. Told by comparing lengths in the ledger, because the talk's length may come in later than the file.
   */
  async markShorterThanTalk(since: Date): Promise<Changed[]> {
    const changed = await sql<Changed>`
      with short as (
        select calls.talk_ms - coalesce(sum(duration_ms), 0) as missing_ms, (array_agg(recordings.id order by recordings.started_at desc))[1] as id
        from calls join recordings on recordings.call_id = calls.id
        where calls.ended_at > ${since} and calls.talk_ms is not null and recordings.kind = 'conversation'
        group by calls.id
        having bool_and(recordings.state in ('ready', 'missing', 'failed'))
          and calls.talk_ms > coalesce(sum(duration_ms), 0) + ${SHORTNESS_TOLERANCE_MS}::int)
      update recordings set missing_ms = short.missing_ms, problem = coalesce(problem, ${SHORTER})
      from short
      where recordings.id = short.id and recordings.missing_ms is distinct from short.missing_ms
        and recordings.state in ('ready', 'missing')
      returning recordings.id, recordings.call_id as "callId"`.execute(this.#db);
    return changed.rows;
  }

  /**
   * Calls with a message of which the log says something less: the daemon was away when it was left. Told here, because the call's end
   * may come in later than the file.
   */
  async nameCallsWithMessage(since: Date): Promise<CallId[]> {
    const rows = await this.#db
      .updateTable("calls as c")
      .set({ outcome: "voicemail" })
      .where("c.ended_at", ">", since)
      .where("c.outcome", "in", LESS_THAN_MESSAGE)
      .where("c.talk_started_at", "is", null)
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom("recordings as r")
            .select("r.id")
            .whereRef("r.call_id", "=", "c.id")
            .where("r.kind", "=", "message")
            .where("r.state", "!=", "missing"),
        ),
      )
      .returning("c.id")
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Takes recordings that started before `before` out of what can be heard; their files are still there. At most `limit` at once. */
  async expire(before: Date, limit: number): Promise<RecordingRow[]> {
    const old = this.#db
      .selectFrom("recordings")
      .select("id")
      .where("started_at", "<", before)
      .where("state", "in", ["ready", "failed"])
      .limit(limit)
      .forUpdate()
      .skipLocked();
    return await this.#db
      .updateTable("recordings")
      .set({ state: "missing", problem: "deleted" satisfies RecordingProblem, peaks: null })
      .where("id", "in", old)
      .returning(COLUMNS)
      .execute();
  }

  /** Rows that a stopped deletion left with a file. */
  async expiredWithFile(limit: number): Promise<RecordingRow[]> {
    return await this.#db
      .selectFrom("recordings")
      .select(COLUMNS)
      .where("state", "=", "missing")
      .where("problem", "=", "deleted")
      .where("path", "is not", null)
      .limit(limit)
      .execute();
  }

  async fileDeleted(id: string): Promise<void> {
    await this.#db.updateTable("recordings").set({ path: null }).where("id", "=", id).execute();
  }

  #leaseEnd() {
    return inFuture(this.#leaseMs);
  }

  async #change(claim: Claim, set: UpdateObject<Database, "recordings">): Promise<boolean> {
    const result = await this.#db
      .updateTable("recordings")
      .set(set)
      .where("id", "=", claim.id)
      .where("state", "=", "encoding")
      .where("attempts", "=", claim.attempt)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }
}

function inFuture(ms: number) {
  return sql<Date>`now() + ${ms} * interval '1 millisecond'`;
}
