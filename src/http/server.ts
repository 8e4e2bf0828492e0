import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { SecureContext, Server as TlsServer } from "node:tls";
import { createAdaptorServer } from "@hono/node-server";
import type { HttpApi } from "./api.ts";

/** Answers that are under way get so long to finish. */
const GRACE_MS = 3_000;
/** Whoever says nothing for so long is sent away: a head of a request, or a greeting of TLS. */
const HEAD_MS = 10_000;
const LOOK_EVERY_MS = 5_000;

/** How long a body may take: so long, and so many milliseconds more for each of its bytes. An update has some hundred million of them. */
interface BodyPatience {
  leastMs: number;
  msPerByte: number;
}

const USUAL_PATIENCE: BodyPatience = { leastMs: 120_000, msPerByte: 1 / 100 };
/** More than any firm has panels; who opens more would only use up memory. */
const MOST_CONNECTIONS = 1_000;

export interface HttpServer {
  /** The one it got, when 0 was asked for. */
  port: number;
  stop(): Promise<void>;
}

/** By which certificate TLS is spoken; it may change at any time. */
export interface TlsIdentity {
  /** For who asks for no name; null: there is none yet, and nobody is served. */
  readonly usual: { key: string; cert: string } | null;
  contextFor(name: string): SecureContext | undefined;
  onChange(listener: () => void): void;
}

/** `host` null: every address, both families; or a socket that is open already, by its descriptor. */
export type ListeningPlace = { host: string | null; port: number } | { descriptor: number };

/**
 * Serves at a place, by HTTPS where `tls` is given.
 * @throws the system's error (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`) when the port cannot be had
 */
export async function serveHttp(
  api: Pick<HttpApi, "fetch" | "close">,
  at: ListeningPlace,
  tls: TlsIdentity | null = null,
  patience: BodyPatience = USUAL_PATIENCE,
): Promise<HttpServer> {
  const server = tls === null ? plainServer(api) : secureServer(api, tls);
  // Event streams are open for hours; a slow head of a request is not.
  server.headersTimeout = HEAD_MS;
  // Node has one for all bodies, however long they are.
  server.requestTimeout = 0;
  server.on("request", (request) => limitTime(request, patience));
  server.keepAliveTimeout = 10_000;
  server.maxConnections = MOST_CONNECTIONS;
  if ("descriptor" in at) server.listen({ fd: at.descriptor });
  else server.listen(at.port, ...(at.host === null ? [] : [at.host]));
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
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

function limitTime(request: IncomingMessage, { leastMs, msPerByte }: BodyPatience): void {
  if (request.complete) return;
  const bytes = Number(request.headers["content-length"] ?? 0);
  const timer = setTimeout(() => request.complete || request.socket.destroy(), leastMs + bytes * msPerByte);
  timer.unref();
  request.once("close", () => clearTimeout(timer));
}

const fetchOf = (api: Pick<HttpApi, "fetch">) => (request: Request, env: unknown) => api.fetch(request, env as object);

function plainServer(api: Pick<HttpApi, "fetch">): Server {
  const serverOptions = { connectionsCheckingInterval: LOOK_EVERY_MS };
  return createAdaptorServer({ fetch: fetchOf(api), serverOptions }) as Server;
}

function secureServer(api: Pick<HttpApi, "fetch">, tls: TlsIdentity): Server {
  const serverOptions = {
    ...{ connectionsCheckingInterval: LOOK_EVERY_MS, handshakeTimeout: HEAD_MS },
    ...{ minVersion: "TLSv1.2" as const, ...tls.usual },
    SNICallback: (name: string, answer: (error: Error | null, context?: SecureContext) => void) =>
      answer(null, tls.contextFor(name)),
  };
  const server = createAdaptorServer({ fetch: fetchOf(api), createServer: createTlsServer, serverOptions });
  // Not those that are connected: they go on by the certificate that they saw.
  tls.onChange(() => (server as unknown as TlsServer).setSecureContext({ ...tls.usual, minVersion: "TLSv1.2" }));
  return server as unknown as Server;
}
