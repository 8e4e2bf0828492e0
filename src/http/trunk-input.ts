import { isIP } from "node:net";
import { z } from "zod";
import { flowId, scheduleId, trunkId } from "../calls/ids.ts";
import {
  CALLER_ID_POLICIES,
  DTMF_MODES,
  INCOMING_FORMATS,
  OUTGOING_FORMATS,
  SRTP_MODES,
  TRUNK_CODECS,
  TRUNK_KINDS,
  TRUNK_TRANSPORTS,
  type TrunkChannels,
} from "../calls/trunk.ts";
import { TRUNK_PRESETS } from "../database/schema.ts";
import { type TrunkValues, USUAL_TRUNK } from "../database/trunks.ts";
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

/** An empty text is none. */
const orNull = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([z.literal("").transform(() => null), schema]).nullable();

/** `host` or `host:port`. */
const proxy = z
  .string()
  .trim()
  .refine(
    (text) => {
      const [, host = "", port] = /^([^:]*)(?::([0-9]{1,5}))?$/.exec(text) ?? [];
      const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
      return (isIP(host) === 4 || HOST_NAME.test(host)) && isPort;
    },
    { error: "not-a-server" },
  );

/** One IPv4 address or a network of them; nothing wider than a /8 can belong to one operator. */
const source = z
  .string()
  .trim()
  .refine(
    (text) => {
      const [, address = "", bits] = /^([0-9.]+)(?:\/([0-9]{1,2}))?$/.exec(text) ?? [];
      return isIP(address) === 4 && (bits === undefined || (Number(bits) >= 8 && Number(bits) <= 32));
    },
    { error: "not-a-network" },
  );

const count = (least: number) =>
  z.number().int().min(least, { error: "out-of-range" }).max(1000, { error: "out-of-range" });

const fields = {
  name: line(60),
  kind: z.enum(TRUNK_KINDS, { error: "unknown-kind" }),
  preset: z.enum(TRUNK_PRESETS).nullable(),
  mode: z.enum(["register", "ip-peer"], { error: "unknown-mode" }),
  server,
  port,
  transport: z.enum(TRUNK_TRANSPORTS),
  user: orNull(user),
  /** Empty: none was typed. */
  password: trunkPassword,
  authUser: orNull(user),
  fromUser: orNull(user),
  fromDomain: orNull(server),
  outboundProxy: orNull(proxy),
  codecs: z
    .array(z.enum(TRUNK_CODECS))
    .min(1)
    .refine((codecs) => new Set(codecs).size === codecs.length, { error: "twice" }),
  outgoing: z.object({
    numberFormat: z.enum(OUTGOING_FORMATS),
    prefix: z.string().regex(/^[0-9*]{0,16}$/, { error: "not-digits" }),
    callerId: z.enum(CALLER_ID_POLICIES),
  }),
  incoming: z.object({
    numberFormat: z.enum(INCOMING_FORMATS),
    prefix: z.string().regex(/^\+?[0-9]{0,10}$/, { error: "not-digits" }),
  }),
  dtmf: z.enum(DTMF_MODES),
  srtp: z.enum(SRTP_MODES),
  expirySeconds: z.number().int().min(60, { error: "out-of-range" }).max(86_400, { error: "out-of-range" }),
  sources: z.array(source).max(32),
  isWatched: z.boolean(),
  channels: z.object({ total: count(1).nullable(), mostOutgoing: count(0).nullable(), keptFree: count(0) }),
  isEnabled: z.boolean(),
};

const { name, kind, mode, server: serverField, port: portField, ...withDefaults } = fields;
const Trunk = z.object({
  ...{ name, kind, mode, server: serverField, port: portField },
  ...z.object(withDefaults).partial().shape,
});

export interface TrunkChange {
  values: TrunkValues;
  /** Empty: keep what there is. */
  password: string;
}

/** What a trunk must have beyond each field alone, by field and code. */
export function problemsOf(
  values: Pick<TrunkValues, "mode" | "user" | "channels">,
  hasPassword: boolean,
): { path: string[]; code: string }[] {
  const { mode, user, channels } = values;
  const found: { path: string[]; code: string }[] = [];
  if (mode === "register" && user === null) found.push({ path: ["user"], code: "required" });
  if (mode === "register" && !hasPassword) found.push({ path: ["password"], code: "required" });
  for (const field of tooMany(channels)) found.push({ path: ["channels", field], code: "more-than-total" });
  return found;
}

function tooMany({ total, mostOutgoing, keptFree }: TrunkChannels): (keyof TrunkChannels)[] {
  if (total === null) return [];
  const found: (keyof TrunkChannels)[] = [];
  if (mostOutgoing !== null && mostOutgoing > total) found.push("mostOutgoing");
  if (keptFree > total) found.push("keptFree");
  return found;
}

/** With what is usual where nothing was said. */
export function valuesOf(typed: z.infer<typeof Trunk>): TrunkValues {
  const { password: _password, ...trunk } = withoutUndefined(typed);
  return { ...USUAL_TRUNK, codecs: [...USUAL_TRUNK.codecs], sources: [], ...trunk };
}

export const NewTrunk = Trunk.transform((trunk, context): TrunkChange => {
  const { password = "" } = trunk;
  const values = valuesOf(trunk);
  for (const { path, code } of problemsOf(values, password !== ""))
    context.addIssue({ code: "custom", message: code, path });
  return { values, password };
});

export const TrunkPatch = Trunk.partial();

/** During the first start: before anybody has signed in, nobody is called. */
export const FirstTrunkTest = z.object({ trunk: Trunk });

/** A trunk as it is being typed, or `trunkId` as it is kept; what was typed counts. */
export const TrunkTest = FirstTrunkTest.extend({
  trunkId: z.number().int().positive().transform(trunkId).nullable().optional(),
  /** A number to call really, as the operator wants it dialled. */
  callTo: orNull(
    z
      .string()
      .trim()
      .transform((text) => text.replace(/[ ().-]/g, ""))
      .pipe(z.string().regex(/^\+?[0-9*]{2,24}$/, { error: "not-a-number" })),
  ).optional(),
});
export type TypedTrunk = z.infer<typeof TrunkTest>;

type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** What was sent; zod's optional fields may be there as `undefined`. */
export function withoutUndefined<Value extends object>(value: Value): Defined<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<Value>;
}

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
