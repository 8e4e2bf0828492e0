import { expect, test } from "vitest";
import { majorOf, minorOf, moved, prefixesOf, shareUsed } from "./settings.ts";

const rule = (name: string) => ({
  name,
  numbers: { kinds: [], countries: [], prefixes: [] },
  trunkIds: [1],
  callerNumber: null,
});
const names = (rules: readonly { name: string }[]) => rules.map(({ name }) => name).join("");

test("a rule moves by one place, and stays at the ends", () => {
  const rules = [rule("a"), rule("b"), rule("c")];
  expect(names(moved(rules, 1, -1))).toBe("bac");
  expect(names(moved(rules, 1, 1))).toBe("acb");
  expect(names(moved(rules, 0, -1))).toBe("abc");
  expect(names(moved(rules, 2, 1))).toBe("abc");
  expect(names(rules)).toBe("abc");
});

test("prefixes are read however they are separated, each once", () => {
  expect(prefixesOf(" 599, 0322;+49\n599 ")).toEqual(["599", "0322", "+49"]);
  expect(prefixesOf(" ")).toEqual([]);
});

test("money keeps fractions of its smallest coin", () => {
  expect(minorOf(0.0325)).toBe(3.25);
  expect(minorOf(19.99)).toBe(1999);
  expect(majorOf(3.25)).toBe(0.0325);
});

test("the limit that is nearer counts", () => {
  const spent = { minutesToday: 30, moneyTodayMinor: 900, bundleMinutesUsed: [] };
  expect(shareUsed({ limits: { minutesPerDay: 60, moneyPerDayMinor: 1000 }, spent })).toBe(0.9);
  expect(shareUsed({ limits: { minutesPerDay: 20, moneyPerDayMinor: null }, spent })).toBe(1);
  expect(shareUsed({ limits: { minutesPerDay: 0, moneyPerDayMinor: null }, spent })).toBe(1);
  expect(shareUsed({ limits: { minutesPerDay: null, moneyPerDayMinor: null }, spent })).toBeNull();
});
