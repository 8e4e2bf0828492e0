import { sql } from "kysely";
import type { TrunkId } from "../calls/ids.ts";
import { isLost } from "./lost-recordings.ts";
import { isAnswered, isMissed } from "./missed-calls.ts";
import type { Db } from "./schema.ts";

export interface DayFigures {
  inbound: number;
  answered: number;
  missed: number;
  outbound: number;
  /** Of callers who were answered. */
  averageWaitMs: number | null;
  /** Not of talks between our own phones, which no figure counts. */
  averageTalkMs: number | null;
  byHour: { hour: number; inbound: number; missed: number }[];
}

/** Every time zone is a multiple of it from UTC. */
const QUARTER_SECONDS = 900;

/**
 * Figures of the calls that started in `[from, until)`.
 * @param hourAt what the firm's clock showed. Not PostgreSQL's to say: it knows the zones of the system, and Debian 13 has no `Europe/Kiev`,
 * `Asia/Calcutta` and others that browsers name
 */
export async function readDayFigures(
  db: Db,
  from: Date,
  until: Date,
  hourAt: (moment: Date) => number,
): Promise<DayFigures> {
  const counts = {
    inbound: sql<number>`count(*) filter (where direction = 'inbound')`,
    missed: sql<number>`count(*) filter (where ${isMissed})`,
  };
  const within = db.selectFrom("calls").where("started_at", ">=", from).where("started_at", "<", until);
  const [day, quarters] = await Promise.all([
    within
      .select([
        counts.inbound.as("inbound"),
        counts.missed.as("missed"),
        sql<number>`count(*) filter (where ${isAnswered})`.as("answered"),
        sql<number>`count(*) filter (where direction = 'outbound')`.as("outbound"),
        sql<number | null>`(avg(wait_ms) filter (where direction = 'inbound'))::float8`.as("averageWaitMs"),
        sql<number | null>`(avg(talk_ms) filter (where talk_ms > 0 and direction <> 'internal'))::float8`.as(
          "averageTalkMs",
        ),
      ])
      .executeTakeFirstOrThrow(),
    within
      .select([
        sql<Date>`to_timestamp(floor(extract(epoch from started_at) / ${QUARTER_SECONDS}::int) * ${QUARTER_SECONDS}::int)`.as(
          "began",
        ),
        counts.inbound.as("inbound"),
        counts.missed.as("missed"),
      ])
      .groupBy(sql`1`)
      .execute(),
  ]);
  const byHour = Array.from({ length: 24 }, (_, hour) => ({ hour, inbound: 0, missed: 0 }));
  for (const { began, inbound, missed } of quarters) {
    const entry = byHour[hourAt(began)];
    if (entry === undefined) continue;
    entry.inbound += inbound;
    entry.missed += missed;
  }
  return { ...day, byHour };
}

/** Recordings of calls since `from` that will not be heard, or not in full. */
export async function countLostRecordings(db: Db, from: Date): Promise<number> {
  const row = await db
    .selectFrom("recordings")
    .innerJoin("calls", "calls.id", "recordings.call_id")
    .select((count) => count.fn.countAll<number>().as("lost"))
    .where(isLost)
    .where("calls.started_at", ">=", from)
    .executeTakeFirstOrThrow();
  return row.lost;
}

/** Numbers that were called and were not entered as ours, the last one first. */
export async function listUnknownNumbers(
  db: Db,
  from: Date,
): Promise<{ number: string; count: number; lastAt: Date; trunkId: TrunkId | null }[]> {
  return await db
    .selectFrom("calls")
    .select([
      "dialled as number",
      sql<number>`count(*)::int`.as("count"),
      sql<Date>`max(started_at)`.as("lastAt"),
      sql<TrunkId | null>`(array_agg(trunk_id order by started_at desc))[1]`.as("trunkId"),
    ])
    .where("started_at", ">=", from)
    .where("is_unknown_number", "=", true)
    .groupBy("dialled")
    .orderBy("lastAt", "desc")
    .limit(100)
    .execute();
}
