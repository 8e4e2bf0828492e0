/** Where messages are mailed to, and by which server. Its password is a secret file, not here. */
import type { Db, Tx } from "./schema.ts";

export interface SmtpServer {
  host: string;
  port: number;
  /** Null: the server wants no sign-in. */
  user: string | null;
  /** TLS from the first byte; otherwise it begins in clear and goes over to TLS if the server can. */
  secure: boolean;
}

export interface MailSettings {
  /** Null: nothing is mailed. */
  voicemailEmail: string | null;
  smtp: SmtpServer | null;
}

/** Name of the secret file with the server's password. */
export const SMTP_SECRET = "smtp-password";

const KEYS = ["voicemailEmail", "smtp"] as const;

export async function readMailSettings(db: Db | Tx): Promise<MailSettings> {
  const rows = await db.selectFrom("site_settings").select(["key", "value"]).where("key", "in", KEYS).execute();
  const values = new Map(rows.map(({ key, value }) => [key, value]));
  const email = values.get("voicemailEmail");
  return {
    voicemailEmail: typeof email === "string" ? email : null,
    // Written whole, by us alone.
    smtp: (values.get("smtp") ?? null) as SmtpServer | null,
  };
}

export async function writeMailSettings(tx: Tx, settings: MailSettings): Promise<void> {
  await tx
    .insertInto("site_settings")
    .values(KEYS.map((key) => ({ key, value: JSON.stringify(settings[key]) })))
    .onConflict((conflict) =>
      conflict.column("key").doUpdateSet((row) => ({ value: row.ref("excluded.value"), updated_at: new Date() })),
    )
    .execute();
}
