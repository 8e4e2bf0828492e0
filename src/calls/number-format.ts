import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { type Country, isE164, toE164 } from "./phone-number.ts";
import type { RoutingConfiguration, RoutingTrunk } from "./routing-configuration.ts";
import type { TrunkOutgoing } from "./trunk.ts";

/**
 * A number as a trunk's operator wants it dialled, without the prefix (the switch puts it there). What is no number of a country, such as an
 * emergency or a short number, goes out as it was dialled.
 */
export function outgoingNumber(
  dialled: string,
  { numberFormat }: Pick<TrunkOutgoing, "numberFormat">,
  country: Country,
): string {
  if (numberFormat === "as-dialled") return dialled;
  const number = isE164(dialled) ? dialled : toE164(dialled, country);
  if (number === null) return dialled;
  switch (numberFormat) {
    case "e164":
      return number;
    case "e164-no-plus":
      return number.slice(1);
    case "national": {
      const parsed = parsePhoneNumberFromString(number);
      // Abroad as people there dial it: another country's number has no national form here.
      const text =
        parsed?.country === country ? parsed.formatNational() : parsed?.format("IDD", { fromCountry: country });
      return text?.replace(/[^0-9]/g, "") ?? dialled;
    }
  }
}

/** What the called person sees when a call goes out by this trunk; `callerNumber` null: what the operator puts there. */
export function callerIdBy(
  trunk: Pick<RoutingTrunk, "trunkId" | "outgoing">,
  { numbers, site }: Pick<RoutingConfiguration<unknown>, "numbers" | "site">,
): { callerNumber: string | null; isCallerHidden: boolean } {
  const { callerId } = trunk.outgoing;
  if (callerId !== "own-number") return { callerNumber: null, isCallerHidden: callerId === "hidden" };
  const own =
    numbers.find(({ trunkId }) => trunkId === trunk.trunkId) ?? numbers.find(({ trunkId }) => trunkId === null);
  const callerNumber = own === undefined ? null : outgoingNumber(own.number, trunk.outgoing, site.country);
  return { callerNumber, isCallerHidden: false };
}
