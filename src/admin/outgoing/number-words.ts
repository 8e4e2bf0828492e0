import { useCallback, useMemo } from "react";
import type { NumberMatch } from "../api/client.ts";
import { formatNumber } from "../format/quantity.ts";
import { useLanguage, useWords } from "../messages/language.tsx";
import { countryChoices } from "../parts/countries.ts";
import { isEveryNumber } from "./settings.ts";

/** The name of a country; its code where nobody knows one. */
export function useCountryName(): (code: string) => string {
  const t = useWords();
  const { language } = useLanguage();
  const names = useMemo(
    () => new Map(countryChoices(language, t).map(({ value, label }) => [value, label])),
    [language, t],
  );
  return useCallback((code) => names.get(code) ?? code, [names]);
}

/** Which numbers are meant, in one line. */
export function useMatchText(): (match: NumberMatch) => string {
  const t = useWords();
  const countryName = useCountryName();
  return useCallback(
    (match) => {
      if (isEveryNumber(match)) return t("numberMatch.every");
      const { kinds, countries, prefixes } = match;
      return [
        ...(kinds.length === 0 ? [] : [kinds.map((kind) => t(`numberKind.${kind}`)).join(", ")]),
        ...(countries.length === 0 ? [] : [countries.map(countryName).join(", ")]),
        ...(prefixes.length === 0 ? [] : [t("numberMatch.beginsWith", { prefixes: prefixes.join(", ") })]),
      ].join(" · ");
    },
    [t, countryName],
  );
}

/** `12,50 GEL`: amounts as people write them, with up to four decimals where there are any. */
export function useMoney(currency: string): (minor: number) => string {
  const { language } = useLanguage();
  return useCallback(
    (minor) => {
      const decimals =
        [2, 3].find((places) => Math.abs(minor / 100 - Number((minor / 100).toFixed(places))) < 1e-9) ?? 4;
      return `${formatNumber(minor / 100, language, decimals)}\u00a0${currency}`;
    },
    [language, currency],
  );
}
