/**
 * Public holidays of Mongolia, which no calendar library that we use has: the Law on public holidays and commemorative days (Нийтээр
 * тэмдэглэх баярын болон тэмдэглэлт өдрүүдийн тухай хууль, 2003, as amended; legalinfo.mn), nine of them.
 *
 * Fixed by date: 1 January, 8 March, 1 June, Naadam 10 to 15 July (11 to 15 before 2022), 26 November (since 2016), 29 December.
 * By the lunar calendar: Tsagaan Sar, first to third day of the first spring month; the Buddha's great day, fifteenth of the first summer
 * month (since 2020); the birthday of Chinggis Khaan, first day of the first winter month.
 *
 * The lunar dates are those of the Tögs Buyant reckoning, which the country uses, as computed by T. Gantumur (McGill University,
 * www.math.mcgill.ca/gantumur/cal/year.html). They agree with what was announced for 2018 to 2026 (Montsame, MNB).
 *
 * To be checked each January: whether parliament changed the law; whether the government announced other lunar dates; and working days
 * that it moved (as 17 February 2026), which are not in the law and are entered as own dates.
 */
import type { Language } from "../calls/language.ts";

interface MongolianHoliday {
  /** `YYYY-MM-DD`. */
  date: string;
  key: string;
  names: Record<Language, string>;
}

type MonthDay = `${string}-${string}`;

/** Beyond these years the lunar holidays are not known here. */
const LUNAR: Record<number, { tsagaanSar: MonthDay; buddha: MonthDay; chinggis: MonthDay }> = {
  2025: { tsagaanSar: "03-01", buddha: "06-11", chinggis: "11-21" },
  2026: { tsagaanSar: "02-18", buddha: "05-31", chinggis: "11-10" },
  2027: { tsagaanSar: "02-07", buddha: "05-20", chinggis: "11-29" },
  2028: { tsagaanSar: "02-26", buddha: "06-07", chinggis: "11-17" },
  2029: { tsagaanSar: "02-14", buddha: "05-27", chinggis: "11-07" },
  2030: { tsagaanSar: "02-03", buddha: "05-17", chinggis: "11-26" },
  2031: { tsagaanSar: "02-22", buddha: "06-05", chinggis: "11-15" },
  2032: { tsagaanSar: "02-12", buddha: "05-25", chinggis: "11-04" },
  2033: { tsagaanSar: "01-31", buddha: "06-12", chinggis: "11-22" },
  2034: { tsagaanSar: "02-19", buddha: "06-02", chinggis: "11-11" },
  2035: { tsagaanSar: "02-09", buddha: "05-22", chinggis: "11-30" },
  2036: { tsagaanSar: "02-28", buddha: "06-08", chinggis: "11-18" },
  2037: { tsagaanSar: "02-16", buddha: "05-29", chinggis: "11-08" },
  2038: { tsagaanSar: "02-05", buddha: "05-18", chinggis: "11-27" },
  2039: { tsagaanSar: "02-24", buddha: "06-06", chinggis: "11-17" },
  2040: { tsagaanSar: "02-13", buddha: "05-26", chinggis: "11-05" },
};

const NAMES = {
  newYear: { mn: "Шинэ жил", en: "New Year's Day", ru: "Новый год", ka: "ახალი წელი" },
  tsagaanSar: { mn: "Цагаан сар", en: "Tsagaan Sar", ru: "Цагаан Сар", ka: "ცაგან სარი" },
  women: {
    mn: "Олон улсын эмэгтэйчүүдийн өдөр",
    en: "International Women's Day",
    ru: "Международный женский день",
    ka: "ქალთა საერთაშორისო დღე",
  },
  children: {
    mn: "Хүүхдийн баяр",
    en: "Children's Day",
    ru: "День защиты детей",
    ka: "ბავშვთა დაცვის საერთაშორისო დღე",
  },
  buddha: {
    mn: "Бурхан багшийн их дүйчэн өдөр",
    en: "Buddha's Birthday",
    ru: "День рождения Будды",
    ka: "ბუდას დაბადების დღე",
  },
  naadam: { mn: "Үндэсний их баяр наадам", en: "Naadam", ru: "Наадам", ka: "ნაადამი" },
  chinggis: {
    mn: "Монгол бахархлын өдөр",
    en: "Birthday of Chinggis Khaan",
    ru: "День рождения Чингисхана",
    ka: "ჩინგიზ ყაენის დაბადების დღე",
  },
  republic: {
    mn: "Бүгд Найрамдах Улс тунхагласны өдөр",
    en: "Republic Day",
    ru: "День провозглашения республики",
    ka: "რესპუბლიკის დღე",
  },
  independence: {
    mn: "Үндэсний эрх чөлөө, тусгаар тогтнолоо сэргээсний баярын өдөр",
    en: "Independence Restoration Day",
    ru: "День восстановления независимости",
    ka: "დამოუკიდებლობის აღდგენის დღე",
  },
} as const satisfies Record<string, Record<Language, string>>;

/** In the order of their dates. */
export function mongolianHolidays(year: number): MongolianHoliday[] {
  const fixed = (monthDay: MonthDay, names: Record<Language, string>): MongolianHoliday => ({
    date: `${year}-${monthDay}`,
    key: monthDay,
    names,
  });
  const naadam: readonly MonthDay[] = ["07-10", "07-11", "07-12", "07-13", "07-14", "07-15"];
  const found = [
    fixed("01-01", NAMES.newYear),
    fixed("03-08", NAMES.women),
    fixed("06-01", NAMES.children),
    ...naadam.map((day) => fixed(day, NAMES.naadam)),
    fixed("11-26", NAMES.republic),
    fixed("12-29", NAMES.independence),
  ];
  const lunar = LUNAR[year];
  if (lunar) {
    const { tsagaanSar, buddha, chinggis } = lunar;
    for (const day of [0, 1, 2])
      found.push({ date: laterBy(year, tsagaanSar, day), key: `tsagaan-sar-${day + 1}`, names: NAMES.tsagaanSar });
    found.push({ date: `${year}-${buddha}`, key: "buddha", names: NAMES.buddha });
    found.push({ date: `${year}-${chinggis}`, key: "chinggis-khaan", names: NAMES.chinggis });
  }
  return found.sort((one, other) => one.date.localeCompare(other.date));
}

function laterBy(year: number, monthDay: MonthDay, days: number): string {
  return new Date(Date.parse(`${year}-${monthDay}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
