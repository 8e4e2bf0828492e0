import type { NetworkSettings } from "../../calls/box.ts";
import { type Ipv4Network, isForMachine, isInNetwork, isNetworkItself, overlap, parseIpv4 } from "./ipv4.ts";

/** A card of the machine, with the networks that it is in now. */
export interface NetworkCard {
  name: string;
  networks: readonly Ipv4Network[];
}

const SMALLEST_PREFIX = 8;
const LARGEST_PREFIX = 30;
const LARGEST_VLAN = 4094;
const MOST_NAME_SERVERS = 3;

/**
 * What cannot work in these settings on a machine with these cards, by field (`ipv4.gateway`); the same rules in the browser, the daemon and
 * the program of root. Empty: nothing.
 */
export function checkNetwork(settings: NetworkSettings, cards: readonly NetworkCard[]): Record<string, string> {
  const problems: Record<string, string> = {};
  const { card, vlan, ipv4 } = settings;
  if (card === null && (vlan !== null || ipv4.method === "static")) problems["card"] = "required";
  if (card !== null && !cards.some(({ name }) => name === card)) problems["card"] = "no-such-card";
  if (vlan !== null && !(Number.isInteger(vlan) && vlan >= 1 && vlan <= LARGEST_VLAN)) problems["vlan"] = "not-a-vlan";
  if (ipv4.method === "dhcp") return problems;

  const { address, prefix, gateway, dns } = ipv4;
  const hasPrefix = Number.isInteger(prefix) && prefix >= SMALLEST_PREFIX && prefix <= LARGEST_PREFIX;
  if (!hasPrefix) problems["ipv4.prefix"] = "not-a-prefix";
  const own = addressProblem(address) ?? (hasPrefix && isNetworkItself(address, prefix) ? "is-the-network" : null);
  if (own !== null) problems["ipv4.address"] = own;
  const way = addressProblem(gateway);
  if (way !== null) problems["ipv4.gateway"] = way;
  else if (own === null && hasPrefix) {
    if (gateway === address) problems["ipv4.gateway"] = "is-the-box";
    else if (!isInNetwork(gateway, { address, prefix })) problems["ipv4.gateway"] = "not-in-network";
    else if (isNetworkItself(gateway, prefix)) problems["ipv4.gateway"] = "is-the-network";
  }
  if (dns.length === 0) problems["ipv4.dns"] = "required";
  if (dns.length > MOST_NAME_SERVERS) problems["ipv4.dns"] = "too-many";
  const wrong = dns.map(addressProblem).find((problem) => problem !== null);
  if (wrong) problems["ipv4.dns"] = wrong;

  const others = cards.filter(({ name }) => name !== card && name !== vlanName(vlan));
  if (
    own === null &&
    hasPrefix &&
    others.some(({ networks }) => networks.some((one) => overlap(one, { address, prefix })))
  )
    problems["ipv4.address"] = "other-card";
  return problems;
}

function addressProblem(text: string): string | null {
  if (text === "") return "required";
  if (parseIpv4(text) === null) return "not-an-ip-address";
  return isForMachine(text) ? null : "not-for-a-machine";
}

/** What the card of a VLAN is called on the box. */
export const vlanName = (vlan: number | null) => (vlan === null ? null : `vlan${vlan}`);
export const isVlanName = (name: string) => /^vlan[1-9][0-9]{0,3}$/.test(name);
