/**
 * What calls that ended mean for redial tickets. For each number that is concerned it is worked out anew, from the calls themselves, whom we
 * owe a call: so it does not matter in which order ends are heard of (from the daemon, its journal, the switch's records), nor how often.
 */
import { type RawBuilder, sql } from "kysely";
import { LOST } from "../calls/call-fact.ts";
import type { CallId } from "../calls/ids.ts";
import { type E164, isE164, toE164 } from "../calls/phone-number.ts";
import { TALK_MS } from "../calls/redial.ts";
import { isEmergency } from "../flows/routing/emergency.ts";
import { isMissed } from "./missed-calls.ts";
import { isBlocked, lockNumber } from "./redial-tickets.ts";
import type { Tx } from "./schema.ts";
import { readSiteSettings, UNCONFIGURED } from "./site-settings.ts";

/** Missed, or cut off in the middle of a talk: whoever was cut off would like to go on. */
const wantsCallBack: RawBuilder<boolean> = sql<boolean>`(${isMissed}
  or (calls.direction = 'inbound' and (calls.outcome = 'cut-off' or calls.cause = ${LOST})))`;

/** Of most calls (information heard, a few words) nothing follows: neither missed nor a talk, nor taken for missed before. */
const concernsTickets: RawBuilder<boolean> = sql<boolean>`(${wantsCallBack} or calls.talk_ms >= ${TALK_MS}
  or exists (select from redial_ticket_calls where redial_ticket_calls.call_id = calls.id))`;

interface MissedCall {
  callId: CallId;
  endedAt: Date;
  callerNumber: string;
  callerName: string;
}

/** To be called in the transaction in which the calls end. */
export async function settleTickets(tx: Tx, callIds: readonly CallId[]): Promise<void> {
  if (callIds.length === 0) return;
  const calls = await tx
    .selectFrom("calls")
    .select(["direction", "caller_e164", "is_caller_hidden", "dialled_e164"])
    .where("id", "in", callIds)
    .where("ended_at", "is not", null)
    .where(concernsTickets)
    .execute();
  const numbers = new Set<E164>();
  for (const call of calls) {
    const number = call.direction === "outbound" ? call.dialled_e164 : call.is_caller_hidden ? null : call.caller_e164;
    if (call.direction !== "internal" && number !== null && isE164(number)) numbers.add(number);
  }
  // In one order everywhere, or two who settle could wait for each other.
  for (const number of [...numbers].sort()) await settleNumber(tx, number);
}

async function settleNumber(tx: Tx, number: E164): Promise<void> {
  await lockNumber(tx, number);
  const ticket = await tx
    .selectFrom("redial_tickets")
    .select(["id", "opened_at", "reopened_at"])
    .where("caller_e164", "=", number)
    .where("closed_at", "is", null)
    .forUpdate()
    .executeTakeFirst();
  const talk = await lastTalk(tx, number, ticket?.reopened_at ?? null);
  const missed = (await isOwedCalls(tx, number)) ? await missedSince(tx, number, talk?.endedAt ?? null) : [];
  if (!ticket) {
    await openTicket(tx, number, missed);
    return;
  }
  const known = await tx
    .selectFrom("redial_ticket_calls")
    .select("call_id")
    .where("ticket_id", "=", ticket.id)
    .execute();
  const isSame = missed.some(({ callId }) => known.some(({ call_id }) => call_id === callId));
  if (isSame) {
    await addCalls(tx, ticket.id, missed, known);
    return;
  }
  if (talk !== null && talk.endedAt >= ticket.opened_at) {
    await closeAsTalked(tx, ticket.id, talk);
    await openTicket(tx, number, missed);
  } else if (missed.length > 0) await addCalls(tx, ticket.id, missed, known);
  else await dropTicket(tx, ticket.id);
}

/** With whom nobody talks on the telephone, or nobody should: our own numbers, emergency services, blocked ones. */
async function isOwedCalls(tx: Tx, number: E164): Promise<boolean> {
  if (await isBlocked(tx, number)) return false;
  const { country } = (await readSiteSettings(tx)) ?? UNCONFIGURED;
  if (isEmergency(number, country)) return false;
  const own = await tx.selectFrom("numbers").select("number").execute();
  return !own.some((one) => toE164(one.number, country) === number);
}

