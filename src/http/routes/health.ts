import { Hono } from "hono";
import type { ApiEnv, RouteDeps } from "../deps.ts";

const view = ({ checks }: RouteDeps) => ({
  checks: checks.now().map(({ sinceMs, ...check }) => ({ ...check, since: new Date(sinceMs).toISOString() })),
});

/** Is the hotline healthy? */
export const healthRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", (c) => c.json(view(deps)))
    .post("/look", async (c) => {
      await deps.checks.lookNow();
      return c.json(view(deps));
    });
