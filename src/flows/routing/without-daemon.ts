/** What the switch alone does with calls while the daemon is gone. Pure. */
import type { NumberKind } from "../../calls/outgoing.ts";
import { type Country, callingCode } from "../../calls/phone-number.ts";
import type { RoutingConfiguration } from "../../calls/routing-configuration.ts";
import type { OutgoingFormat } from "../../calls/trunk.ts";
import type { NumberRewriting, ShownCaller, WayOut } from "../../calls/way-out.ts";
import { shownBy } from "./decide-route.ts";
import { nationalPlan } from "./national-plans.ts";
import { readOutsideNumber, writtenForms } from "./outside-number.ts";

/** Service numbers of three to five digits. None begins with 0, as calls abroad do. */
const SHORT = "[1-9][0-9]{2,4}";
/** What can stand for a number in a request, without its plus. */
const FORM = /^[A-Za-z0-9_.*#-]{1,40}$/;
const ORDINARY: readonly NumberKind[] = ["fixed", "mobile", "toll-free"];

/** Of local numbers: none begins with 0 or 1. */
const FIRST_LOCAL_DIGITS = "23456789";

/**
 * What leaves besides emergency numbers. The switch knows no limits, rights and prices, so it lets out what is harmless anywhere: numbers of
 * the home country at ordinary prices, and short ones.
 * @returns a pattern (any regular expression engine's) of the whole dialled text
 * @param areaCode the site's, for local numbers that are dialled without it
 */
export function outsideWithoutDaemon(country: Country, areaCode: string | null): string {
  const patterns = ordinaryNumbers(country).map(({ lead, digits }) => `${lead}(?:${digits})`);
  return `^(?:${[SHORT, ...patterns, ...localNumbers(country, areaCode)].join("|")})$`;
}

function localNumbers(country: Country, areaCode: string | null): string[] {
  const plan = nationalPlan(country);
  if (!plan?.areas || areaCode === null || !new RegExp(`^${plan.areas.code}$`).test(areaCode)) return [];
  // Behind its trunk prefix a trunk expects a number of elsewhere.
  const first = FIRST_LOCAL_DIGITS.replace(plan.trunkPrefix, "");
  return [`[${first}][0-9]{${plan.areas.digits - areaCode.length - 1}}`];
}

interface OrdinaryNumbers {
  /** Patterns of what may stand before the national number, and of the number itself. */
  lead: string;
  digits: string;
  /** What people at home dial before it. */
  homePrefix: string;
}

function ordinaryNumbers(country: Country): OrdinaryNumbers[] {
  const plan = nationalPlan(country);
  // Where the plan is not known, premium numbers cannot be told apart: nothing but short ones and help.
  if (plan === null) return [];
  const { trunkPrefix, bare, kinds } = plan;
  const lead = `(?:[+]${callingCode(country)}|${trunkPrefix})`;
  return kinds
    .filter(([, kind]) => ORDINARY.includes(kind))
    .map(([digits, kind]) =>
      bare.includes(kind) ? { lead: `${lead}?`, digits, homePrefix: "" } : { lead, digits, homePrefix: trunkPrefix },
    );
}

/** By which trunks calls leave, and how by each; in which order the switch knows itself. Rules are the daemon's. */
export function waysOutWithoutDaemon(
  configuration: Pick<RoutingConfiguration<unknown>, "site" | "trunks" | "numbers" | "outgoing">,
): WayOut[] {
  return configuration.trunks
    .filter(({ isEnabled }) => isEnabled)
    .map((trunk) => ({
      gateway: trunk.gateway,
      shown: showable(shownBy(trunk, false, configuration)),
      shownInEmergency: showable(shownBy(trunk, true, configuration)),
      rewriting: rewritingTo(trunk.outgoing.numberFormat, configuration.site.country, configuration.outgoing.areaCode),
    }));
}

/** A trunk may deliver a name in the place of our number; nobody can call that back. */
function showable(shown: ShownCaller): ShownCaller {
  const isNumber = shown.callerNumber !== null && /^\+?[0-9]{1,20}$/.test(shown.callerNumber);
  return { ...shown, callerNumber: isNumber ? shown.callerNumber : null };
}

/** As `outgoingNumber` does it. Short numbers and those of emergencies have no other form. */
function rewritingTo(format: OutgoingFormat, country: Country, areaCode: string | null): NumberRewriting[] {
  if (format === "as-dialled") return [];
  const code = callingCode(country);
  const before = (homePrefix: string) => ({ e164: `+${code}`, "e164-no-plus": code, national: homePrefix })[format];
  const trunkPrefix = nationalPlan(country)?.trunkPrefix ?? "";
  return [
    ...ordinaryNumbers(country).map(({ lead, digits, homePrefix }) => ({
      pattern: `^${lead}(${digits})$`,
      before: before(homePrefix),
    })),
    ...localNumbers(country, areaCode).map((digits) => ({
      pattern: `^(${digits})$`,
      before: `${before(trunkPrefix)}${areaCode}`,
    })),
  ];
}

/** Numbers of ours that say themselves whether their calls are recorded, with what trunks may deliver for each. */
export function recordingWithoutDaemon({
  numbers,
  site,
}: Pick<RoutingConfiguration<unknown>, "numbers" | "site">): { forms: string[]; isRecorded: boolean }[] {
  return numbers.flatMap(({ number, recordCalls }) => {
    const forms = deliveredForms(number, site.country);
    return recordCalls === null || forms.length === 0 ? [] : [{ forms, isRecorded: recordCalls }];
  });
}

function deliveredForms(number: string, country: Country): string[] {
  const read = readOutsideNumber(number.replaceAll(/[^+0-9]/g, ""), { country, areaCode: null });
  const written = [number, ...(read === null ? [] : writtenForms(read, country))];
  const digits = written.map((form) => form.replaceAll(/[^0-9]/g, ""));
  // Where a trunk delivers a name, it is that name alone.
  return [...new Set([number.replace(/^[+]/, ""), ...digits])].filter((form) => FORM.test(form));
}
