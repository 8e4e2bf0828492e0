import { z } from "zod";

const MOST_ADDRESSES = 10;
const MOST_TIMES = 24;

/** Addresses that a server can be asked at; which ones are never asked is looked at when one is (look-ups/reachable-address.ts). */
const webAddress = z
  .string()
  .trim()
  .max(2_000)
  .refine(
    (text) => {
      if (!URL.canParse(text)) return false;
      const { protocol, username, password } = new URL(text);
      return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
    },
    { error: "not-a-web-address" },
  );

export const AlertInput = z.object({
  emails: z
    .array(z.email({ error: "not-an-address" }).max(254))
    .max(MOST_ADDRESSES)
    .transform((addresses) => [...new Set(addresses)]),
  webhookUrl: webAddress.nullable(),
  trunkDownSeconds: z.number().int().min(1).max(86_400),
  syntheticCallTimes: z
    .array(z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, { error: "not-a-time" }))
    .max(MOST_TIMES)
    .transform((times) => [...new Set(times)].sort()),
});
