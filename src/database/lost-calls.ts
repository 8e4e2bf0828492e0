/** Calls that the switch took along when it died: closed at the last that is known of them, and made longer when more is known. */
import { sql } from "kysely";
import { LOST } from "../calls/call-fact.ts";
import type { CallId, LegId } from "../calls/ids.ts";
import { atLeast0, recordset } from "./recordset.ts";
import type { Db } from "./schema.ts";
import { settleTickets } from "./settle-tickets.ts";

/**
 * Closes calls that are open in the log but not at the switch, with the last time that is known of them. Calls with a leg that the daemon
 * holds are newer than the switch's list and stay.
 * @returns the calls that were closed
 */
export async function closeLostCalls(
  db: Db,
  liveCalls: ReadonlySet<CallId>,
  isLegAlive: (legId: LegId) => boolean,
): Promise<CallId[]> {
  return await db.transaction().execute(async (tx) => {
    const open = await tx
      .selectFrom("calls")
      .leftJoin("legs", "legs.call_id", "calls.id")
      .select(["calls.id", "legs.id as legId"])
      .where("calls.ended_at", "is", null)
      .forUpdate("calls")
      .execute();
    const held = new Set(open.filter(({ legId }) => legId !== null && isLegAlive(legId)).map(({ id }) => id));
    const lost = [...new Set(open.map(({ id }) => id))].filter((id) => !liveCalls.has(id) && !held.has(id));
    if (lost.length === 0) return [];
    const f = recordset(
      lost.map((callId) => ({ callId })),
      '"callId" uuid',
    );
    await sql`
      update calls set
        ended_at = last.at,
        outcome = 'cut-off',
        cause = ${LOST},
        talk_ms = coalesce(calls.talk_ms, ${atLeast0(sql`extract(epoch from last.at - calls.talk_started_at) * 1000`)})
      from ${f},
      lateral (select greatest(
        (select max(greatest(started_at, answered_at, ended_at)) from legs where call_id = f."callId"),
        (select max(at) from call_timeline where call_id = f."callId"),
        (select greatest(started_at, talk_started_at) from calls as same where same.id = f."callId")
      ) as at) as last
      where calls.id = f."callId"`.execute(tx);
    await sql`
      update legs set ended_at = calls.ended_at, cause = ${LOST}
      from calls join ${f} on f."callId" = calls.id
      where legs.call_id = calls.id and legs.ended_at is null`.execute(tx);
    await sql`
      insert into call_timeline (call_id, at, kind, data)
      select calls.id, calls.ended_at, 'hung-up', jsonb_build_object('by', 'system', 'cause', ${LOST}::text)
      from calls join ${f} on f."callId" = calls.id`.execute(tx);
    await settleTickets(tx, lost);
    return lost;
  });
}

/**
 * Nobody saw when a talk was cut off while the daemon was away too; but its recording goes on until then. Calls that ended since `since` and
 * whose recordings are longer than what is known of the talk end with their recordings.
 * @returns the calls that changed
 */
export async function lengthenLostCalls(db: Db, since: Date): Promise<CallId[]> {
  return await db.transaction().execute(async (tx) => {
    const lengthened = await sql<{ id: CallId }>`
      with heard as (
        select calls.id, calls.ended_at as before, max(r.started_at + r.duration_ms * interval '1 ms') as until
        from calls join recordings as r on r.call_id = calls.id and r.kind = 'conversation' and r.state = 'ready'
        where calls.cause = ${LOST} and calls.ended_at > ${since} and calls.talk_started_at is not null
        group by calls.id
        having max(r.started_at + r.duration_ms * interval '1 ms') > calls.ended_at
      ), legs_until as (
        update legs set ended_at = heard.until from heard
        where legs.call_id = heard.id and legs.cause = ${LOST} and legs.ended_at = heard.before
      ), timeline_until as (
        update call_timeline set at = heard.until from heard
        where call_id = heard.id and kind = 'hung-up' and data ->> 'cause' = ${LOST}
      )
      update calls set
        ended_at = heard.until,
        talk_ms = ${atLeast0(sql`extract(epoch from heard.until - calls.talk_started_at) * 1000`)}
      from heard where calls.id = heard.id
      returning calls.id`.execute(tx);
    const ids = lengthened.rows.map(({ id }) => id);
    await settleTickets(tx, ids);
    return ids;
  });
}
