/** Extensions that a form proposes: free, and no emergency number of the firm's country. */
import type { Country } from "../../calls/phone-number.ts";
import { isEmergency } from "../../flows/routing/emergency.ts";

/** What most people would choose anyway; where the police or an ambulance has one of these numbers, all begin elsewhere. */
const USUAL = [101, 102] as const;
const ELSEWHERE = 201;
const MOST = 999_999;

export function isEmergencyNumber(extension: string, country: string): boolean {
  return isEmergency(extension.trim(), country as Country);
}

/** The next after those that are there. */
export function nextExtension(taken: readonly string[], country: string): string {
  const numbers = taken.map(Number).filter((value) => Number.isInteger(value) && value >= 10);
  return freeFrom(numbers.length === 0 ? first(country) : Math.max(...numbers) + 1, taken, country);
}

/** One for each who has none yet (null), as for a team that begins. */
export function proposeExtensions(extensions: readonly (string | null)[], country: string): string[] {
  const taken = extensions.filter((extension) => extension !== null);
  return extensions.map((extension) => {
    if (extension !== null) return extension;
    const proposed = freeFrom(first(country), taken, country);
    taken.push(proposed);
    return proposed;
  });
}

function first(country: string): number {
  return USUAL.some((number) => isEmergencyNumber(`${number}`, country)) ? ELSEWHERE : USUAL[0];
}

function freeFrom(start: number, taken: readonly string[], country: string): string {
  let number = start;
  while (taken.some((other) => other.trim() === `${number}`) || isEmergencyNumber(`${number}`, country)) number += 1;
  return number > MOST ? "" : `${number}`;
}
