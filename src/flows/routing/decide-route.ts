/** Where a number goes that somebody dials, and why: by which trunks, in which order, or not at all. Pure. */
import type { DialTarget } from "../../calls/call-command.ts";
import type { Extension, TrunkId } from "../../calls/ids.ts";
import { callerIdBy, outgoingNumber } from "../../calls/number-format.ts";
import { DIAL_RIGHTS, type DialRight, type OutgoingRule } from "../../calls/outgoing.ts";
import type { Country } from "../../calls/phone-number.ts";
import type { RoutingConfiguration, RoutingTrunk } from "../../calls/routing-configuration.ts";
import { lineFor, type NoLine, type TrunkNow } from "../../calls/trunk-now.ts";
import type { ShownCaller } from "../../calls/way-out.ts";
import { type OutsideNumber, readOutsideNumber } from "./outside-number.ts";
import { bundleOf, isMeant, priceOf, type Spent } from "./spending.ts";

export type DialFrom = { extension: Extension } | { purpose: "redial" | "flow" | "synthetic" };

/** How much a phone has called out of late. */
export interface PhoneNow {
  /** Of calls to the outside, without this one. */
  atOnce: number;
  lastMinute: number;
  lastHour: number;
  minutesToday: number;
}

/** What the decision needs of the present. */
export interface RoutingWorld {
  nowMs: number;
  trunk(gateway: string): TrunkNow;
  spent(gateway: string): Spent;
  isFrozen(gateway: string): boolean;
  phone(extension: Extension): PhoneNow;
}

export const REFUSE_REASONS = [
  "not-a-number",
  "own-extension",
  /** A country that is not allowed, or none at all (satellite phones). */
  "international",
  /** The operator's right does not go so far. */
  "not-allowed",
  "too-many-at-once",
  "too-many-calls",
  "minutes-used-up",
  /** There is no trunk that is switched on. */
  "no-trunk",
  /** There are trunks, but none takes it now; each one's reason says why. */
  "no-trunk-now",
] as const;
export type RefuseReason = (typeof REFUSE_REASONS)[number];

/** Why a trunk is not tried. */
type PassReason =
  /** The call is refused, whatever the trunk. */
  "call-refused" | "switched-off" | "not-in-rule" | "down" | "frozen" | NoLine;

/** A trunk that is tried, in its place. */
interface TakenTrunk {
  gateway: string;
  because: "emergency" | "free-minutes" | "rule" | "own-order";
  /** In hundredth parts of the currency; 0 as long as free minutes last; null: nobody has said. */
  perMinuteMinor: number | null;
  freeMinutesLeft: number | null;
}

interface PassedOver {
  gateway: string;
  reason: PassReason;
}

/** What the number was taken for; null: a colleague, or no number. */
interface Judged {
  number: OutsideNumber | null;
  /** Place of the rule that decided, from 0; null: none meant the number. */
  rule: number | null;
  passedOver: PassedOver[];
}

export type RouteDecision = Judged &
  (
    | {
        type: "dial";
        /** Tried in this order; never empty. */
        attempts: DialTarget[];
        taken: TakenTrunk[];
      }
    | { type: "refuse"; reason: RefuseReason /** The country that is closed. */; country: Country | null }
  );

type Configuration = Pick<RoutingConfiguration<unknown>, "site" | "operators" | "trunks" | "numbers" | "outgoing">;

/** What calls that nobody dials may reach: no premium numbers, and abroad only what the site has allowed. */
const RIGHT_OF_THE_SITE: DialRight = "abroad";

export function decideRoute(
  dialled: string,
  from: DialFrom,
  configuration: Configuration,
  world: RoutingWorld,
): RouteDecision {
  const { operators, site, outgoing } = configuration;
  const number = readOutsideNumber(dialled, { country: site.country, areaCode: outgoing.areaCode });
  if (number?.kind === "emergency") return decideEmergency(number, configuration, world);
  if ("extension" in from) {
    const colleague = operators.find((operator) => operator.extension === dialled);
    if (colleague?.extension === from.extension) return refuse("own-extension", null, configuration);
    if (colleague) {
      const { extension, operatorId } = colleague;
      const target: DialTarget = { kind: "extension", extension, operatorId, callerNumber: from.extension };
      const passedOver = everyTrunk(configuration, "not-in-rule");
      return { type: "dial", attempts: [target], taken: [], number: null, rule: null, passedOver };
    }
  }
  if (number === null) return refuse("not-a-number", null, configuration);
  const objection = objectionTo(number, from, configuration, world);
  if (objection !== null) return refuse(objection, number, configuration);
  return chooseTrunks(number, configuration, world);
}

