import { expect, test } from "vitest";
import { ALERT_KINDS } from "../calls/alert.ts";
import { LANGUAGES } from "../calls/language.ts";
import { alertText } from "./alert-text.ts";

const openedAt = new Date("2026-11-22T08:31:00Z");
const site = { firmName: "Shop", language: "en" as const, timeZone: "Asia/Tbilisi" };
const down = {
  ...{ kind: "trunk-down" as const, about: "opened" as const, openedAt, closedAt: null },
  params: {
    name: "City",
    reason: "sign-in-refused",
    status: 403,
    phrase: "Forbidden\r\nBcc: all@example.org",
    since: "2026-11-22T08:30:00Z",
  },
};

test("a mail says what is down, since when, why, in the operator's words, and what it means", () => {
  const { subject, text } = alertText(down, site);
  expect(subject).toBe("Trunk City is down (Shop)");
  expect(text).toContain("Since: November 22, 2026 at 12:30");
  expect(text).toContain("Reason: the operator refuses user name or password");
  expect(text).toContain("The operator's answer: 403 Forbidden Bcc: all@example.org");
  expect(text).toContain("Callers cannot reach you by it");
});

test("and that it is back, without what no longer holds", () => {
  const { subject, text } = alertText({ ...down, about: "closed", closedAt: new Date("2026-11-22T08:45:00Z") }, site);
  expect(subject).toBe("Trunk City is back (Shop)");
  expect(text).toContain("Until: November 22, 2026 at 12:45");
  expect(text).not.toContain("refuses");
});

test("names that hold line breaks make no headers", () => {
  const params = { ...down.params, name: "A\r\nBcc: x@example.org" };
  expect(alertText({ ...down, params }, { ...site, firmName: "B\nC" }).subject).not.toMatch(/[\r\n]/);
});

test.each(LANGUAGES.flatMap((language) => ALERT_KINDS.map((kind) => [language, kind] as const)))(
  "%s has words for %s",
  (language, kind) => {
    const params = {
      name: "X",
      number: "0322112233",
      reason: "minutes",
      outcome: "never-arrived",
      trunkName: "Y",
      check: "disk",
    };
    for (const about of ["opened", "closed"] as const) {
      const { subject, text } = alertText({ kind, about, params, openedAt, closedAt: openedAt }, { ...site, language });
      expect(subject).toMatch(kind === "health" ? /disk|დისკი|диск/ : /X|0322112233/);
      expect(text).not.toContain("undefined");
    }
  },
);
