/** By which trunk the box calls one of its own numbers. Pure. */
import type { DialTarget } from "../../calls/call-command.ts";
import type { RoutingConfiguration } from "../../calls/routing-configuration.ts";
import { decideRoute, type RoutingWorld } from "./decide-route.ts";

type Configuration = Pick<RoutingConfiguration<unknown>, "site" | "operators" | "trunks" | "numbers" | "outgoing">;

/** Never by its own: the operator might hand it back without asking the others. No trunk's number is called by any, if there are two. */
export function syntheticTarget(
  { number, trunkId }: Configuration["numbers"][number],
  configuration: Configuration,
  world: RoutingWorld,
):
  | { type: "call"; target: Extract<DialTarget, { kind: "gateway" }> }
  | { type: "none"; why: "no-second-trunk" | "no-trunk-now" | "refused" } {
  const enabled = configuration.trunks.filter(({ isEnabled }) => isEnabled);
  const others = enabled.filter((trunk) => trunk.trunkId !== trunkId);
  if (others.length === 0 || enabled.length < 2) return { type: "none", why: "no-second-trunk" };
  const decision = decideRoute(
    number,
    { purpose: "synthetic" },
    {
      ...configuration,
      // Recognised by who calls: so it must be seen.
      trunks: others.map((trunk) =>
        trunk.outgoing.callerId === "hidden"
          ? { ...trunk, outgoing: { ...trunk.outgoing, callerId: "own-number" as const } }
          : trunk,
      ),
      outgoing: { ...configuration.outgoing, rules: [] },
    },
    world,
  );
  if (decision.type === "refuse")
    return { type: "none", why: decision.reason === "no-trunk-now" ? "no-trunk-now" : "refused" };
  const target = decision.attempts.find((attempt) => attempt.kind === "gateway");
  return target === undefined ? { type: "none", why: "refused" } : { type: "call", target };
}
