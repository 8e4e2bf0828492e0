import { readdirSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { NetworkCard } from "../flows/box/check-network.ts";

/** The machine's network cards, plugged in or not, and VLANs on them; not loopback, nor what has no hardware address. */
export function networkCards(folder = "/sys/class/net"): NetworkCard[] {
  const addresses = networkInterfaces();
  return readdirSync(folder)
    .filter((name) => name !== "lo")
    .toSorted()
    .map((name) => ({
      name,
      networks: (addresses[name] ?? []).flatMap(({ family, address, cidr }) =>
        family === "IPv4" && cidr !== null ? [{ address, prefix: Number(cidr.split("/")[1]) }] : [],
      ),
    }));
}

/** The networks that its cards are in. */
export function ownNetworks(): string[] {
  return networkCards().flatMap(({ networks }) => networks.map(({ address, prefix }) => `${address}/${prefix}`));
}
