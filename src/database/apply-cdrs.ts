/** What the CDRs of legs do to the tables. */
import { sql } from "kysely";
import { type CallDirection, LOST } from "../calls/call-fact.ts";
import type { CallId, LegId } from "../calls/ids.ts";
import { callerE164 } from "../calls/number-format.ts";
import { isHiddenNumber, toE164 } from "../calls/phone-number.ts";
import type { RoutingConfiguration } from "../calls/routing-configuration.ts";
import { dialledE164 } from "../flows/routing/outside-number.ts";
import { type Cdr, outcomeOf } from "./cdr-file.ts";
import { atLeast0, recordset, timeOf, trunkOf } from "./recordset.ts";
import type { Tx } from "./schema.ts";
import { settleTickets } from "./settle-tickets.ts";

/** What tells how each trunk delivers numbers, and how the phones dial them. */
export type Lines = Pick<RoutingConfiguration<unknown>, "trunks" | "site" | "outgoing">;

/** A call of which the switch's records completed a leg. */
export interface CompletedCall {
  callId: CallId;
  /** The leg, or one of them, called somebody who has none of our phones. */
  hasOutsideLeg: boolean;
  /** Nobody but the switch saw its end. */
  isClosed: boolean;
}

/**
 * Completes the legs, and closes the calls whose first leg is among them and that nobody closed. A leg whose CDR was taken in before
 * changes nothing. Legs of a call may come in any order, and in different batches.
 * @returns the calls that changed
 */
export async function applyCdrs(tx: Tx, cdrs: readonly Cdr[], lines: Lines): Promise<CompletedCall[]> {
  const extensions = await tx.selectFrom("operators").select("extension").where("deleted_at", "is", null).execute();
  const phones = new Set(extensions.map(({ extension }) => extension));
  const firsts = cdrs.filter(({ origin }) => origin !== "daemon");
  const opened = await openCalls(
    tx,
    firsts.map((cdr) => callRow(cdr, lines, phones)),
  );
  await knowCalls(tx, cdrs);
  const fresh = await completeLegs(tx, cdrs);
  const isFresh = ({ legId }: Cdr) => fresh.has(legId);
  const closed = await closeCalls(tx, firsts.filter(isFresh));
  await nameOperators(tx, cdrs.filter(isFresh));
  await nameTrunks(tx, cdrs.filter(isFresh));
  await writeTimeline(
    tx,
    firsts.filter(({ callId }) => closed.has(callId)),
    opened,
  );
  await settleTickets(tx, [...closed]);
  const completed = cdrs.filter(isFresh);
  const outside = new Set(completed.filter(({ role }) => role === "callee").map(({ callId }) => callId));
  return [...new Set(completed.map(({ callId }) => callId))].map((callId) => ({
    callId,
    hasOutsideLeg: outside.has(callId),
    isClosed: closed.has(callId),
  }));
}

function callRow(cdr: Cdr, lines: Lines, phones: ReadonlySet<string>) {
  const { callId, callerNumber, callerName, dialled, gateway, language } = cdr;
  const { country } = lines.site;
  const direction = directionOf(cdr, phones);
  return {
    callId,
    direction,
    startedAtMs: cdr.startedAtMs,
    callerNumber,
    callerName,
    callerE164: cdr.origin === "trunk" ? callerE164(callerNumber, gateway, lines) : toE164(callerNumber, country),
    isCallerHidden: cdr.origin === "trunk" && isHiddenNumber(callerNumber),
    dialled,
    dialledE164: direction === "outbound" ? dialledE164(dialled, lines) : toE164(dialled, country),
    gateway,
    language,
  };
}

function directionOf({ origin, fallback, dialled }: Cdr, phones: ReadonlySet<string>): CallDirection {
  if (origin === "trunk") return "inbound";
  if (fallback) return fallback.kind === "phone" ? "internal" : "outbound";
  return phones.has(dialled) ? "internal" : "outbound";
}

