import { type FlowId, flowId, type ScheduleId, type TrunkId } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import type {
  DtmfMode,
  SrtpMode,
  TrunkChannels,
  TrunkCodec,
  TrunkIncoming,
  TrunkKind,
  TrunkOutgoing,
  TrunkTransport,
} from "../calls/trunk.ts";
import type { Db, TrunkMode, TrunkPreset, Tx } from "./schema.ts";

export interface TrunkRow {
  trunkId: TrunkId;
  name: string;
  kind: TrunkKind;
  preset: TrunkPreset | null;
  mode: TrunkMode;
  server: string;
  port: number;
  transport: TrunkTransport;
  user: string | null;
  /** Null: as `user`. */
  authUser: string | null;
  /** Null: as `user`. */
  fromUser: string | null;
  /** Null: as `server`. */
  fromDomain: string | null;
  /** Where requests go instead of to `server`: `host` or `host:port`. */
  outboundProxy: string | null;
  codecs: TrunkCodec[];
  outgoing: TrunkOutgoing;
  incoming: TrunkIncoming;
  dtmf: DtmfMode;
  srtp: SrtpMode;
  expirySeconds: number;
  sources: string[];
  isWatched: boolean;
  channels: TrunkChannels;
  isEnabled: boolean;
}

export type TrunkValues = Omit<TrunkRow, "trunkId">;

/** What a trunk is when nobody says otherwise. */
export const USUAL_TRUNK = {
  preset: null,
  transport: "udp",
  user: null,
  authUser: null,
  fromUser: null,
  fromDomain: null,
  outboundProxy: null,
  codecs: ["PCMA", "PCMU"],
  outgoing: { numberFormat: "as-dialled", prefix: "", callerId: "own-number" },
  incoming: { numberFormat: "auto", prefix: "" },
  dtmf: "rfc2833",
  srtp: "off",
  expirySeconds: 300,
  sources: [],
  isWatched: true,
  channels: { total: null, mostOutgoing: null, keptFree: 0 },
  isEnabled: true,
} as const satisfies Partial<Readonly<Record<keyof TrunkValues, unknown>>>;

/** Name of a trunk's gateway at the switch. */
export function gatewayName(id: TrunkId): string {
  return `trunk-${id}`;
}

export async function listTrunks(db: Db | Tx): Promise<TrunkRow[]> {
  const rows = await trunkQuery(db).orderBy("id").execute();
  return rows.map(trunkOf);
}

export async function findTrunk(db: Db | Tx, id: TrunkId): Promise<TrunkRow | null> {
  const row = await trunkQuery(db).where("id", "=", id).executeTakeFirst();
  return row === undefined ? null : trunkOf(row);
}

function trunkQuery(db: Db | Tx) {
  return db.selectFrom("trunks").selectAll().where("deleted_at", "is", null);
}

function trunkOf(row: Awaited<ReturnType<ReturnType<typeof trunkQuery>["executeTakeFirstOrThrow"]>>): TrunkRow {
  return {
    trunkId: row.id,
    name: row.name,
    kind: row.kind,
    preset: row.preset,
    mode: row.mode,
    server: row.server,
    port: row.port,
    transport: row.transport,
    user: row.sip_user,
    authUser: row.auth_user,
    fromUser: row.from_user,
    fromDomain: row.from_domain,
    outboundProxy: row.outbound_proxy,
    codecs: row.codecs,
    outgoing: { numberFormat: row.outgoing_format, prefix: row.outgoing_prefix, callerId: row.caller_id },
    incoming: { numberFormat: row.incoming_format, prefix: row.incoming_prefix },
    dtmf: row.dtmf,
    srtp: row.srtp,
    expirySeconds: row.expiry_seconds,
    sources: row.sources,
    isWatched: row.is_watched,
    channels: {
      total: row.channels_total,
      mostOutgoing: row.channels_most_outgoing,
      keptFree: row.channels_kept_free,
    },
    isEnabled: row.is_enabled,
  };
}

export async function insertTrunk(tx: Tx, trunk: TrunkValues): Promise<TrunkId> {
  const { id } = await tx.insertInto("trunks").values(columns(trunk)).returning("id").executeTakeFirstOrThrow();
  return id;
}

export async function updateTrunk(tx: Tx, id: TrunkId, trunk: TrunkValues): Promise<void> {
  await tx.updateTable("trunks").set(columns(trunk)).where("id", "=", id).execute();
}

function columns(trunk: TrunkValues) {
  const { name, kind, preset, mode, server, port, transport, codecs, dtmf, srtp, sources } = trunk;
  return {
    ...{ name, kind, preset, mode, server, port, transport, codecs, dtmf, srtp, sources },
    sip_user: trunk.user,
    auth_user: trunk.authUser,
    from_user: trunk.fromUser,
    from_domain: trunk.fromDomain,
    outbound_proxy: trunk.outboundProxy,
    outgoing_format: trunk.outgoing.numberFormat,
    outgoing_prefix: trunk.outgoing.prefix,
    caller_id: trunk.outgoing.callerId,
    incoming_format: trunk.incoming.numberFormat,
    incoming_prefix: trunk.incoming.prefix,
    expiry_seconds: trunk.expirySeconds,
    is_watched: trunk.isWatched,
    channels_total: trunk.channels.total,
    channels_most_outgoing: trunk.channels.mostOutgoing,
    channels_kept_free: trunk.channels.keptFree,
    is_enabled: trunk.isEnabled,
  };
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
