/** Which of our numbers was called, and which flow its callers meet. Pure. */
import type { CallPlace } from "../../calls/call-event.ts";
import type { Language } from "../../calls/language.ts";
import { type Country, toE164 } from "../../calls/phone-number.ts";
import type { RoutingConfiguration } from "../../calls/routing-configuration.ts";
import type { CallerLanguages, FlowDocument } from "../ivr/document.ts";

type OwnNumber = RoutingConfiguration<unknown>["numbers"][number];

/** Trunks deliver one number in several writings: compared by its digits, then as a number of the country. */
export function ownNumber<Own extends Pick<OwnNumber, "number">>(
  numbers: readonly Own[],
  dialled: string,
  country: Country,
): Own | undefined {
  const digits = digitsOf(dialled);
  const same = numbers.find(({ number }) => number === dialled || (digits !== "" && digitsOf(number) === digits));
  if (same) return same;
  const e164 = toE164(dialled, country);
  return e164 === null ? undefined : numbers.find(({ number }) => toE164(number, country) === e164);
}

/** What callers of a number may choose from, in the order of the keys: the number's own language, if it has one, comes first. */
export function languagesOfNumber(
  { callerLanguages, language }: Pick<RoutingConfiguration<unknown>["site"], "callerLanguages" | "language">,
  own: Language | null,
): CallerLanguages {
  const others = callerLanguages.filter((offered) => offered !== own);
  const [first = language, ...further] = own === null ? others : [own, ...others];
  return [first, ...further];
}

function digitsOf(number: string): string {
  return number.replaceAll(/[^0-9]/g, "");
}

export function flowOfNumber(
  { flow, flows }: Pick<RoutingConfiguration<FlowDocument>, "flow" | "flows">,
  number: OwnNumber | undefined,
): FlowDocument {
  return flows.find(({ id }) => id === number?.flowId) ?? flow;
}

/** The flow in which a caller stood, in the version in which they met it; the present one where that is no longer kept. */
export function flowOfPlace(
  { flows, formerFlows }: Pick<RoutingConfiguration<FlowDocument>, "flows" | "formerFlows">,
  place: CallPlace,
): FlowDocument | undefined {
  const versions = [...flows, ...formerFlows].filter(({ id }) => id === place.flow);
  return versions.find(({ version }) => version === place.version) ?? versions[0];
}
