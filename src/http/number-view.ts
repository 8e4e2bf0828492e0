import { type Country, isE164, writtenNumber } from "../calls/phone-number.ts";
import type { PartyView } from "./ports.ts";

/** A number as people in `country` write it: national there, international elsewhere, the raw text when it is none. */
export function formatNumber(delivered: string, e164: string | null, country: Country): string {
  return e164 !== null && isE164(e164) ? writtenNumber(e164, country) : delivered;
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
