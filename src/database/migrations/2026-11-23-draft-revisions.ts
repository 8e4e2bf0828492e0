import { type Kysely, sql } from "kysely";

/** No two savings of drafts have the same number, also when a draft was published or discarded between them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create sequence flow_draft_revisions as integer`.execute(db);
  await sql`select setval('flow_draft_revisions', max(revision)) from flow_drafts having max(revision) > 0`.execute(db);
}
