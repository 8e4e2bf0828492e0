/**
 * Georgian counts in twenties: 58 is 'forty-and-eighteen'. A number that another follows loses its final -ი; nouns stay singular.
 */
import { type Currency, type DurationUnit, type Grammar, spaced, triads, wordAt } from "./grammar.ts";

const SMALL = [
  ..."ნული ერთი ორი სამი ოთხი ხუთი ექვსი შვიდი რვა ცხრა ათი თერთმეტი თორმეტი ცამეტი თოთხმეტი".split(" "),
  ..."თხუთმეტი თექვსმეტი ჩვიდმეტი თვრამეტი ცხრამეტი".split(" "),
];
/** Without the final -ი. */
const TWENTIES = ["", "ოც", "ორმოც", "სამოც", "ოთხმოც"];
const HUNDREDS = ["", "ას", "ორას", "სამას", "ოთხას", "ხუთას", "ექვსას", "შვიდას", "რვაას", "ცხრაას"];
const SCALES = ["", "ათას", "მილიონ", "მილიარდ", "ტრილიონ"];
const MONTHS = [
  ..."იანვარი თებერვალი მარტი აპრილი მაისი ივნისი ივლისი აგვისტო".split(" "),
  ..."სექტემბერი ოქტომბერი ნოემბერი დეკემბერი".split(" "),
];
const FRACTIONS = ["", "მეათედი", "მეასედი", "მეათასედი"];

const MONEY: Record<Currency, { major: string; minor: string }> = {
  GEL: { major: "ლარი", minor: "თეთრი" },
  RUB: { major: "რუბლი", minor: "კაპიკი" },
  USD: { major: "დოლარი", minor: "ცენტი" },
  EUR: { major: "ევრო", minor: "ცენტი" },
  MNT: { major: "ტუგრიკი", minor: "მონგო" },
  KZT: { major: "ტენგე", minor: "ტიინი" },
  KGS: { major: "სომი", minor: "ტიინი" },
  AMD: { major: "დრამი", minor: "ლუმა" },
  AZN: { major: "მანათი", minor: "გიაპიკი" },
  TRY: { major: "ლირა", minor: "ყურუში" },
};
const UNITS: Record<DurationUnit, string> = { days: "დღე", hours: "საათი", minutes: "წუთი", seconds: "წამი" };

function below100(n: number): string {
  if (n < 20) return wordAt(SMALL, n);
  const twenties = wordAt(TWENTIES, Math.floor(n / 20));
  return n % 20 === 0 ? `${twenties}ი` : `${twenties}და${wordAt(SMALL, n % 20)}`;
}

function below1000(n: number): string {
  const rest = n % 100;
  if (n < 100) return below100(rest);
  const hundreds = wordAt(HUNDREDS, Math.floor(n / 100));
  return rest === 0 ? `${hundreds}ი` : `${hundreds} ${below100(rest)}`;
}

function number(n: number): string {
  if (n === 0) return wordAt(SMALL, 0);
  const groups = triads(n);
  return groups
    .map(({ value, power }, place) => {
      if (power === 0) return below1000(value);
      const scale = wordAt(SCALES, power) + (place === groups.length - 1 ? "ი" : "");
      return value === 1 && power === 1 ? scale : `${below1000(value)} ${scale}`;
    })
    .join(" ");
}

/** მე-...-ე around the last part: მეორე, ოცდამეორე, ას მეორე. Only 'first' itself has a word of its own. */
function ordinal(n: number): string {
  if (n === 1) return "პირველი";
  const around = (word: string) => `მე${word.replace(/[აი]$/, "")}ე`;
  const rest = n % 100;
  const hundreds = wordAt(HUNDREDS, Math.floor(n / 100));
  if (rest === 0) return around(hundreds);
  const twenties = wordAt(TWENTIES, Math.floor(rest / 20));
  const last =
    rest < 20
      ? around(wordAt(SMALL, rest))
      : rest % 20 === 0
        ? around(twenties)
        : `${twenties}და${around(wordAt(SMALL, rest % 20))}`;
  return spaced(hundreds, last);
}

const counted = (n: number, noun: string): string => `${number(n)} ${noun}`;
const and = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} და ${parts.at(-1)}`;

export const georgian: Grammar = {
  number,
  minus: "მინუს",
  decimal: (whole, fraction) =>
    spaced(number(whole), "მთელი", number(Number(fraction)), wordAt(FRACTIONS, fraction.length)),
  money(major, minor, currency) {
    const words = MONEY[currency];
    const cents = minor > 0 ? [counted(minor, words.minor)] : [];
    return and(major > 0 || minor === 0 ? [counted(major, words.major), ...cents] : cents);
  },
  date({ year, month, day }, withYear) {
    const words = `${day === 1 ? ordinal(1) : number(day)} ${wordAt(MONTHS, month - 1)}`;
    return withYear ? `${number(year)} წლის ${words}` : words;
  },
  time: (hours, minutes) =>
    and([counted(hours, UNITS.hours), ...(minutes > 0 ? [counted(minutes, UNITS.minutes)] : [])]),
  position: (place) => `თქვენ რიგში ${ordinal(place)} ხართ.`,
  farPosition: (place) => `თქვენი ნომერი რიგში არის ${number(place)}.`,
  duration: (parts) => and(parts.map(([n, unit]) => counted(n, UNITS[unit]))),
  signs: { "+": "პლუს", "*": "ვარსკვლავი", "#": "დიეზი" },
  saysGroupsAsNumbers: true,
};
