import { getCountries } from "libphonenumber-js/max";
import { describe, expect, test } from "vitest";
import { emergencyNumbers } from "../../flows/routing/emergency.ts";
import { nextExtension, proposeExtensions } from "./extensions.ts";

describe("extensions that a form proposes", () => {
  test("the next one follows the highest", () => {
    expect(nextExtension(["101", "102"], "GE")).toBe("103");
    expect(nextExtension(["205", "x", ""], "GE")).toBe("206");
    expect(nextExtension([], "GE")).toBe("101");
    expect(nextExtension(["999999"], "GE")).toBe("");
  });

  test("they begin at 101, or at 201 where 101 or 102 calls for help", () => {
    expect(proposeExtensions([null, null], "GE")).toEqual(["101", "102"]);
    for (const country of ["MN", "RU", "KZ", "UA", "BY", "IL"])
      expect(proposeExtensions([null, null], country)).toEqual(["201", "202"]);
    expect(nextExtension([], "MN")).toBe("201");
  });

  test("what is proposed keeps off what somebody has chosen", () => {
    expect(proposeExtensions(["102", null, null], "GE")).toEqual(["102", "101", "103"]);
    expect(proposeExtensions([null, "201 "], "MN")).toEqual(["202", "201 "]);
  });

  test("the next one passes over emergency numbers", () => {
    expect(nextExtension(["110"], "GE")).toBe("115");
    expect(nextExtension(["100"], "RU")).toBe("105");
  });

  test("in no country is an emergency number ever proposed", () => {
    for (const country of getCountries()) {
      const proposed = proposeExtensions(
        Array.from({ length: 50 }, () => null),
        country,
      );
      const added = Array.from({ length: 30 }).reduce<string[]>((all) => [...all, nextExtension(all, country)], []);
      const calling = emergencyNumbers(country);
      expect([...proposed, ...added].filter((extension) => calling.includes(extension))).toEqual([]);
      expect(new Set(proposed).size).toBe(proposed.length);
    }
  });
});
