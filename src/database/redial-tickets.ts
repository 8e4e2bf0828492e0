/** Redial tickets as people see and work them, and numbers that are never called back. */
import { type SelectQueryBuilder, sql, type Updateable } from "kysely";
import type { Outcome } from "../calls/call-fact.ts";
import type { CallId } from "../calls/ids.ts";
import type { E164 } from "../calls/phone-number.ts";
import type { RedialOutcome } from "../calls/redial.ts";
import type { Database, Db, TicketClosing, Tx } from "./schema.ts";
import { type Search, searchedNumber } from "./search.ts";

export interface TicketRow {
  ticketId: number;
  number: E164;
  callerNumber: string;
  callerName: string;
  openedAt: Date;
  lastCallId: CallId;
  lastCallAt: Date;
  callCount: number;
  lastOutcome: Outcome;
  /** The last step of the call flow that the caller came to. */
  lastNode: string | null;
  callNowAt: Date | null;
  owner: { userId: number; name: string } | null;
  reopenedAt: Date | null;
  reopenedBy: string | null;
  closedAt: Date | null;
  closedReason: TicketClosing | null;
  closedText: string | null;
  closedBy: string | null;
  attempts: TicketAttempt[];
}

interface TicketAttempt {
  number: number;
  callId: CallId;
  operatorName: string | null;
  claimedAt: Date;
  dialledAt: Date | null;
  /** The caller was dialled, and that was not before the tries began anew. */
  isTry: boolean;
  endedAt: Date | null;
  outcome: RedialOutcome | null;
}

export interface TicketFilter {
  state: "open" | "closed";
  search?: Search;
}

const MOST = 200;

export async function listTickets(db: Db, filter: TicketFilter): Promise<{ tickets: TicketRow[]; total: number }> {
  const { total } = await filtered(db.selectFrom("redial_tickets"), filter)
    .select((count) => count.fn.countAll<number>().as("total"))
    .executeTakeFirstOrThrow();
  const rows = await ticketRows(filtered(db.selectFrom("redial_tickets"), filter))
    .orderBy(filter.state === "open" ? "redial_tickets.last_call_at" : "redial_tickets.closed_at", "desc")
    .limit(MOST)
    .execute();
  return { tickets: await withAttempts(db, rows), total };
}

export async function findTicket(db: Db | Tx, ticketId: number): Promise<TicketRow | null> {
  const rows = await ticketRows(db.selectFrom("redial_tickets").where("redial_tickets.id", "=", ticketId)).execute();
  return (await withAttempts(db, rows))[0] ?? null;
}

export async function countOpenTickets(db: Db): Promise<number> {
  const { open } = await db
    .selectFrom("redial_tickets")
    .select((count) => count.fn.countAll<number>().as("open"))
    .where("closed_at", "is", null)
    .executeTakeFirstOrThrow();
  return open;
}

/** The missed calls of a ticket and those that its attempts made, newest first. */
export async function listTicketCalls(db: Db, ticketId: number): Promise<CallId[]> {
  const rows = await db
    .selectFrom("calls")
    .select("id")
    .where((is) =>
      is.or([
        is("id", "in", is.selectFrom("redial_ticket_calls").select("call_id").where("ticket_id", "=", ticketId)),
        is("id", "in", is.selectFrom("redial_attempts").select("call_id").where("ticket_id", "=", ticketId)),
      ]),
    )
    .orderBy("started_at", "desc")
    .execute();
  return rows.map(({ id }) => id);
}

