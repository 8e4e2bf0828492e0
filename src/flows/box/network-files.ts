import type { NetworkSettings } from "../../calls/box.ts";
import { vlanName } from "./check-network.ts";

/** Sorts before 80-hotline.network, by which every card of an image gets its address by DHCP. */
const ORDER = "50-hotline";
export const isOurNetworkFile = (name: string) => name.startsWith(`${ORDER}.`) || name.startsWith(`${ORDER}-`);

/** Files for systemd-networkd (systemd.network(5), systemd.netdev(5)), text by name. Settings must have passed `checkNetwork`. */
export function networkFiles(settings: NetworkSettings): Map<string, string> {
  const { card, vlan } = settings;
  const files = new Map<string, string>();
  if (card === null) return files;
  const name = vlanName(vlan);
  if (name === null) {
    files.set(`${ORDER}.network`, networkText(card, settings));
    return files;
  }
  files.set(`${ORDER}-vlan.netdev`, section("NetDev", [`Name=${name}`, "Kind=vlan"]) + section("VLAN", [`Id=${vlan}`]));
  // The card itself only carries the VLAN.
  const carrier = [`VLAN=${name}`, "DHCP=no", "IPv6AcceptRA=no", "LinkLocalAddressing=no", "LLDP=no"];
  files.set(`${ORDER}.network`, section("Match", [`Name=${card}`]) + section("Network", carrier));
  files.set(`${ORDER}-vlan.network`, networkText(name, settings));
  return files;
}

function networkText(name: string, { ipv4 }: NetworkSettings): string {
  const match = section("Match", [`Name=${name}`]);
  const usual = ["LLDP=no", "MulticastDNS=yes"];
  if (ipv4.method === "dhcp")
    return match + section("Network", ["DHCP=yes", ...usual]) + section("DHCPv4", ["UseDomains=no"]);
  const { address, prefix, gateway, dns } = ipv4;
  return (
    match +
    section("Network", [
      ...["DHCP=no", ...usual, `Address=${address}/${prefix}`, `Gateway=${gateway}`],
      ...dns.map((server) => `DNS=${server}`),
    ])
  );
}

const section = (name: string, lines: readonly string[]) => `[${name}]\n${lines.join("\n")}\n\n`;
