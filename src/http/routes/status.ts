import { Hono } from "hono";
import { DatabaseAwayError } from "../../database/failure.ts";
import { hasAdmin } from "../../database/users.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";

/** Open to all: what the panel needs before anybody is signed in. Answers while the database is away too. */
export const statusRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>().get("/", async (c) => {
    const { isSetUp, site } = deps.configuration.current;
    return c.json({
      product: "Hotline" as const,
      version: deps.version,
      needsSetup: !isSetUp && !(await isSetUpMeanwhile(deps)),
      language: isSetUp ? site.language : null,
      switch: deps.live.switch(),
      database: { connected: deps.database.isConnected },
    });
  });

/** The copy in memory may be older than the database, when that was away at the start. */
async function isSetUpMeanwhile(deps: RouteDeps): Promise<boolean> {
  // Without the database nobody can be set up: the panel shows that the database is away, not the first start.
  if (!deps.database.isConnected) return true;
  try {
    return await hasAdmin(deps.db);
  } catch (error) {
    if (error instanceof DatabaseAwayError) return true;
    throw error;
  }
}