function objectionTo(
  number: OutsideNumber,
  from: DialFrom,
  { operators, outgoing }: Configuration,
  world: RoutingWorld,
): RefuseReason | null {
  const { allowedCountries, pace } = outgoing;
  if (number.isAbroad && (number.country === null || !allowedCountries.includes(number.country)))
    return "international";
  const caller = "extension" in from ? operators.find(({ extension }) => extension === from.extension) : undefined;
  // A phone that is nobody's may call nobody outside.
  const right = "extension" in from ? (caller?.mayDial ?? "internal") : RIGHT_OF_THE_SITE;
  if (DIAL_RIGHTS.indexOf(right) < DIAL_RIGHTS.indexOf(rightFor(number))) return "not-allowed";
  if (!("extension" in from)) return null;
  const phone = world.phone(from.extension);
  if (isReached(phone.atOnce, pace.mostAtOnce)) return "too-many-at-once";
  if (isReached(phone.lastMinute, pace.mostPerMinute)) return "too-many-calls";
  if (isReached(phone.lastHour, pace.mostPerHour)) return "too-many-calls";
  return isReached(phone.minutesToday, pace.minutesPerDay) ? "minutes-used-up" : null;
}

function isReached(value: number, limit: number | null): boolean {
  return limit !== null && value >= limit;
}

/** The least right with which a number may be dialled. */
function rightFor({ kind, isAbroad }: OutsideNumber): DialRight {
  if (kind === "premium") return "premium";
  if (isAbroad) return "abroad";
  return kind === "mobile" ? "mobile" : "national";
}

function chooseTrunks(number: OutsideNumber, configuration: Configuration, world: RoutingWorld): RouteDecision {
  const { trunks, outgoing, site } = configuration;
  const found = outgoing.rules.findIndex(({ numbers }) => isMeant(number, numbers, site.country));
  const rule = outgoing.rules[found];
  const passedOver: PassedOver[] = [];
  const able: { trunk: RoutingTrunk; taken: TakenTrunk }[] = [];
  for (const trunk of inOrderOf(rule?.trunkIds ?? null, trunks)) {
    const reason = isInRule(trunk, rule) ? reasonAgainst(trunk, world) : "not-in-rule";
    if (reason === null) able.push({ trunk, taken: takenBy(trunk, number, rule, configuration, world) });
    else passedOver.push({ gateway: trunk.gateway, reason });
  }
  const isFree = ({ taken }: { taken: TakenTrunk }) => taken.because === "free-minutes";
  const chosen = [...able.filter(isFree), ...able.filter((one) => !isFree(one))];
  const judged: Judged = { number, rule: rule === undefined ? null : found, passedOver };
  if (chosen.length === 0) {
    const reason = trunks.some(({ isEnabled }) => isEnabled) ? "no-trunk-now" : "no-trunk";
    return { type: "refuse", reason, country: null, ...judged };
  }
  return {
    type: "dial",
    attempts: chosen.map(({ trunk }) => targetOn(trunk, number, configuration, rule?.callerNumber ?? null)),
    taken: chosen.map(({ taken }) => taken),
    ...judged,
  };
}

/** A rule's trunks in its order, then the others in theirs. */
function inOrderOf(trunkIds: readonly TrunkId[] | null, trunks: readonly RoutingTrunk[]): RoutingTrunk[] {
  const place = ({ trunkId }: RoutingTrunk) => {
    const index = trunkIds?.indexOf(trunkId) ?? -1;
    return index < 0 ? Number.MAX_SAFE_INTEGER : index;
  };
  return trunks.toSorted((one, other) => place(one) - place(other));
}

function isInRule({ trunkId }: RoutingTrunk, rule: OutgoingRule | undefined): boolean {
  return rule === undefined || rule.trunkIds.includes(trunkId);
}

