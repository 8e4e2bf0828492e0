import { expect, test } from "vitest";
import { isWorthAnother } from "./fail-over.ts";

test.each<[string, number | null, boolean]>([
  ["NORMAL_TEMPORARY_FAILURE", 503, true],
  ["NORMAL_TEMPORARY_FAILURE", 500, true],
  ["NETWORK_OUT_OF_ORDER", 502, true],
  ["RECOVERY_ON_TIMER_EXPIRE", 504, true],
  ["RECOVERY_ON_TIMER_EXPIRE", 408, true],
  ["UNALLOCATED_NUMBER", 404, true],
  ["CALL_REJECTED", 403, true],
  ["INCOMPATIBLE_DESTINATION", 488, true],
  ["GATEWAY_DOWN", null, true],
  ["RECOVERY_ON_TIMER_EXPIRE", null, true],
  // The called person's own answers.
  ["CALL_REJECTED", 603, false],
  ["USER_BUSY", 486, false],
  ["USER_BUSY", 600, false],
  ["NO_USER_RESPONSE", 480, false],
  ["NUMBER_CHANGED", 410, false],
  ["NO_ANSWER", null, false],
  ["ALLOTTED_TIMEOUT", null, false],
  ["ORIGINATOR_CANCEL", 487, false],
  ["ORIGINATOR_CANCEL", null, false],
])("%s, %s: %s", (cause, sipStatus, expected) => {
  expect(isWorthAnother({ cause, sipStatus, hasRung: false }, false)).toBe(expected);
  // Whoever has been rung is not rung again.
  expect(isWorthAnother({ cause, sipStatus, hasRung: true }, false)).toBe(false);
  // Help is called by every trunk, until the caller gives up.
  const isGivenUp = cause === "ORIGINATOR_CANCEL";
  expect(isWorthAnother({ cause, sipStatus, hasRung: true }, true)).toBe(!isGivenUp);
});
