import { Hono } from "hono";
import { writeAudit } from "../../database/audit.ts";
import { isPassing } from "../../database/failure.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";

/** One archive for whoever helps. */
export const supportRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>().get("/", async (c) => {
    const archive = await deps.supportFile();
    const { userId } = c.get("user");
    // Above all it is wanted when something is away.
    await writeAudit(deps.db, { userId, action: "support-file-made" }).catch((error: unknown) => {
      if (!isPassing(error)) throw error;
    });
    const name = `hotline-support-${new Date().toISOString().slice(0, 10)}.tar.gz`;
    c.header("content-type", "application/gzip");
    c.header("content-disposition", `attachment; filename="${name}"`);
    return c.body(archive);
  });
