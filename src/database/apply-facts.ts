/** What each fact of a call does to the tables. One statement per kind of fact, however many there are: a busy hour costs little. */
import { sql } from "kysely";
import { type CallFact, LOST } from "../calls/call-fact.ts";
import type { CallId } from "../calls/ids.ts";
import { recordset, timeOf, trunkOf } from "./recordset.ts";
import type { Tx } from "./schema.ts";
import { settleTickets } from "./settle-tickets.ts";

type FactOf<Type extends CallFact["type"]> = Extract<CallFact, { type: Type }>;

/**
 * Applies facts in the order in which they happened. Within a batch kinds are applied one after the other; that gives the same result,
 * for a fact never depends on an earlier one of a later kind. Facts about a call or leg that the tables do not know (its opening was lost)
 * make a row with what is known.
 * @returns the calls that changed
 */
export async function applyFacts(tx: Tx, facts: readonly CallFact[]): Promise<CallId[]> {
  const of = <Type extends CallFact["type"]>(type: Type) =>
    facts.filter((fact): fact is FactOf<Type> => fact.type === type);

  const touched = callsOf(facts);
  await openCalls(tx, latest(of("call-opened"), "callId"));
  await knowCalls(tx, touched);
  await openLegs(tx, latest(of("leg-opened"), "legId"));
  await answerLegs(tx, earliest(of("leg-answered"), "legId"));
  await endLegs(tx, latest(of("leg-ended"), "legId"));
  await writeTimeline(tx, of("timeline"));
  await writeSteps(tx, of("flow-walked"));
  await addTags(tx, of("call-tagged"));
  await setLanguages(tx, latest(of("call-language"), "callId"));
  await setGateways(tx, latest(of("call-gateway"), "callId"));
  await startTalks(tx, earliest(of("talk-started"), "callId"));
  await endTalks(tx, latest(of("talk-ended"), "callId"));
  await startRecordings(tx, latest(of("recording-started"), "fileName"));
  await endAttempts(tx, earliest(of("redial-ended"), "callId"));
  await endCalls(tx, latest(of("call-ended"), "callId"));
  await settleTickets(
    tx,
    of("call-ended").map(({ callId }) => callId),
  );
  return touched.map(({ callId }) => callId);
}

/** Each call that is named, with the earliest time that its facts tell. */
function callsOf(facts: readonly CallFact[]): { callId: CallId; atMs: number | null }[] {
  const earliestMs = new Map<CallId, number | null>();
  for (const fact of facts) {
    if (!("callId" in fact)) continue;
    const atMs = "atMs" in fact ? fact.atMs : null;
    const known = earliestMs.get(fact.callId) ?? null;
    earliestMs.set(fact.callId, known === null || (atMs !== null && atMs < known) ? atMs : known);
  }
  return [...earliestMs].map(([callId, atMs]) => ({ callId, atMs }));
}

/** One fact per key, the last. PostgreSQL refuses to upsert a row twice in one statement. */
function latest<Key extends string, Fact extends Record<Key, string>>(facts: readonly Fact[], key: Key): Fact[] {
  return [...new Map(facts.map((fact) => [fact[key] as string, fact])).values()];
}

function earliest<Key extends string, Fact extends Record<Key, string>>(facts: readonly Fact[], key: Key): Fact[] {
  return latest(facts.toReversed(), key);
}

async function openCalls(tx: Tx, facts: readonly FactOf<"call-opened">[]): Promise<void> {
  if (facts.length === 0) return;
  const rows = facts.map(({ flow, ...fact }) => ({ ...fact, flowId: flow?.id, flowVersion: flow?.version }));
  const f = recordset(
    rows,
    `"callId" uuid, "atMs" float8, direction text, "callerNumber" text, "callerName" text, "callerE164" text,
     "isCallerHidden" boolean, dialled text, "dialledE164" text, gateway text, "flowId" text, "flowVersion" int, language text,
     "isUnknownNumber" boolean`,
  );
  await sql`
    insert into calls as known (id, direction, started_at, caller_number, caller_name, caller_e164, is_caller_hidden,
      dialled, dialled_e164, gateway, trunk_id, flow_id, flow_version, language, is_unknown_number)
    select f."callId", f.direction, ${timeOf("f.atMs")}, f."callerNumber", f."callerName", f."callerE164", f."isCallerHidden",
      f.dialled, f."dialledE164", f.gateway,
      ${trunkOf("f.gateway")},
      f."flowId", f."flowVersion", f.language, coalesce(f."isUnknownNumber", false)
    from ${f}
    on conflict (id) do update set
      direction = excluded.direction,
      started_at = least(known.started_at, excluded.started_at),
      caller_number = excluded.caller_number,
      caller_name = excluded.caller_name,
      caller_e164 = excluded.caller_e164,
      is_caller_hidden = excluded.is_caller_hidden,
      dialled = excluded.dialled,
      dialled_e164 = excluded.dialled_e164,
      gateway = excluded.gateway,
      trunk_id = excluded.trunk_id,
      flow_id = coalesce(excluded.flow_id, known.flow_id),
      flow_version = coalesce(excluded.flow_version, known.flow_version),
      language = coalesce(known.language, excluded.language),
      is_unknown_number = excluded.is_unknown_number`.execute(tx);
}

