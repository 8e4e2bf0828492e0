import { once } from "node:events";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { HttpApi } from "./api.ts";

/** Answers that are under way get so long to finish. */
const GRACE_MS = 3_000;

export interface HttpServer {
  /** The one it got, when 0 was asked for. */
  port: number;
  stop(): Promise<void>;
}

/**
 * Serves on `host` (null: every address, both families).
 * @throws the system's error (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`) when the port cannot be had
 */
export async function serveHttp(api: HttpApi, at: { host: string | null; port: number }): Promise<HttpServer> {
  const server = createAdaptorServer({ fetch: (request, env) => api.fetch(request, env as object) }) as Server;
  // Event streams are open for hours; a slow head of a request is not.
  server.headersTimeout = 10_000;
  server.requestTimeout = 120_000;
  server.keepAliveTimeout = 10_000;
  server.listen(at.port, ...(at.host === null ? [] : [at.host]));
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : at.port,
    stop: async () => {
      api.close();
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      const force = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await closed;
      clearTimeout(force);
    },
  };
}
