/** Call flows by name, and what is being made of them: one draft each. */
import { sql } from "kysely";
import { type FlowId, flowId } from "../calls/ids.ts";
import { FlowContent } from "../flows/ivr/document.ts";
import type { Db, Tx } from "./schema.ts";

export interface FlowRow {
  flowId: FlowId;
  /** Empty for the default flow until it is renamed. */
  name: string;
  version: number | null;
  publishedAt: Date | null;
  publishedBy: string | null;
  isCustom: boolean;
  draftUpdatedAt: Date | null;
}

export interface FlowUse {
  numbers: { numberId: number; number: string; name: string }[];
  flows: { flowId: FlowId; name: string }[];
}

export interface FlowDraft {
  revision: number;
  document: FlowContent;
  /** The version that was published when it was begun. */
  basedOn: number | null;
  updatedAt: Date;
  updatedBy: string | null;
}

const GOES_TO_FLOW = sql`'$.nodes.* ? (@.type == "go-to-flow" && @.flowId == $flow)'::jsonpath`;

export async function listFlows(db: Db | Tx): Promise<FlowRow[]> {
  const rows = await flowRows(db).execute();
  return rows.map(({ isCustom, ...row }) => ({ ...row, flowId: flowId(row.flowId), isCustom: isCustom ?? true }));
}

export async function findFlow(db: Db | Tx, id: FlowId): Promise<FlowRow | null> {
  const row = await flowRows(db).where("flows.id", "=", id).executeTakeFirst();
  return row ? { ...row, flowId: flowId(row.flowId), isCustom: row.isCustom ?? true } : null;
}

function flowRows(db: Db | Tx) {
  return db
    .selectFrom("flows")
    .leftJoinLateral(
      (is) =>
        is
          .selectFrom("call_flows")
          .leftJoin("users", "users.id", "call_flows.published_by")
          .select([
            "call_flows.version",
            "call_flows.published_at",
            "users.name",
            sql<boolean>`jsonb_typeof(call_flows.document -> 'simple') is distinct from 'object'`.as("is_custom"),
          ])
          .whereRef("call_flows.id", "=", "flows.id")
          .orderBy("call_flows.version", "desc")
          .limit(1)
          .as("published"),
      (on) => on.onTrue(),
    )
    .leftJoin("flow_drafts", "flow_drafts.flow_id", "flows.id")
    .select([
      "flows.id as flowId",
      "flows.name",
      "published.version",
      "published.published_at as publishedAt",
      "published.name as publishedBy",
      "published.is_custom as isCustom",
      "flow_drafts.updated_at as draftUpdatedAt",
    ])
    .where("flows.deleted_at", "is", null)
    .orderBy("flows.created_at")
    .orderBy("flows.id");
}

/** @returns false when the id is taken, also by a flow that was deleted */
export async function insertFlow(tx: Tx, id: FlowId, name: string, by: number | null): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("flows")
    .values({ id, name, created_by: by })
    .onConflict((row) => row.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function renameFlow(tx: Tx, id: FlowId, name: string): Promise<void> {
  await tx.updateTable("flows").set({ name }).where("id", "=", id).execute();
}

/** The row and its versions stay: calls name them. */
export async function deleteFlow(tx: Tx, id: FlowId): Promise<void> {
  await tx.updateTable("flows").set({ deleted_at: sql<Date>`now()` }).where("id", "=", id).execute();
  await tx.deleteFrom("flow_drafts").where("flow_id", "=", id).execute();
}

/** Held while it is looked whether a flow may go, so that nobody begins to use it meanwhile. */
export async function lockFlow(tx: Tx, id: FlowId): Promise<void> {
  await tx.selectFrom("flows").select("id").where("id", "=", id).forUpdate().execute();
}

/** Which numbers lead to a flow, and which other flows go to it as published now or in their drafts. */
export async function readFlowUse(db: Db | Tx, id: FlowId): Promise<FlowUse> {
  const numbers = await db
    .selectFrom("numbers")
    .select(["id as numberId", "number", "name"])
    .where("flow_id", "=", id)
    .orderBy("id")
    .execute();
  const goesThere = (document: string) =>
    sql<boolean>`jsonb_path_exists(${sql.ref(document)}, ${GOES_TO_FLOW}, jsonb_build_object('flow', ${id}::text))`;
  const flows = await db
    .selectFrom("flows")
    .select(["flows.id as flowId", "flows.name"])
    .where("flows.deleted_at", "is", null)
    .where("flows.id", "<>", id)
    .where(
      sql<boolean>`(exists (select from flow_drafts where flow_drafts.flow_id = flows.id and ${goesThere("flow_drafts.document")})
        or exists (select from (select call_flows.document -> 'document' as document from call_flows
            where call_flows.id = flows.id order by version desc limit 1) as published
          where ${goesThere("published.document")}))`,
    )
    .orderBy("flows.id")
    .execute();
  return { numbers, flows: flows.map((flow) => ({ ...flow, flowId: flowId(flow.flowId) })) };
}

export async function readDraft(db: Db | Tx, id: FlowId): Promise<FlowDraft | null> {
  const row = await db
    .selectFrom("flow_drafts")
    .leftJoin("users", "users.id", "flow_drafts.updated_by")
    .select([
      "flow_drafts.revision",
      "flow_drafts.document",
      "flow_drafts.based_on as basedOn",
      "flow_drafts.updated_at as updatedAt",
      "users.name as updatedBy",
    ])
    .where("flow_drafts.flow_id", "=", id)
    .executeTakeFirst();
  return row ? { ...row, document: FlowContent.parse(row.document) } : null;
}

/**
 * @param draft.revision of the draft that was edited; 0: there was none
 * @param draft.basedOn the published version now; @param draft.drawnFrom the one that the edited draft was drawn from, if it is said
 * @returns the draft's new revision, or null when it is no longer the one that was edited
 */
export async function saveDraft(
  tx: Tx,
  id: FlowId,
  draft: {
    revision: number;
    document: FlowContent;
    basedOn: number | null;
    drawnFrom?: number | null | undefined;
    by: number | null;
  },
): Promise<number | null> {
  const { start, operators, nodes } = draft.document;
  const document = JSON.stringify({ start, operators, nodes });
  const next = { revision: draft.revision + 1, document, updated_by: draft.by };
  if (draft.revision === 0) {
    // Published meanwhile: what was drawn from the version before would take that back unseen.
    if (draft.drawnFrom !== undefined && draft.drawnFrom !== draft.basedOn) return null;
    const row = await tx
      .insertInto("flow_drafts")
      .values({ ...next, flow_id: id, based_on: draft.basedOn })
      .onConflict((conflict) => conflict.doNothing())
      .returning("revision")
      .executeTakeFirst();
    return row?.revision ?? null;
  }
  const row = await tx
    .updateTable("flow_drafts")
    .set({ ...next, updated_at: sql<Date>`now()` })
    .where("flow_id", "=", id)
    .where("revision", "=", draft.revision)
    .$if(draft.drawnFrom !== undefined, (query) =>
      query.where("based_on", "is not distinct from", draft.drawnFrom ?? null),
    )
    .returning("revision")
    .executeTakeFirst();
  return row?.revision ?? null;
}

export async function discardDraft(tx: Tx, id: FlowId): Promise<void> {
  await tx.deleteFrom("flow_drafts").where("flow_id", "=", id).execute();
}
