import { describe, expect, test } from "vitest";
import { likelyCountry, likelyTimeZone } from "./countries.ts";

describe("first suggestions of country and time zone", () => {
  test("the computer's zone tells the country, else the language does", () => {
    expect(likelyCountry("Asia/Tbilisi", "en")).toBe("GE");
    expect(likelyCountry("Asia/Hovd", "ru")).toBe("MN");
    expect(likelyCountry("Etc/UTC", "mn")).toBe("MN");
    expect(likelyCountry("Etc/UTC", "ka")).toBe("GE");
  });
  test("a country tells the zone of most of its people", () => {
    expect(likelyTimeZone("GE")).toBe("Asia/Tbilisi");
    expect(likelyTimeZone("MN")).toBe("Asia/Ulaanbaatar");
    expect(likelyTimeZone("RU")).toBe("Europe/Moscow");
    expect(likelyTimeZone("BR")).toBeNull();
  });
});
