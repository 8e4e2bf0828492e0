import type { Db, Tx } from "./schema.ts";

/** Who did what to what. Never secrets, and of callers ids only. */
export async function writeAudit(
  db: Db | Tx,
  entry: { userId: number | null; action: string; subject?: string; data?: Record<string, unknown> },
): Promise<void> {
  await db
    .insertInto("audit")
    .values({
      user_id: entry.userId,
      action: entry.action,
      subject: entry.subject ?? null,
      data: JSON.stringify(entry.data ?? {}),
    })
    .execute();
}
