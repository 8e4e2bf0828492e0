import type { Language } from "../../calls/language.ts";

// Browsers do not all ship number formats for Georgian and Mongolian, so the panel knows its four languages itself.
const MARKS: Record<Language, { group: string; decimal: string }> = {
  ka: { group: "\u00a0", decimal: "," },
  ru: { group: "\u00a0", decimal: "," },
  mn: { group: ",", decimal: "." },
  en: { group: ",", decimal: "." },
};

/** A count or measure with the language's group and decimal marks, for example `12 480` or `12,480`. */
export function formatNumber(value: number, language: Language, decimals = 0): string {
  const { group, decimal } = MARKS[language];
  const [whole = "0", fraction] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.length > 4 || group === "," ? whole.replace(/\B(?=(\d{3})+$)/g, group) : whole;
  return (value < 0 ? "\u2212" : "") + grouped + (fraction === undefined ? "" : decimal + fraction);
}

/** A file's size in the unit that keeps it short: KB below one megabyte, else MB (powers of 1000, as file managers show). */
export function formatBytes(bytes: number, language: Language): { value: string; unit: "kb" | "mb" } {
  return bytes < 1_000_000
    ? { value: formatNumber(Math.max(1, bytes / 1000), language), unit: "kb" }
    : { value: formatNumber(bytes / 1_000_000, language, 1), unit: "mb" };
}