/** Whatever is decided about this number's tickets is decided by one at a time. To be called before a ticket is locked. */
export async function lockNumber(tx: Tx, number: E164): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`redial ${number}`}, 0))`.execute(tx);
}

/** Locks it, so that what is decided on it still holds when it is changed. */
export async function lockTicket(
  tx: Tx,
  ticketId: number,
): Promise<{ number: E164; isClosed: boolean; owner: { userId: number; name: string } | null } | null> {
  const row = await tx
    .selectFrom("redial_tickets")
    .leftJoin("users", "users.id", "redial_tickets.owner_user_id")
    .select(["caller_e164 as number", "closed_at", "users.id as userId", "users.name"])
    .where("redial_tickets.id", "=", ticketId)
    .forUpdate("redial_tickets")
    .executeTakeFirst();
  if (!row) return null;
  const owner = row.userId !== null && row.name !== null ? { userId: row.userId, name: row.name } : null;
  return { number: row.number, isClosed: row.closed_at !== null, owner };
}

/** Whoever takes it over decides anew whether it is called. */
export async function takeTicket(tx: Tx, ticketId: number, userId: number): Promise<void> {
  await change(tx, ticketId, { owner_user_id: userId, call_now_at: null, call_now_user_id: null });
}

export async function releaseTicket(tx: Tx, ticketId: number): Promise<void> {
  await change(tx, ticketId, { owner_user_id: null });
}

export async function callTicketNow(tx: Tx, ticketId: number, asked: { at: Date; userId: number }): Promise<void> {
  await change(tx, ticketId, { call_now_at: asked.at, call_now_user_id: asked.userId });
}

export async function closeTicket(
  tx: Tx,
  ticketId: number,
  closing: { at: Date; reason: TicketClosing; text: string | null; userId: number },
): Promise<void> {
  const { at, reason, text, userId } = closing;
  await change(tx, ticketId, {
    closed_at: at,
    closed_reason: reason,
    closed_text: text,
    closed_by_user_id: userId,
  });
}

/** `ticket-newer`: the caller was missed again, and another ticket is open for them. */
export type ReopenRefusal = "not-found" | "ticket-open" | "ticket-newer" | "number-blocked";

/**
 * Opens a ticket again: what closed it was wrong, or settled nothing. Where all tries were used they begin anew.
 * @returns why not; null: it is open
 */
export async function reopenTicket(
  tx: Tx,
  ticketId: number,
  reopening: { at: Date; userId: number; wasMachine: boolean; maxTries: number },
): Promise<ReopenRefusal | null> {
  const { at, userId, wasMachine, maxTries } = reopening;
  const number = await numberOfTicket(tx, ticketId);
  if (number === null) return "not-found";
  await lockNumber(tx, number);
  const ticket = await tx
    .selectFrom("redial_tickets")
    .select(["closed_at", "closed_call_id", "uncounted_attempts"])
    .where("id", "=", ticketId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (ticket.closed_at === null) return "ticket-open";
  if (await isBlocked(tx, number)) return "number-blocked";
  const newer = await tx
    .selectFrom("redial_tickets")
    .select("id")
    .where("caller_e164", "=", number)
    .where("closed_at", "is", null)
    .executeTakeFirst();
  if (newer) return "ticket-newer";

  if (wasMachine && ticket.closed_call_id !== null)
    await tx
      .updateTable("redial_attempts")
      .set({ outcome: "answering-machine" })
      .where("call_id", "=", ticket.closed_call_id)
      .where("ticket_id", "=", ticketId)
      .where("ended_at", "is not", null)
      .execute();
  const made = await tx
    .selectFrom("redial_attempts")
    .select(["number", "dialled_at"])
    .where("ticket_id", "=", ticketId)
    .execute();
  const tries = made.filter(({ number: nth, dialled_at }) => dialled_at !== null && nth > ticket.uncounted_attempts);
  await change(tx, ticketId, {
    ...{ owner_user_id: null, call_now_at: null, call_now_user_id: null },
    ...{ closed_at: null, closed_reason: null, closed_text: null, closed_by_user_id: null, closed_call_id: null },
    ...{ reopened_at: at, reopened_by_user_id: userId },
    ...(tries.length >= maxTries ? { uncounted_attempts: made.length } : {}),
  });
  return null;
}

async function numberOfTicket(tx: Tx, ticketId: number): Promise<E164 | null> {
  const row = await tx.selectFrom("redial_tickets").select("caller_e164").where("id", "=", ticketId).executeTakeFirst();
  return row?.caller_e164 ?? null;
}

async function change(tx: Tx, ticketId: number, values: Updateable<Database["redial_tickets"]>): Promise<void> {
  await tx
    .updateTable("redial_tickets")
    .set({ ...values, changed_at: sql<Date>`clock_timestamp()` })
    .where("id", "=", ticketId)
    .execute();
}

export interface BlockedNumber {
  number: E164;
  note: string | null;
  createdAt: Date;
}

export async function listBlockedNumbers(db: Db): Promise<BlockedNumber[]> {
  return await db
    .selectFrom("blocked_numbers")
    .select(["number", "note", "created_at as createdAt"])
    .orderBy("created_at", "desc")
    .execute();
}

export async function isBlocked(tx: Tx, number: E164): Promise<boolean> {
  const row = await tx.selectFrom("blocked_numbers").select("number").where("number", "=", number).executeTakeFirst();
  return row !== undefined;
}

/** Its open ticket, if there is one, is closed. Blocking a number that is blocked changes its note. */
export async function blockNumber(
  tx: Tx,
  blocked: { number: E164; note: string | null; userId: number; at: Date },
): Promise<void> {
  const { number, note, userId, at } = blocked;
  await tx
    .insertInto("blocked_numbers")
    .values({ number, note, created_by: userId })
    .onConflict((conflict) => conflict.column("number").doUpdateSet({ note }))
    .execute();
  const ticket = await tx
    .selectFrom("redial_tickets")
    .select("id")
    .where("caller_e164", "=", number)
    .where("closed_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
  if (ticket) await closeTicket(tx, ticket.id, { at, reason: "blocked", text: null, userId });
}

/** False when it was not blocked. */
export async function unblockNumber(tx: Tx, number: string): Promise<boolean> {
  const gone = await tx
    .deleteFrom("blocked_numbers")
    .where("number", "=", number as E164)
    .returning("number")
    .executeTakeFirst();
  return gone !== undefined;
}

type Tickets<Selected> = SelectQueryBuilder<Database, "redial_tickets", Selected>;

function filtered(query: Tickets<object>, { state, search }: TicketFilter): Tickets<object> {
  const inState = query.where("redial_tickets.closed_at", state === "open" ? "is" : "is not", null);
  if (search === undefined) return inState;
  const { text, country } = search;
  const patterns = searchedNumber(text, country)?.patterns ?? [];
  return inState.where((is) =>
    is.or([
      is(sql<number>`strpos(lower(redial_tickets.caller_name), lower(${text}))`, ">", 0),
      ...patterns.map((pattern) => is(sql<string>`redial_tickets.caller_e164`, "like", pattern)),
    ]),
  );
}

function ticketRows(query: Tickets<object>) {
  return query
    .innerJoin("calls", "calls.id", "redial_tickets.last_call_id")
    .leftJoin("users as owner", "owner.id", "redial_tickets.owner_user_id")
    .leftJoin("users as closer", "closer.id", "redial_tickets.closed_by_user_id")
    .leftJoin("users as reopener", "reopener.id", "redial_tickets.reopened_by_user_id")
    .select([
      "redial_tickets.id as ticketId",
      "redial_tickets.caller_e164 as number",
      "redial_tickets.caller_number as callerNumber",
      "redial_tickets.caller_name as callerName",
      "redial_tickets.opened_at as openedAt",
      "redial_tickets.last_call_id as lastCallId",
      "redial_tickets.last_call_at as lastCallAt",
      "redial_tickets.call_now_at as callNowAt",
      "redial_tickets.closed_at as closedAt",
      "redial_tickets.closed_reason as closedReason",
      "redial_tickets.closed_text as closedText",
      "owner.id as ownerId",
      "owner.name as ownerName",
      "closer.name as closedBy",
      "redial_tickets.reopened_at as reopenedAt",
      "reopener.name as reopenedBy",
      "redial_tickets.uncounted_attempts as uncountedAttempts",
      "calls.outcome as lastOutcome",
      sql<number>`(select count(*) from redial_ticket_calls where ticket_id = redial_tickets.id)`.as("callCount"),
      sql<string | null>`(select data ->> 'node' from call_timeline
        where call_id = redial_tickets.last_call_id and data ->> 'node' is not null order by at desc, id desc limit 1)`.as(
        "lastNode",
      ),
    ]);
}

type RawTicket = Awaited<ReturnType<ReturnType<typeof ticketRows>["execute"]>>[number];

async function withAttempts(db: Db | Tx, rows: readonly RawTicket[]): Promise<TicketRow[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ ticketId }) => ticketId);
  const attempts = await db
    .selectFrom("redial_attempts")
    .leftJoin("operators", "operators.id", "redial_attempts.operator_id")
    .select([
      "redial_attempts.ticket_id as ticketId",
      "redial_attempts.number",
      "redial_attempts.call_id as callId",
      "operators.name as operatorName",
      "redial_attempts.claimed_at as claimedAt",
      "redial_attempts.dialled_at as dialledAt",
      "redial_attempts.ended_at as endedAt",
      "redial_attempts.outcome",
    ])
    .where("redial_attempts.ticket_id", "in", ids)
    .orderBy("redial_attempts.number")
    .execute();
  return rows.map(({ ownerId, ownerName, lastOutcome, uncountedAttempts, ...row }) => ({
    ...row,
    lastOutcome: lastOutcome ?? "cut-off",
    owner: ownerId !== null && ownerName !== null ? { userId: ownerId, name: ownerName } : null,
    attempts: attempts
      .filter(({ ticketId }) => ticketId === row.ticketId)
      .map((one) => ({ ...one, isTry: one.dialledAt !== null && one.number > uncountedAttempts })),
  }));
}
