import { parsePhoneNumberFromString } from "libphonenumber-js/max";
import { type Country, type E164, isE164, isHiddenNumber, toE164 } from "./phone-number.ts";
import type { RoutingConfiguration, RoutingTrunk } from "./routing-configuration.ts";
import type { TrunkIncoming, TrunkOutgoing } from "./trunk.ts";
import type { ShownCaller } from "./way-out.ts";

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

/**
 * The caller's number as this trunk's operator delivered it. Null when it is hidden or no number.
 */
export function incomingNumber(delivered: string, incoming: TrunkIncoming, country: Country): E164 | null {
  const text = delivered.trim();
  if (isHiddenNumber(text)) return null;
  const { prefix, numberFormat } = incoming;
  const number =
    prefix !== "" && text.startsWith(prefix) && text.length > prefix.length ? text.slice(prefix.length) : text;
  switch (numberFormat) {
    case "auto":
      return toE164(number, country);
    case "e164": {
      const digits = `+${number.replace(/^(\+|00)/, "")}`;
      return isE164(digits) ? toE164(digits, country) : null;
    }
    case "national": {
      const parsed = /^\+?[0-9]{3,24}$/.test(number) ? parsePhoneNumberFromString(number, country) : undefined;
      return parsed?.isValid() ? toE164(parsed.number, country) : null;
    }
  }
}

/** The number of whoever called in by a gateway; one of no trunk of ours is read as people here write numbers. */
export function callerE164(
  delivered: string,
  gateway: string | null,
  { trunks, site }: Pick<RoutingConfiguration<unknown>, "trunks" | "site">,
): E164 | null {
  const trunk = trunks.find((one) => one.gateway === gateway);
  return trunk === undefined
    ? toE164(delivered, site.country)
    : incomingNumber(delivered, trunk.incoming, site.country);
}

/** What the called person sees when a call goes out by this trunk. */
export function callerIdBy(
  trunk: Pick<RoutingTrunk, "trunkId" | "outgoing">,
  { numbers, site }: Pick<RoutingConfiguration<unknown>, "numbers" | "site">,
): ShownCaller {
  const { callerId } = trunk.outgoing;
  if (callerId !== "own-number") return { callerNumber: null, isCallerHidden: callerId === "hidden" };
  const own =
    numbers.find(({ trunkId }) => trunkId === trunk.trunkId) ?? numbers.find(({ trunkId }) => trunkId === null);
  const callerNumber = own === undefined ? null : outgoingNumber(own.number, trunk.outgoing, site.country);
  return { callerNumber, isCallerHidden: false };
}
