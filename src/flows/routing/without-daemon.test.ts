import fc from "fast-check";
import { expect, test } from "vitest";
import type { Country } from "../../calls/phone-number.ts";
import { quietWorld, routingConfiguration, routingOperator, routingTrunk } from "../../testing/routing.ts";
import { decideRoute } from "./decide-route.ts";
import { outsideWithoutDaemon } from "./without-daemon.ts";

const leaves = (dialled: string, country: Country = "GE", areaCode: string | null = null) =>
  new RegExp(outsideWithoutDaemon(country, areaCode)).test(dialled);

test.each<[string, boolean]>([
  ["599110001", true],
  ["0599110001", true],
  ["+995599110001", true],
  ["0322112233", true],
  ["0800123456", true],
  ["11808", true],
  ["0900123456", false],
  ["900123456", false],
  ["809123456", false],
  ["+447400123456", false],
  ["00447400123456", false],
  ["0044", false],
  ["2112233", false],
])("%s leaves: %s", (dialled, expected) => {
  expect(leaves(dialled)).toBe(expected);
});

test.each<[string, Country, string, boolean]>([
  ["2112233", "GE", "32", true],
  ["211223", "GE", "32", false],
  ["0112233", "GE", "32", false],
  ["211223", "GE", "431", true],
  ["0322112233", "GE", "32", true],
  ["2112233", "RU", "495", true],
  // A Russian trunk would hear a call abroad.
  ["8101234", "RU", "495", false],
  ["211223", "RU", "3952", true],
  // Of these areas the plan says nothing, or that their numbers cost more.
  ["123456", "GE", "900", false],
  ["2345678", "US", "212", false],
])("%s leaves in %s, of whose area codes it is %s: %s", (dialled, country, areaCode, expected) => {
  expect(leaves(dialled, country, areaCode)).toBe(expected);
});

test("whatever is dialled: the switch alone lets nothing abroad and nothing at a premium out", () => {
  const dialled = fc.oneof(
    fc.stringMatching(/^\+?[0-9]{6,15}$/),
    fc.stringMatching(/^(0|8|00|810|\+995|\+7|\+976|\+44)[0-9]{3,12}$/),
    fc.stringMatching(/^(0|8)?[0-9]{8,10}$/),
    fc.stringMatching(/^[0-9]{5,8}$/),
  );
  const countries = fc.constantFrom<Country[]>("GE", "RU", "MN", "US", "KZ");
  const areaCodes = fc.constantFrom(null, "32", "431", "495", "4012", "8", "80", "9");
  fc.assert(
    fc.property(countries, areaCodes, dialled, (country, areaCode, number) => {
      if (number.length < 6 || !leaves(number, country, areaCode)) return;
      const made = routingConfiguration({
        operators: [routingOperator("101", { mayDial: "mobile" })],
        trunks: [routingTrunk(1)],
      });
      const outgoing = { ...made.outgoing, areaCode };
      const configuration = { ...made, outgoing, site: { ...made.site, country } };
      const decision = decideRoute(number, { extension: "101" as never }, configuration, quietWorld());
      // What is no number yet costs nothing: no operator takes it.
      const reason = decision.type === "refuse" ? decision.reason : "dialled";
      expect([number, ["dialled", "not-a-number"].includes(reason) ? "harmless" : reason]).toEqual([
        number,
        "harmless",
      ]);
    }),
    { numRuns: 3_000 },
  );
});
