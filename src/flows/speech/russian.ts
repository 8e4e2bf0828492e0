/** Russian: one and two agree in gender, nouns take one of three forms, dates and years are ordinals in their cases. */
import { type Currency, type DurationUnit, type Gender, type Grammar, spaced, triads, wordAt } from "./grammar.ts";

const SMALL = [
  ..."ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать".split(" "),
  ..."тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать".split(" "),
];
const TENS = " десять двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split(" ");
const HUNDREDS = " сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот".split(" ");
const MONTHS = [
  ..."января февраля марта апреля мая июня июля".split(" "),
  ..."августа сентября октября ноября декабря".split(" "),
];

type Noun = { gender: Gender; forms: readonly [one: string, few: string, many: string] };
const noun = (gender: Gender, one: string, few: string, many: string): Noun => ({ gender, forms: [one, few, many] });
/** Words from abroad that do not decline. */
const fixed = (word: string): Noun => noun("masculine", word, word, word);

const SCALES: readonly Noun[] = [
  noun("masculine", "", "", ""),
  noun("feminine", "тысяча", "тысячи", "тысяч"),
  noun("masculine", "миллион", "миллиона", "миллионов"),
  noun("masculine", "миллиард", "миллиарда", "миллиардов"),
  noun("masculine", "триллион", "триллиона", "триллионов"),
];
const CENT = noun("masculine", "цент", "цента", "центов");
const MONEY: Record<Currency, { major: Noun; minor: Noun }> = {
  GEL: { major: fixed("лари"), minor: fixed("тетри") },
  RUB: {
    major: noun("masculine", "рубль", "рубля", "рублей"),
    minor: noun("feminine", "копейка", "копейки", "копеек"),
  },
  USD: { major: noun("masculine", "доллар", "доллара", "долларов"), minor: CENT },
  EUR: { major: fixed("евро"), minor: CENT },
  MNT: { major: noun("masculine", "тугрик", "тугрика", "тугриков"), minor: fixed("мунгу") },
  KZT: { major: fixed("тенге"), minor: noun("masculine", "тиын", "тиына", "тиынов") },
  KGS: {
    major: noun("masculine", "сом", "сома", "сомов"),
    minor: noun("masculine", "тыйын", "тыйына", "тыйынов"),
  },
  AMD: { major: noun("masculine", "драм", "драма", "драмов"), minor: noun("feminine", "лума", "лумы", "лум") },
  AZN: {
    major: noun("masculine", "манат", "маната", "манатов"),
    minor: noun("masculine", "гяпик", "гяпика", "гяпиков"),
  },
  TRY: { major: noun("feminine", "лира", "лиры", "лир"), minor: noun("masculine", "куруш", "куруша", "курушей") },
};
const UNITS: Record<DurationUnit, Noun> = {
  days: noun("masculine", "день", "дня", "дней"),
  hours: noun("masculine", "час", "часа", "часов"),
  minutes: noun("feminine", "минута", "минуты", "минут"),
  seconds: noun("feminine", "секунда", "секунды", "секунд"),
};
const WHOLES = noun("feminine", "целая", "целых", "целых");
const FRACTIONS: readonly Noun[] = [
  WHOLES,
  noun("feminine", "десятая", "десятых", "десятых"),
  noun("feminine", "сотая", "сотых", "сотых"),
  noun("feminine", "тысячная", "тысячных", "тысячных"),
];

function form(n: number, { forms: [one, few, many] }: Noun): string {
  const last = n % 10;
  if (n % 100 >= 11 && n % 100 <= 14) return many;
  if (last === 1) return one;
  return last >= 2 && last <= 4 ? few : many;
}

function small(n: number, gender: Gender): string {
  if (n === 1) return { masculine: "один", feminine: "одна", neuter: "одно" }[gender];
  if (n === 2) return gender === "feminine" ? "две" : "два";
  return wordAt(SMALL, n);
}

function below1000(n: number, gender: Gender): string {
  const rest = n % 100;
  const ones = rest < 20 ? rest : rest % 10;
  return spaced(
    wordAt(HUNDREDS, Math.floor(n / 100)),
    rest < 20 ? null : wordAt(TENS, Math.floor(rest / 10)),
    ones === 0 ? null : small(ones, gender),
  );
}

function number(n: number, gender: Gender): string {
  if (n === 0) return wordAt(SMALL, 0);
  return triads(n)
    .map(({ value, power }) => {
      const scale = SCALES[power];
      if (power === 0 || !scale) return below1000(value, gender);
      return `${below1000(value, scale.gender)} ${form(value, scale)}`;
    })
    .join(" ");
}

