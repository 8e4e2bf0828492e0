/**
 * Mongolian: a numeral before a noun, or before another numeral, takes its attributive form in -н (гурав, but гурван минут); nouns stay
 * singular. Hundreds do so inside of numbers too, thousands only before a noun (хоёр мянга таван зуун, but хоёр мянган төгрөг).
 */
import { type Currency, type DurationUnit, type Grammar, spaced, triads, wordAt } from "./grammar.ts";

type Form = "absolute" | "attributive";

const ONES = {
  absolute: ["тэг", "нэг", "хоёр", "гурав", "дөрөв", "тав", "зургаа", "долоо", "найм", "ес"],
  attributive: ["тэг", "нэг", "хоёр", "гурван", "дөрвөн", "таван", "зургаан", "долоон", "найман", "есөн"],
};
const TENS = {
  absolute: ["", "арав", "хорь", "гуч", "дөч", "тавь", "жар", "дал", "ная", "ер"],
  attributive: ["", "арван", "хорин", "гучин", "дөчин", "тавин", "жаран", "далан", "наян", "ерэн"],
};
const SCALES = {
  absolute: ["", "мянга", "сая", "тэрбум", "их наяд"],
  attributive: ["", "мянган", "сая", "тэрбум", "их наяд"],
};
/** -дугаар after back vowels, -дүгээр after front ones. */
const ORDINAL_ENDINGS: readonly (readonly [word: RegExp, ending: string])[] = [
  [/(нэг|дөрөв|ес|дөч|ер)$/, "дүгээр"],
  [/$/, "дугаар"],
];
const FRACTIONS = ["", "аравны", "зууны", "мянганы"];

const MONEY: Record<Currency, { major: string; minor: string }> = {
  GEL: { major: "лари", minor: "тетри" },
  RUB: { major: "рубль", minor: "копейк" },
  USD: { major: "америк доллар", minor: "цент" },
  EUR: { major: "евро", minor: "цент" },
  MNT: { major: "төгрөг", minor: "мөнгө" },
  KZT: { major: "тэнгэ", minor: "тийн" },
  KGS: { major: "сом", minor: "тыйын" },
  AMD: { major: "драм", minor: "лума" },
  AZN: { major: "манат", minor: "гяпик" },
  TRY: { major: "лира", minor: "куруш" },
};
const UNITS: Record<DurationUnit, string> = {
  days: "өдөр",
  hours: "цаг",
  minutes: "минут",
  seconds: "секунд",
};

function below1000(n: number, form: Form): string {
  const hundreds = Math.floor(n / 100);
  const tens = Math.floor((n % 100) / 10);
  const ones = n % 10;
  const isAttributive = form === "attributive";
  const hundred = isAttributive || n % 100 > 0 ? "зуун" : "зуу";
  // Before a noun the one of 11, 21, ... is said in full: арван нэгэн цаг.
  const one = isAttributive && ones === 1 && tens > 0 ? "нэгэн" : wordAt(ONES[form], ones);
  return spaced(
    hundreds === 0 ? null : `${wordAt(ONES.attributive, hundreds)} ${hundred}`,
    wordAt(TENS[ones > 0 ? "attributive" : form], tens),
    ones === 0 ? null : one,
  );
}

function numeral(n: number, form: Form): string {
  if (n === 0) return wordAt(ONES.absolute, 0);
  const groups = triads(n);
  return groups
    .map(({ value, power }, place) => {
      if (power === 0) return below1000(value, form);
      const isLast = place === groups.length - 1;
      return `${below1000(value, "attributive")} ${wordAt(SCALES[isLast ? form : "absolute"], power)}`;
    })
    .join(" ");
}

function ordinal(n: number): string {
  const words = numeral(n, "absolute");
  const [, ending = ""] = ORDINAL_ENDINGS.find(([word]) => word.test(words)) ?? [];
  return words + ending;
}

const counted = (n: number, noun: string): string => `${numeral(n, "attributive")} ${noun}`;
/** The years before 2000 begin with a bare 'мянга'. */
const year = (n: number): string => numeral(n, "attributive").replace(/^нэг (?=мянга)/, "");

export const mongolian: Grammar = {
  number: (n) => numeral(n, "absolute"),
  minus: "хасах",
  decimal: (whole, fraction) =>
    spaced(numeral(whole, "absolute"), wordAt(FRACTIONS, fraction.length), numeral(Number(fraction), "absolute")),
  money(major, minor, currency) {
    const words = MONEY[currency];
    const cents = minor > 0 ? counted(minor, words.minor) : "";
    return major > 0 || minor === 0 ? spaced(counted(major, words.major), cents) : cents;
  },
  date({ year: y, month, day }, withYear) {
    const words = `${ordinal(month)} сарын ${numeral(day, "absolute")}`;
    return withYear ? `${year(y)} оны ${words}` : words;
  },
  time: (hours, minutes) => spaced(counted(hours, UNITS.hours), minutes > 0 ? counted(minutes, UNITS.minutes) : null),
  position: (place) => `Та дараалалд ${ordinal(place)}т байна.`,
  farPosition: (place) => `Дараалал дахь таны дугаар ${numeral(place, "absolute")}.`,
  duration: (parts) => parts.map(([n, unit]) => counted(n, UNITS[unit])).join(" "),
  signs: { "+": "нэмэх", "*": "од", "#": "хэш" },
  saysGroupsAsNumbers: true,
};
