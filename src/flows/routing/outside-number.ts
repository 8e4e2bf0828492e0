/** What a dialled number is: its kind, its country, its forms. Pure. */
import { type NumberType, type PhoneNumber, parsePhoneNumberFromString } from "libphonenumber-js/max";
import { outgoingNumber } from "../../calls/number-format.ts";
import type { NumberKind } from "../../calls/outgoing.ts";
import { type Country, callingCode, type E164, toE164 } from "../../calls/phone-number.ts";
import type { RoutingConfiguration } from "../../calls/routing-configuration.ts";
import { isEmergency } from "./emergency.ts";
import { kindByPlan } from "./national-plans.ts";

export interface OutsideNumber {
  /** `+` and digits, or digits; as it was dialled. */
  dialled: string;
  kind: NumberKind | "emergency";
  /** Null: none, as of satellite phones; then it is abroad. */
  country: Country | null;
  isAbroad: boolean;
  /** Null for short and emergency numbers. */
  e164: E164 | null;
}

/** Where a number is dialled from. */
export interface HomePlan {
  country: Country;
  /** For local numbers that are dialled without it; null: none. */
  areaCode: string | null;
}

/**
 * Null for what is no number that we know. A number of another country must begin with a plus or with the prefix that the home country has for
 * calls abroad (00 in Georgia, 810 in Russia, 001 in Mongolia): without it, or with another's, the trunk might read other digits out of it
 * than we did, and lead it to a country that is closed.
 */
export function readOutsideNumber(dialled: string, home: HomePlan): OutsideNumber | null {
  const { country } = home;
  if (isEmergency(dialled, country)) return { dialled, kind: "emergency", country, isAbroad: false, e164: null };
  if (!/^\+?[0-9]{3,18}$/.test(dialled)) return null;
  const parsed = parsePhoneNumberFromString(dialled, country);
  if (parsed?.isValid()) return known(dialled, parsed, home);
  if (dialled.startsWith("+")) return parsed ? guessed(dialled, parsed, home) : null;
  const local = home.areaCode === null ? undefined : parsePhoneNumberFromString(home.areaCode + dialled, country);
  if (local?.isValid()) return known(dialled, local, home);
  if (dialled.length <= 6 && !dialled.startsWith("00"))
    return { dialled, kind: "short", country, isAbroad: false, e164: null };
  const bare = parsePhoneNumberFromString(`+${dialled}`);
  if (bare?.isValid()) return isOfHome(bare, country) ? known(dialled, bare, home) : null;
  return parsed ? guessed(dialled, parsed, home) : null;
}

/** Whom somebody dials from one of our phones: who would be reached, or of what is not dialled, whose number it looks like. */
export function dialledE164(
  dialled: string,
  { site, outgoing }: Pick<RoutingConfiguration<unknown>, "site" | "outgoing">,
): E164 | null {
  const { country } = site;
  return readOutsideNumber(dialled, { country, areaCode: outgoing.areaCode })?.e164 ?? toE164(dialled, country);
}

function known(dialled: string, number: PhoneNumber, home: HomePlan): OutsideNumber {
  const country = number.country ?? null;
  const isAbroad = country !== home.country;
  const kind = kindOf(number.getType());
  const e164 = e164Of(number);
  return { dialled, kind: isAbroad && kind !== "premium" ? "international" : kind, country, isAbroad, e164 };
}

function kindOf(type: NumberType): NumberKind {
  switch (type) {
    case "MOBILE":
      return "mobile";
    case "TOLL_FREE":
      return "toll-free";
    // Shared cost, personal numbers and pagers pay whoever is called too, and are what fraud lives on besides plain premium numbers.
    case "PREMIUM_RATE":
    case "SHARED_COST":
    case "PERSONAL_NUMBER":
    case "PAGER":
      return "premium";
    default:
      return "fixed";
  }
}

function guessed(dialled: string, number: PhoneNumber, { country }: HomePlan): OutsideNumber | null {
  if (!isOfHome(number, country)) return null;
  const digits: string = number.nationalNumber;
  // New blocks of numbers come into use before the library knows them: such a number is what the national plan says, elsewhere it is none.
  const kind = kindByPlan(digits, country);
  if (kind === null) return null;
  return { dialled, kind, country, isAbroad: false, e164: e164Of(number) };
}

function e164Of({ number }: PhoneNumber): E164 {
  const text: string = number;
  return text as E164;
}

/** A calling code may be shared: +7 is Kazakhstan's too. A number without a country is of whoever has the code first. */
function isOfHome(number: PhoneNumber, country: Country): boolean {
  if (number.country !== undefined) return number.country === country;
  return number.countryCallingCode === callingCode(country);
}

/** The forms in which somebody may write a prefix of this number. */
export function writtenForms(number: OutsideNumber, home: Country): string[] {
  const { dialled, e164, isAbroad } = number;
  if (e164 === null) return [dialled];
  const digits = e164.slice(1);
  if (isAbroad) return [e164, `00${digits}`];
  return [
    e164,
    `00${digits}`,
    digits.slice(callingCode(home).length),
    outgoingNumber(e164, { numberFormat: "national" }, home),
  ];
}
