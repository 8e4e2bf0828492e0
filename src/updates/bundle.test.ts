import { expect, test } from "vitest";
import { reasonOf } from "./bundle.ts";

const STEPS = [
  "  0% Installing",
  " 20% Checking bundle",
  " 40% Verifying signature done.",
  " 99% Updating slots failed.",
];

// RAUC's own words.
test.each([
  ["LastError: Installation error: Failed updating slot rootfs.0: failed to run tar: Child process exited", "failed"],
  ["LastError: Installation error: Failed updating slot rootfs.0: No space left on device", "no-room"],
  ["LastError: signature verification failed: Verify error: self-signed certificate", "signature"],
  ["LastError: Compatible mismatch: expected 'hotline-box-amd64', got 'other'", "other-product"],
  ["LastError: failed to read bundle: short read", "not-readable"],
])("an update that fails is said to fail for what failed, not for a step that went well before: %s", (last, reason) => {
  expect(reasonOf([...STEPS, "100% Installing failed.", last, "idle"].join("\n"))).toBe(reason);
});
