import { expect, test } from "vitest";
import { readPublicName } from "./public-name.ts";

test("names that an authority on the internet can speak for are taken, in one writing", () => {
  for (const [typed, name] of [
    ["pbx.shop.ge", "pbx.shop.ge"],
    [" PBX.Shop.GE. ", "pbx.shop.ge"],
    ["a-1.example.com", "a-1.example.com"],
    ["ტელეფონი.გე", "xn--podamglf5at.xn--node"],
  ])
    expect({ typed, read: readPublicName(typed ?? "") }).toEqual({ typed, read: { name } });
});

test("all others are told what is wrong", () => {
  for (const [typed, problem] of [
    ["", "required"],
    ["  ", "required"],
    ["203.0.113.7", "no-address-here"],
    ["2001:db8::7", "no-address-here"],
    ["[2001:db8::7]", "no-address-here"],
    ["*.shop.ge", "no-wildcard"],
    ["hotline.local", "local-name"],
    ["pbx.home.arpa", "local-name"],
    ["hotline", "local-name"],
    ["https://pbx.shop.ge", "not-a-domain"],
    ["pbx.shop.ge:443", "not-a-domain"],
    ["pbx shop.ge", "not-a-domain"],
    ["-pbx.shop.ge", "not-a-domain"],
    ["pbx..ge", "not-a-domain"],
    [`${"a".repeat(64)}.ge`, "not-a-domain"],
    [`${"abcdefghi.".repeat(26)}ge`, "not-a-domain"],
  ])
    expect({ typed, read: readPublicName(typed ?? "") }).toEqual({ typed, read: { problem } });
});
