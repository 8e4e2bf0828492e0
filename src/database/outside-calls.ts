/** Calls that left by a trunk, as the log has them. */
import { sql } from "kysely";
import type { CallId, Extension } from "../calls/ids.ts";
import type { OutsideCall, OutsideCallHistory } from "../calls/outside-call.ts";
import type { Db } from "./schema.ts";

const HOUR_MS = 3_600_000;

/** Answered since `sinceMs`. */
export async function readOutsideCalls(db: Db, sinceMs: number, nowMs: number): Promise<OutsideCallHistory> {
  const attempts = await db
    .selectFrom("calls")
    .select(["caller_number", "started_at"])
    .where("direction", "=", "outbound")
    .where("started_at", ">", new Date(nowMs - HOUR_MS))
    .execute();
  return {
    calls: await outsideLegs(db, { sinceMs }),
    attempts: attempts.map(({ caller_number, started_at }) => ({
      extension: caller_number as Extension,
      atMs: started_at.getTime(),
    })),
  };
}

/** Those of one call, for example of one that the switch led out without us. */
export async function readOutsideCallsOf(db: Db, callId: CallId): Promise<OutsideCall[]> {
  return await outsideLegs(db, { callId });
}

async function outsideLegs(db: Db, which: { sinceMs: number } | { callId: CallId }): Promise<OutsideCall[]> {
  const all = db
    .selectFrom("legs")
    .innerJoin("calls", "calls.id", "legs.call_id")
    .where("legs.role", "=", "callee")
    .where("legs.gateway", "is not", null)
    .where("legs.answered_at", "is not", null);
  const wanted =
    "callId" in which
      ? all.where("legs.call_id", "=", which.callId)
      : all.where("legs.answered_at", ">=", new Date(which.sinceMs));
  const rows = await wanted
    .select([
      "legs.id",
      "legs.gateway",
      "legs.started_at",
      "legs.answered_at",
      "legs.ended_at",
      "calls.direction",
      "calls.caller_number",
      // What the switch alone led out has the trunk's form of the number in its leg, prefix and all.
      sql<string>`case calls.direction when 'outbound' then coalesce(calls.dialled_e164, calls.dialled) else legs.number end`.as(
        "number",
      ),
    ])
    .execute();
  return rows.map((row) => ({
    legId: row.id,
    gateway: row.gateway ?? "",
    number: row.number,
    extension: row.direction === "outbound" ? (row.caller_number as Extension) : null,
    startedAtMs: row.started_at.getTime(),
    answeredAtMs: row.answered_at?.getTime() ?? null,
    endedAtMs: row.ended_at?.getTime() ?? null,
  }));
}
