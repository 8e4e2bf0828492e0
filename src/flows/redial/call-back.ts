/** What the site's configuration says about calling back: when it may be done, and by which line. Pure. */
import type { DialTarget } from "../../calls/call-command.ts";
import type { Extension } from "../../calls/ids.ts";
import type { E164 } from "../../calls/phone-number.ts";
import type { RoutingConfiguration } from "../../calls/routing-configuration.ts";
import { MAIN_SCHEDULE } from "../../calls/schedule.ts";
import { nextOpening, plainSchedule } from "../hours/schedule.ts";
import type { FlowDocument } from "../ivr/document.ts";
import { decideDial } from "../routing/dial-plan.ts";

/** No phone dials here: nobody can call themselves. */
const NO_PHONE = "" as Extension;

/**
 * `abroad`: calls abroad are closed, also because some let it ring once to be called back at a premium rate; `no-trunk`: there is no line;
 * `line-down`: none works now, so no operator is disturbed for it and no try is used up.
 */
export type CallBackDecision =
  | { type: "dial"; target: DialTarget }
  | { type: "refuse"; reason: "abroad" | "no-trunk" | "line-down" };

/** @param isDown whether a gateway is known not to carry calls now */
export function decideCallBack(
  number: E164,
  configuration: RoutingConfiguration<unknown>,
  isDown: (gateway: string) => boolean,
): CallBackDecision {
  const decision = decideDial(number, NO_PHONE, configuration, isDown);
  if (decision.type === "refuse")
    return { type: "refuse", reason: decision.reason === "no-trunk" ? "no-trunk" : "abroad" };
  const { target } = decision;
  return target.kind === "gateway" && isDown(target.gateway) ? { type: "refuse", reason: "line-down" } : decision;
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
