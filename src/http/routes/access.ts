import { Hono } from "hono";
import { writeAudit } from "../../database/audit.ts";
import { isWithin, parseNetwork } from "../../flows/bans/networks.ts";
import { ApiError } from "../api-error.ts";
import { AccessInput } from "../ban-input.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { clientAddress } from "../request-guard.ts";
import { validate } from "../validate.ts";

const LOOPBACK = ["127.0.0.0/8", "::1"];

async function view({ bans: { access } }: RouteDeps, yourAddress: string) {
  return {
    settings: access.settings,
    usualLocal: await access.usualLocal(),
    letIn: access.letIn,
    isFirewallThere: await access.isFirewallThere(),
    yourAddress,
  };
}

function isAmong(address: string, networks: readonly string[]): boolean {
  const inner = parseNetwork(address);
  return inner !== null && networks.flatMap((text) => parseNetwork(text) ?? []).some((outer) => isWithin(inner, outer));
}

/** Who reaches what. */
export const accessRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => c.json(await view(deps, clientAddress(c.env))))
    .put("/", validate("json", AccessInput), async (c) => {
      const settings = c.req.valid("json");
      const { access } = deps.bans;
      const address = clientAddress(c.env);
      const reached = [...LOOPBACK, ...(settings.local ?? (await access.usualLocal())), ...settings.panel];
      // Whoever shuts themselves out cannot open it again.
      if (!isAmong(address, reached)) throw new ApiError(409, "would-lock-you-out", { params: { address } });
      await access.change(settings);
      await writeAudit(deps.db, { userId: c.get("user").userId, action: "access-configured", data: { ...settings } });
      return c.json(await view(deps, address));
    });
