/** What the switch alone does with calls while the daemon is gone. Pure. */
import type { NumberKind } from "../../calls/outgoing.ts";
import { type Country, callingCode } from "../../calls/phone-number.ts";
import type { RoutingConfiguration } from "../../calls/routing-configuration.ts";
import { nationalPlan } from "./national-plans.ts";
import { readOutsideNumber, writtenForms } from "./outside-number.ts";

/** Service numbers of three to five digits. None begins with 0, as calls abroad do. */
const SHORT = "[1-9][0-9]{2,4}";
/** What can stand for a number in a request, without its plus. */
const FORM = /^[A-Za-z0-9_.*#-]{1,40}$/;
const ORDINARY: readonly NumberKind[] = ["fixed", "mobile", "toll-free"];

/**
 * What leaves besides emergency numbers. The switch knows no limits, rights and prices, so it lets out what is harmless anywhere: numbers of
 * the home country at ordinary prices, and short ones. @returns a pattern (any regular expression engine's) of the whole dialled text
 */
export function outsideWithoutDaemon(country: Country): string {
  const plan = nationalPlan(country);
  const home = `[+]${callingCode(country)}`;
  // Where the plan is not known, premium numbers cannot be told apart: nothing but short ones and help.
  const patterns = (plan?.kinds ?? [])
    .filter(([, kind]) => ORDINARY.includes(kind))
    .map(([pattern, kind]) => {
      const isBare = plan?.bare.includes(kind) ?? false;
      return `(?:${home}|${plan?.trunkPrefix})${isBare ? "?" : ""}(?:${pattern})`;
    });
  return `^(?:${[SHORT, ...patterns].join("|")})$`;
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
