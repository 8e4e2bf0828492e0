import type { Extension, FlowId, OperatorId, ScheduleId, TrunkId } from "./ids.ts";
import type { Language } from "./language.ts";
import type { DialRight, OutgoingSettings, TrunkCosts, TrunkLimits } from "./outgoing.ts";
import type { Country } from "./phone-number.ts";
import type { Schedule } from "./schedule.ts";
import type { TrunkChannels, TrunkIncoming, TrunkKind, TrunkOutgoing } from "./trunk.ts";

/** One of our own numbers (DID). */
interface OwnNumber {
  /** As the trunk delivers it. */
  number: string;
  name: string;
  trunkId: TrunkId | null;
  /** Spoken first on this number; null: the site's. */
  language: Language | null;
  /** Hours of this number; null: those that its flow names. */
  scheduleId: ScheduleId | null;
  /** What its callers meet; null: the default flow. */
  flowId: FlowId | null;
  /** Null: as the site does. */
  recordCalls: boolean | null;
}

export interface RoutingOperator {
  operatorId: OperatorId;
  name: string;
  extension: Extension;
  isEnabled: boolean;
  /** In which they are spoken to; null: nobody chose one, so the site's. */
  language: Language | null;
  mayDial: DialRight;
}

export interface RoutingTrunk {
  trunkId: TrunkId;
  name: string;
  kind: TrunkKind;
  /** Name of its gateway at the switch: `trunk-<id>`. */
  gateway: string;
  isEnabled: boolean;
  channels: TrunkChannels;
  outgoing: TrunkOutgoing;
  incoming: TrunkIncoming;
  limits: TrunkLimits;
  costs: TrunkCosts;
}

/**
 * All that deciding about a call needs, in one immutable piece: a copy in memory and on disk, so that calls are routed while the
 * database is away. `Flow` is the flow document (flows/ivr/document.ts), which this folder may not import.
 */
export interface RoutingConfiguration<Flow> {
  site: {
    firmName: string;
    timeZone: string;
    country: Country;
    language: Language;
    /** Offered to callers, first is the default. Only languages whose prompts exist. */
    callerLanguages: Language[];
    recordCalls: boolean;
  };
  operators: RoutingOperator[];
  trunks: RoutingTrunk[];
  numbers: OwnNumber[];
  /** The main one is always among them. */
  schedules: Schedule[];
  outgoing: OutgoingSettings;
  /** The default flow. */
  flow: Flow;
  /** All flows as published now, the default one among them. */
  flows: Flow[];
  /** Versions that were replaced lately: live calls finish on the one that they started. */
  formerFlows: Flow[];
}
