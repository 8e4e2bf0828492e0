import { z } from "zod";
import { webAddress } from "./web-address.ts";

const MOST_ADDRESSES = 10;
const MOST_TIMES = 24;

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
