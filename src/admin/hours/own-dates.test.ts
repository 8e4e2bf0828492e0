import { expect, test } from "vitest";
import { hoursText, type OwnDate, withDate, withoutDate } from "./own-dates.ts";

const closed = (date: string): OwnDate => ({ date, name: "", periods: [] });

test("there is one for each date, in their order", () => {
  const dates = [closed("2026-12-24"), closed("2026-12-31")];
  const half = { ...closed("2026-12-31"), periods: [{ from: "09:00", to: "13:00" }] };
  expect(withDate(dates, half, null)).toEqual([closed("2026-12-24"), half]);
  expect(withDate(dates, closed("2026-12-01"), null).map(({ date }) => date)).toEqual([
    "2026-12-01",
    "2026-12-24",
    "2026-12-31",
  ]);
});

test("one that is moved to another date leaves its own, and takes the place of what was there", () => {
  const dates = [closed("2026-12-24"), closed("2026-12-31")];
  expect(withDate(dates, closed("2026-12-31"), "2026-12-24")).toEqual([closed("2026-12-31")]);
  expect(withoutDate(dates, "2026-12-24")).toEqual([closed("2026-12-31")]);
});

test("hours are written as people write them", () => {
  expect(hoursText([])).toBe("");
  expect(
    hoursText([
      { from: "09:00", to: "13:00" },
      { from: "14:00", to: "18:00" },
    ]),
  ).toBe("09:00–13:00, 14:00–18:00");
});
