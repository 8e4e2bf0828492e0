import { expect, test } from "vitest";
import type { RoutingConfiguration } from "../../calls/routing-configuration.ts";
import { quietWorld, routingConfiguration, routingTrunk } from "../../testing/routing.ts";
import type { RoutingWorld } from "./decide-route.ts";
import { syntheticTarget } from "./synthetic-target.ts";

type OwnNumber = RoutingConfiguration<null>["numbers"][number];
type Trunk = RoutingConfiguration<null>["trunks"][number];

const own = (number: string, trunk: number | null): OwnNumber => ({
  ...{ number, name: "", trunkId: trunk as OwnNumber["trunkId"], language: null, scheduleId: null },
  ...{ flowId: null, recordCalls: null },
});

function from(number: OwnNumber, trunks: Trunk[], world: Partial<RoutingWorld> = {}): string {
  const numbers = [own("0322112233", 1), own("0322445566", 2)];
  const plan = syntheticTarget(number, routingConfiguration({ trunks, numbers }), quietWorld(world));
  return plan.type === "call" ? `${plan.target.gateway} as ${plan.target.callerNumber}` : plan.why;
}

const two = [routingTrunk(1), routingTrunk(2)];
const hidden = routingTrunk(2, { outgoing: { numberFormat: "as-dialled", prefix: "", callerId: "hidden" } });

test.each([
  ["by another trunk than its own", own("0322112233", 1), two, {}, "trunk-2 as 0322445566"],
  ["of no trunk: by any", own("0322998877", null), two, {}, "trunk-1 as 0322112233"],
  [
    "its caller is shown, or nobody could know the call again",
    own("0322112233", 1),
    [two[0], hidden],
    {},
    "trunk-2 as 0322445566",
  ],
  ["one trunk alone", own("0322112233", 1), [routingTrunk(1)], {}, "no-second-trunk"],
  ["one alone, and a number of none", own("0322998877", null), [routingTrunk(1)], {}, "no-second-trunk"],
  [
    "the other is switched off",
    own("0322112233", 1),
    [routingTrunk(1), routingTrunk(2, { isEnabled: false })],
    {},
    "no-second-trunk",
  ],
  ["the other is frozen", own("0322112233", 1), two, { isFrozen: () => true }, "no-trunk-now"],
  ["no number that can be dialled", own("front-door", 1), two, {}, "refused"],
] as const)("%s", (_, number, trunks, world, expected) => {
  expect(from(number, trunks as Trunk[], world)).toBe(expected);
});

test("lines that are kept free for callers are not taken", () => {
  const full = routingTrunk(2, { channels: { total: 2, mostOutgoing: null, keptFree: 1 } });
  const trunk = (gateway: string) => ({ gateway, isUp: true, inbound: 1, outbound: 0 });
  expect(from(own("0322112233", 1), [routingTrunk(1), full], { trunk })).toBe("no-trunk-now");
});
