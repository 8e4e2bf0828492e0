import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Extension, TrunkId } from "../../calls/ids.ts";
import { DIAL_RIGHTS, type NumberMatch, type OutgoingRule, USUAL_OUTGOING } from "../../calls/outgoing.ts";
import type { RoutingConfiguration } from "../../calls/routing-configuration.ts";
import { quietWorld, routingConfiguration, routingOperator, routingTrunk } from "../../testing/routing.ts";
import { type DialFrom, decideRoute, type RouteDecision, type RoutingWorld } from "./decide-route.ts";
import { readOutsideNumber } from "./outside-number.ts";

const every: NumberMatch = { kinds: [], countries: [], prefixes: [] };
const anna = { extension: "101" as Extension };
const redial = { purpose: "redial" as const };
const trunks = [routingTrunk(1), routingTrunk(2), routingTrunk(3)];
const rule = (numbers: Partial<NumberMatch>, trunkIds: number[], callerNumber: string | null = null): OutgoingRule => ({
  name: "rule",
  numbers: { ...every, ...numbers },
  trunkIds: trunkIds as TrunkId[],
  callerNumber,
});
const site = (change: Parameters<typeof routingConfiguration>[0] = {}) => routingConfiguration({ trunks, ...change });
const withRules = (...rules: OutgoingRule[]) => site({ outgoing: { ...USUAL_OUTGOING, rules } });

function gatewaysOf(decision: RouteDecision): string[] {
  if (decision.type === "refuse") return [decision.reason];
  return decision.attempts.map((target) => (target.kind === "gateway" ? target.gateway : target.extension));
}
const decide = (dialled: string, configuration = site(), world: Partial<RoutingWorld> = {}, from: DialFrom = anna) =>
  decideRoute(dialled, from, configuration, quietWorld(world));
const go = (...args: Parameters<typeof decide>) => gatewaysOf(decide(...args));