const counted = (n: number, what: Noun): string => `${number(n, what.gender)} ${form(n, what)}`;

/** `third`: третий, третьего; `stressed`: второй, второго; else первый, первого. */
type Stem = { stem: string; ending: "plain" | "stressed" | "third" };
const plain = (stem: string): Stem => ({ stem, ending: "plain" });
const stressed = (stem: string): Stem => ({ stem, ending: "stressed" });

const SMALL_ORDINALS: readonly Stem[] = [
  stressed("нулев"),
  plain("перв"),
  stressed("втор"),
  { stem: "трет", ending: "third" },
  plain("четвёрт"),
  plain("пят"),
  stressed("шест"),
  stressed("седьм"),
  stressed("восьм"),
  plain("девят"),
  plain("десят"),
  ..."один две три четыр пят шест сем восем девят".split(" ").map((start) => plain(`${start}надцат`)),
];
const TENS_ORDINALS: readonly Stem[] = [
  plain(""),
  plain("десят"),
  plain("двадцат"),
  plain("тридцат"),
  stressed("сороков"),
  ..."пяти шести семи восьми".split(" ").map((start) => plain(`${start}десят`)),
  plain("девяност"),
];
const MULTIPLES = " двух трёх четырёх пяти шести семи восьми девяти".split(" ");

type OrdinalForm = "masculine" | "neuter" | "genitive";
const ENDINGS: Record<Stem["ending"], Record<OrdinalForm, string>> = {
  plain: { masculine: "ый", neuter: "ое", genitive: "ого" },
  stressed: { masculine: "ой", neuter: "ое", genitive: "ого" },
  third: { masculine: "ий", neuter: "ье", genitive: "ьего" },
};

function ordinalStem(n: number): { before: string; last: Stem } {
  const hundreds = Math.floor((n % 1_000) / 100);
  const rest = n % 100;
  const thousands = n - (n % 1_000);
  const upToHundreds = spaced(years(thousands), wordAt(HUNDREDS, hundreds));
  const at = (stems: readonly Stem[], place: number) => stems[place] ?? plain("");
  if (rest > 0 && rest < 20) return { before: upToHundreds, last: at(SMALL_ORDINALS, rest) };
  if (rest % 10 > 0)
    return {
      before: spaced(upToHundreds, wordAt(TENS, Math.floor(rest / 10))),
      last: at(SMALL_ORDINALS, rest % 10),
    };
  if (rest > 0) return { before: upToHundreds, last: at(TENS_ORDINALS, rest / 10) };
  if (hundreds > 0) return { before: years(thousands), last: plain(`${wordAt(MULTIPLES, hundreds - 1)}сот`) };
  return { before: "", last: plain(`${wordAt(MULTIPLES, thousands / 1_000 - 1)}тысячн`) };
}

/** The years before 2000 begin with a bare 'тысяча'. */
const years = (thousands: number): string =>
  thousands === 0 ? "" : thousands === 1_000 ? "тысяча" : number(thousands, "masculine");

/** From 1 to 9999. */
function ordinal(n: number, as: OrdinalForm): string {
  const { before, last } = ordinalStem(n);
  return spaced(before, last.stem + ENDINGS[last.ending][as]);
}

const listed = (parts: readonly string[]): string => parts.join(" ");

export const russian: Grammar = {
  number,
  minus: "минус",
  decimal: (whole, fraction) =>
    spaced(counted(whole, WHOLES), counted(Number(fraction), FRACTIONS[fraction.length] ?? WHOLES)),
  money(major, minor, currency) {
    const words = MONEY[currency];
    const cents = minor > 0 ? [counted(minor, words.minor)] : [];
    return listed(major > 0 || minor === 0 ? [counted(major, words.major), ...cents] : cents);
  },
  date({ year, month, day }, withYear) {
    const words = `${ordinal(day, "neuter")} ${wordAt(MONTHS, month - 1)}`;
    return withYear ? `${words} ${ordinal(year, "genitive")} года` : words;
  },
  time: (hours, minutes) =>
    listed([counted(hours, UNITS.hours), ...(minutes > 0 ? [counted(minutes, UNITS.minutes)] : [])]),
  position: (place) => `Вы ${ordinal(place, "masculine")} в очереди.`,
  farPosition: (place) => `Ваш номер в очереди: ${number(place, "masculine")}.`,
  duration: (parts) => listed(parts.map(([n, unit]) => counted(n, UNITS[unit]))),
  signs: { "+": "плюс", "*": "звёздочка", "#": "решётка" },
  saysGroupsAsNumbers: true,
};
