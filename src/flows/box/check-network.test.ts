import { expect, test } from "vitest";
import type { NetworkSettings, StaticAddress } from "../../calls/box.ts";
import { checkNetwork } from "./check-network.ts";

const CARDS = [
  { name: "enp1s0", networks: [{ address: "192.168.1.50", prefix: 24 }] },
  { name: "enp2s0", networks: [{ address: "10.0.0.5", prefix: 16 }] },
];
const GOOD: StaticAddress = {
  ...{ method: "static", address: "192.168.1.60", prefix: 24, gateway: "192.168.1.1" },
  dns: ["192.168.1.1"],
};
const at = (change: Partial<StaticAddress>, more: Partial<NetworkSettings> = {}): NetworkSettings => ({
  ...{ card: "enp1s0", vlan: null },
  ipv4: { ...GOOD, ...change },
  ...more,
});

test("what works is accepted", () => {
  expect(checkNetwork(at({}), CARDS)).toEqual({});
  expect(checkNetwork(at({}, { vlan: 4094 }), [...CARDS, { name: "vlan4094", networks: [] }])).toEqual({});
  expect(checkNetwork({ card: null, vlan: null, ipv4: { method: "dhcp" } }, [])).toEqual({});
  expect(checkNetwork({ card: "enp2s0", vlan: 1, ipv4: { method: "dhcp" } }, CARDS)).toEqual({});
});

test.each<[string, NetworkSettings, Record<string, string>]>([
  ["no address", at({ address: "" }), { "ipv4.address": "required" }],
  ["not four numbers", at({ address: "192.168.1" }), { "ipv4.address": "not-an-ip-address" }],
  ["a number that some read as octal", at({ address: "192.168.1.060" }), { "ipv4.address": "not-an-ip-address" }],
  ["more than a byte", at({ address: "192.168.1.256" }), { "ipv4.address": "not-an-ip-address" }],
  ["IPv6", at({ address: "fd00::1" }), { "ipv4.address": "not-an-ip-address" }],
  ["loopback", at({ address: "127.0.0.2" }), { "ipv4.address": "not-for-a-machine" }],
  ["multicast", at({ address: "239.1.1.1" }), { "ipv4.address": "not-for-a-machine" }],
  ["the network itself", at({ address: "192.168.1.0" }), { "ipv4.address": "is-the-network" }],
  ["broadcast", at({ address: "192.168.1.255" }), { "ipv4.address": "is-the-network" }],
  ["a prefix that leaves no room", at({ prefix: 31 }), { "ipv4.prefix": "not-a-prefix" }],
  ["half a prefix", at({ prefix: 24.5 }), { "ipv4.prefix": "not-a-prefix" }],
  ["no gateway", at({ gateway: "" }), { "ipv4.gateway": "required" }],
  ["a gateway elsewhere", at({ gateway: "192.168.2.1" }), { "ipv4.gateway": "not-in-network" }],
  ["the box as its own gateway", at({ gateway: "192.168.1.60" }), { "ipv4.gateway": "is-the-box" }],
  ["broadcast as gateway", at({ gateway: "192.168.1.255" }), { "ipv4.gateway": "is-the-network" }],
  ["no name server", at({ dns: [] }), { "ipv4.dns": "required" }],
  ["a name as name server", at({ dns: ["8.8.8.8", "dns.example"] }), { "ipv4.dns": "not-an-ip-address" }],
  ["four of them", at({ dns: ["8.8.8.8", "8.8.4.4", "1.1.1.1", "9.9.9.9"] }), { "ipv4.dns": "too-many" }],
  ["VLAN 0", at({}, { vlan: 0 }), { vlan: "not-a-vlan" }],
  ["VLAN 4095", at({}, { vlan: 4095 }), { vlan: "not-a-vlan" }],
  ["no card", at({}, { card: null }), { card: "required", "ipv4.address": "other-card" }],
  ["a card that is not there", at({}, { card: "eth9" }), { card: "no-such-card", "ipv4.address": "other-card" }],
  [
    "the network of the other card",
    at({ address: "10.0.7.1", gateway: "10.0.7.254" }),
    { "ipv4.address": "other-card" },
  ],
  [
    "a network around that of the other card",
    at({ address: "10.200.7.1", prefix: 8, gateway: "10.0.0.1" }),
    { "ipv4.address": "other-card" },
  ],
])("%s is told at its field", (_, settings, problems) => {
  expect(checkNetwork(settings, CARDS)).toEqual(problems);
});