/** Calls whose opening never came get a row all the same. */
async function knowCalls(tx: Tx, calls: readonly { callId: CallId; atMs: number | null }[]): Promise<void> {
  if (calls.length === 0) return;
  await sql`
    insert into calls (id, direction, started_at, caller_number, caller_name, dialled)
    select f."callId", 'inbound', coalesce(${timeOf("f.atMs")}, now()), '', '', ''
    from ${recordset(calls, '"callId" uuid, "atMs" float8')}
    on conflict (id) do nothing`.execute(tx);
}

async function openLegs(tx: Tx, facts: readonly FactOf<"leg-opened">[]): Promise<void> {
  if (facts.length === 0) return;
  const f = recordset(
    facts,
    '"legId" uuid, "callId" uuid, "atMs" float8, role text, origin text, number text, "operatorId" int, gateway text',
  );
  await sql`
    insert into legs as known (id, call_id, role, origin, number, operator_id, started_at, gateway, trunk_id)
    select f."legId", f."callId", f.role, f.origin, f.number, (select id from operators where id = f."operatorId"),
      ${timeOf("f.atMs")}, f.gateway, ${trunkOf("f.gateway")}
    from ${f}
    on conflict (id) do update set
      call_id = excluded.call_id,
      role = excluded.role,
      origin = excluded.origin,
      number = excluded.number,
      operator_id = coalesce(excluded.operator_id, known.operator_id),
      gateway = coalesce(excluded.gateway, known.gateway),
      trunk_id = coalesce(excluded.trunk_id, known.trunk_id),
      started_at = least(known.started_at, excluded.started_at)`.execute(tx);
}

async function answerLegs(tx: Tx, facts: readonly FactOf<"leg-answered">[]): Promise<void> {
  if (facts.length === 0) return;
  await sql`
    insert into legs as known (id, number, started_at, answered_at)
    select f."legId", '', ${timeOf("f.atMs")}, ${timeOf("f.atMs")}
    from ${recordset(facts, '"legId" uuid, "atMs" float8')}
    on conflict (id) do update set answered_at = coalesce(known.answered_at, excluded.answered_at)`.execute(tx);
}

async function endLegs(tx: Tx, facts: readonly FactOf<"leg-ended">[]): Promise<void> {
  if (facts.length === 0) return;
  await sql`
    insert into legs as known (id, number, started_at, ended_at, cause, sip_status)
    select f."legId", '', ${timeOf("f.atMs")}, ${timeOf("f.atMs")}, f.cause, f."sipStatus"
    from ${recordset(facts, '"legId" uuid, "atMs" float8, cause text, "sipStatus" int')}
    on conflict (id) do update set
      ended_at = excluded.ended_at,
      cause = excluded.cause,
      sip_status = coalesce(excluded.sip_status, known.sip_status)`.execute(tx);
}

async function writeTimeline(tx: Tx, facts: readonly FactOf<"timeline">[]): Promise<void> {
  if (facts.length === 0) return;
  const rows = facts.map((fact, order) => ({ ...fact, order }));
  await sql`
    insert into call_timeline (call_id, at, kind, data)
    select f."callId", ${timeOf("f.atMs")}, f.kind, f.data
    from ${recordset(rows, '"callId" uuid, "atMs" float8, kind text, data jsonb, "unlessTold" boolean, "order" int')}
    where not (f.kind = 'hung-up' and f.data ->> 'cause' = ${LOST}
      and exists (select from call_timeline as told where told.call_id = f."callId" and told.kind = 'hung-up'))
      and not (coalesce(f."unlessTold", false)
        and exists (select from call_timeline as told where told.call_id = f."callId" and told.kind = f.kind))
    order by f."order"`.execute(tx);
}

