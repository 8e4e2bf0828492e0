/** Attempts to call missed callers back. Each is a row, made before anything rings; whatever happens to the daemon, it happens once. */
import { sql } from "kysely";
import type { CallId, LegId, OperatorId } from "../calls/ids.ts";
import type { E164 } from "../calls/phone-number.ts";
import type { RedialOutcome } from "../calls/redial.ts";
import type { Db, Tx } from "./schema.ts";

/** A ticket that may be called, with what its due time is made of. */
export interface OpenTicket {
  ticketId: number;
  number: E164;
  lastCallAt: Date;
  callNowAt: Date | null;
  /** Whose phone is to ring first: of who asked for the call. */
  callNowOperatorId: OperatorId | null;
  reopenedAt: Date | null;
  /** Somebody works on it by hand. */
  isTaken: boolean;
  attempts: {
    /** The caller was dialled, and that was not before the tries began anew. */
    isTry: boolean;
    endedAt: Date | null;
    operatorId: OperatorId | null;
    outcome: RedialOutcome | null;
  }[];
}

export async function listOpenTickets(db: Db | Tx): Promise<OpenTicket[]> {
  return await withAttempts(db, await openTickets(db).orderBy("last_call_at").execute());
}

function openTickets(db: Db | Tx) {
  return db
    .selectFrom("redial_tickets")
    .select([
      "redial_tickets.id as ticketId",
      "caller_e164 as number",
      "last_call_at as lastCallAt",
      "call_now_at as callNowAt",
      "reopened_at as reopenedAt",
      "uncounted_attempts as uncountedAttempts",
    ])
    .select((ticket) => [
      ticket("owner_user_id", "is not", null).$castTo<boolean>().as("isTaken"),
      ticket
        .selectFrom("users")
        .select("operator_id")
        .whereRef("users.id", "=", "call_now_user_id")
        .as("callNowOperatorId"),
    ])
    .where("closed_at", "is", null);
}

type RawTicket = Omit<OpenTicket, "attempts"> & { uncountedAttempts: number };

async function withAttempts(db: Db | Tx, tickets: RawTicket[]): Promise<OpenTicket[]> {
  if (tickets.length === 0) return [];
  const ids = tickets.map(({ ticketId }) => ticketId);
  const attempts = await db
    .selectFrom("redial_attempts")
    .select(["ticket_id", "number", "operator_id", "dialled_at", "ended_at", "outcome"])
    // One parameter, however many there are: a statement can have 65,535.
    .where("ticket_id", "=", sql<number>`any(${ids}::int[])`)
    .orderBy("number")
    .execute();
  const ofTicket = new Map<number, typeof attempts>(ids.map((id) => [id, []]));
  for (const attempt of attempts) ofTicket.get(attempt.ticket_id)?.push(attempt);
  return tickets.map(({ uncountedAttempts, ...ticket }) => ({
    ...ticket,
    attempts: (ofTicket.get(ticket.ticketId) ?? []).map((one) => ({
      isTry: one.dialled_at !== null && one.number > uncountedAttempts,
      endedAt: one.ended_at,
      operatorId: one.operator_id,
      outcome: one.outcome,
    })),
  }));
}

export interface NewAttempt {
  callId: CallId;
  operatorLegId: LegId;
  calleeLegId: LegId;
  operatorId: OperatorId;
}

/**
 * Claims a ticket for one attempt, unless another has it at this moment or `isStillDue` says that it is not due any more.
 * @returns whether the attempt is ours to make
 */
export async function claimAttempt(
  db: Db,
  ticketId: number,
  attempt: NewAttempt,
  isStillDue: (ticket: OpenTicket) => boolean,
): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const row = await openTickets(tx)
      .where("redial_tickets.id", "=", ticketId)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    const [ticket] = row ? await withAttempts(tx, [row]) : [];
    if (!ticket || !isStillDue(ticket)) return false;
    const { callId, operatorLegId, calleeLegId, operatorId } = attempt;
    await tx
      .insertInto("redial_attempts")
      .values({
        ticket_id: ticketId,
        number: ticket.attempts.length + 1,
        call_id: callId,
        operator_id: operatorId,
        operator_leg_id: operatorLegId,
        callee_leg_id: calleeLegId,
        claimed_at: sql<Date>`clock_timestamp()`,
      })
      .execute();
    await touch(tx, ticketId);
    return true;
  });
}

