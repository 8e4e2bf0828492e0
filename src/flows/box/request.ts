/** What may be asked of root, by shape. Whoever asks is less trusted than who answers: what is not here is refused. */
import { z } from "zod";
import type { BoxRequest, NetworkSettings } from "../../calls/box.ts";
import { isTimeZone } from "./time-zone.ts";

/** IFNAMSIZ of Linux, and only signs that mean nothing to systemd. */
const card = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,14}$/, { error: "no-such-card" });
const text = z.string().trim().max(40);

export const NetworkInput = z.strictObject({
  card: card.nullable(),
  vlan: z.number().nullable(),
  ipv4: z.discriminatedUnion("method", [
    z.strictObject({ method: z.literal("dhcp") }),
    z.strictObject({
      method: z.literal("static"),
      address: text,
      prefix: z.number(),
      gateway: text,
      dns: z.array(text).max(10, { error: "too-many" }),
    }),
  ]),
}) satisfies z.ZodType<NetworkSettings>;

/** A name or an address, without a sign that timesyncd.conf(5) would read otherwise. */
export const NtpServers = z
  .array(
    z
      .string()
      .trim()
      .max(253)
      .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/, { error: "not-a-server" }),
  )
  .max(4, { error: "too-many" });

export const RequestId = z.string().regex(/^[0-9a-f]{32}$/);

const Request = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("network"), settings: NetworkInput }),
  z.strictObject({ kind: z.literal("keep-network"), trial: RequestId }),
  z.strictObject({ kind: z.literal("return-network"), trial: RequestId }),
  z.strictObject({
    kind: z.literal("clock"),
    timeZone: z.string().refine(isTimeZone, { error: "unknown-time-zone" }).nullable(),
    ntpServers: NtpServers.nullable(),
  }),
  z.strictObject({ kind: z.literal("restart") }),
  z.strictObject({ kind: z.literal("shut-down") }),
  z.strictObject({ kind: z.literal("factory-reset"), keepRecordings: z.boolean() }),
]) satisfies z.ZodType<BoxRequest>;

/** @returns null for what is no request */
export function parseBoxRequest(value: unknown): BoxRequest | null {
  const { data } = Request.safeParse(value);
  return data ?? null;
}