describe("by which trunks", () => {
  test("without a rule by all, in their own order", () => {
    expect(go("599110001")).toEqual(["trunk-1", "trunk-2", "trunk-3"]);
  });

  test("the first rule that means the number decides, in its order", () => {
    const configuration = withRules(
      rule({ prefixes: ["59911"] }, [2]),
      rule({ kinds: ["mobile"] }, [3, 1]),
      rule({ kinds: ["fixed"] }, [1]),
    );
    expect(go("599110001", configuration)).toEqual(["trunk-2"]);
    expect(go("555110001", configuration)).toEqual(["trunk-3", "trunk-1"]);
    expect(go("0322112233", configuration)).toEqual(["trunk-1"]);
    expect(go("0800123456", configuration)).toEqual(["trunk-1", "trunk-2", "trunk-3"]);
    expect(decide("555110001", configuration)).toMatchObject({
      rule: 1,
      passedOver: [{ gateway: "trunk-2", reason: "not-in-rule" }],
    });
  });

  test.each<[Partial<RoutingWorld>, string]>([
    [{ trunk: (gateway) => ({ gateway, isUp: gateway !== "trunk-1", inbound: 0, outbound: 0 }) }, "down"],
    [{ isFrozen: (gateway) => gateway === "trunk-1" }, "frozen"],
  ])("one that is not able is passed over (%#)", (world, reason) => {
    const decision = decide("599110001", site(), world);
    expect(gatewaysOf(decision)).toEqual(["trunk-2", "trunk-3"]);
    expect(decision.passedOver).toEqual([{ gateway: "trunk-1", reason }]);
  });

  test.each<[{ total: number | null; mostOutgoing: number | null; keptFree: number }, number, number, string | null]>([
    [{ total: 2, mostOutgoing: null, keptFree: 0 }, 1, 0, null],
    [{ total: 2, mostOutgoing: null, keptFree: 0 }, 1, 1, "all-lines-busy"],
    [{ total: 4, mostOutgoing: 2, keptFree: 0 }, 0, 2, "most-outgoing"],
    [{ total: 4, mostOutgoing: 2, keptFree: 0 }, 2, 1, null],
    [{ total: 4, mostOutgoing: null, keptFree: 1 }, 2, 1, "kept-free"],
    [{ total: 4, mostOutgoing: null, keptFree: 1 }, 1, 1, null],
    [{ total: null, mostOutgoing: null, keptFree: 1 }, 90, 90, null],
  ])("channels %j with %i in and %i out: %s", (channels, inbound, outbound, reason) => {
    const configuration = site({ trunks: [routingTrunk(1, { channels })] });
    const world = { trunk: (gateway: string) => ({ gateway, isUp: true, inbound, outbound }) };
    const decision = decide("599110001", configuration, world);
    expect(decision.passedOver.map((one) => one.reason)).toEqual(reason === null ? [] : [reason]);
    // To an emergency number the last channel counts as well.
    expect(go("112", configuration, world)).toEqual(["trunk-1"]);
  });

  test("free minutes go first until they are used up", () => {
    const bundles = [{ numbers: { ...every, prefixes: ["599"] }, minutesPerMonth: 100 }];
    const costs = { prices: [{ numbers: every, perMinuteMinor: 7 }], bundles, stepSeconds: 60 };
    const configuration = site({ trunks: [routingTrunk(1), routingTrunk(2, { costs }), routingTrunk(3)] });
    const used = (minutes: number): Partial<RoutingWorld> => ({
      spent: () => ({ minutesToday: 0, moneyTodayMinor: 0, bundleMinutesUsed: [minutes] }),
    });
    const decision = decide("599110001", configuration, used(99));
    expect(gatewaysOf(decision)).toEqual(["trunk-2", "trunk-1", "trunk-3"]);
    expect(decision).toMatchObject({
      taken: [{ because: "free-minutes", perMinuteMinor: 0, freeMinutesLeft: 1 }, {}, {}],
    });
    expect(go("599110001", configuration, used(100))).toEqual(["trunk-1", "trunk-2", "trunk-3"]);
    expect(go("555110001", configuration, used(0))).toEqual(["trunk-1", "trunk-2", "trunk-3"]);
  });

  test("the caller's number is the rule's, else the trunk's own, else as the trunk says", () => {
    const numbers = [
      {
        number: "0322000000",
        name: "",
        trunkId: null,
        language: null,
        scheduleId: null,
        flowId: null,
        recordCalls: null,
      },
      {
        number: "0322111111",
        name: "",
        trunkId: 1 as TrunkId,
        language: null,
        scheduleId: null,
        flowId: null,
        recordCalls: null,
      },
    ];
    const policy = (id: number, callerId: "own-number" | "trunk-default" | "hidden") =>
      routingTrunk(id, { outgoing: { numberFormat: "e164", prefix: "", callerId } });
    const configuration = site({
      numbers,
      trunks: [policy(1, "own-number"), policy(2, "own-number"), policy(3, "trunk-default"), policy(4, "hidden")],
      outgoing: { ...USUAL_OUTGOING, rules: [rule({ kinds: ["fixed"] }, [1, 4], "0322999999")] },
    });
    const shown = (dialled: string) => {
      const decision = decide(dialled, configuration);
      return decision.type === "dial"
        ? decision.attempts.map((target) =>
            target.kind === "gateway" && target.isCallerHidden ? "hidden" : target.callerNumber,
          )
        : [];
    };
    expect(shown("599110001")).toEqual(["+995322111111", "+995322000000", null, "hidden"]);
    expect(shown("0322112233")).toEqual(["+995322999999", "+995322999999"]);
    // Who comes to help must be able to call back.
    expect(shown("112")).toEqual(["+995322111111", "+995322000000", "+995322000000", "+995322000000"]);
  });
});

test.each([
  ["0322112233", ["+995322112233", "995322112233", "0322112233", "0322112233"]],
  // A block that the library does not know yet.
  ["599990001", ["+995599990001", "995599990001", "599990001", "599990001"]],
  ["11808", ["11808", "11808", "11808", "11808"]],
])("%s is written as each trunk wants it", (dialled, expected) => {
  const formats = ["e164", "e164-no-plus", "national", "as-dialled"] as const;
  const lines = formats.map((numberFormat, index) =>
    routingTrunk(index + 1, { outgoing: { numberFormat, prefix: "", callerId: "hidden" } }),
  );
  const decision = decide(dialled, site({ trunks: lines }));
  const numbers =
    decision.type === "dial" ? decision.attempts.map((one) => (one.kind === "gateway" ? one.number : "")) : [];
  expect(numbers).toEqual(expected);
});

