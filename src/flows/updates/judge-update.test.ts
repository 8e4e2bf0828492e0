import { expect, test } from "vitest";
import { isRestartDue, missingAfterUpdate, needsCopyBack } from "./judge-update.ts";

const healthy = { panel: true, database: true, switch: true, trunks: ["Magti", "Geocell"], syntheticCall: true };
const all = { parts: ["database", "switch", "trunks", "synthetic-call"], trunks: ["Magti"] } as const;

test("what was healthy before has to be healthy again, and the panel always", () => {
  expect(missingAfterUpdate(all, healthy)).toEqual([]);
  expect(
    missingAfterUpdate(all, { panel: false, database: false, switch: false, trunks: [], syntheticCall: null }),
  ).toEqual(["panel", "database", "switch", "trunk Magti", "synthetic-call"]);
  expect(missingAfterUpdate(all, { ...healthy, syntheticCall: false })).toEqual(["synthetic-call"]);
  expect(missingAfterUpdate(all, { ...healthy, trunks: ["Geocell"] })).toEqual(["trunk Magti"]);
});

test("what was not healthy before, or was not there, is not asked for", () => {
  const nothing = { panel: true, database: false, switch: false, trunks: [], syntheticCall: null };
  expect(missingAfterUpdate({ parts: [], trunks: ["Magti"] }, nothing)).toEqual([]);
  expect(missingAfterUpdate({ parts: ["database"], trunks: [] }, { ...nothing, database: true })).toEqual([]);
});

test("the database is brought back only if the new system has changed its form", () => {
  expect(needsCopyBack(["1", "2"], ["1", "2"])).toBe(false);
  expect(needsCopyBack(["1", "2"], ["1", "2", "3"])).toBe(true);
  expect(needsCopyBack(["1", "2"], ["1", "3"])).toBe(true);
});

test.each([
  ["now", 0, "10:00", false, true],
  ["now", 1, "10:00", false, false],
  ["now", 1, "10:00", true, true],
  ["when-free", 2, "10:00", false, false],
  ["when-free", 0, "10:00", false, true],
  ["at-night", 0, "10:00", false, false],
  ["at-night", 0, "01:59", false, false],
  ["at-night", 0, "02:00", false, true],
  ["at-night", 1, "02:00", false, false],
  ["at-night", 0, "05:00", false, false],
] as const)("%s with %i calls at %s, insisting: %s", (moment, calls, clock, isInsisting, expected) => {
  expect(isRestartDue(moment, { calls, clock, isInsisting })).toBe(expected);
});
