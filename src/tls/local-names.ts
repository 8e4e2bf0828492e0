/** By which names and addresses of local networks the box is reached. */
import { BlockList, isIP } from "node:net";

/** Names that nobody can own in the internet's own name service, with all below them (RFC 6762, 8375, 6761; the rest is common in routers). */
export const PERMITTED_NAMES = ["local", "localhost", "home.arpa", "internal", "lan", "home", "localdomain"] as const;
/** RFC 1918, 6598, 3927, 1122, 4193, 4291. */
export const PERMITTED_NETWORKS = [
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"],
  ...["fc00::/7", "fe80::/10", "::1/128"],
] as const;

const USUAL_NAME = "hotline.local";
const LOOPBACK = ["localhost", "127.0.0.1", "::1"];
const HOST_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

const networks = new BlockList();
for (const network of PERMITTED_NETWORKS) {
  const [address = "", bits = ""] = network.split("/");
  networks.addSubnet(address, Number(bits), address.includes(":") ? "ipv6" : "ipv4");
}

export function isPermittedName(name: string): boolean {
  const family = isIP(name);
  if (family > 0) return networks.check(name, family === 6 ? "ipv6" : "ipv4");
  return PERMITTED_NAMES.some((permitted) => name === permitted || name.endsWith(`.${permitted}`));
}

export interface BoxNames {
  /** As `hostname` says it, with or without a domain. */
  hostName: string;
  /** Under which it is announced in the network just now, with `.local`; null: it is not, or nobody says. */
  announced: string | null;
  /** All of the machine's, with zones (`fe80::1%eth0`) or without. */
  addresses: readonly string[];
}

/** What the box's certificate is for: what people type first, in a steady order, each once. */
export function certificateNames({ hostName, announced, addresses }: BoxNames, maySpeakFor: (name: string) => boolean) {
  const host = hostName.toLowerCase();
  const [label = ""] = host.split(".");
  const names = [announced?.toLowerCase() ?? USUAL_NAME, USUAL_NAME, host, label, `${label}.local`, ...LOOPBACK];
  // Link-local ones need a zone, which no certificate can name.
  const steady = addresses.filter((address) => !address.startsWith("fe80:")).sort();
  const wanted = [...names, ...steady.map((address) => address.toLowerCase())];
  return [...new Set(wanted)].filter((name) => (isIP(name) > 0 || HOST_NAME.test(name)) && maySpeakFor(name));
}
