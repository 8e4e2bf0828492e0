import { isIP } from "node:net";
import { z } from "zod";
import { flowId, scheduleId, trunkId } from "../calls/ids.ts";
import { TRUNK_KINDS } from "../database/schema.ts";
import type { TrunkValues } from "../database/trunks.ts";
import { language, line } from "./validate.ts";

const HOST_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

const server = z
  .string()
  .trim()
  .refine((text) => isIP(text) > 0 || HOST_NAME.test(text), { error: "not-a-server" });

const port = z.number().int().min(1, { error: "not-a-port" }).max(65_535, { error: "not-a-port" });

/** User part of a SIP URI as operators hand it out; goes into the switch's configuration, so nothing but these. */
const user = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9+_.@*-]{1,64}$/, { error: "not-a-user" });

/** Printable ASCII: digest authentication agrees on nothing else (RFC 7616, section 4). FreeSWITCH would expand `$`. */
const trunkPassword = z
  .string()
  .max(128)
  .regex(/^[!-~]*$/, { error: "not-printable" })
  .refine((text) => !text.includes("${") && !text.includes("$${"), { error: "not-allowed-signs" });

const fields = {
  name: line(60),
  kind: z.enum(TRUNK_KINDS, { error: "unknown-kind" }),
  mode: z.enum(["register", "ip-peer"], { error: "unknown-mode" }),
  server,
  port,
  user: z.union([z.literal("").transform(() => null), user]).nullable(),
  /** Empty: none was typed. */
  password: trunkPassword,
  isEnabled: z.boolean(),
};

const Trunk = z.object({
  ...fields,
  user: fields.user.optional(),
  password: fields.password.optional(),
  isEnabled: fields.isEnabled.optional(),
});

export interface TrunkChange {
  values: TrunkValues;
  /** Empty: keep what there is. */
  password: string;
}

export const NewTrunk = Trunk.transform(({ password, user, isEnabled, ...trunk }, context): TrunkChange => {
  if (trunk.mode === "register") {
    if (!user) context.addIssue({ code: "custom", message: "required", path: ["user"] });
    if (!password) context.addIssue({ code: "custom", message: "required", path: ["password"] });
  }
  return { values: { ...trunk, user: user ?? null, isEnabled: isEnabled ?? true }, password: password ?? "" };
});

export const TrunkPatch = Trunk.partial();

/** As a trunk delivers it: digits, plus, and for some operators letters; compared as text. */
export const deliveredNumber = z
  .string()
  .trim()
  .transform((text) => (/^[+0-9 ().-]+$/.test(text) ? text.replace(/[ ().-]/g, "") : text))
  .pipe(z.string().regex(/^\+?[A-Za-z0-9_.*#-]{1,40}$/, { error: "not-a-number" }));

export const NumberInput = z.object({
  number: deliveredNumber,
  name: line(60),
  trunkId: z.number().int().positive().transform(trunkId).nullable(),
  language: language.nullable(),
  /** Left out: the hours are those that its flow names. */
  scheduleId: z.number().int().positive().transform(scheduleId).nullable().optional(),
  flowId: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: "not-an-id" })
    .transform(flowId)
    .nullable()
    .optional(),
  recordCalls: z.boolean().nullable().optional(),
});
