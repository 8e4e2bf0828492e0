import type { FlowId } from "../calls/ids.ts";
import { buildFlow, type FlowDocument, hasVoicemail, type SimpleFlow } from "../flows/ivr/document.ts";
import type { Db, Tx } from "./schema.ts";

export interface PublishedFlow {
  version: number;
  simple: SimpleFlow;
  document: FlowDocument;
}

/** One that was published before there was voicemail says nothing of it. */
type StoredSimpleFlow = Omit<SimpleFlow, "voicemail"> & Partial<Pick<SimpleFlow, "voicemail">>;

/** The newest version; null before the first start is done. */
export async function readPublishedFlow(db: Db | Tx, id: FlowId): Promise<PublishedFlow | null> {
  const row = await db
    .selectFrom("call_flows")
    .select(["version", "document"])
    .where("id", "=", id)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!row) return null;
  const { simple, document } = row.document as { simple: StoredSimpleFlow; document: FlowDocument };
  const voicemail = simple.voicemail ?? { isEnabled: hasVoicemail(document) };
  return { version: row.version, simple: { ...simple, voicemail }, document };
}

/** Old versions stay: live calls finish on theirs, and the log names them. */
export async function publishFlow(tx: Tx, id: FlowId, simple: SimpleFlow, by: number | null): Promise<PublishedFlow> {
  // Two who publish at once get two versions.
  await tx.selectFrom("call_flows").select("version").where("id", "=", id).forUpdate().execute();
  const last = await readPublishedFlow(tx, id);
  const version = (last?.version ?? 0) + 1;
  const document = buildFlow(id, version, simple);
  await tx
    .insertInto("call_flows")
    .values({ id, version, document: JSON.stringify({ simple, document }), published_by: by })
    .execute();
  return { version, simple, document };
}
