import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import type { Country } from "../calls/phone-number.ts";
import type { PartyView } from "./ports.ts";

/** A number as people in `country` write it: national there, international elsewhere, the raw text when it is none. */
export function formatNumber(delivered: string, e164: string | null, country: Country): string {
  const number = e164 === null ? undefined : parsePhoneNumberFromString(e164);
  if (!number) return delivered;
  return number.country === country ? number.formatNational() : number.formatInternational();
}

export function partyView(
  party: { number: string; name: string; e164: string | null; isHidden: boolean },
  country: Country,
): PartyView {
  return {
    number: party.number,
    e164: party.e164,
    formatted: formatNumber(party.number, party.e164, country),
    name: party.name,
    isHidden: party.isHidden,
  };
}
