import { isIP } from "node:net";
import { z } from "zod";
import { type MailSettings, readMailSettings, SMTP_SECRET, writeMailSettings } from "../database/mail-settings.ts";
import type { Tx } from "../database/schema.ts";
import type { RouteDeps } from "./deps.ts";

const HOST_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

const printable = (maximum: number) =>
  z
    .string()
    .max(maximum)
    .refine((text) => !/\p{Cc}/u.test(text), { error: "not-one-line" });

/** What is left out stays as it is. */
export const mailFields = {
  voicemailEmail: z.email({ error: "not-an-address" }).max(254).nullable().optional(),
  smtp: z
    .object({
      host: z
        .string()
        .trim()
        .refine((text) => isIP(text) > 0 || HOST_NAME.test(text), { error: "not-a-server" }),
      port: z.number().int().min(1, { error: "not-a-port" }).max(65_535, { error: "not-a-port" }),
      user: printable(200)
        .transform((text) => (text === "" ? null : text))
        .nullable(),
      secure: z.boolean(),
      password: printable(200).optional(),
    })
    .nullable()
    .optional(),
};

type MailInput = z.output<z.ZodObject<typeof mailFields>>;

/** A password goes with its server: a change to another host without one must not send the old one there. */
export async function changeMail(deps: RouteDeps, tx: Tx, input: MailInput): Promise<void> {
  const before = await readMailSettings(tx);
  const { voicemailEmail = before.voicemailEmail, smtp: wanted } = input;
  const { password = "", ...server } = wanted ?? {};
  const smtp = wanted === undefined ? before.smtp : wanted === null ? null : (server as MailSettings["smtp"]);
  await writeMailSettings(tx, { voicemailEmail, smtp });
  if (password !== "") await deps.secrets.write(SMTP_SECRET, password);
  else if (smtp === null || (before.smtp !== null && smtp.host !== before.smtp.host)) {
    await deps.secrets.remove(SMTP_SECRET);
  }
}

/** Without the password, which is never given back. */
export async function mailView(deps: RouteDeps) {
  const { voicemailEmail, smtp } = await readMailSettings(deps.db);
  if (smtp === null) return { voicemailEmail, smtp };
  return { voicemailEmail, smtp: { ...smtp, hasPassword: (await deps.secrets.read(SMTP_SECRET)) !== null } };
}
