import { describe, expect, test } from "vitest";
import { USUAL_OUTGOING } from "../../calls/outgoing.ts";
import type { Country } from "../../calls/phone-number.ts";
import { routingConfiguration } from "../../testing/routing.ts";
import { dialledE164, readOutsideNumber } from "./outside-number.ts";

const home = (country: Country = "GE", areaCode: string | null = null) => ({ country, areaCode });
const kindOf = (dialled: string, country?: Country, areaCode?: string) => {
  const number = readOutsideNumber(dialled, home(country, areaCode));
  return number === null ? null : `${number.kind}${number.isAbroad ? ` ${number.country ?? "nowhere"}` : ""}`;
};

describe("what a number is", () => {
  test.each<[string, Country, string | null]>([
    ["599110001", "GE", "mobile"],
    ["0599110001", "GE", "mobile"],
    ["+995599110001", "GE", "mobile"],
    ["00995599110001", "GE", "mobile"],
    ["995599110001", "GE", "mobile"],
    ["0322112233", "GE", "fixed"],
    ["0706123456", "GE", "fixed"],
    ["0800123456", "GE", "toll-free"],
    // A block of numbers that the library does not know yet: the national plan tells.
    ["599990001", "GE", "mobile"],
    ["0900123456", "GE", "premium"],
    ["900123456", "GE", "premium"],
    ["809123456", "GE", "premium"],
    ["88091234567", "RU", "premium"],
    ["88031234567", "RU", "premium"],
    ["88001234567", "RU", "toll-free"],
    ["89001234567", "RU", "mobile"],
    ["19001234", "MN", "premium"],
    ["99112233", "MN", "mobile"],
    ["112", "GE", "emergency"],
    ["105", "MN", "emergency"],
    ["105", "GE", "short"],
    ["11808", "GE", "short"],
    ["12", "GE", null],
    ["2112233", "GE", null],
    ["+447911123456", "GE", "international GG"],
    ["00447400123456", "GE", "international GB"],
    ["810447400123456", "RU", "international GB"],
    ["+18095551234", "GE", "international DO"],
    ["+12125551234", "GE", "international US"],
    ["+77011234567", "RU", "international KZ"],
    ["87011234567", "RU", "international KZ"],
    ["+449098790000", "GE", "premium GB"],
    ["+447012345678", "GE", "premium GB"],
    ["+979123456789", "GE", "premium nowhere"],
    ["+881612345678", "GE", "international nowhere"],
    // Without its plus it might be read as something else by the trunk.
    ["447400123456", "GE", null],
    ["81044740012345", "GE", null],
    ["0044", "GE", null],
    ["001447400123456", "MN", "international GB"],
    // 00 is no prefix there: its trunk would read 001 and a number in Morocco.
    ["0012125551234", "MN", null],
    ["+4400", "GE", null],
    ["599 11 00 01", "GE", null],
    ["*21*599110001#", "GE", null],
  ])("%s dialled in %s: %s", (dialled, country, expected) => {
    expect(kindOf(dialled, country)).toBe(expected);
  });

  test("a local number is one of its area, when the area is known", () => {
    expect(kindOf("2112233", "GE", "32")).toBe("fixed");
    expect(readOutsideNumber("2112233", home("GE", "32"))?.e164).toBe("+995322112233");
    // What is dialled whole stays what it is.
    expect(kindOf("599110001", "GE", "32")).toBe("mobile");
  });

  test.each([
    ["2112233", "+995322112233"],
    ["599110001", "+995599110001"],
    // Nobody is reached by it without 00 before it, but it is clear whom they meant.
    ["447400123456", "+447400123456"],
    ["112", null],
    ["11808", null],
    ["*91", null],
  ])("who dials %s means %s", (dialled, expected) => {
    const made = routingConfiguration({ outgoing: { ...USUAL_OUTGOING, areaCode: "32" } });
    expect(dialledE164(dialled, made)).toBe(expected);
  });
});
