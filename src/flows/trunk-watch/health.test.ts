import { expect, test } from "vitest";
import { standingOf } from "./health.ts";

const usual = {
  isEnabled: true,
  isSwitchThere: true,
  line: { state: "registered" as const, status: null, phrase: null },
  unresolved: null,
  answering: null,
};
const failed = (status: number | null) => ({ state: "failed" as const, status, phrase: "No" });
const idle = { state: "idle" as const, status: null, phrase: null };
const trying = { state: "trying" as const, status: null, phrase: null };

test.each([
  ["signed in", {}, "unknown", "up", null],
  ["switched off", { isEnabled: false, isSwitchThere: false }, "up", "off", "switched-off"],
  ["no switch", { isSwitchThere: false }, "up", "unknown", "switch-away"],
  ["no such name", { line: null, unresolved: "no-such-name" as const }, "unknown", "down", "no-such-name"],
  ["no name server", { line: null, unresolved: "no-answer" as const }, "unknown", "down", "name-server-silent"],
  ["just added", { line: null }, "unknown", "unknown", "starting"],
  ["a wrong password", { line: failed(403) }, "up", "down", "sign-in-refused"],
  ["an unknown account", { line: failed(404) }, "up", "down", "unknown-account"],
  ["no answer", { line: failed(null) }, "up", "down", "no-answer"],
  ["a server in need", { line: failed(503) }, "up", "down", "server-trouble"],
  ["a new sign-in of one that works", { line: trying }, "up", "up", null],
  ["another try of one that does not", { line: trying }, "down", "down", "no-answer"],
  ["the first try", { line: trying }, "unknown", "unknown", "starting"],
  ["silent to OPTIONS", { answering: "silent" as const }, "up", "down", "no-options-answer"],
  [
    "given to the switch anew",
    { line: { state: "down" as const, status: null, phrase: null } },
    "up",
    "unknown",
    "starting",
  ],
  ["silent since our start, so far", { answering: "asking" as const }, "unknown", "unknown", "starting"],
  ["the same of one that was silent before", { answering: "asking" as const }, "down", "unknown", "starting"],
  ["the same of one that was up", { answering: "asking" as const }, "up", "unknown", "starting"],
  ["one that never answers OPTIONS", { answering: "never-answered" as const }, "up", "up", null],
  [
    "the same of one that does not sign in",
    { line: idle, answering: "never-answered" as const },
    "up",
    "unknown",
    "never-answered",
  ],
  ["one that does not sign in, and answers", { line: idle, answering: "answers" as const }, "unknown", "up", null],
] as const)("%s", (_, change, before, health, reason) => {
  expect(standingOf({ ...usual, ...change }, before)).toMatchObject({ health, reason });
});