describe("what is refused", () => {
  test("abroad, until the country is allowed", () => {
    const allowed = site({ outgoing: { ...USUAL_OUTGOING, allowedCountries: ["GB"] } });
    expect(decide("+447400123456")).toMatchObject({ type: "refuse", reason: "international", country: "GB" });
    expect(go("+447400123456", allowed)).toEqual(["trunk-1", "trunk-2", "trunk-3"]);
    // The code +1 leads to the United States, and to places that live on the difference.
    const usa = site({ outgoing: { ...USUAL_OUTGOING, allowedCountries: ["US"] } });
    expect(go("+12125551234", usa)).toEqual(["trunk-1", "trunk-2", "trunk-3"]);
    expect(decide("+18095551234", usa)).toMatchObject({ reason: "international", country: "DO" });
    expect(decide("+881612345678", usa)).toMatchObject({ reason: "international", country: null });
  });

  test("what goes beyond the operator's right", () => {
    const DIALLED = ["0322112233", "0800123456", "11808", "599110001", "+447400123456", "0900123456", "+449098790000"];
    const reach = DIAL_RIGHTS.map((mayDial) => {
      const configuration = site({
        operators: [routingOperator("101", { mayDial }), routingOperator("102")],
        outgoing: { ...USUAL_OUTGOING, allowedCountries: ["GB"] },
      });
      expect(go("102", configuration)).toEqual(["102"]);
      expect(decide("112", configuration).type).toBe("dial");
      return DIALLED.filter((dialled) => decide(dialled, configuration).type === "dial").length;
    });
    expect(reach).toEqual([0, 3, 4, 5, 7]);
  });

  test("premium numbers to whatever nobody dials", () => {
    expect(decide("0900123456", site(), {}, redial)).toMatchObject({ reason: "not-allowed" });
    expect(go("+995599110001", site(), {}, redial)).toEqual(["trunk-1", "trunk-2", "trunk-3"]);
  });

  test("a phone that calls too much, but not its emergency call or its colleague", () => {
    const quiet = { atOnce: 0, lastMinute: 0, lastHour: 0, minutesToday: 0 };
    const reasons = (
      [
        [{ atOnce: 3 }, "too-many-at-once"],
        [{ lastMinute: 20 }, "too-many-calls"],
        [{ lastHour: 200 }, "too-many-calls"],
        [{ minutesToday: 600 }, "minutes-used-up"],
        [{ atOnce: 2, lastMinute: 19, lastHour: 199, minutesToday: 599 }, "trunk-1"],
      ] as const
    ).map(([busy, expected]) => {
      const world = { phone: () => ({ ...quiet, ...busy }) };
      expect(decide("112", site(), world).type).toBe("dial");
      expect(go("102", site(), world)).toEqual(["102"]);
      expect(go("599110001", site(), world, redial)[0]).toBe("trunk-1");
      return [go("599110001", site(), world)[0], expected];
    });
    for (const [found, expected] of reasons) expect(found).toBe(expected);
  });

  test("what is no number, oneself, and everything when there is no line", () => {
    expect(go("abc")).toEqual(["not-a-number"]);
    expect(go("101")).toEqual(["own-extension"]);
    expect(go("599110001", site({ trunks: [] }))).toEqual(["no-trunk"]);
    expect(go("599110001", site({ trunks: [routingTrunk(1, { isEnabled: false })] }))).toEqual(["no-trunk"]);
    expect(go("112", site({ trunks: [] }))).toEqual(["no-trunk"]);
    expect(go("599110001", site(), { isFrozen: () => true })).toEqual(["no-trunk-now"]);
  });
});

const KINDS = ["fixed", "mobile", "toll-free", "short", "premium", "international"] as const;
const COUNTRIES = ["GB", "US", "DO", "RU", "KZ", "DE"] as const;
const match: fc.Arbitrary<NumberMatch> = fc.record({
  kinds: fc.subarray([...KINDS]),
  countries: fc.subarray([...COUNTRIES]),
  prefixes: fc.subarray(["5", "599", "+44", "0322", "112", "1"]),
});
const anyRule: fc.Arbitrary<OutgoingRule> = fc.record({
  name: fc.constant("rule"),
  numbers: match,
  trunkIds: fc.subarray([1, 2, 3, 9] as TrunkId[]),
  callerNumber: fc.option(fc.constant("0322112233")),
});
const count = fc.option(fc.nat(3));
const anySite: fc.Arbitrary<RoutingConfiguration<null>> = fc
  .record({
    country: fc.constantFrom("GE", "RU", "MN", "US"),
    mayDial: fc.constantFrom(...DIAL_RIGHTS),
    allowedCountries: fc.subarray([...COUNTRIES]),
    areaCode: fc.option(fc.constantFrom("32", "495")),
    rules: fc.array(anyRule, { maxLength: 4 }),
    pace: fc.record({ mostPerMinute: count, mostPerHour: count, mostAtOnce: count, minutesPerDay: count }),
    trunks: fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 4 }),
        isEnabled: fc.boolean(),
        channels: fc.record({ total: count, mostOutgoing: count, keptFree: fc.nat(3) }),
        outgoing: fc.record({
          numberFormat: fc.constantFrom("e164", "e164-no-plus", "national", "as-dialled"),
          prefix: fc.constantFrom("", "9"),
          callerId: fc.constantFrom("own-number", "trunk-default", "hidden"),
        }),
      }),
      { selector: ({ id }) => id, maxLength: 4 },
    ),
  })
  .map(({ country, mayDial, trunks: lines, ...outgoing }) => {
    const made = routingConfiguration({
      operators: [routingOperator("101", { mayDial }), routingOperator("102")],
      trunks: lines.map(({ id, ...change }) => routingTrunk(id, change)),
      outgoing: { ...USUAL_OUTGOING, ...outgoing },
    });
    return { ...made, site: { ...made.site, country } };
  });
