import { z } from "zod";
import { formatNetwork, parseNetwork } from "../flows/bans/networks.ts";

/** An address or network of either family, as it is written shortly. */
export const network = z
  .string()
  .trim()
  .max(60)
  .transform((text, context) => {
    const parsed = parseNetwork(text);
    if (parsed !== null) return formatNetwork(parsed);
    context.addIssue({ code: "custom", message: "not-a-network" });
    return z.NEVER;
  });

const note = z
  .string()
  .trim()
  .max(200)
  .refine((text) => !/\p{Cc}/u.test(text), { error: "not-one-line" });

export const BanSettingsInput = z.object({
  isOn: z.boolean(),
  never: z.array(z.object({ network, note })).max(200),
});

const networks = z.array(network).max(100);

export const AccessInput = z.object({
  local: networks.min(1).nullable(),
  panel: networks,
  phones: networks,
});