/** Rows of calls that the daemon never saw, or of which it lost the beginning. */
async function openCalls(tx: Tx, rows: readonly ReturnType<typeof callRow>[]): Promise<Set<CallId>> {
  if (rows.length === 0) return new Set();
  const f = recordset(
    rows,
    `"callId" uuid, direction text, "startedAtMs" float8, "callerNumber" text, "callerName" text, "callerE164" text,
     "isCallerHidden" boolean, dialled text, "dialledE164" text, gateway text, language text`,
  );
  const opened = await sql<{ id: CallId }>`
    insert into calls as known (id, direction, started_at, caller_number, caller_name, caller_e164, is_caller_hidden,
      dialled, dialled_e164, gateway, trunk_id, language)
    select distinct on (f."callId") f."callId", f.direction, ${timeOf("f.startedAtMs")}, f."callerNumber", f."callerName",
      f."callerE164", f."isCallerHidden", f.dialled, f."dialledE164", f.gateway, ${trunkOf("f.gateway")}, f.language
    from ${f}
    on conflict (id) do update set
      direction = excluded.direction,
      started_at = excluded.started_at,
      caller_number = excluded.caller_number,
      caller_name = excluded.caller_name,
      caller_e164 = excluded.caller_e164,
      is_caller_hidden = excluded.is_caller_hidden,
      dialled = excluded.dialled,
      dialled_e164 = excluded.dialled_e164,
      gateway = excluded.gateway,
      trunk_id = excluded.trunk_id,
      language = coalesce(known.language, excluded.language)
    where known.caller_number = '' and known.dialled = ''
    returning id`.execute(tx);
  return new Set(opened.rows.map(({ id }) => id));
}

/** A leg may come before the first leg of its call. */
async function knowCalls(tx: Tx, cdrs: readonly Cdr[]): Promise<void> {
  await sql`
    insert into calls (id, direction, started_at, caller_number, caller_name, dialled)
    select f."callId", 'inbound', min(${timeOf("f.startedAtMs")}), '', '', ''
    from ${recordset(cdrs, '"callId" uuid, "startedAtMs" float8')}
    group by 1
    on conflict (id) do nothing`.execute(tx);
}

async function completeLegs(tx: Tx, cdrs: readonly Cdr[]): Promise<Set<LegId>> {
  const legs = [...new Map(cdrs.map((cdr) => [cdr.legId, cdr])).values()].map((cdr) => ({
    ...cdr,
    number: cdr.origin === "daemon" ? cdr.dialled : cdr.callerNumber,
    leftBy: cdr.role === "callee" ? cdr.gateway : null,
  }));
  const f = recordset(
    legs,
    `"legId" uuid, "callId" uuid, role text, origin text, number text, extension text, "operatorId" int, "startedAtMs" float8,
     "answeredAtMs" float8, "endedAtMs" float8, cause text, "sipStatus" int, "leftBy" text`,
  );
  const fresh = await sql<{ id: LegId }>`
    insert into legs as known (id, call_id, role, origin, number, operator_id, started_at, answered_at, ended_at, cause,
      sip_status, cdr_ingested_at, gateway, trunk_id)
    select f."legId", f."callId", f.role, f.origin, f.number,
      coalesce((select id from operators where id = f."operatorId"),
        (select id from operators where extension = f.extension and deleted_at is null)),
      ${timeOf("f.startedAtMs")}, ${timeOf("f.answeredAtMs")}, ${timeOf("f.endedAtMs")}, f.cause, f."sipStatus", now(),
      f."leftBy", ${trunkOf("f.leftBy")}
    from ${f}
    on conflict (id) do update set
      call_id = coalesce(known.call_id, excluded.call_id),
      role = coalesce(known.role, excluded.role),
      origin = coalesce(known.origin, excluded.origin),
      number = case when known.number = '' then excluded.number else known.number end,
      operator_id = coalesce(known.operator_id, excluded.operator_id),
      started_at = least(known.started_at, excluded.started_at),
      answered_at = coalesce(known.answered_at, excluded.answered_at),
      ended_at = case when known.cause = ${LOST} then excluded.ended_at else coalesce(known.ended_at, excluded.ended_at) end,
      cause = case when known.cause = ${LOST} then excluded.cause else coalesce(known.cause, excluded.cause) end,
      sip_status = coalesce(known.sip_status, excluded.sip_status),
      gateway = coalesce(known.gateway, excluded.gateway),
      trunk_id = coalesce(known.trunk_id, excluded.trunk_id),
      cdr_ingested_at = excluded.cdr_ingested_at
    where known.cdr_ingested_at is null
    returning id`.execute(tx);
  return new Set(fresh.rows.map(({ id }) => id));
}

