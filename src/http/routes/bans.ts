import { Hono } from "hono";
import { z } from "zod";
import { writeAudit } from "../../database/audit.ts";
import { notFound } from "../api-error.ts";
import { BanSettingsInput, network } from "../ban-input.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { clientAddress } from "../request-guard.ts";
import { validate } from "../validate.ts";

const iso = (ms: number) => new Date(ms).toISOString();

async function view({ bans: { keeper, access } }: RouteDeps, yourAddress: string) {
  return {
    settings: keeper.settings,
    yourAddress,
    isFirewallThere: await access.isFirewallThere(),
    banned: keeper.list().map(({ sinceMs, untilMs, ...ban }) => ({ ...ban, since: iso(sinceMs), until: iso(untilMs) })),
  };
}

/** Who is banned, and who never is. */
export const banRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => c.json(await view(deps, clientAddress(c.env))))
    .put("/", validate("json", BanSettingsInput), async (c) => {
      const settings = c.req.valid("json");
      await deps.bans.keeper.changeSettings(settings);
      const { userId } = c.get("user");
      const data = { isOn: settings.isOn, never: settings.never.map((one) => one.network) };
      await writeAudit(deps.db, { userId, action: "bans-configured", data });
      return c.json(await view(deps, clientAddress(c.env)));
    })
    .post("/revoke", validate("json", z.object({ address: network })), async (c) => {
      const { address } = c.req.valid("json");
      if (!deps.bans.keeper.revoke(address)) throw notFound();
      await writeAudit(deps.db, { userId: c.get("user").userId, action: "ban-revoked", subject: address });
      return c.json(await view(deps, clientAddress(c.env)));
    });
