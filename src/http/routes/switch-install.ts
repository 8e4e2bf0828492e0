import { Hono } from "hono";
import { z } from "zod";
import { writeAudit } from "../../database/audit.ts";
import { ApiError } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { validate } from "../validate.ts";

/** Of the switch's vendor. It is never told again, nor written into the audit. */
const Token = z.object({
  token: z
    .string()
    .trim()
    .min(1)
    .regex(/^[A-Za-z0-9_-]{8,256}$/, { error: "not-a-token" }),
});

/** Installing FreeSWITCH where it is not there yet. */
export const switchInstallRoutes = ({ db, switchInstall }: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => c.json(await switchInstall.view()))
    .post("/", validate("json", Token), async (c) => {
      const { state } = await switchInstall.view();
      if (state === "no-box") throw new ApiError(409, "no-box");
      if (state === "running") throw new ApiError(409, "already-running");
      if (state === "done") throw new ApiError(409, "already-installed");
      await writeAudit(db, { userId: c.get("user").userId, action: "switch-install-asked" });
      await switchInstall.ask(c.req.valid("json").token);
      return c.json(await switchInstall.view());
    });
