import { describe, expect, test } from "vitest";
import { isToldBeside, problemOf } from "./field-problems.ts";

describe("what is wrong with a form", () => {
  test("is said at its field, also when it is a part of what the field holds", () => {
    const problems = { "pace.mostAtOnce": "too-small", "allowedCountries.3": "unknown-country" };
    expect(problemOf(problems, "pace.mostAtOnce")).toBe("too-small");
    expect(problemOf(problems, "allowedCountries")).toBe("unknown-country");
    expect(problemOf(problems, "allowed")).toBeUndefined();
  });

  test("is said by the form as a whole when no field of it is meant", () => {
    expect(isToldBeside(["name", "trunkIds"], { "trunkIds.0": "too-small" })).toBe(true);
    expect(isToldBeside(["name", "trunkIds"], { "rules.1.callerNumber": "not-our-number" })).toBe(false);
    expect(isToldBeside(["name"], {})).toBe(false);
  });
});
