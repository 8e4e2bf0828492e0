/** Published versions of call flows. All stay: live calls finish on theirs, the log names them, and one can go back. */
import { sql } from "kysely";
import type { FlowId } from "../calls/ids.ts";
import { MAIN_SCHEDULE } from "../calls/schedule.ts";
import { type FlowContent, FlowDocument } from "../flows/ivr/document.ts";
import { buildFlow, hasVoicemail, type SimpleFlow } from "../flows/ivr/simple-flow.ts";
import type { Db, Tx } from "./schema.ts";

export interface PublishedFlow {
  version: number;
  /** What the one-page form says of it; null when it was edited freely. */
  simple: SimpleFlow | null;
  document: FlowDocument;
}

export interface FlowVersion {
  version: number;
  publishedAt: Date;
  publishedBy: string | null;
  note: string | null;
  isCustom: boolean;
  rolledBackFrom: number | null;
}

/** One that was published before there was voicemail says nothing of it. */
type StoredSimpleFlow = Omit<SimpleFlow, "voicemail"> & Partial<Pick<SimpleFlow, "voicemail">>;

/** What a row holds. Older documents lack what was not thought of then; reading them adds it. */
function asPublished(row: { version: number; document: object }): PublishedFlow {
  const stored = row.document as { simple: StoredSimpleFlow | null; document: unknown };
  const document = FlowDocument.parse(stored.document);
  const { simple } = stored;
  if (simple !== null) useMainSchedule(document);
  const voicemail = simple?.voicemail ?? { isEnabled: hasVoicemail(document) };
  return { version: row.version, document, simple: simple && { ...simple, voicemail } };
}

/** Hours were within the document before they had a place of their own. */
function useMainSchedule(document: FlowDocument): void {
  for (const node of Object.values(document.nodes)) {
    if (node.type !== "hours") continue;
    node.hours = null;
    node.schedule = MAIN_SCHEDULE;
  }
}

/** The newest version; null before the flow is published for the first time. */
export async function readPublishedFlow(db: Db | Tx, id: FlowId): Promise<PublishedFlow | null> {
  const row = await db
    .selectFrom("call_flows")
    .select(["version", "document"])
    .where("id", "=", id)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ? asPublished(row) : null;
}

export async function readFlowVersion(db: Db | Tx, id: FlowId, version: number): Promise<PublishedFlow | null> {
  const row = await db
    .selectFrom("call_flows")
    .select(["version", "document"])
    .where("id", "=", id)
    .where("version", "=", version)
    .executeTakeFirst();
  return row ? asPublished(row) : null;
}

/** What the one-page form said last, before the flow was edited freely. */
export async function readLastSimpleFlow(db: Db | Tx, id: FlowId): Promise<SimpleFlow | null> {
  const row = await db
    .selectFrom("call_flows")
    .select(["version", "document"])
    .where("id", "=", id)
    .where(sql<boolean>`jsonb_typeof(document -> 'simple') = 'object'`)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ? asPublished(row).simple : null;
}

export async function listFlowVersions(db: Db | Tx, id: FlowId): Promise<FlowVersion[]> {
  return await db
    .selectFrom("call_flows")
    .leftJoin("users", "users.id", "call_flows.published_by")
    .select([
      "call_flows.version",
      "call_flows.published_at as publishedAt",
      "users.name as publishedBy",
      "call_flows.note",
      "call_flows.rolled_back_from as rolledBackFrom",
      sql<boolean>`jsonb_typeof(call_flows.document -> 'simple') is distinct from 'object'`.as("isCustom"),
    ])
    .where("call_flows.id", "=", id)
    .orderBy("call_flows.version", "desc")
    .execute();
}

/**
 * For routing: every flow as published now, and the versions that were replaced after `since`. Deleted flows are among those that were
 * replaced.
 */
export async function readFlowsForRouting(
  db: Db | Tx,
  since: Date,
): Promise<{ flows: FlowDocument[]; formerFlows: FlowDocument[] }> {
  const rows = await db
    .selectFrom("call_flows")
    .innerJoin("flows", "flows.id", "call_flows.id")
    .select((is) => [
      "call_flows.id",
      "call_flows.version",
      "call_flows.document",
      is
        .selectFrom("call_flows as later")
        .select((later) => later.fn.min("later.published_at").as("at"))
        .whereRef("later.id", "=", "call_flows.id")
        .whereRef("later.version", ">", "call_flows.version")
        .as("replacedAt"),
      "flows.deleted_at as deletedAt",
    ])
    .orderBy("call_flows.id")
    .orderBy("call_flows.version")
    .execute();
  const isLate = (at: Date | null) => at === null || at > since;
  const kept = rows.filter(({ replacedAt, deletedAt }) => isLate(replacedAt) && isLate(deletedAt));
  const current = kept.filter(({ replacedAt, deletedAt }) => replacedAt === null && deletedAt === null);
  const documents = (some: typeof rows) => some.map((row) => asPublished(row).document);
  return { flows: documents(current), formerFlows: documents(kept.filter((row) => !current.includes(row))) };
}

interface Publishing {
  by: number | null;
  note?: string | null;
  rolledBackFrom?: number | null;
}

/** From the one-page form. */
export async function publishSimpleFlow(
  tx: Tx,
  id: FlowId,
  simple: SimpleFlow,
  publishing: Publishing,
): Promise<PublishedFlow> {
  return await publish(tx, id, publishing, (version) => ({ simple, document: buildFlow(id, version, simple) }));
}

/** As it was edited. */
export async function publishFlow(
  tx: Tx,
  id: FlowId,
  { start, operators, nodes }: FlowContent,
  publishing: Publishing,
  simple: SimpleFlow | null = null,
): Promise<PublishedFlow> {
  return await publish(tx, id, publishing, (version) => ({
    simple,
    document: { id, version, start, operators, nodes },
  }));
}

async function publish(
  tx: Tx,
  id: FlowId,
  { by, note = null, rolledBackFrom = null }: Publishing,
  make: (version: number) => Pick<PublishedFlow, "simple" | "document">,
): Promise<PublishedFlow> {
  // Two who publish at once get two versions.
  await tx
    .insertInto("flows")
    .values({ id, name: "" })
    .onConflict((row) => row.doNothing())
    .execute();
  await tx.selectFrom("flows").select("id").where("id", "=", id).forUpdate().execute();
  const last = await tx
    .selectFrom("call_flows")
    .select((of) => of.fn.max("version").as("version"))
    .where("id", "=", id)
    .executeTakeFirst();
  const version = (last?.version ?? 0) + 1;
  const { simple, document } = make(version);
  await tx
    .insertInto("call_flows")
    .values({
      id,
      version,
      document: JSON.stringify({ simple, document }),
      published_by: by,
      note,
      rolled_back_from: rolledBackFrom,
    })
    .execute();
  return { version, simple, document };
}
