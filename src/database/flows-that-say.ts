import { sql } from "kysely";
import type { Db } from "./schema.ts";

/**
 * The flows whose draft, or version that callers meet now, says this prompt; the default flow's name may be empty. Names of prompts
 * stand in documents as they are, between quotes.
 */
export async function readFlowsThatSay(db: Db, prompt: string): Promise<{ flowId: string; name: string }[]> {
  const says = sql<string>`${`%"${prompt}"%`}`;
  return await db
    .selectFrom("flows")
    .select(["flows.id as flowId", "flows.name"])
    .where("flows.deleted_at", "is", null)
    .where((is) =>
      is.or([
        is.exists(
          is
            .selectFrom("flow_drafts")
            .select("flow_id")
            .whereRef("flow_id", "=", "flows.id")
            .where(sql<boolean>`document::text like ${says}`),
        ),
        is.exists(
          is
            .selectFrom("call_flows")
            .select("call_flows.id")
            .whereRef("call_flows.id", "=", "flows.id")
            .where(sql<boolean>`call_flows.document::text like ${says}`)
            .where((newest) =>
              newest.not(
                newest.exists(
                  newest
                    .selectFrom("call_flows as later")
                    .select("later.id")
                    .whereRef("later.id", "=", "call_flows.id")
                    .whereRef("later.version", ">", "call_flows.version"),
                ),
              ),
            ),
        ),
      ]),
    )
    .orderBy("flows.id")
    .execute();
}
