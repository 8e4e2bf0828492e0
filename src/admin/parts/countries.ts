import type { Language } from "../../calls/language.ts";
import type { MessageKey, Translate } from "../messages/language.tsx";
import countryNames from "./country-names.json" with { type: "json" };

type WithoutPrefix<Key> = Key extends `country.${infer Code}` ? Code : never;
type NamedCountry = WithoutPrefix<MessageKey>;

/** Countries whose names the panel has in each of its languages; they stand first in lists. */
const NAMED: readonly NamedCountry[] = [
  "GE",
  "MN",
  "RU",
  "AM",
  "AZ",
  "TR",
  "UA",
  "BY",
  "MD",
  "KZ",
  "KG",
  "UZ",
  "TJ",
  "TM",
];

/** All other ISO 3166-1 codes of places with a numbering plan. */
const OTHERS =
  "AC AD AE AF AG AI AL AO AR AS AT AU AW AX BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KH KI KM KN KP KR KW KY LA LB LC LI LK LR LS LT LU LV LY MA MC ME MF MG MH MK ML MM MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TK TL TN TO TT TV TW TZ UG US UY VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW".split(
    " ",
  );

/** Browsers bring no Georgian or Mongolian names; these are of Unicode's CLDR, as Node's full ICU has them. */
const CLDR_NAMES: Partial<Record<Language, Readonly<Record<string, string>>>> = countryNames;

/** Every country with its name in the panel's language. */
export function countryChoices(language: Language, t: Translate): { value: string; label: string }[] {
  const ofBrowser = new Intl.DisplayNames([language, "en"], { type: "region" });
  const nameOf = (code: string) => CLDR_NAMES[language]?.[code] ?? ofBrowser.of(code) ?? code;
  const others = OTHERS.map((code) => ({ value: code, label: nameOf(code) }));
  others.sort((left, right) => left.label.localeCompare(right.label, [language, "en"]));
  return [...NAMED.map((code) => ({ value: code, label: t(`country.${code}`) })), ...others];
}

const COUNTRY_OF_ZONE: Readonly<Record<string, string>> = {
  "Asia/Tbilisi": "GE",
  "Asia/Ulaanbaatar": "MN",
  "Asia/Hovd": "MN",
  "Asia/Choibalsan": "MN",
  "Europe/Moscow": "RU",
  "Europe/Samara": "RU",
  "Europe/Kaliningrad": "RU",
  "Asia/Yekaterinburg": "RU",
  "Asia/Novosibirsk": "RU",
  "Asia/Vladivostok": "RU",
  "Asia/Yerevan": "AM",
  "Asia/Baku": "AZ",
  "Europe/Istanbul": "TR",
  "Europe/Kyiv": "UA",
  "Europe/Kiev": "UA",
  "Europe/Minsk": "BY",
  "Asia/Almaty": "KZ",
  "Asia/Bishkek": "KG",
  "Asia/Tashkent": "UZ",
};

/** The zone in which most of a country lives; null where the panel knows none. The first one listed above counts. */
export function likelyTimeZone(country: string): string | null {
  const known = Object.entries(COUNTRY_OF_ZONE).find(([, code]) => code === country);
  return known?.[0] ?? null;
}

const COUNTRY_OF_LANGUAGE: Record<Language, string> = { ka: "GE", ru: "RU", mn: "MN", en: "GE" };

/** Where the box most likely stands: by the computer's zone, else by the language that was chosen. Only a first suggestion. */
export function likelyCountry(timeZone: string, language: Language): string {
  return COUNTRY_OF_ZONE[timeZone] ?? COUNTRY_OF_LANGUAGE[language];
}