async function writeSteps(tx: Tx, facts: readonly FactOf<"flow-walked">[]): Promise<void> {
  const rows = facts
    .flatMap(({ callId, atMs, steps }) => steps.map((step) => ({ callId, atMs, ...step })))
    .map((row, order) => ({ ...row, order }));
  if (rows.length === 0) return;
  await sql`
    insert into call_steps (call_id, at, flow_id, version, node, via)
    select f."callId", ${timeOf("f.atMs")}, f.flow, f.version, f.node, f.via
    from ${recordset(rows, '"callId" uuid, "atMs" float8, flow text, version int, node text, via text, "order" int')}
    order by f."order"`.execute(tx);
}

/** Each tag once, in the order in which they came. */
async function addTags(tx: Tx, facts: readonly FactOf<"call-tagged">[]): Promise<void> {
  for (const { callId, tag } of facts) {
    await sql`update calls set tags = tags || ${tag}::text where id = ${callId} and not tags @> array[${tag}::text]`.execute(
      tx,
    );
  }
}

async function setLanguages(tx: Tx, facts: readonly FactOf<"call-language">[]): Promise<void> {
  if (facts.length === 0) return;
  await sql`
    update calls set language = f.language
    from ${recordset(facts, '"callId" uuid, language text')}
    where calls.id = f."callId"`.execute(tx);
}

async function setGateways(tx: Tx, facts: readonly FactOf<"call-gateway">[]): Promise<void> {
  if (facts.length === 0) return;
  await sql`
    update calls set gateway = f.gateway, trunk_id = ${trunkOf("f.gateway")}
    from ${recordset(facts, '"callId" uuid, gateway text')}
    where calls.id = f."callId"`.execute(tx);
}

/** The first who talked counts. */
async function startTalks(tx: Tx, facts: readonly FactOf<"talk-started">[]): Promise<void> {
  if (facts.length === 0) return;
  await sql`
    update calls set
      talk_started_at = ${timeOf("f.atMs")},
      wait_ms = greatest(0, f."waitMs"),
      operator_id = (select id from operators where id = f."operatorId")
    from ${recordset(facts, '"callId" uuid, "atMs" float8, "waitMs" int, "operatorId" int')}
    where calls.id = f."callId" and calls.talk_started_at is null`.execute(tx);
}

async function endTalks(tx: Tx, facts: readonly FactOf<"talk-ended">[]): Promise<void> {
  if (facts.length === 0) return;
  await sql`
    update calls set talk_ms = greatest(0, f."talkMs")
    from ${recordset(facts, '"callId" uuid, "talkMs" int')}
    where calls.id = f."callId"`.execute(tx);
}

/** The row may be there already: the spool was looked through before. */
async function startRecordings(tx: Tx, facts: readonly FactOf<"recording-started">[]): Promise<void> {
  if (facts.length === 0) return;
  await sql`
    insert into recordings (call_id, leg_id, file_name, state, started_at)
    select f."callId", f."legId", f."fileName", 'recording', ${timeOf("f.atMs")}
    from ${recordset(facts, '"callId" uuid, "legId" uuid, "fileName" text, "atMs" float8')}
    on conflict (file_name) do nothing`.execute(tx);
}

/** The first word counts: what is made out later, from the switch's records, may know less. */
async function endAttempts(tx: Tx, facts: readonly FactOf<"redial-ended">[]): Promise<void> {
  if (facts.length === 0) return;
  await sql`
    with ended as (
      update redial_attempts set ended_at = ${timeOf("f.atMs")}, outcome = f.outcome
      from ${recordset(facts, '"callId" uuid, "atMs" float8, outcome text')}
      where redial_attempts.call_id = f."callId" and redial_attempts.ended_at is null
      returning redial_attempts.ticket_id)
    update redial_tickets set changed_at = clock_timestamp() from ended where redial_tickets.id = ended.ticket_id`.execute(
    tx,
  );
}

/**
 * The daemon's word on the outcome counts more than what a CDR said before, but not where it only noticed that the call was gone: the
 * CDR saw how it went.
 */
async function endCalls(tx: Tx, facts: readonly FactOf<"call-ended">[]): Promise<void> {
  if (facts.length === 0) return;
  await sql`
    update calls set
      ended_at = ${timeOf("f.atMs")},
      outcome = f.outcome,
      cause = f.cause,
      talk_ms = coalesce(talk_ms, extract(epoch from ${timeOf("f.atMs")} - talk_started_at)::int * 1000)
    from ${recordset(facts, '"callId" uuid, "atMs" float8, outcome text, cause text')}
    where calls.id = f."callId" and not (f.cause = ${LOST} and calls.ended_at is not null)`.execute(tx);
}
