import { type FlowId, flowId, type ScheduleId, type TrunkId } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import type { Db, TrunkKind, TrunkMode, Tx } from "./schema.ts";

export interface TrunkRow {
  trunkId: TrunkId;
  name: string;
  kind: TrunkKind;
  mode: TrunkMode;
  server: string;
  port: number;
  user: string | null;
  isEnabled: boolean;
}

export type TrunkValues = Omit<TrunkRow, "trunkId">;

const TRUNK_COLUMNS = [
  "id as trunkId",
  "name",
  "kind",
  "mode",
  "server",
  "port",
  "sip_user as user",
  "is_enabled as isEnabled",
] as const;

/** Name of a trunk's gateway at the switch. */
export function gatewayName(id: TrunkId): string {
  return `trunk-${id}`;
}

export async function listTrunks(db: Db | Tx): Promise<TrunkRow[]> {
  return await db.selectFrom("trunks").select(TRUNK_COLUMNS).where("deleted_at", "is", null).orderBy("id").execute();
}

export async function findTrunk(db: Db | Tx, id: TrunkId): Promise<TrunkRow | null> {
  const row = await db
    .selectFrom("trunks")
    .select(TRUNK_COLUMNS)
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  return row ?? null;
}

export async function insertTrunk(tx: Tx, trunk: TrunkValues): Promise<TrunkId> {
  const { id } = await tx.insertInto("trunks").values(columns(trunk)).returning("id").executeTakeFirstOrThrow();
  return id;
}

export async function updateTrunk(tx: Tx, id: TrunkId, trunk: TrunkValues): Promise<void> {
  await tx.updateTable("trunks").set(columns(trunk)).where("id", "=", id).execute();
}

function columns(trunk: TrunkValues) {
  const { name, kind, mode, server, port } = trunk;
  return { name, kind, mode, server, port, sip_user: trunk.user, is_enabled: trunk.isEnabled };
}

/** The row stays: calls name it. @returns false when there is no such trunk */
export async function deleteTrunk(tx: Tx, id: TrunkId, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("trunks")
    .set({ deleted_at: at })
    .where("id", "=", id)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function restoreTrunk(tx: Tx, id: TrunkId): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("trunks")
    .set({ deleted_at: null })
    .where("id", "=", id)
    .where("deleted_at", "is not", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export interface NumberRow {
  numberId: number;
  number: string;
  name: string;
  trunkId: TrunkId | null;
  language: Language | null;
  /** Hours of its own; null: those that its flow names. */
  scheduleId: ScheduleId | null;
  flowId: FlowId | null;
  recordCalls: boolean | null;
}

export type NumberValues = Omit<NumberRow, "numberId">;

export async function listNumbers(db: Db | Tx): Promise<NumberRow[]> {
  return (await numberQuery(db).orderBy("id").execute()).map(asNumber);
}

export async function findNumber(db: Db | Tx, id: number): Promise<NumberRow | null> {
  const row = await numberQuery(db).where("id", "=", id).executeTakeFirst();
  return row ? asNumber(row) : null;
}

function numberQuery(db: Db | Tx) {
  return db
    .selectFrom("numbers")
    .select([
      "id as numberId",
      "number",
      "name",
      "trunk_id as trunkId",
      "language",
      "schedule_id as scheduleId",
      "flow_id as flowId",
      "record_calls as recordCalls",
    ]);
}

function asNumber(row: Omit<NumberRow, "flowId"> & { flowId: string | null }): NumberRow {
  return { ...row, flowId: row.flowId === null ? null : flowId(row.flowId) };
}

/** @throws unique violation of `numbers_number`, foreign key violation when there is no such trunk */
export async function insertNumber(tx: Tx, number: NumberValues): Promise<number> {
  const { id } = await tx.insertInto("numbers").values(numberColumns(number)).returning("id").executeTakeFirstOrThrow();
  return id;
}

export async function updateNumber(tx: Tx, id: number, number: NumberValues): Promise<void> {
  await tx.updateTable("numbers").set(numberColumns(number)).where("id", "=", id).execute();
}

function numberColumns(number: NumberValues) {
  const { number: delivered, name, trunkId, language, scheduleId } = number;
  return {
    ...{ number: delivered, name, trunk_id: trunkId, language, schedule_id: scheduleId },
    flow_id: number.flowId,
    record_calls: number.recordCalls,
  };
}

export async function deleteNumber(tx: Tx, id: number): Promise<boolean> {
  const { numDeletedRows } = await tx.deleteFrom("numbers").where("id", "=", id).executeTakeFirst();
  return numDeletedRows > 0n;
}