function reasonAgainst({ gateway, isEnabled, channels }: RoutingTrunk, world: RoutingWorld): PassReason | null {
  if (!isEnabled) return "switched-off";
  const now = world.trunk(gateway);
  if (!now.isUp) return "down";
  return world.isFrozen(gateway) ? "frozen" : lineFor(channels, now);
}

function takenBy(
  { gateway, costs }: RoutingTrunk,
  number: OutsideNumber,
  rule: OutgoingRule | undefined,
  { site }: Configuration,
  world: RoutingWorld,
): TakenTrunk {
  const index = bundleOf(number, costs, site.country);
  const bundle = index === null ? undefined : costs.bundles[index];
  const left =
    index === null || !bundle ? null : bundle.minutesPerMonth - (world.spent(gateway).bundleMinutesUsed[index] ?? 0);
  const isFree = left !== null && left > 0;
  return {
    gateway,
    because: isFree ? "free-minutes" : rule === undefined ? "own-order" : "rule",
    perMinuteMinor: isFree ? 0 : priceOf(number, costs, site.country),
    freeMinutesLeft: left === null ? null : Math.max(0, left),
  };
}

/**
 * Every trunk that the switch has, whatever its limits: those that are up and have a free channel first. What is down is tried all the same,
 * for it may be up by then, and its refusal takes no time.
 */
function decideEmergency(number: OutsideNumber, configuration: Configuration, world: RoutingWorld): RouteDecision {
  const enabled = configuration.trunks.filter(({ isEnabled }) => isEnabled);
  const passedOver = configuration.trunks
    .filter(({ isEnabled }) => !isEnabled)
    .map(({ gateway }): PassedOver => ({ gateway, reason: "switched-off" }));
  if (enabled.length === 0)
    return { type: "refuse", reason: "no-trunk", country: null, number, rule: null, passedOver };
  const hope = ({ gateway, channels }: RoutingTrunk) => {
    const { isUp, inbound, outbound } = world.trunk(gateway);
    const hasChannel = channels.total === null || inbound + outbound < channels.total;
    return (isUp ? 0 : 2) + (hasChannel ? 0 : 1);
  };
  const chosen = enabled.toSorted((one, other) => hope(one) - hope(other));
  return {
    type: "dial",
    attempts: chosen.map((trunk) => targetOn(trunk, number, configuration, null)),
    taken: chosen.map(({ gateway }) => ({ gateway, because: "emergency", perMinuteMinor: 0, freeMinutesLeft: null })),
    number,
    rule: null,
    passedOver,
  };
}

function targetOn(
  trunk: RoutingTrunk,
  { dialled, e164, kind }: OutsideNumber,
  configuration: Configuration,
  ruleNumber: string | null,
): DialTarget {
  const { gateway, outgoing } = trunk;
  const { country } = configuration.site;
  const number =
    outgoing.numberFormat === "as-dialled" || e164 === null ? dialled : outgoingNumber(e164, outgoing, country);
  if (ruleNumber !== null) {
    const callerNumber = outgoingNumber(ruleNumber, outgoing, country);
    return { kind: "gateway", gateway, number, callerNumber, isCallerHidden: false };
  }
  return { kind: "gateway", gateway, number, ...shownBy(trunk, kind === "emergency", configuration) };
}

/** As long as no rule says otherwise. */
export function shownBy(
  trunk: Pick<RoutingTrunk, "trunkId" | "outgoing">,
  isEmergency: boolean,
  configuration: Pick<RoutingConfiguration<unknown>, "numbers" | "site">,
): ShownCaller {
  const { outgoing } = trunk;
  // Whoever comes to help must be able to call back.
  const callerId = isEmergency ? "own-number" : outgoing.callerId;
  return callerIdBy({ ...trunk, outgoing: { ...outgoing, callerId } }, configuration);
}

function everyTrunk({ trunks }: Configuration, reason: PassReason): PassedOver[] {
  return trunks.map(({ gateway }) => ({ gateway, reason }));
}

function refuse(reason: RefuseReason, number: OutsideNumber | null, configuration: Configuration): RouteDecision {
  const country = reason === "international" ? (number?.country ?? null) : null;
  const passedOver = everyTrunk(configuration, "call-refused");
  return { type: "refuse", reason, country, number, rule: null, passedOver };
}
