/** Names of SIP servers to addresses (RFC 3263, the part that small operators use). Never by getaddrinfo: its threads wait for silent servers. */
import { Resolver } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import type { TrunkTransport } from "../calls/trunk.ts";

/** Where a server is: IPv4 addresses in a stable order, the preferred ones first, and the port at them. */
export interface ServerAddress {
  addresses: readonly [string, ...string[]];
  port: number;
}

/** `no-such-name`: there is none, or it has no IPv4 address; `no-answer`: name servers are silent or broken. */
export type ResolveFailure = "no-such-name" | "no-answer";

export class ResolveError extends Error {
  override readonly name = "ResolveError";
  readonly reason: ResolveFailure;
  constructor(reason: ResolveFailure, host: string) {
    super(`${host}: ${reason}`);
    this.reason = reason;
  }
}

const TRY_MS = 1_500;
const TRIES = 2;
const HOSTS_FILE = "/etc/hosts";
const SERVICE = { udp: "_sip._udp", tcp: "_sip._tcp", tls: "_sips._tcp" } as const;

/**
 * Takes 3 s at most. With its own addresses a host answers; else the servers that its SRV records name, as far as they are at the same port: any
 * of them may send calls, and the next is tried when the first is silent.
 * @param servers name servers as `address` or `address:port`; the system's if not given
 * @throws ResolveError
 */
export async function resolveHost(
  host: string,
  port: number,
  transport: TrunkTransport,
  servers?: readonly string[],
): Promise<ServerAddress> {
  if (isIPv4(host)) return { addresses: [host], port };
  const local = await inHostsFile(host);
  if (local !== null) return { addresses: [local], port };
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
  if (servers !== undefined) resolver.setServers(servers);
  const deadline = setTimeout(() => resolver.cancel(), TRY_MS * TRIES);
  try {
    const own = await addressesOf(resolver, host);
    if (own !== null) return { addresses: own, port };
    const found = await behindService(resolver, await serviceOf(resolver, `${SERVICE[transport]}.${host}`));
    if (found !== null) return found;
  } catch (error) {
    if (!hasCode(error)) throw error;
    throw new ResolveError("no-answer", host);
  } finally {
    clearTimeout(deadline);
  }
  throw new ResolveError("no-such-name", host);
}

/** Name servers turn their answers from time to time; a trunk that would move each time would register anew each time. */
async function addressesOf(resolver: Resolver, name: string): Promise<[string, ...string[]] | null> {
  const [first, ...others] = (await unlessAbsent(() => resolver.resolve4(name))).sort();
  return first === undefined ? null : [first, ...others];
}

async function behindService(
  resolver: Resolver,
  records: readonly { name: string; port: number }[],
): Promise<ServerAddress | null> {
  const found: string[] = [];
  let servicePort: number | null = null;
  for (const { name, port } of records) {
    if (servicePort !== null && port !== servicePort) continue;
    const addresses = await addressesOf(resolver, name).catch((error: unknown) => {
      // Some that are known are better than none.
      if (found.length === 0 || !hasCode(error)) throw error;
      return null;
    });
    if (addresses === null) continue;
    servicePort = port;
    found.push(...addresses.filter((address) => !found.includes(address)));
  }
  const [first, ...others] = found;
  return first === undefined || servicePort === null ? null : { addresses: [first, ...others], port: servicePort };
}

async function serviceOf(resolver: Resolver, name: string) {
  const records = await unlessAbsent(() => resolver.resolveSrv(name));
  return records.sort((a, b) => a.priority - b.priority || b.weight - a.weight || (a.name < b.name ? -1 : 1));
}

async function unlessAbsent<Item>(ask: () => Promise<Item[]>): Promise<Item[]> {
  try {
    return await ask();
  } catch (error) {
    if (hasCode(error) && (error.code === "ENOTFOUND" || error.code === "ENODATA")) return [];
    throw error;
  }
}

function hasCode(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "code" in error;
}

async function inHostsFile(host: string): Promise<string | null> {
  const text = await readFile(HOSTS_FILE, "utf8").catch((error: unknown) => {
    if (hasCode(error)) return "";
    throw error;
  });
  for (const line of text.split("\n")) {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (isIPv4(address) && names.some((name) => name.toLowerCase() === host.toLowerCase())) return address;
  }
  return null;
}
