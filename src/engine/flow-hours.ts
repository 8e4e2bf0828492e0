import type { ScheduleId } from "../calls/ids.ts";
import type { RoutingConfiguration } from "../calls/routing-configuration.ts";
import type { WeeklyHours } from "../calls/schedule.ts";
import { isOpenBySchedule } from "../flows/hours/schedule.ts";
import type { FlowDocument, FlowNode } from "../flows/ivr/document.ts";

const NEVER: WeeklyHours = {
  alwaysOpen: false,
  ...{ monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] },
};
const ALWAYS: WeeklyHours = { ...NEVER, alwaysOpen: true };

/** The published flow, with what that schedule says at the moment in its hours. */
export function flowWithHours(
  { flow, schedules, site }: RoutingConfiguration<FlowDocument>,
  wanted: ScheduleId,
  nowMs: number,
): FlowDocument {
  const schedule = schedules.find(({ scheduleId }) => scheduleId === wanted);
  if (!schedule) return flow;
  const hours = isOpenBySchedule(schedule, nowMs, site.timeZone).isOpen ? ALWAYS : NEVER;
  const answered = (node: FlowNode): FlowNode => (node.type === "hours" ? { ...node, hours } : node);
  return {
    ...flow,
    nodes: Object.fromEntries(Object.entries(flow.nodes).map(([id, node]) => [id, answered(node)])),
  };
}
