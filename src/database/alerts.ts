/** Alerts: what was told to the owner, whether it still holds, and how it was sent. */
import { sql } from "kysely";
import type { AlertFact, AlertKind } from "../calls/alert.ts";
import { isDue } from "./due.ts";
import type { AlertWay, Db, NoticeState, Tx } from "./schema.ts";

export interface AlertRow {
  alertId: number;
  kind: AlertKind;
  subject: string;
  params: Record<string, string | number>;
  openedAt: Date;
  closedAt: Date | null;
  acknowledgedAt: Date | null;
  acknowledgedBy: string | null;
}

/** As many wait to be sent at most; who gets so many reads none of the rest. */
const MOST_WAITING = 200;

/** @returns false when it is open already; its words are made new then */
export async function openAlert(db: Db, fact: AlertFact, at: Date, ways: readonly AlertWay[]): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const params = JSON.stringify(fact.params);
    const row = await tx
      .insertInto("alerts")
      .values({ kind: fact.kind, subject: fact.subject, params, opened_at: at })
      .onConflict((conflict) => conflict.columns(["kind", "subject"]).where("closed_at", "is", null).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (row !== undefined) {
      await insertNotices(tx, row.id, "opened", ways);
      return true;
    }
    const counted = sql`case when alerts.params ? 'count' then jsonb_build_object('count',
      (alerts.params->>'count')::int + (${params}::jsonb->>'count')::int) else '{}'::jsonb end`;
    await sql`update alerts set params = ${params}::jsonb || ${counted}
      where kind = ${fact.kind} and subject = ${fact.subject} and closed_at is null`.execute(tx);
    return false;
  });
}

/** @returns false when none was open */
export async function closeAlert(
  db: Db,
  { kind, subject }: Pick<AlertFact, "kind" | "subject">,
  at: Date,
  ways: readonly AlertWay[],
): Promise<boolean> {
  return await db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable("alerts")
      .set({ closed_at: at })
      .where("kind", "=", kind)
      .where("subject", "=", subject)
      .where("closed_at", "is", null)
      .returning("id")
      .executeTakeFirst();
    if (row !== undefined) await insertNotices(tx, row.id, "closed", ways);
    return row !== undefined;
  });
}

async function insertNotices(tx: Tx, alertId: number, about: "opened" | "closed", ways: readonly AlertWay[]) {
  if (ways.length === 0) return;
  await tx
    .insertInto("alert_notices")
    .values(ways.map((way) => ({ alert_id: alertId, about, way })))
    .execute();
  await tx
    .updateTable("alert_notices")
    .set({ state: "failed", problem: "too-many" })
    .where("id", "in", (waiting) =>
      waiting
        .selectFrom("alert_notices")
        .select("id")
        .where("state", "=", "waiting")
        .orderBy("id", "desc")
        .offset(MOST_WAITING)
        .limit(1_000),
    )
    .execute();
}

function alertQuery(db: Db) {
  return db
    .selectFrom("alerts as a")
    .leftJoin("users as u", "u.id", "a.acknowledged_by")
    .select([
      ...(["a.id as alertId", "a.kind", "a.subject", "a.params"] as const),
      ...(["a.opened_at as openedAt", "a.closed_at as closedAt"] as const),
      ...(["a.acknowledged_at as acknowledgedAt", "u.name as acknowledgedBy"] as const),
    ]);
}

/** Newest first. */
export async function listOpenAlerts(db: Db): Promise<AlertRow[]> {
  return await alertQuery(db).where("a.closed_at", "is", null).orderBy("a.id", "desc").execute();
}

/** Newest first. */
export async function listClosedAlerts(db: Db, limit: number): Promise<AlertRow[]> {
  return await alertQuery(db)
    .where("a.closed_at", "is not", null)
    .orderBy("a.closed_at", "desc")
    .limit(limit)
    .execute();
}

/** Ways by which alerts were sent or are still to be. */
export async function listNotices(db: Db, alertIds: readonly number[]) {
  if (alertIds.length === 0) return [];
  return await db
    .selectFrom("alert_notices")
    .select(["alert_id as alertId", "about", "way", "state", "problem"])
    .where("alert_id", "in", alertIds)
    .orderBy("id")
    .execute();
}

/** @returns false when there is no such alert. One that was seen before stays with who saw it first. */
export async function acknowledgeAlert(tx: Tx, alertId: number, userId: number, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("alerts")
    .set({
      acknowledged_at: sql<Date>`coalesce(acknowledged_at, ${at})`,
      acknowledged_by: sql<number>`coalesce(acknowledged_by, ${userId})`,
    })
    .where("id", "=", alertId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Closed ones alone. @returns how many went */
export async function deleteAlertsBefore(db: Db, before: Date): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom("alerts").where("closed_at", "<", before).executeTakeFirst();
  return Number(numDeletedRows);
}

export interface DueNotice {
  noticeId: number;
  about: "opened" | "closed";
  way: AlertWay;
  attempts: number;
  alert: Pick<AlertRow, "alertId" | "kind" | "subject" | "params" | "openedAt" | "closedAt">;
}

/** Takes the next that is due, for `forMs`: whoever dies with it leaves it to the next. Its attempt is counted. */
export async function claimNotice(db: Db, forMs: number): Promise<DueNotice | null> {
  const row = await db
    .updateTable("alert_notices as n")
    .from("alerts as a")
    .set({
      attempts: sql<number>`n.attempts + 1`,
      next_try_at: sql<Date>`clock_timestamp() + ${forMs} * interval '1 millisecond'`,
    })
    .whereRef("a.id", "=", "n.alert_id")
    .where("n.id", "=", (due) =>
      due
        .selectFrom("alert_notices")
        .select("id")
        .where("state", "=", "waiting")
        .where(isDue("next_try_at"))
        .orderBy("next_try_at")
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning([
      ...(["n.id as noticeId", "n.about", "n.way", "n.attempts", "a.id as alertId"] as const),
      ...(["a.kind", "a.subject", "a.params", "a.opened_at as openedAt", "a.closed_at as closedAt"] as const),
    ])
    .executeTakeFirst();
  if (row === undefined) return null;
  const { noticeId, about, way, attempts, ...alert } = row;
  return { noticeId, about, way, attempts, alert };
}

export async function settleNotice(
  db: Db,
  noticeId: number,
  end: { state: NoticeState; problem: string | null; retryMs: number },
): Promise<void> {
  await db
    .updateTable("alert_notices")
    .set({
      state: end.state,
      problem: end.problem,
      next_try_at: sql<Date>`clock_timestamp() + ${end.retryMs} * interval '1 millisecond'`,
    })
    .where("id", "=", noticeId)
    .execute();
}
