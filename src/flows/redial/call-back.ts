/** What the site's configuration says about calling back: when it may be done, and by which line. Pure. */
import type { E164 } from "../../calls/phone-number.ts";
import type { RoutingConfiguration } from "../../calls/routing-configuration.ts";
import { MAIN_SCHEDULE } from "../../calls/schedule.ts";
import { nextOpening, plainSchedule } from "../hours/schedule.ts";
import type { FlowDocument } from "../ivr/document.ts";
import { decideRoute, type RoutingWorld } from "../routing/decide-route.ts";

/**
 * `abroad`: the country is not allowed, or the number has its price; some let it ring once to be called back at a premium rate. `no-trunk`:
 * there is no line; `line-down`: none takes it now, so no operator is disturbed for it and no try is used up.
 */
export type CallBackDecision = { type: "dial" } | { type: "refuse"; reason: "abroad" | "no-trunk" | "line-down" };

export function decideCallBack(
  number: E164,
  configuration: RoutingConfiguration<unknown>,
  world: RoutingWorld,
): CallBackDecision {
  const decision = decideRoute(number, { purpose: "redial" }, configuration, world);
  if (decision.type === "dial") return { type: "dial" };
  if (decision.reason === "no-trunk-now") return { type: "refuse", reason: "line-down" };
  return { type: "refuse", reason: decision.reason === "no-trunk" ? "no-trunk" : "abroad" };
}

/** The first moment at or after `atMs` at which the published flow lets callers in; null: not within a year. */
export function openingAfter(
  { flow, schedules, site }: Pick<RoutingConfiguration<FlowDocument>, "flow" | "schedules" | "site">,
  atMs: number,
): number | null {
  const node = Object.values(flow.nodes).find((one) => one.type === "hours");
  if (node?.type !== "hours") return atMs;
  const named = schedules.find(({ scheduleId }) => scheduleId === (node.schedule ?? MAIN_SCHEDULE));
  const schedule = node.hours === null ? named : plainSchedule(node.hours);
  return schedule ? nextOpening(schedule, atMs, site.timeZone) : atMs;
}
