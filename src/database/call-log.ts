/** Reading the call log: pages of calls by filter, and one call with all that it left behind. */
import { type RawBuilder, type SelectQueryBuilder, sql } from "kysely";
import {
  type CallDirection,
  type LegRole,
  OUTCOME_GROUPS,
  OUTCOMES,
  type Outcome,
  type OutcomeGroup,
  type TimelineKind,
} from "../calls/call-fact.ts";
import type { CallId, FlowId, LegId, OperatorId } from "../calls/ids.ts";
import { hungUpInFlow, stepsWithNext } from "./flow-losses.ts";
import { isKept, isLost } from "./lost-recordings.ts";
import { isAnswered, isMissed } from "./missed-calls.ts";
import type { Database, Db, RecordingKind, RecordingState } from "./schema.ts";
import { type Search, searchedNumber } from "./search.ts";

export interface CallLogRow {
  id: CallId;
  direction: CallDirection;
  startedAt: Date;
  endedAt: Date | null;
  callerNumber: string;
  callerName: string;
  callerE164: string | null;
  isCallerHidden: boolean;
  dialled: string;
  dialledE164: string | null;
  trunkName: string | null;
  outcome: Outcome | null;
  operatorName: string | null;
  waitMs: number | null;
  talkMs: number | null;
  /** Null also of one that was deleted because it was old. */
  recordingState: RecordingState | null;
  language: string | null;
  tags: string[];
}

export interface CallFilter {
  /** Inclusive. */
  from?: Date;
  /** Exclusive. */
  until?: Date;
  direction?: CallDirection;
  /** Any of them. */
  outcomes?: readonly (Outcome | OutcomeGroup)[];
  operatorId?: OperatorId;
  search?: Search;
  /** One that was not deleted because it was old. */
  hasRecording?: boolean;
  /** One that will not be heard, or not in full. */
  hasLostRecording?: boolean;
  /** Only these; not empty. */
  ids?: readonly CallId[];
  /** Came to this place of a call flow. */
  place?: CallPlaceFilter;
  tag?: string;
}

interface CallPlaceFilter {
  flow: FlowId;
  /** Left out: anywhere in the flow. */
  node?: string;
  /** Left it by this branch. */
  via?: string;
  /** Hung up there. */
  isLast: boolean;
}

/** Where the next page starts: after this call. */
export interface CallCursor {
  startedAt: Date;
  id: CallId;
}

export async function listCalls(
  db: Db,
  filter: CallFilter,
  page: { after: CallCursor | null; limit: number },
): Promise<CallLogRow[]> {
  let query = callRows(filtered(db.selectFrom("calls"), filter))
    .orderBy("calls.started_at", "desc")
    .orderBy("calls.id", "desc")
    .limit(page.limit);
  if (page.after !== null) {
    const { startedAt, id } = page.after;
    query = query.where(sql<boolean>`(calls.started_at, calls.id) < (${startedAt}, ${id}::uuid)`);
  }
  return await query.execute();
}

export async function countCalls(db: Db, filter: CallFilter): Promise<number> {
  const row = await filtered(db.selectFrom("calls"), filter)
    .select((count) => count.fn.countAll<number>().as("total"))
    .executeTakeFirstOrThrow();
  return row.total;
}

const IS_OF: Record<OutcomeGroup, RawBuilder<boolean>> = { missed: isMissed, answered: isAnswered };

type CallQuery = SelectQueryBuilder<Database, "calls", object>;

