import { expect, test } from "vitest";
import { parseAddress } from "../flows/bans/networks.ts";
import { clientAddress } from "./request-guard.ts";

test.each([
  ["192.168.1.7", "192.168.1.7"],
  ["::ffff:192.168.1.7", "192.168.1.7"],
  ["fd00::7", "fd00::7"],
  // As Node names whoever comes by the box's name (mDNS) through a network card: the card is not theirs.
  ["fe80::fc:ff:fe00:1%eth0", "fe80::fc:ff:fe00:1"],
])("whoever comes from %s can be counted, banned and let in", (remoteAddress, expected) => {
  const address = clientAddress({ incoming: { socket: { remoteAddress } } });
  expect(address).toBe(expected);
  expect(parseAddress(address)).not.toBeNull();
});
