/** Where a number goes that an operator's phone dialled. Pure. */
import type { DialTarget } from "../../calls/call-command.ts";
import type { Extension } from "../../calls/ids.ts";
import { type Country, callingCode, toE164 } from "../../calls/phone-number.ts";
import type { RoutingConfiguration } from "../../calls/routing-configuration.ts";

export type DialDecision =
  | { type: "dial"; target: DialTarget }
  | { type: "refuse"; reason: "not-a-number" | "no-trunk" | "international" | "own-extension" };

/** Emergency numbers always pass, whatever else is forbidden (ITU-T E.161.1 and the countries' own). */
const EMERGENCY: Partial<Record<Country, readonly string[]>> = {
  GE: ["112", "111", "113", "114"],
  RU: ["112", "101", "102", "103", "104"],
  KZ: ["112", "101", "102", "103", "104"],
  KG: ["112", "101", "102", "103"],
  AM: ["112", "101", "102", "103", "911"],
  MN: ["105", "101", "102", "103", "112"],
};
const EMERGENCY_ANYWHERE: readonly string[] = ["112", "911"];

export function isEmergency(number: string, country: Country): boolean {
  return emergencyNumbers(country).includes(number);
}

export function emergencyNumbers(country: Country): readonly string[] {
  return EMERGENCY[country] ?? EMERGENCY_ANYWHERE;
}

/** @param isDown whether a gateway is known not to carry calls now; where all are, the first is tried all the same */
export function decideDial(
  dialled: string,
  from: Extension,
  configuration: RoutingConfiguration<unknown>,
  isDown: (gateway: string) => boolean,
): DialDecision {
  const { operators, trunks, numbers, site } = configuration;
  const enabled = trunks.filter((trunk) => trunk.isEnabled);
  const gateway = enabled.find((trunk) => !isDown(trunk.gateway)) ?? enabled[0];
  const callerNumber = numbers.find((number) => number.trunkId === null || number.trunkId === gateway?.trunkId)?.number;
  const outside = (number: string): DialDecision =>
    gateway
      ? {
          type: "dial",
          target: { kind: "gateway", gateway: gateway.gateway, number, callerNumber: callerNumber ?? null },
        }
      : { type: "refuse", reason: "no-trunk" };

  if (isEmergency(dialled, site.country)) return outside(dialled);
  const colleague = operators.find((operator) => operator.extension === dialled);
  if (colleague) {
    if (colleague.extension === from) return { type: "refuse", reason: "own-extension" };
    const { extension, operatorId } = colleague;
    return { type: "dial", target: { kind: "extension", extension, operatorId, callerNumber: from } };
  }
  if (!/^\+?[0-9]{3,15}$/.test(dialled)) return { type: "refuse", reason: "not-a-number" };
  const e164 = toE164(dialled, site.country);
  const isHome = e164?.startsWith(`+${callingCode(site.country)}`) ?? false;
  // Toll fraud begins with one stolen password and calls abroad: closed until the owner can open countries one by one.
  if ((dialled.startsWith("+") || dialled.startsWith("00")) && !isHome)
    return { type: "refuse", reason: "international" };
  return outside(dialled);
}
