import { sql } from "kysely";
import type { OperatorId } from "../calls/ids.ts";
import type { Db, Tx } from "./schema.ts";

const RINGS = "$.nodes.* ? (@.operatorId == $operator || @.operatorIds[*] == $operator)";

/** Names of the flows whose draft, or version that callers meet now, names this operator; the default flow's name may be empty. */
export async function readFlowsThatRing(
  db: Db | Tx,
  operatorId: OperatorId,
): Promise<{ flowId: string; name: string }[]> {
  const rings = (document: string) =>
    sql<boolean>`jsonb_path_exists(${sql.ref(document)}, ${RINGS}, jsonb_build_object('operator', ${operatorId}::int))`;
  return await db
    .selectFrom("flows")
    .select(["flows.id as flowId", "flows.name"])
    .where("flows.deleted_at", "is", null)
    .where(
      sql<boolean>`(exists (select from flow_drafts where flow_drafts.flow_id = flows.id and ${rings("flow_drafts.document")})
        or exists (select from (select call_flows.document -> 'document' as document from call_flows
            where call_flows.id = flows.id order by version desc limit 1) as published
          where ${rings("published.document")}))`,
    )
    .orderBy("flows.id")
    .execute();
}
