/** Which servers a look-up may ask. */
import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";

/**
 * The shop's own network is where its order system stands, so private addresses are asked like any other. What is never asked is this
 * machine (its services trust whoever is on it), the link's own addresses (there cloud machines hand out their secrets), and groups.
 */
const NEVER = new BlockList();
NEVER.addSubnet("0.0.0.0", 8, "ipv4");
NEVER.addSubnet("127.0.0.0", 8, "ipv4");
NEVER.addSubnet("169.254.0.0", 16, "ipv4");
NEVER.addSubnet("224.0.0.0", 3, "ipv4");
NEVER.addAddress("::", "ipv6");
NEVER.addAddress("::1", "ipv6");
NEVER.addSubnet("fe80::", 10, "ipv6");
NEVER.addSubnet("ff00::", 8, "ipv6");

/** `address`: as the resolver or the URL gives it, without brackets. */
export function mayBeAsked(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (NEVER.check(address, family === 4 ? "ipv4" : "ipv6")) return false;
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address));
  return !own.some((one) => isSame(one, address));
}

function isSame(one: string, other: string): boolean {
  const family = isIP(one);
  if (family === 0) return false;
  const list = new BlockList();
  list.addAddress(one, family === 4 ? "ipv4" : "ipv6");
  return list.check(other, isIP(other) === 4 ? "ipv4" : "ipv6");
}
