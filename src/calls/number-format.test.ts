import { expect, test } from "vitest";
import { incomingNumber, outgoingNumber } from "./number-format.ts";
import type { Country } from "./phone-number.ts";
import type { IncomingFormat } from "./trunk.ts";

test.each<[string, Country, string, string, string]>([
  ["+995322112233", "GE", "+995322112233", "995322112233", "0322112233"],
  ["+995599123456", "GE", "+995599123456", "995599123456", "599123456"],
  ["0322112233", "GE", "+995322112233", "995322112233", "0322112233"],
  ["+79161234567", "RU", "+79161234567", "79161234567", "89161234567"],
  ["+97699112233", "MN", "+97699112233", "97699112233", "99112233"],
  // Abroad by each country's own way out.
  ["+995599123456", "RU", "+995599123456", "995599123456", "810995599123456"],
  ["+79161234567", "GE", "+79161234567", "79161234567", "0079161234567"],
  // What is no number of a country goes out as it is.
  ["112", "GE", "112", "112", "112"],
  ["*100*1", "GE", "*100*1", "*100*1", "*100*1"],
])("%s dialled in %s", (dialled, country, e164, bare, national) => {
  expect(outgoingNumber(dialled, { numberFormat: "e164" }, country)).toBe(e164);
  expect(outgoingNumber(dialled, { numberFormat: "e164-no-plus" }, country)).toBe(bare);
  expect(outgoingNumber(dialled, { numberFormat: "national" }, country)).toBe(national);
  expect(outgoingNumber(dialled, { numberFormat: "as-dialled" }, country)).toBe(dialled);
});

test.each<[string, IncomingFormat, string, Country, string | null]>([
  ["995599123456", "e164", "", "GE", "+995599123456"],
  ["+995599123456", "e164", "", "GE", "+995599123456"],
  ["00995599123456", "e164", "", "GE", "+995599123456"],
  ["599123456", "e164", "", "GE", null],
  ["599123456", "national", "", "GE", "+995599123456"],
  ["89161234567", "national", "", "RU", "+79161234567"],
  ["9161234567", "national", "", "RU", "+79161234567"],
  // A prefix is taken off where it is, and only once.
  ["9995599123456", "e164", "9", "GE", "+995599123456"],
  ["9599123456", "national", "9", "GE", "+995599123456"],
  ["599123456", "auto", "9", "GE", "+995599123456"],
  ["99112233", "auto", "", "MN", "+97699112233"],
  ["anonymous", "national", "", "GE", null],
  ["anonymous", "auto", "anon", "GE", null],
  ["12345", "e164", "", "GE", null],
  ["5".repeat(40), "national", "", "GE", null],
])("a caller delivered as %s (%s, prefix '%s') in %s", (delivered, numberFormat, prefix, country, expected) => {
  expect(incomingNumber(delivered, { numberFormat, prefix }, country)).toBe(expected);
});