/** @param after talks that ended before settle nothing */
async function lastTalk(tx: Tx, number: E164, after: Date | null): Promise<{ callId: CallId; endedAt: Date } | null> {
  const talk = await tx
    .selectFrom("calls")
    .select(["id as callId", "ended_at as endedAt"])
    .where((is) =>
      is.or([
        is.and([is("direction", "=", "inbound"), is("caller_e164", "=", number)]),
        is.and([is("direction", "=", "outbound"), is("dialled_e164", "=", number)]),
      ]),
    )
    .where("talk_ms", ">=", TALK_MS)
    .where("ended_at", ">", after ?? new Date(0))
    .orderBy("ended_at", "desc")
    .limit(1)
    .executeTakeFirst();
  return talk?.endedAt ? { callId: talk.callId, endedAt: talk.endedAt } : null;
}

/** Oldest first. Calls of tickets that are closed have been dealt with. */
async function missedSince(tx: Tx, number: E164, since: Date | null): Promise<MissedCall[]> {
  const rows = await tx
    .selectFrom("calls")
    .select(["id as callId", "ended_at as endedAt", "caller_number as callerNumber", "caller_name as callerName"])
    .where("direction", "=", "inbound")
    .where("caller_e164", "=", number)
    .where("is_caller_hidden", "=", false)
    .where("ended_at", "is not", null)
    .where("ended_at", ">=", since ?? new Date(0))
    .where(wantsCallBack)
    .where(
      sql<boolean>`not exists (select from redial_ticket_calls dealt join redial_tickets on redial_tickets.id = dealt.ticket_id
        where dealt.call_id = calls.id and redial_tickets.closed_at is not null)`,
    )
    .orderBy("ended_at")
    .execute();
  return rows.flatMap(({ endedAt, ...row }) => (endedAt ? [{ ...row, endedAt }] : []));
}

async function openTicket(tx: Tx, number: E164, missed: readonly MissedCall[]): Promise<void> {
  const [first, last] = [missed[0], missed.at(-1)];
  if (!first || !last) return;
  const { id } = await tx
    .insertInto("redial_tickets")
    .values({ caller_e164: number, opened_at: first.endedAt, ...lastCall(last) })
    .returning("id")
    .executeTakeFirstOrThrow();
  await insertCalls(tx, id, missed);
}

async function addCalls(
  tx: Tx,
  ticketId: number,
  missed: readonly MissedCall[],
  known: readonly { call_id: CallId }[],
): Promise<void> {
  const [first, last] = [missed[0], missed.at(-1)];
  if (!first || !last) return;
  const wanted = new Set(missed.map(({ callId }) => callId));
  const had = new Set(known.map(({ call_id }) => call_id));
  const over = [...had].filter((callId) => !wanted.has(callId));
  const fresh = missed.filter(({ callId }) => !had.has(callId));
  if (over.length === 0 && fresh.length === 0) return;
  if (over.length > 0) await tx.deleteFrom("redial_ticket_calls").where("call_id", "in", over).execute();
  await insertCalls(tx, ticketId, fresh);
  await tx
    .updateTable("redial_tickets")
    .set({ opened_at: first.endedAt, ...lastCall(last), changed_at: sql<Date>`clock_timestamp()` })
    .where("id", "=", ticketId)
    .execute();
}

async function insertCalls(tx: Tx, ticketId: number, missed: readonly MissedCall[]): Promise<void> {
  if (missed.length === 0) return;
  await tx
    .insertInto("redial_ticket_calls")
    .values(missed.map(({ callId }) => ({ call_id: callId, ticket_id: ticketId })))
    .execute();
}

function lastCall({ callId, endedAt, callerNumber, callerName }: MissedCall) {
  return { last_call_id: callId, last_call_at: endedAt, caller_number: callerNumber, caller_name: callerName };
}

async function closeAsTalked(tx: Tx, ticketId: number, talk: { callId: CallId; endedAt: Date }): Promise<void> {
  await tx
    .updateTable("redial_tickets")
    .set({
      closed_at: talk.endedAt,
      closed_reason: "talked",
      closed_call_id: talk.callId,
      changed_at: sql<Date>`clock_timestamp()`,
    })
    .where("id", "=", ticketId)
    .execute();
}

/** The call was taken for missed before more was known of it. Once somebody was dialled for it, the ticket tells why, and stays. */
async function dropTicket(tx: Tx, ticketId: number): Promise<void> {
  await tx
    .deleteFrom("redial_tickets")
    .where("id", "=", ticketId)
    .where((is) =>
      is.not(is.exists(is.selectFrom("redial_attempts").select("id").whereRef("ticket_id", "=", "redial_tickets.id"))),
    )
    .execute();
}
