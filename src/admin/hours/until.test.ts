import { expect, test } from "vitest";
import { inAnHour, nextAt } from "./until.ts";

const at = (iso: string) => Date.parse(iso);

test("in an hour, to the full minute", () => {
  expect(inAnHour(at("2026-11-22T10:00:00Z"))).toBe("2026-11-22T11:00:00.000Z");
  expect(inAnHour(at("2026-11-22T10:00:01Z"))).toBe("2026-11-22T11:01:00.000Z");
});

test("a time is today if it is still to come on the site's clock, else tomorrow", () => {
  const now = at("2026-11-22T10:00:00Z");
  expect(nextAt("18:00", now, "Asia/Tbilisi")).toBe("2026-11-22T14:00:00.000Z");
  expect(nextAt("14:00", now, "Asia/Tbilisi")).toBe("2026-11-23T10:00:00.000Z");
  expect(nextAt("13:59", now, "Asia/Tbilisi")).toBe("2026-11-23T09:59:00.000Z");
  expect(nextAt("24:00", now, "Asia/Tbilisi")).toBe("2026-11-22T20:00:00.000Z");
  expect(nextAt("noon", now, "Asia/Tbilisi")).toBeNull();
});

test("a time after the clocks change is that time by the new clock", () => {
  expect(nextAt("09:00", at("2026-03-28T12:00:00Z"), "Europe/Berlin")).toBe("2026-03-29T07:00:00.000Z");
  expect(nextAt("09:00", at("2026-10-24T12:00:00Z"), "Europe/Berlin")).toBe("2026-10-25T08:00:00.000Z");
});
