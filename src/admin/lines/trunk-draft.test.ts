import { describe, expect, test } from "vitest";
import { checkWholeTrunk, draftByPreset, partsWith, splitServer, trunkInputOf } from "./trunk-draft.ts";

const filled = {
  ...draftByPreset("provider"),
  ...{ name: " City ", server: "sip.example.ge", user: "322112233", password: "secret" },
};

describe("a trunk as it is typed", () => {
  test("needs few things, and says which", () => {
    expect(checkWholeTrunk(draftByPreset("provider"), false)).toEqual({
      name: "required",
      server: "required",
      user: "required",
      password: "required",
    });
    expect(checkWholeTrunk(filled, false)).toEqual({});
    expect(checkWholeTrunk({ ...filled, password: "" }, true)).toEqual({});
    expect(checkWholeTrunk({ ...draftByPreset("ip-peer"), name: "Peer", server: "192.0.2.1" }, false)).toEqual({});
  });

  test("goes out without a password that was not typed, and with nothing where nothing was", () => {
    expect(trunkInputOf(filled)).toMatchObject({ name: "City", preset: "provider", password: "secret" });
    expect(trunkInputOf({ ...filled, password: "" })).not.toHaveProperty("password");
    expect(trunkInputOf({ ...filled, mode: "ip-peer" })).not.toHaveProperty("password");
    expect(
      trunkInputOf({ ...filled, sources: "192.0.2.1, 192.0.2.0/24\n", total: 10, mostOutgoing: "" }),
    ).toMatchObject({
      sources: ["192.0.2.1", "192.0.2.0/24"],
      channels: { total: 10, mostOutgoing: null, keptFree: 0 },
      authUser: "",
    });
  });

  test("has no more lines kept free or going out than there are", () => {
    expect(checkWholeTrunk({ ...filled, total: 2, keptFree: 3, mostOutgoing: 4 }, false)).toEqual({
      "channels.keptFree": "more-than-total",
      "channels.mostOutgoing": "more-than-total",
    });
    expect(checkWholeTrunk({ ...filled, total: 0 }, false)).toMatchObject({ "channels.total": "out-of-range" });
    expect(checkWholeTrunk({ ...filled, keptFree: 3 }, false)).toEqual({});
  });

  test("by what it is: a SIM carries one call, a toll-free line none out", () => {
    expect(trunkInputOf(draftByPreset("gsm-line"))).toMatchObject({ kind: "mobile", channels: { total: 1 } });
    expect(trunkInputOf(draftByPreset("gsm-shared"))).toMatchObject({ kind: "mobile", mode: "ip-peer" });
    expect(trunkInputOf(draftByPreset("toll-free"))).toMatchObject({
      kind: "toll-free",
      channels: { mostOutgoing: 0 },
    });
    expect(trunkInputOf(draftByPreset("internal"))).toMatchObject({ kind: "internal", mode: "ip-peer" });
  });
});

test.each([
  ["sip.example.ge:5080", { server: "sip.example.ge", port: 5080 }],
  ["sip:sip.example.ge:5080", { server: "sip.example.ge", port: 5080 }],
  ["sip.example.ge", { server: "sip.example.ge" }],
  ["sip.example.ge:99999", { server: "sip.example.ge:99999" }],
  ["2001:db8::1", { server: "2001:db8::1" }],
])("%s is a server and its port", (typed, expected) => {
  expect(splitServer(typed)).toEqual(expected);
});

test("problems are found in the part below 'More' in which they are", () => {
  expect(partsWith({ "outgoing.prefix": "not-digits", "channels.keptFree": "more-than-total" })).toEqual([
    "numbers",
    "channels",
  ]);
  expect(partsWith({ name: "required", password: "required" })).toEqual([]);
  expect(partsWith({ "sources.0": "not-a-network" })).toEqual(["connection"]);
});