/** Only calls that are open, or of whose end nothing but the loss is known. */
async function closeCalls(tx: Tx, firsts: readonly Cdr[]): Promise<Set<CallId>> {
  if (firsts.length === 0) return new Set();
  const rows = firsts.map((cdr) => ({ ...cdr, outcome: outcomeOf(cdr), isFallback: cdr.fallback !== null }));
  const f = recordset(
    rows,
    `"callId" uuid, "legId" uuid, origin text, "startedAtMs" float8, "queuedAtMs" float8, "talkedFromMs" float8, "talkedWith" uuid,
     "endedAtMs" float8, cause text, outcome text, "isFallback" boolean`,
  );
  const talkedFrom = sql`coalesce(calls.talk_started_at, ${timeOf("f.talkedFromMs")})`;
  const closed = await sql<{ id: CallId }>`
    update calls set
      ended_at = ${timeOf("f.endedAtMs")},
      outcome = case when calls.talk_started_at is not null and not f."isFallback" then 'talked' else f.outcome end,
      cause = f.cause,
      talk_started_at = ${talkedFrom},
      wait_ms = coalesce(calls.wait_ms, ${atLeast0(sql`f."talkedFromMs" - coalesce(f."queuedAtMs", f."startedAtMs")`)}),
      talk_ms = ${atLeast0(sql`extract(epoch from ${timeOf("f.endedAtMs")} - ${talkedFrom}) * 1000`)},
      operator_id = coalesce(calls.operator_id, (select operator_id from legs
        where f."talkedWith" is not null and id = case f.origin when 'phone' then f."legId" else f."talkedWith" end))
    from ${f}
    where calls.id = f."callId" and (calls.ended_at is null or calls.cause = ${LOST})
    returning calls.id`.execute(tx);
  return new Set(closed.rows.map(({ id }) => id));
}

/** Whose phone the caller talked with, when its leg came later than the caller's. Out and between phones it is the one that dialled. */
async function nameOperators(tx: Tx, cdrs: readonly Cdr[]): Promise<void> {
  const talking = cdrs.filter(({ talkedFromMs }) => talkedFromMs !== null);
  if (talking.length === 0) return;
  await sql`
    update calls set operator_id = legs.operator_id
    from ${recordset(talking, '"legId" uuid')} join legs on legs.id = f."legId"
    where calls.id = legs.call_id
      and calls.operator_id is null and calls.talk_started_at is not null and legs.operator_id is not null
      and (legs.role = 'caller' or calls.direction = 'inbound')`.execute(tx);
}

/** By which trunk a call left that the switch led out on its own. */
async function nameTrunks(tx: Tx, cdrs: readonly Cdr[]): Promise<void> {
  const left = cdrs.filter(
    ({ role, gateway, answeredAtMs }) => role === "callee" && gateway !== null && answeredAtMs !== null,
  );
  if (left.length === 0) return;
  await sql`
    update calls set gateway = f.gateway, trunk_id = ${trunkOf("f.gateway")}
    from ${recordset(left, '"callId" uuid, gateway text')}
    where calls.id = f."callId" and calls.gateway is null`.execute(tx);
}

async function writeTimeline(tx: Tx, closed: readonly Cdr[], opened: ReadonlySet<CallId>): Promise<void> {
  if (closed.length === 0) return;
  await sql`
    delete from call_timeline
    using ${recordset(closed, '"callId" uuid')}
    where call_id = f."callId" and kind = 'hung-up' and data ->> 'cause' = ${LOST}`.execute(tx);
  const rows = closed.flatMap((cdr) => timelineOf(cdr, opened.has(cdr.callId)));
  await sql`
    insert into call_timeline (call_id, at, kind, data)
    select f."callId", ${timeOf("f.atMs")}, f.kind,
      case when f.kind = 'talking' then jsonb_build_object('operatorName', coalesce(
        (select operators.name from calls join operators on operators.id = calls.operator_id where calls.id = f."callId"), ''))
      else f.data end
    from ${recordset(rows, '"callId" uuid, "atMs" float8, kind text, data jsonb, "order" int')}
    order by f."order"`.execute(tx);
}

function timelineOf(cdr: Cdr, isNew: boolean) {
  const { callId, fallback, talkedFromMs } = cdr;
  const by = { "this-end": "caller", "other-end": "operator", system: "system" }[cdr.hungUpBy];
  return [
    isNew ? { atMs: cdr.startedAtMs, kind: "arrived", data: {} } : null,
    fallback ? { atMs: fallback.atMs, kind: "fallback", data: { what: fallback.kind } } : null,
    fallback && talkedFromMs !== null ? { atMs: talkedFromMs, kind: "talking", data: {} } : null,
    { atMs: cdr.endedAtMs, kind: "hung-up", data: { by, cause: cdr.cause } },
  ].flatMap((entry, order) => (entry ? [{ callId, order, ...entry }] : []));
}
