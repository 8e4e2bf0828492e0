/** Messages that callers left: pages of them, and which have been heard. */
import { sql } from "kysely";
import type { CallId } from "../calls/ids.ts";
import type { Db, MailState, RecordingState } from "./schema.ts";

export interface MessageRow {
  recordingId: string;
  callId: CallId;
  recordingState: RecordingState;
  startedAt: Date;
  durationMs: number | null;
  problem: string | null;
  callerNumber: string;
  callerName: string;
  callerE164: string | null;
  isCallerHidden: boolean;
  dialled: string;
  dialledE164: string | null;
  trunkName: string | null;
  language: string | null;
  heardAt: Date | null;
  heardBy: string | null;
  mailState: MailState | null;
  mailProblem: string | null;
}

/** Where the next page starts: after this message. */
export interface MessageCursor {
  startedAt: Date;
  recordingId: string;
}

export type MessageFilter = "new" | "heard" | null;

/** Newest first. Messages that were deleted, or of which nothing is left, are none. */
export async function listMessages(
  db: Db,
  filter: MessageFilter,
  page: { after: MessageCursor | null; limit: number },
): Promise<MessageRow[]> {
  let query = messages(db).orderBy("r.started_at", "desc").orderBy("r.id", "desc").limit(page.limit);
  if (filter !== null) query = query.where("r.heard_at", filter === "new" ? "is" : "is not", null);
  if (page.after !== null) {
    const { startedAt, recordingId } = page.after;
    query = query.where(sql<boolean>`(r.started_at, r.id) < (${startedAt}, ${recordingId}::uuid)`);
  }
  return await query.execute();
}

export async function readMessage(db: Db, recordingId: string): Promise<MessageRow | null> {
  return (await messages(db).where("r.id", "=", recordingId).executeTakeFirst()) ?? null;
}

export async function countNewMessages(db: Db): Promise<number> {
  const row = await db
    .selectFrom("recordings")
    .select((count) => count.fn.countAll<number>().as("total"))
    .where("kind", "=", "message")
    .where("state", "!=", "missing")
    .where("heard_at", "is", null)
    .executeTakeFirstOrThrow();
  return row.total;
}

/** Who heard it first stays. False when there is no such message. */
export async function markHeard(db: Db, recordingId: string, by: number): Promise<boolean> {
  const result = await db
    .updateTable("recordings")
    .set({ heard_at: sql<Date>`coalesce(heard_at, now())`, heard_by: sql<number>`coalesce(heard_by, ${by}::int)` })
    .where("id", "=", recordingId)
    .where("kind", "=", "message")
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** False when there is no such message. */
export async function markNew(db: Db, recordingId: string): Promise<boolean> {
  const result = await db
    .updateTable("recordings")
    .set({ heard_at: null, heard_by: null })
    .where("id", "=", recordingId)
    .where("kind", "=", "message")
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

function messages(db: Db) {
  return db
    .selectFrom("recordings as r")
    .innerJoin("calls as c", "c.id", "r.call_id")
    .leftJoin("trunks as t", "t.id", "c.trunk_id")
    .leftJoin("users as u", "u.id", "r.heard_by")
    .where("r.kind", "=", "message")
    .where("r.state", "!=", "missing")
    .select([
      "r.id as recordingId",
      "r.call_id as callId",
      "r.state as recordingState",
      "r.started_at as startedAt",
      "r.duration_ms as durationMs",
      "r.problem",
      "c.caller_number as callerNumber",
      "c.caller_name as callerName",
      "c.caller_e164 as callerE164",
      "c.is_caller_hidden as isCallerHidden",
      "c.dialled",
      "c.dialled_e164 as dialledE164",
      "t.name as trunkName",
      "c.language",
      "r.heard_at as heardAt",
      "u.name as heardBy",
      "r.mail_state as mailState",
      "r.mail_problem as mailProblem",
    ]);
}
