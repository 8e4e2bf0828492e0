import { expect, test } from "vitest";
import { isOpenTo } from "./navigation.ts";

test("what needs attention leads operators only to pages that they have", () => {
  for (const link of [
    "/",
    "/missed",
    "/missed?tab=voicemail",
    "/calls?from=2026-11-22&hasLostRecording=true",
    "/hours",
  ])
    expect([link, isOpenTo("operator", link), isOpenTo("admin", link)]).toEqual([link, true, true]);
  for (const link of ["/lines", "/lines/outgoing", "/health", "/call-flow"])
    expect([link, isOpenTo("operator", link), isOpenTo("admin", link)]).toEqual([link, false, true]);
});
