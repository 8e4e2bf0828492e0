import { Hono } from "hono";
import { isPassing } from "../../database/failure.ts";
import { hasAdmin } from "../../database/users.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";

/** `idle`: one that does not register, and answers as far as is known. */
const WORKING: ReadonlySet<string> = new Set(["registered", "idle"]);

/** Open to all: what the panel needs before anybody is signed in. Answers while the database is away too. */
export const statusRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>().get("/", async (c) => {
    const { isSetUp, site } = deps.configuration.current;
    const trunks = deps.live.trunks();
    return c.json({
      product: "Hotline" as const,
      version: deps.version,
      needsSetup: !isSetUp && !(await isSetUpMeanwhile(deps)),
      language: isSetUp ? site.language : null,
      switch: deps.live.switch(),
      database: deps.health.database(),
      disk: deps.health.disk(),
      https: httpsView(deps),
      lines: { count: trunks.length, working: trunks.filter(({ state }) => WORKING.has(state)).length },
    });
  });

/** What the box's own screen shows of it, so that whoever gets the authority over the network can compare. */
function httpsView({ https }: Pick<RouteDeps, "https">): HttpsView | null {
  const found = https?.certificate.view ?? null;
  const port = https?.port() ?? null;
  if (found === null || port === null) return null;
  return { port, fingerprint: found.authority.fingerprint, name: found.announced };
}

interface HttpsView {
  port: number;
  /** Of the authority's certificate, SHA-256. */
  fingerprint: string;
  name: string | null;
}

/** The copy in memory may be older than the database, when that was away at the start. */
async function isSetUpMeanwhile(deps: RouteDeps): Promise<boolean> {
  // Without the database nobody can be set up: the panel shows that the database is away, not the first start.
  if (!deps.health.database().connected) return true;
  try {
    return await hasAdmin(deps.db);
  } catch (error) {
    if (isPassing(error)) return true;
    throw error;
  }
}
