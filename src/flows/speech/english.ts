import { type Currency, type DurationUnit, type Grammar, spaced, triads, wordAt } from "./grammar.ts";

const SMALL = [
  ..."zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen".split(" "),
  ..."fifteen sixteen seventeen eighteen nineteen".split(" "),
];
const TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const SCALES = ["", "thousand", "million", "billion", "trillion"];
const MONTHS = [
  ..."January February March April May June July".split(" "),
  ..."August September October November December".split(" "),
];
const ODD_ORDINALS: Record<string, string> = {
  one: "first",
  two: "second",
  three: "third",
  five: "fifth",
  eight: "eighth",
  nine: "ninth",
  twelve: "twelfth",
};

type Noun = readonly [one: string, many: string];
const MONEY: Record<Currency, { major: Noun; minor: Noun }> = {
  GEL: { major: ["lari", "lari"], minor: ["tetri", "tetri"] },
  RUB: { major: ["rouble", "roubles"], minor: ["kopeck", "kopecks"] },
  USD: { major: ["dollar", "dollars"], minor: ["cent", "cents"] },
  EUR: { major: ["euro", "euros"], minor: ["cent", "cents"] },
  MNT: { major: ["tugrik", "tugriks"], minor: ["mongo", "mongo"] },
  KZT: { major: ["tenge", "tenge"], minor: ["tiyn", "tiyn"] },
  KGS: { major: ["som", "som"], minor: ["tyiyn", "tyiyn"] },
  AMD: { major: ["dram", "drams"], minor: ["luma", "luma"] },
  AZN: { major: ["manat", "manats"], minor: ["gapik", "gapiks"] },
  TRY: { major: ["lira", "liras"], minor: ["kurush", "kurush"] },
};
const UNITS: Record<DurationUnit, Noun> = {
  days: ["day", "days"],
  hours: ["hour", "hours"],
  minutes: ["minute", "minutes"],
  seconds: ["second", "seconds"],
};

const counted = (n: number, [one, many]: Noun): string => `${number(n)} ${n === 1 ? one : many}`;

function below100(n: number): string {
  if (n < 20) return wordAt(SMALL, n);
  const tens = wordAt(TENS, Math.floor(n / 10));
  return n % 10 === 0 ? tens : `${tens}-${wordAt(SMALL, n % 10)}`;
}

function below1000(n: number): string {
  const hundreds = Math.floor(n / 100);
  const rest = n % 100;
  if (hundreds === 0) return below100(rest);
  return spaced(wordAt(SMALL, hundreds), "hundred", rest === 0 ? null : `and ${below100(rest)}`);
}

/** As in Britain: 'one thousand and one'. */
function number(n: number): string {
  if (n === 0) return wordAt(SMALL, 0);
  const groups = triads(n);
  return groups
    .map(({ value, power }, place) => {
      const words = spaced(below1000(value), wordAt(SCALES, power));
      return place > 0 && power === 0 && value < 100 ? `and ${words}` : words;
    })
    .join(" ");
}

function ordinal(n: number): string {
  return number(n).replace(/[a-z]+$/, (last) => ODD_ORDINALS[last] ?? `${last.replace(/y$/, "ie")}th`);
}

function year(n: number): string {
  const century = Math.floor(n / 100);
  const rest = n % 100;
  if (n < 1_100 || n > 9_999 || century % 10 === 0) return number(n);
  if (rest === 0) return `${below100(century)} hundred`;
  return `${below100(century)} ${rest < 10 ? `oh ${below100(rest)}` : below100(rest)}`;
}

/** 2010 and on: 'twenty ten'; the first years of the century as they are called. */
const yearOf = (n: number): string => (n >= 2_010 && n <= 2_099 ? `twenty ${below100(n % 100)}` : year(n));

function time(hours: number, minutes: number): string {
  if (minutes === 0 && hours % 24 === 0) return "midnight";
  if (minutes === 0 && hours === 12) return "noon";
  const half = hours % 24 < 12 ? "a.m." : "p.m.";
  const past = minutes === 0 ? null : minutes < 10 ? `oh ${below100(minutes)}` : below100(minutes);
  return spaced(below100(hours % 12 === 0 ? 12 : hours % 12), past, half);
}

const and = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

export const english: Grammar = {
  number,
  minus: "minus",
  decimal: (whole, fraction) =>
    spaced(number(whole), "point", ...Array.from(fraction, (digit) => wordAt(SMALL, Number(digit)))),
  money(major, minor, currency) {
    const words = MONEY[currency];
    const cents = minor > 0 ? [counted(minor, words.minor)] : [];
    return and(major > 0 || minor === 0 ? [counted(major, words.major), ...cents] : cents);
  },
  date({ year: y, month, day }, withYear) {
    const words = `the ${ordinal(day)} of ${wordAt(MONTHS, month - 1)}`;
    return withYear ? `${words}, ${yearOf(y)}` : words;
  },
  time,
  position: (place) => `You are ${ordinal(place)} in the queue.`,
  farPosition: (place) => `Your place in the queue is ${number(place)}.`,
  duration: (parts) => and(parts.map(([n, unit]) => counted(n, UNITS[unit]))),
  signs: { "+": "plus", "*": "star", "#": "hash" },
  saysGroupsAsNumbers: false,
};
