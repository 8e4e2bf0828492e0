import type { Db, Tx } from "./schema.ts";

/** Every flow that is not deleted, with what is published of it now and its draft: what holds, and what is about to. */
export async function readFlowDocuments(
  db: Db | Tx,
): Promise<{ flowId: string; name: string; documents: unknown[] }[]> {
  const rows = await db
    .selectFrom("flows")
    .leftJoin("flow_drafts", "flow_drafts.flow_id", "flows.id")
    .leftJoinLateral(
      (is) =>
        is
          .selectFrom("call_flows")
          .select("call_flows.document")
          .whereRef("call_flows.id", "=", "flows.id")
          .orderBy("call_flows.version", "desc")
          .limit(1)
          .as("published"),
      (on) => on.onTrue(),
    )
    .select(["flows.id as flowId", "flows.name", "published.document", "flow_drafts.document as draft"])
    .where("flows.deleted_at", "is", null)
    .orderBy("flows.id")
    .execute();
  return rows.map(({ flowId, name, document, draft }) => ({ flowId, name, documents: [document, draft] }));
}
