/**
 * What the switch alone lets out while the daemon is gone, besides emergency numbers. Pure. It knows no limits, rights and prices, so it lets out
 * what is harmless anywhere: numbers of the home country at ordinary prices, and short ones.
 */
import type { NumberKind } from "../../calls/outgoing.ts";
import { type Country, callingCode } from "../../calls/phone-number.ts";
import { nationalPlan } from "./national-plans.ts";

/** Service numbers of three to five digits. None begins with 0, as calls abroad do. */
const SHORT = "[1-9][0-9]{2,4}";
const ORDINARY: readonly NumberKind[] = ["fixed", "mobile", "toll-free"];

/** Of local numbers: none begins with 0 or 1. */
const FIRST_LOCAL_DIGITS = "23456789";

/**
 * A pattern (any regular expression engine's) of the whole dialled text.
 * @param areaCode the site's, for local numbers that are dialled without it
 */
export function outsideWithoutDaemon(country: Country, areaCode: string | null): string {
  const plan = nationalPlan(country);
  const home = `[+]${callingCode(country)}`;
  // Where the plan is not known, premium numbers cannot be told apart: nothing but short ones and help.
  const patterns = (plan?.kinds ?? [])
    .filter(([, kind]) => ORDINARY.includes(kind))
    .map(([pattern, kind]) => {
      const isBare = plan?.bare.includes(kind) ?? false;
      return `(?:${home}|${plan?.trunkPrefix})${isBare ? "?" : ""}(?:${pattern})`;
    });
  return `^(?:${[SHORT, ...patterns, ...localNumbers(country, areaCode)].join("|")})$`;
}

function localNumbers(country: Country, areaCode: string | null): string[] {
  const plan = nationalPlan(country);
  if (!plan?.areas || areaCode === null || !new RegExp(`^${plan.areas.code}$`).test(areaCode)) return [];
  // Behind its trunk prefix a trunk expects a number of elsewhere.
  const first = FIRST_LOCAL_DIGITS.replace(plan.trunkPrefix, "");
  return [`[${first}][0-9]{${plan.areas.digits - areaCode.length - 1}}`];
}
