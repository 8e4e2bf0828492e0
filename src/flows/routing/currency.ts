import type { Country } from "../../calls/phone-number.ts";

const CURRENCIES: Partial<Record<Country, string>> = {
  ...{ AM: "AMD", AZ: "AZN", BY: "BYN", CH: "CHF", CN: "CNY", CZ: "CZK", DK: "DKK", GB: "GBP", GE: "GEL", HU: "HUF" },
  ...{ IL: "ILS", IN: "INR", JP: "JPY", KG: "KGS", KR: "KRW", KZ: "KZT", MD: "MDL", MN: "MNT", NO: "NOK", PL: "PLN" },
  ...{ RO: "RON", RS: "RSD", RU: "RUB", SE: "SEK", TJ: "TJS", TM: "TMT", TR: "TRY", UA: "UAH", US: "USD", UZ: "UZS" },
};
const EURO: ReadonlySet<Country> = new Set<Country>([
  ...(["AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT"] as const),
  ...(["LT", "LU", "LV", "ME", "MT", "NL", "PT", "SI", "SK", "XK"] as const),
]);

/** In which a telephone company there bills (ISO 4217), as long as the owner has not said otherwise. */
export function usualCurrency(country: Country): string {
  return CURRENCIES[country] ?? (EURO.has(country) ? "EUR" : "USD");
}
