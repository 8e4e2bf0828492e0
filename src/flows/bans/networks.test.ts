import { BlockList, isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatNetwork, isWithin, parseAddress, parseNetwork } from "./networks.ts";

const written = (text: string) => {
  const network = parseNetwork(text);
  return network === null ? null : formatNetwork(network);
};

test.each([
  ["192.0.2.7", "192.0.2.7"],
  [" 192.0.2.7/24 ", "192.0.2.0/24"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["fe80::1/10", "fe80::/10"],
  ["::/0", "::/0"],
  ["::1", "::1"],
])("%s is %s", (text, expected) => {
  expect(written(text)).toBe(expected);
});

test.each([
  "",
  "1.2.3",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.4/33",
  "1.2.3.4/",
  "::1/129",
  ":::",
  "1:2:3:4:5:6:7",
  "1::2::3",
  "fe80::1%eth0",
  "a b",
])("'%s' is none", (text) => {
  expect(parseNetwork(text)).toBeNull();
});

test("a network is no address", () => {
  expect(parseAddress("10.0.0.0/8")).toBeNull();
  expect(parseAddress("10.0.0.1")).not.toBeNull();
});

describe("as Node has it", () => {
  const v4 = fc.ipV4();
  const v6 = fc.ipV6();

  test("what is an address", () => {
    fc.assert(
      fc.property(fc.oneof(v4, v6, fc.stringMatching(/^[0-9a-f:.]{1,20}$/)), (text) => {
        expect(parseAddress(text) !== null).toBe(isIP(text) > 0);
      }),
    );
  });

  test("what is within what", () => {
    const both = fc.oneof(
      fc.tuple(v4, v4, fc.integer({ min: 0, max: 32 })),
      fc.tuple(v6, v6, fc.integer({ min: 0, max: 128 })),
    );
    fc.assert(
      fc.property(both, fc.boolean(), ([one, other, bits], isSame) => {
        const inner = isSame ? other : one;
        if (inner.toLowerCase().includes("::ffff:") || other.toLowerCase().includes("::ffff:")) return;
        const list = new BlockList();
        list.addSubnet(other, bits, isIP(other) === 4 ? "ipv4" : "ipv6");
        const [address, network] = [parseAddress(inner), parseNetwork(`${other}/${bits}`)];
        if (address === null || network === null) throw new Error("not read");
        expect(isWithin(address, network)).toBe(list.check(inner, isIP(inner) === 4 ? "ipv4" : "ipv6"));
        expect(formatNetwork(parseNetwork(formatNetwork(network)) ?? address)).toBe(formatNetwork(network));
      }),
    );
  });
});
