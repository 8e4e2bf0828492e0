import { isIP } from "node:net";
import { z } from "zod";
import { line } from "./validate.ts";

/** What reaches a command line of ours has no sign that a shell or restic reads as something else. */
const absolutePath = z
  .string()
  .trim()
  .max(500)
  .refine((text) => /^\/[^\p{Cc}"'\\$`]*$/u.test(text), { error: "not-a-path" });
const HOST = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i;
const host = z
  .string()
  .trim()
  .refine((text) => isIP(text) === 4 || HOST.test(text), { error: "not-a-server" });
const word = (pattern: RegExp, error: string) =>
  z
    .string()
    .trim()
    .refine((text) => pattern.test(text), { error });

const TargetInput = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("path"), path: absolutePath }),
  z.object({
    kind: z.literal("sftp"),
    host,
    port: z.number().int().min(1, { error: "not-a-port" }).max(65_535, { error: "not-a-port" }),
    user: word(/^[a-z0-9_][a-z0-9_.-]{0,63}$/i, "not-valid"),
    path: word(/^[a-z0-9_./-]{1,300}$/i, "not-a-path"),
  }),
  z.object({
    kind: z.literal("s3"),
    endpoint: z
      .string()
      .trim()
      .max(300)
      .refine((text) => /^https?:\/\/[a-z0-9.-]+(:[0-9]{1,5})?$/i.test(text), { error: "not-a-web-address" }),
    bucket: word(/^[a-z0-9][a-z0-9.-]{1,62}$/, "not-valid"),
    prefix: word(/^[a-z0-9_./-]{0,200}$/i, "not-valid").default(""),
    keyId: line(200),
  }),
]);

/** Null: what is kept already, or a new one. */
const secret = z
  .string()
  .trim()
  .max(200)
  .refine((text) => !/\p{Cc}/u.test(text), { error: "not-one-line" })
  .transform((text) => (text === "" ? null : text))
  .nullable()
  .default(null);

const often = (maximum: number) => z.number().int().min(0).max(maximum);

export const BackupInput = z.object({
  target: TargetInput,
  at: z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, { error: "not-a-time" }),
  keep: z.object({ daily: often(366), weekly: often(260), monthly: often(120) }),
  password: secret,
  s3Key: secret,
});

/** Where to look for a backup to bring back. */
export const PlaceInput = z.object({ target: TargetInput, password: line(200), s3Key: secret });
