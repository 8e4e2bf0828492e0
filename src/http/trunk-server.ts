import type { TrunkValues } from "../database/trunks.ts";
import type { Server } from "../sip/known-addresses.ts";

/** Where a trunk's requests go: its proxy, if it has one. */
export function serverOf({
  server,
  port,
  transport,
  outboundProxy,
}: Pick<TrunkValues, "server" | "port" | "transport" | "outboundProxy">): Server {
  const [host = server, proxyPort] = outboundProxy?.split(":") ?? [];
  const usual = transport === "tls" ? 5061 : 5060;
  return { host, port: outboundProxy === null ? port : Number(proxyPort ?? usual), transport };
}