function filtered(query: CallQuery, filter: CallFilter): CallQuery {
  let result = query;
  if (filter.ids) result = result.where("calls.id", "in", filter.ids);
  if (filter.from) result = result.where("calls.started_at", ">=", filter.from);
  if (filter.until) result = result.where("calls.started_at", "<", filter.until);
  if (filter.direction) result = result.where("calls.direction", "=", filter.direction);
  const { outcomes } = filter;
  if (outcomes) {
    const named = OUTCOMES.filter((outcome) => outcomes.includes(outcome));
    const groups = OUTCOME_GROUPS.filter((group) => outcomes.includes(group)).map((group) => IS_OF[group]);
    result = result.where((is) => is.or([...(named.length > 0 ? [is("calls.outcome", "in", named)] : []), ...groups]));
  }
  if (filter.operatorId !== undefined) result = result.where("calls.operator_id", "=", filter.operatorId);
  if (filter.hasRecording !== undefined) {
    const recording = sql<boolean>`exists (select from recordings where recordings.call_id = calls.id and ${isKept})`;
    result = result.where(filter.hasRecording ? recording : sql<boolean>`not ${recording}`);
  }
  if (filter.hasLostRecording !== undefined) {
    const lost = sql<boolean>`exists (select from recordings where recordings.call_id = calls.id and ${isLost})`;
    result = result.where(filter.hasLostRecording ? lost : sql<boolean>`not ${lost}`);
  }
  if (filter.place) result = result.where(cameTo(filter.place));
  if (filter.tag) result = result.where(sql<boolean>`calls.tags @> array[${filter.tag}::text]`);
  if (filter.search) {
    const { text, country } = filter.search;
    result = result.where((is) => {
      const like = `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
      const anywhere = [
        is("calls.caller_name", "ilike", like),
        is("calls.caller_number", "ilike", like),
        is("calls.dialled", "ilike", like),
      ];
      const number = searchedNumber(text, country);
      if (number !== null && number.digits.length >= 3) {
        for (const pattern of number.patterns)
          anywhere.push(is("calls.caller_e164", "like", pattern), is("calls.dialled_e164", "like", pattern));
        anywhere.push(is(sql`regexp_replace(calls.caller_number, '\\D', '', 'g')`, "like", `%${number.digits}%`));
      }
      return is.or(anywhere);
    });
  }
  return result;
}

function cameTo({ flow, node, via, isLast }: CallPlaceFilter): RawBuilder<boolean> {
  const isThere = (steps: string) => sql`${sql.ref(`${steps}.flow_id`)} = ${flow}
    and (${node ?? null}::text is null or ${sql.ref(`${steps}.node`)} = ${node ?? null})`;
  const came = sql<boolean>`calls.id in (select call_id from call_steps where ${isThere("call_steps")})`;
  if (via === undefined && !isLast) return came;
  const left = via === undefined ? sql`true` : sql`steps.next_via = ${via}`;
  const last = isLast ? sql`steps.next_id is null and steps.node is not null and ${hungUpInFlow}` : sql`true`;
  return sql<boolean>`(${came} and exists (select from ${stepsWithNext(sql`call_steps.call_id = calls.id`)} as steps
    where ${isThere("steps")} and ${left} and ${last}))`;
}

function callRows(query: CallQuery) {
  return query
    .leftJoin("trunks", "trunks.id", "calls.trunk_id")
    .leftJoin("operators", "operators.id", "calls.operator_id")
    .select([
      "calls.id",
      "calls.direction",
      "calls.started_at as startedAt",
      "calls.ended_at as endedAt",
      "calls.caller_number as callerNumber",
      "calls.caller_name as callerName",
      "calls.caller_e164 as callerE164",
      "calls.is_caller_hidden as isCallerHidden",
      "calls.dialled",
      "calls.dialled_e164 as dialledE164",
      "trunks.name as trunkName",
      "calls.outcome",
      "operators.name as operatorName",
      "calls.wait_ms as waitMs",
      "calls.talk_ms as talkMs",
      "calls.language",
      "calls.tags",
    ])
    .select((of) =>
      of
        .selectFrom("recordings")
        .select("recordings.state")
        .whereRef("recordings.call_id", "=", "calls.id")
        .where(isKept)
        .orderBy("recordings.started_at", "desc")
        .limit(1)
        .as("recordingState"),
    );
}

interface LegRow {
  legId: LegId;
  role: LegRole | null;
  operatorId: OperatorId | null;
  operatorName: string | null;
  number: string;
  startedAt: Date;
  answeredAt: Date | null;
  endedAt: Date | null;
  cause: string | null;
  sipStatus: number | null;
  trunkName: string | null;
}

interface TimelineRow {
  at: Date;
  kind: TimelineKind;
  data: Record<string, string | number | null>;
}

interface CallRecordingRow {
  recordingId: string;
  kind: RecordingKind;
  state: RecordingState;
  startedAt: Date;
  durationMs: number | null;
  bytes: number | null;
  sha256: string | null;
  problem: string | null;
  /** How much of the call's talk is on none of its recordings; stands at the last one. */
  missingMs: number | null;
}

export interface CallDetails {
  row: CallLogRow;
  legs: LegRow[];
  timeline: TimelineRow[];
  recordings: CallRecordingRow[];
}

export async function readCall(db: Db, id: CallId): Promise<CallDetails | null> {
  const row = await callRows(db.selectFrom("calls").where("calls.id", "=", id)).executeTakeFirst();
  if (!row) return null;
  const [legs, timeline, recordings] = await Promise.all([
    db
      .selectFrom("legs")
      .leftJoin("operators", "operators.id", "legs.operator_id")
      .leftJoin("trunks", "trunks.id", "legs.trunk_id")
      .select([
        "legs.id as legId",
        "legs.role",
        "legs.operator_id as operatorId",
        "operators.name as operatorName",
        "legs.number",
        "legs.started_at as startedAt",
        "legs.answered_at as answeredAt",
        "legs.ended_at as endedAt",
        "legs.cause",
        "legs.sip_status as sipStatus",
        "trunks.name as trunkName",
      ])
      .where("legs.call_id", "=", id)
      .orderBy("legs.started_at")
      .execute(),
    db
      .selectFrom("call_timeline")
      .select(["at", "kind", "data"])
      .where("call_id", "=", id)
      .orderBy("at")
      .orderBy("id")
      .execute(),
    db
      .selectFrom("recordings")
      .select([
        "id as recordingId",
        "kind",
        "state",
        "started_at as startedAt",
        "duration_ms as durationMs",
        "bytes",
        "sha256",
        "problem",
        "missing_ms as missingMs",
      ])
      .where("call_id", "=", id)
      .orderBy("started_at")
      .execute(),
  ]);
  return { row, legs, timeline, recordings };
}

/** True when the operator has a leg in the recorded call. */
export async function hasRecordedOperator(db: Db, recordingId: string, operator: OperatorId): Promise<boolean> {
  const row = await db
    .selectFrom("recordings")
    .innerJoin("legs", "legs.call_id", "recordings.call_id")
    .select("recordings.id")
    .where("recordings.id", "=", recordingId)
    .where("legs.operator_id", "=", operator)
    .where("legs.answered_at", "is not", null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
