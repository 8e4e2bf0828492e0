import fc from "fast-check";
import { expect, test } from "vitest";
import type { Country } from "../../calls/phone-number.ts";
import type { CallerIdPolicy, OutgoingFormat } from "../../calls/trunk.ts";
import { quietWorld, routingConfiguration, routingOperator, routingTrunk } from "../../testing/routing.ts";
import { decideRoute } from "./decide-route.ts";
import { outsideWithoutDaemon, recordingWithoutDaemon, waysOutWithoutDaemon } from "./without-daemon.ts";

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

test.each<[string, Country, string[]]>([
  ["0322112233", "GE", ["0322112233", "995322112233", "00995322112233", "322112233"]],
  ["+74951234567", "RU", ["74951234567", "0074951234567", "4951234567", "84951234567"]],
  // No number of the country: as it stands.
  ["100", "GE", ["100"]],
  ["shop", "GE", ["shop"]],
])("%s is known without the daemon by what trunks deliver for it", (number, country, forms) => {
  const made = routingConfiguration();
  const of = (recordCalls: boolean | null) => ({
    ...{ number, name: "", trunkId: null, language: null, scheduleId: null, flowId: null },
    recordCalls,
  });
  const site = { ...made.site, country };
  expect(recordingWithoutDaemon({ site, numbers: [of(false)] })).toEqual([{ forms, isRecorded: false }]);
  expect(recordingWithoutDaemon({ site, numbers: [of(null)] })).toEqual([]);
});

/** One trunk in a country, and our number by it. */
function firm(
  outgoing: { numberFormat?: OutgoingFormat; callerId?: CallerIdPolicy },
  country: Country,
  number: string,
) {
  const usual = { numberFormat: "as-dialled", prefix: "", callerId: "own-number" } as const;
  const own = { number, name: "", trunkId: null, language: null, scheduleId: null, flowId: null, recordCalls: null };
  const made = routingConfiguration({
    trunks: [routingTrunk(1, { outgoing: { ...usual, ...outgoing } })],
    numbers: [own],
  });
  return { ...made, site: { ...made.site, country } };
}

function goesOutAs(dialled: string, configuration: ReturnType<typeof firm>): string {
  const [way] = waysOutWithoutDaemon(configuration);
  const found = way?.rewriting.find(({ pattern }) => new RegExp(pattern).test(dialled));
  return found === undefined ? dialled : found.before + (new RegExp(found.pattern).exec(dialled)?.[1] ?? "");
}

test("whatever leaves without the daemon is asked for by the number that the daemon would ask for", () => {
  const dialled = fc.oneof(
    fc.stringMatching(/^(0|8|[+]995|[+]7|[+]976)?[3-9][0-9]{7,9}$/),
    fc.stringMatching(/^[1-9][0-9]{2,4}$/),
    fc.stringMatching(/^[2-9][0-9]{5,6}$/),
  );
  const areaCodes = fc.constantFrom(null, "32", "431", "495");
  const formats = fc.constantFrom<OutgoingFormat[]>("e164", "e164-no-plus", "as-dialled");
  const countries = fc.constantFrom<Country[]>("GE", "RU", "MN", "KZ");
  fc.assert(
    fc.property(countries, areaCodes, formats, dialled, (country, areaCode, numberFormat, number) => {
      if (!leaves(number, country, areaCode)) return;
      const made = firm({ numberFormat }, country, "0322112233");
      const configuration = { ...made, outgoing: { ...made.outgoing, areaCode } };
      const decision = decideRoute(number, { extension: "101" as never }, configuration, quietWorld());
      const [target] = decision.type === "dial" ? decision.attempts : [];
      if (target?.kind === "gateway") expect(goesOutAs(number, configuration)).toBe(target.number);
    }),
    { numRuns: 3_000 },
  );
});

test.each<[string, Country, string]>([
  ["+995599112233", "GE", "599112233"],
  ["0599112233", "GE", "599112233"],
  ["+995322112233", "GE", "0322112233"],
  ["+79161234567", "RU", "89161234567"],
  ["+97699112233", "MN", "99112233"],
  ["112", "GE", "112"],
])("%s dialled in %s goes out as %s where the trunk wants national numbers", (dialled, country, expected) => {
  expect(goesOutAs(dialled, firm({ numberFormat: "national" }, country, "0322112233"))).toBe(expected);
});

test.each<[CallerIdPolicy, string, string | null, boolean]>([
  ["own-number", "0322112233", "+995322112233", false],
  ["hidden", "0322112233", null, true],
  ["trunk-default", "0322112233", null, false],
  // No number that somebody could call back.
  ["own-number", "shop", null, false],
])("%s, our number being %s", (callerId, number, callerNumber, isCallerHidden) => {
  const [way] = waysOutWithoutDaemon(firm({ callerId, numberFormat: "e164" }, "GE", number));
  expect(way?.shown).toEqual({ callerNumber, isCallerHidden });
  const inEmergency = number === "shop" ? null : "+995322112233";
  expect(way?.shownInEmergency).toEqual({ callerNumber: inEmergency, isCallerHidden: false });
});

test("a trunk that is switched off is no way out", () => {
  const made = routingConfiguration({ trunks: [routingTrunk(1, { isEnabled: false })] });
  expect(waysOutWithoutDaemon(made)).toEqual([]);
});
