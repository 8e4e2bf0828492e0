/** Emergency numbers always pass, whatever else is forbidden. Pure. */
import type { Country } from "../../calls/phone-number.ts";

/** National numbers as the countries' own plans and ITU-T E.129 name them; 112 is taken by every mobile network (3GPP TS 22.101). */
const EMERGENCY: Partial<Record<Country, readonly string[]>> = {
  AM: ["112", "101", "102", "103", "911"],
  AZ: ["112", "101", "102", "103"],
  BY: ["112", "101", "102", "103"],
  CN: ["110", "119", "120", "122"],
  GB: ["999", "112"],
  GE: ["112", "111", "113", "114"],
  IL: ["100", "101", "102", "112"],
  JP: ["110", "119", "118"],
  KG: ["112", "101", "102", "103"],
  KR: ["112", "119"],
  KZ: ["112", "101", "102", "103", "104"],
  MN: ["105", "101", "102", "103", "112"],
  RU: ["112", "101", "102", "103", "104"],
  TJ: ["112", "101", "102", "103"],
  TR: ["112"],
  UA: ["112", "101", "102", "103"],
  UZ: ["112", "101", "102", "103"],
};
const EMERGENCY_ANYWHERE: readonly string[] = ["112", "911"];

export function isEmergency(number: string, country: Country): boolean {
  return emergencyNumbers(country).includes(number);
}

export function emergencyNumbers(country: Country): readonly string[] {
  return EMERGENCY[country] ?? EMERGENCY_ANYWHERE;
}
