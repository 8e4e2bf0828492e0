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

/** A pattern (any regular expression engine's) of the whole dialled text. */
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
