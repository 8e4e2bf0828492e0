import { expect, test } from "vitest";
import { networkFiles } from "./network-files.ts";
import { parseBoxRequest } from "./request.ts";

const settings = {
  ...{ card: "enp1s0", vlan: null },
  ipv4: { method: "static", address: "192.168.1.60", prefix: 24, gateway: "192.168.1.1", dns: ["192.168.1.1"] },
};

test("requests are read", () => {
  expect(parseBoxRequest({ kind: "network", settings })).toEqual({ kind: "network", settings });
  expect(parseBoxRequest({ kind: "restart" })).toEqual({ kind: "restart" });
  const clock = { kind: "clock", timeZone: "Asia/Tbilisi", ntpServers: ["ntp.example.ge", "fd00::1"] };
  expect(parseBoxRequest(clock)).toEqual(clock);
});

test.each([
  null,
  "restart",
  { kind: "format-disk" },
  { kind: "restart", now: true },
  { kind: "factory-reset" },
  { kind: "keep-network", trial: "../../etc" },
  { kind: "network", settings: { ...settings, card: "enp1s0\nVLAN=evil" } },
  { kind: "network", settings: { ...settings, card: "../x" } },
  { kind: "network", settings: { ...settings, mtu: 9000 } },
  { kind: "clock", timeZone: "../../etc/shadow", ntpServers: null },
  { kind: "clock", timeZone: null, ntpServers: ["a b\nFallbackNTP=evil"] },
])("no request: %j", (value) => {
  expect(parseBoxRequest(value)).toBeNull();
});

test("files for systemd-networkd", () => {
  expect([...networkFiles({ card: null, vlan: null, ipv4: { method: "dhcp" } })]).toEqual([]);
  const files = networkFiles({
    ...{ card: "enp1s0", vlan: 20 },
    ipv4: { method: "static", address: "10.0.0.2", prefix: 16, gateway: "10.0.0.1", dns: ["10.0.0.1", "9.9.9.9"] },
  });
  expect([...files.keys()]).toEqual(["50-hotline-vlan.netdev", "50-hotline.network", "50-hotline-vlan.network"]);
  expect(files.get("50-hotline-vlan.netdev")).toBe("[NetDev]\nName=vlan20\nKind=vlan\n\n[VLAN]\nId=20\n\n");
  expect(files.get("50-hotline.network")).toContain("[Match]\nName=enp1s0\n\n[Network]\nVLAN=vlan20\nDHCP=no\n");
  expect(files.get("50-hotline-vlan.network")).toContain(
    "Address=10.0.0.2/16\nGateway=10.0.0.1\nDNS=10.0.0.1\nDNS=9.9.9.9\n",
  );
});
