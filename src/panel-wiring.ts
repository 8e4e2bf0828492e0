/** The panel's doors: plain HTTP, and HTTPS by the box's own certificate or the owner's. */
import { hostname, networkInterfaces } from "node:os";
import type { Logger } from "pino";
import type { Config } from "./config/config.ts";
import type { SecretFiles } from "./config/secret-files.ts";
import { readAnnouncedName } from "./health/announced-name.ts";
import type { HttpApi } from "./http/api.ts";
import { type HttpServer, serveHttp, type TlsIdentity } from "./http/server.ts";
import { handedSockets } from "./systemd/listen.ts";
import { PanelAcme } from "./tls/panel-acme.ts";
import { PanelCertificate } from "./tls/panel-certificate.ts";

/** Names of the sockets, as their units say them. */
const HTTP_SOCKET = "hotline-http";
const HTTPS_SOCKET = "hotline-https";

/** 8080 for 80, 8443 for 443. */
const INSTEAD = 8_000;

type Places = Pick<Config, "http" | "httpsPort" | "acmeDirectory">;

/** Where it is served: by the sockets that were handed over, and by ports of our own where there is none for the purpose. */
export class PanelDoors {
  readonly #places: Places;
  readonly #sockets: ReadonlyMap<string, readonly number[]>;
  readonly certificate: PanelCertificate | null;
  readonly #acme: PanelAcme | null;
  readonly #log: Logger;
  #servers: HttpServer[] = [];
  #httpsPort: number | null = null;

  constructor(parts: { config: Places; environment: NodeJS.ProcessEnv; secrets: SecretFiles; log: Logger }) {
    this.#places = parts.config;
    this.#sockets = handedSockets(parts.environment);
    const { secrets, log } = parts;
    this.#log = log;
    const isSecure = parts.config.httpsPort !== null || this.#sockets.has(HTTPS_SOCKET);
    const nowMs = () => Date.now();
    this.certificate = isSecure ? new PanelCertificate({ secrets, log, names: boxNames, nowMs }) : null;
    const { certificate } = this;
    const { acmeDirectory: directory } = parts.config;
    this.#acme = certificate && new PanelAcme({ secrets, certificate, directory, log, nowMs });
  }

  /** What the API tells of it. */
  get https() {
    if (this.certificate === null || this.#acme === null) return null;
    return { certificate: this.certificate, acme: this.#acme, port: () => this.#httpsPort };
  }

  /** When the certificate ends by which we are known, Unix ms. */
  certificateEndMs(): number | null {
    const view = this.certificate?.view;
    return view ? Math.min(view.validUntilMs, view.own?.validUntilMs ?? Number.POSITIVE_INFINITY) : null;
  }

  /** @returns the ports @throws the system's error when one cannot be had */
  async open(api: HttpApi): Promise<{ http: number[]; https: number[] }> {
    const { host, port } = this.#places.http;
    const http = await this.#openAll(api, HTTP_SOCKET, { host, port });
    if (this.certificate === null) return { http, https: [] };
    await this.certificate.start();
    const { httpsPort } = this.#places;
    const https = await this.#openAll(
      api,
      HTTPS_SOCKET,
      httpsPort === null ? null : { host, port: httpsPort },
      this.certificate,
    );
    this.#httpsPort = https[0] ?? null;
    // Whoever asks for the challenge finds the door open.
    await this.#acme?.start();
    return { http, https };
  }

  /** At the sockets that were handed over, and at the port of the settings where it is none of theirs. */
  async #openAll(
    api: HttpApi,
    socket: string,
    own: { host: string | null; port: number } | null,
    tls: TlsIdentity | null = null,
  ): Promise<number[]> {
    const opened: HttpServer[] = [];
    for (const descriptor of this.#sockets.get(socket) ?? []) opened.push(await serveHttp(api, { descriptor }, tls));
    this.#servers.push(...opened);
    if (own !== null && !opened.some(({ port }) => port === own.port)) {
      const server = await this.#serve(api, own, tls);
      this.#servers.push(server);
      opened.push(server);
    }
    return opened.map(({ port }) => port);
  }

  /** A port that only root may open, and nobody handed over, is none to die for: calls go on, and the panel is elsewhere. */
  async #serve(
    api: HttpApi,
    place: { host: string | null; port: number },
    tls: TlsIdentity | null,
  ): Promise<HttpServer> {
    try {
      return await serveHttp(api, place, tls);
    } catch (error) {
      const isForbidden = error instanceof Error && "code" in error && error.code === "EACCES";
      if (!isForbidden) throw error;
      const instead = { ...place, port: place.port + INSTEAD };
      this.#log.error({ port: place.port, instead: instead.port }, "systemd has not handed the panel's port over");
      return await serveHttp(api, instead, tls);
    }
  }

  async close(): Promise<void> {
    await this.#acme?.stop();
    await this.certificate?.stop();
    await Promise.all(this.#servers.map((server) => server.stop()));
    this.#servers = [];
  }
}

async function boxNames() {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return {
    hostName: hostname(),
    announced: await readAnnouncedName(),
    addresses: addresses.filter(({ internal }) => !internal).map(({ address }) => address),
  };
}
