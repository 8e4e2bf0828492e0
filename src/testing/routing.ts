/** A site's routing, and a quiet moment in it, for tests that change a few words of them. */
import type { Extension, OperatorId, TrunkId } from "../calls/ids.ts";
import { NO_COSTS, USUAL_OUTGOING } from "../calls/outgoing.ts";
import type { RoutingConfiguration, RoutingOperator, RoutingTrunk } from "../calls/routing-configuration.ts";
import { plainSchedule } from "../flows/hours/schedule.ts";
import { usualHours } from "../flows/hours/weekly-hours.ts";
import type { RoutingWorld } from "../flows/routing/decide-route.ts";

export function routingTrunk(id: number, change: Partial<RoutingTrunk> = {}): RoutingTrunk {
  return {
    trunkId: id as TrunkId,
    name: `Trunk ${id}`,
    kind: "city",
    gateway: `trunk-${id}`,
    isEnabled: true,
    channels: { total: null, mostOutgoing: null, keptFree: 0 },
    outgoing: { numberFormat: "as-dialled", prefix: "", callerId: "own-number" },
    incoming: { numberFormat: "auto", prefix: "" },
    limits: { minutesPerDay: null, moneyPerDayMinor: null },
    costs: NO_COSTS,
    ...change,
  };
}

export function routingOperator(extension: string, change: Partial<RoutingOperator> = {}): RoutingOperator {
  return {
    operatorId: Number(extension) as OperatorId,
    name: `Operator ${extension}`,
    extension: extension as Extension,
    isEnabled: true,
    language: null,
    mayDial: "abroad",
    ...change,
  };
}

export function routingConfiguration(
  change: Partial<Omit<RoutingConfiguration<null>, "site">> = {},
): RoutingConfiguration<null> {
  return {
    site: {
      firmName: "Test",
      timeZone: "Asia/Tbilisi",
      country: "GE",
      language: "en",
      callerLanguages: ["en"],
      recordCalls: false,
    },
    operators: [routingOperator("101"), routingOperator("102")],
    trunks: [routingTrunk(1)],
    numbers: [],
    schedules: [plainSchedule({ ...usualHours(), alwaysOpen: true })],
    outgoing: USUAL_OUTGOING,
    flow: null,
    flows: [],
    formerFlows: [],
    ...change,
  };
}

/** Everything is up, and nobody has called. */
export function quietWorld(change: Partial<RoutingWorld> = {}): RoutingWorld {
  return {
    nowMs: Date.parse("2026-11-22T10:00:00Z"),
    trunk: (gateway) => ({ gateway, isUp: true, inbound: 0, outbound: 0 }),
    spent: () => ({ minutesToday: 0, moneyTodayMinor: 0, bundleMinutesUsed: [] }),
    isFrozen: () => false,
    phone: () => ({ atOnce: 0, lastMinute: 0, lastHour: 0, minutesToday: 0 }),
    ...change,
  };
}