const anyWorld: fc.Arbitrary<RoutingWorld> = fc
  .record({
    up: fc.subarray([1, 2, 3, 4]),
    frozen: fc.subarray([1, 2, 3, 4]),
    inbound: fc.nat(4),
    outbound: fc.nat(4),
    phone: fc.record({ atOnce: fc.nat(4), lastMinute: fc.nat(4), lastHour: fc.nat(4), minutesToday: fc.nat(4) }),
    used: fc.nat(100),
  })
  .map(({ up, frozen, inbound, outbound, phone, used }) =>
    quietWorld({
      trunk: (gateway) => ({ gateway, isUp: up.some((id) => gateway === `trunk-${id}`), inbound, outbound }),
      isFrozen: (gateway) => frozen.some((id) => gateway === `trunk-${id}`),
      spent: () => ({ minutesToday: used, moneyTodayMinor: used, bundleMinutesUsed: [used] }),
      phone: () => phone,
    }),
  );
const anyDialled = fc.oneof(
  fc.constantFrom("112", "911", "599110001", "0322112233", "+447400123456", "0900123456", "102", "101", "+18095551234"),
  fc.stringMatching(/^\+?[0-9]{1,16}$/),
  fc.stringMatching(/^(00|810|011|\+)[1-9][0-9]{6,13}$/),
  fc.string({ maxLength: 20 }),
);
const anyFrom: fc.Arbitrary<DialFrom> = fc.constantFrom<DialFrom[]>(
  { extension: "101" as Extension },
  { extension: "999" as Extension },
  { purpose: "redial" },
  { purpose: "flow" },
  { purpose: "synthetic" },
);

describe("whatever the configuration, the present and the number", () => {
  test("an emergency number leaves by every trunk that is switched on", () => {
    fc.assert(
      fc.property(anySite, anyWorld, anyFrom, (configuration, world, from) => {
        const emergency = configuration.site.country === "US" ? "911" : "112";
        const decision = decideRoute(emergency, from, configuration, world);
        const enabled = configuration.trunks.filter(({ isEnabled }) => isEnabled).map(({ gateway }) => gateway);
        if (enabled.length === 0) expect(decision).toMatchObject({ type: "refuse", reason: "no-trunk" });
        else expect(gatewaysOf(decision).toSorted()).toEqual(enabled.toSorted());
      }),
    );
  });

  test("nothing leaves for a country that is not allowed", () => {
    fc.assert(
      fc.property(anySite, anyWorld, anyFrom, anyDialled, (configuration, world, from, dialled) => {
        const { site: here, outgoing } = configuration;
        const decision = decideRoute(dialled, from, configuration, world);
        if (decision.type === "refuse" || decision.attempts.some(({ kind }) => kind === "extension")) return;
        const { number } = decision;
        if (number === null) throw new Error("a number outside without being one");
        if (number.kind === "emergency") return;
        // Read anew from what leaves, as the trunk reads it.
        for (const target of decision.attempts) {
          if (target.kind !== "gateway") continue;
          const trunk = configuration.trunks.find(({ gateway }) => gateway === target.gateway);
          const noPlus = trunk?.outgoing.numberFormat === "e164-no-plus" && number.e164 !== null;
          const read = readOutsideNumber(noPlus ? `+${target.number}` : target.number, {
            country: here.country,
            areaCode: outgoing.areaCode,
          });
          const country = read?.country ?? null;
          expect([here.country, ...outgoing.allowedCountries]).toContain(country);
          if (read?.kind === "premium") expect(configuration.operators[0]?.mayDial).toBe("premium");
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("each trunk is told of once: in its place, or with the reason for which it is passed over", () => {
    fc.assert(
      fc.property(anySite, anyWorld, anyFrom, anyDialled, (configuration, world, from, dialled) => {
        const decision = decideRoute(dialled, from, configuration, world);
        const taken = decision.type === "dial" ? decision.taken.map(({ gateway }) => gateway) : [];
        const told = [...taken, ...decision.passedOver.map(({ gateway }) => gateway)];
        expect(told.toSorted()).toEqual(configuration.trunks.map(({ gateway }) => gateway).toSorted());
        if (decision.type === "refuse") return;
        expect(decision.attempts.length).toBeGreaterThan(0);
        const outside = decision.attempts.filter(({ kind }) => kind === "gateway");
        expect(outside.map((target) => (target.kind === "gateway" ? target.gateway : ""))).toEqual(taken);
      }),
      { numRuns: 500 },
    );
  });
});