/**
 * Writes down that the caller is dialled now. False when that was written before, or is not wanted any more: it is settled, or somebody who did
 * not ask for this call has taken it over.
 */
export async function markDialled(db: Db, callId: CallId): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const ticket = await tx
      .selectFrom("redial_tickets")
      .innerJoin("redial_attempts", "redial_attempts.ticket_id", "redial_tickets.id")
      .select("redial_tickets.id")
      .where("redial_attempts.call_id", "=", callId)
      .where("redial_tickets.closed_at", "is", null)
      .where((is) =>
        is.or([
          is("redial_tickets.owner_user_id", "is", null),
          is("redial_tickets.owner_user_id", "=", is.ref("redial_tickets.call_now_user_id")),
        ]),
      )
      .forUpdate("redial_tickets")
      .executeTakeFirst();
    if (!ticket) return false;
    const marked = await tx
      .updateTable("redial_attempts")
      .set({ dialled_at: sql<Date>`clock_timestamp()` })
      .where("call_id", "=", callId)
      .where("dialled_at", "is", null)
      .where("ended_at", "is", null)
      .returning("id")
      .executeTakeFirst();
    if (marked) await touch(tx, ticket.id);
    return marked !== undefined;
  });
}

/** An attempt that has not ended, with what the switch's records say of the caller's leg. */
export interface UnfinishedAttempt {
  callId: CallId;
  operatorId: OperatorId | null;
  claimedAt: Date;
  dialledAt: Date | null;
  /** Null while the switch has not recorded such a leg. */
  callee: { answeredAt: Date | null; endedAt: Date; cause: string } | null;
}

export async function listUnfinishedAttempts(db: Db): Promise<UnfinishedAttempt[]> {
  const rows = await db
    .selectFrom("redial_attempts")
    .leftJoinLateral(
      // Each trunk that was tried has a leg of its own: the one that was answered counts, or the last.
      (from) =>
        from
          .selectFrom("legs")
          .select(["answered_at", "ended_at", "cause", "cdr_ingested_at"])
          .whereRef("legs.call_id", "=", "redial_attempts.call_id")
          .where("role", "=", "callee")
          .orderBy(sql`answered_at is null`)
          .orderBy("started_at", "desc")
          .limit(1)
          .as("callee"),
      (join) => join.on("callee.cdr_ingested_at", "is not", null),
    )
    .select([
      "redial_attempts.call_id",
      "redial_attempts.operator_id",
      "redial_attempts.claimed_at",
      "redial_attempts.dialled_at",
      "callee.answered_at",
      "callee.ended_at",
      "callee.cause",
    ])
    .where("redial_attempts.ended_at", "is", null)
    .execute();
  return rows.map((row) => ({
    callId: row.call_id,
    operatorId: row.operator_id,
    claimedAt: row.claimed_at,
    dialledAt: row.dialled_at,
    callee: row.ended_at && {
      answeredAt: row.answered_at,
      endedAt: row.ended_at,
      cause: row.cause ?? "",
    },
  }));
}

/** Every try was in vain. Does nothing while an attempt is under way, or when it has been closed or taken meanwhile. */
export async function giveUp(db: Db, ticketId: number): Promise<void> {
  await db
    .updateTable("redial_tickets")
    .set({ closed_at: new Date(), closed_reason: "gave-up", changed_at: sql<Date>`clock_timestamp()` })
    .where("id", "=", ticketId)
    .where("closed_at", "is", null)
    .where("owner_user_id", "is", null)
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom("redial_attempts")
            .select("id")
            .whereRef("ticket_id", "=", "redial_tickets.id")
            .where("ended_at", "is", null),
        ),
      ),
    )
    .execute();
}

/** Tickets that changed lately; `changedAt` tells one change from the next. */
export async function listChangedTickets(db: Db, withinMs: number): Promise<{ ticketId: number; changedAt: Date }[]> {
  return await db
    .selectFrom("redial_tickets")
    .select(["id as ticketId", "changed_at as changedAt"])
    .where("changed_at", ">", sql<Date>`clock_timestamp() - ${withinMs} * interval '1 ms'`)
    .orderBy("changed_at")
    .execute();
}

async function touch(tx: Tx, ticketId: number): Promise<void> {
  await tx
    .updateTable("redial_tickets")
    .set({ changed_at: sql<Date>`clock_timestamp()` })
    .where("id", "=", ticketId)
    .execute();
}
