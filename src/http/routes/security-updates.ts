import { Hono } from "hono";
import { z } from "zod";
import { writeAudit } from "../../database/audit.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { validate } from "../validate.ts";

const Wish = z.object({ mayReboot: z.boolean() });

/** What is installed at night, and whether the box may be restarted for it. */
export const securityUpdateRoutes = ({ db, securityUpdates }: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => c.json(await securityUpdates.view()))
    .put("/", validate("json", Wish), async (c) => {
      const { mayReboot } = c.req.valid("json");
      await securityUpdates.allowReboot(mayReboot);
      await writeAudit(db, { userId: c.get("user").userId, action: "security-updates-changed", data: { mayReboot } });
      return c.json(await securityUpdates.view());
    });
