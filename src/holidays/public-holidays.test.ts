import { expect, test } from "vitest";
import { holidaysAround, knowsHolidaysOf, publicHolidays } from "./public-holidays.ts";

const dates = (country: "GE" | "RU" | "KZ" | "MN" | "AM" | "US" | "IS", year: number) =>
  publicHolidays(country, year, year, "en").map(({ date }) => date.slice(5));

test("Georgia: fixed feasts, and Easter of the Orthodox church", () => {
  // Labour Code of Georgia, article 30; Easter on 12 April 2026 and 2 May 2027.
  expect(dates("GE", 2026)).toEqual([
    ...["01-01", "01-02", "01-07", "01-19", "03-03", "03-08", "04-09", "04-10", "04-11", "04-12", "04-13"],
    ...["05-09", "05-12", "05-26", "08-28", "10-14", "11-23"],
  ]);
  expect(dates("GE", 2027)).toEqual(expect.arrayContaining(["04-30", "05-01", "05-02", "05-03"]));
});

test("Russia: holidays of several days are a date each, and can be worked on one by one", () => {
  const found = publicHolidays("RU", 2027, 2027, "ru");
  expect(found.slice(0, 8).map(({ date }) => date)).toEqual(
    ["01", "02", "03", "04", "05", "06", "07", "08"].map((day) => `2027-01-${day}`),
  );
  expect(new Set(found.slice(0, 8).map(({ key }) => key)).size).toBe(8);
  expect(found[0]?.name).toBe("Новый год");
});

test("Mongolia: nine holidays by law, Naadam of six days, the lunar ones by the table", () => {
  expect(dates("MN", 2026)).toEqual([
    ...["01-01", "02-18", "02-19", "02-20", "03-08", "05-31", "06-01"],
    ...["07-10", "07-11", "07-12", "07-13", "07-14", "07-15", "11-10", "11-26", "12-29"],
  ]);
  // Announced: 1 March and 21 November 2025.
  expect(dates("MN", 2025)).toEqual(expect.arrayContaining(["03-01", "03-02", "03-03", "06-11", "11-21"]));
  // The end of a month in a leap year.
  expect(dates("MN", 2036)).toEqual(expect.arrayContaining(["02-28", "02-29", "03-01"]));
  expect(publicHolidays("MN", 2026, 2026, "mn")[1]).toEqual({
    date: "2026-02-18",
    key: "tsagaan-sar-1",
    name: "Цагаан сар",
  });
});

test("the table of Mongolia's lunar holidays reaches three years ahead of the day on which this runs", () => {
  const year = new Date().getUTCFullYear() + 3;
  const keys = publicHolidays("MN", year, year, "en").map(({ key }) => key);
  expect(keys).toEqual(expect.arrayContaining(["tsagaan-sar-1", "buddha", "chinggis-khaan"]));
});

test("a lunar new year comes 354, 355, 383, 384 or 385 days after the last, and winter's first month 8 or 9 months after spring's", () => {
  const first = (key: string) =>
    publicHolidays("MN", 2025, 2040, "en")
      .filter((holiday) => holiday.key === key)
      .map(({ date }) => Date.parse(date) / 86_400_000);
  for (const key of ["tsagaan-sar-1", "buddha", "chinggis-khaan"]) {
    const days = first(key);
    expect(days).toHaveLength(16);
    for (const [at, day] of days.slice(1).entries())
      expect([353, 354, 355, 382, 383, 384, 385]).toContain(day - (days[at] ?? 0));
  }
  const [spring, winter] = [first("tsagaan-sar-1"), first("chinggis-khaan")];
  for (const [at, day] of spring.entries()) {
    // Nine lunar months, or ten in a year that has one twice.
    const months = ((winter[at] ?? 0) - day) / 29.53;
    expect(Math.abs(months - Math.round(months))).toBeLessThan(0.06);
    expect([9, 10]).toContain(Math.round(months));
  }
});

test("names come in the language that is asked for, else in the country's own", () => {
  const name = (country: "GE" | "KZ" | "TR", language: "ka" | "ru" | "mn" | "en") =>
    publicHolidays(country, 2026, 2026, language)[0]?.name;
  expect(name("GE", "ka")).toBe("ახალი წელი");
  expect(name("GE", "en")).toBe("New Year's Day");
  expect(name("KZ", "ru")).toBe("Новый год");
  expect(name("KZ", "mn")).toBe("Жаңа жыл");
  const substitutes = publicHolidays("KZ", 2026, 2026, "ru").filter(({ name: own }) => own.includes("substitute"));
  expect(substitutes).toEqual([]);
});

test("days that are free only from noon on are not closed; a country that nobody knows has none", () => {
  expect(dates("IS", 2026)).not.toContain("12-24");
  expect(knowsHolidaysOf("KG")).toBe(false);
  expect(publicHolidays("KG", 2026, 2026, "en")).toEqual([]);
  expect([knowsHolidaysOf("MN"), knowsHolidaysOf("GE")]).toEqual([true, true]);
});

test("a schedule gets those from the last two days of last year to two years ahead, each date once", () => {
  const found = holidaysAround("AM", Date.parse("2026-11-22T12:00:00Z"), "en").map(({ date }) => date);
  expect(found[0]).toBe("2025-12-31");
  expect(found.at(-1)).toBe("2028-12-31");
  expect(new Set(found).size).toBe(found.length);
  expect(found).toEqual([...found].sort());
});
