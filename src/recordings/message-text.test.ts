import fc from "fast-check";
import { expect, test } from "vitest";
import { LANGUAGES } from "../calls/language.ts";
import { messageText } from "./message-text.ts";

const facts = {
  callerNumber: "+995599123456",
  callerName: "Nino",
  isCallerHidden: false,
  dialled: "0322112233",
  startedAt: new Date("2026-11-23T20:30:00Z"),
  durationMs: 65_400,
};

test("who called, when on the site's clock, and how long", () => {
  const { subject, text } = messageText(facts, "en", "Asia/Tbilisi");
  expect(subject).toBe("Voice message from +995599123456 (1:05)");
  expect(text).toContain("From: +995599123456 (Nino)");
  expect(text).toMatch(/When: Tuesday, November 24, 2026.*12:30/);
});

test("a hidden caller stays hidden", () => {
  const { subject, text } = messageText({ ...facts, isCallerHidden: true, callerName: "" }, "en", "UTC");
  expect(subject).toBe("Voice message from a hidden number (1:05)");
  expect(text).not.toContain(facts.callerNumber);
});

test("every language says it in its own words", () => {
  const subjects = LANGUAGES.map((language) => messageText(facts, language, "UTC").subject);
  expect(new Set(subjects).size).toBe(LANGUAGES.length);
});

test("no name or number that a caller chose makes a line of its own, a header, or a text that runs backwards", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constant("x\r\nBcc: all@example.org"),
    fc.constant("\u202Eevil"),
  );
  fc.assert(
    fc.property(hostile, hostile, fc.constantFrom(...LANGUAGES), (callerNumber, callerName, language) => {
      const { subject, text } = messageText(
        { ...facts, callerNumber, callerName, dialled: callerName },
        language,
        "UTC",
      );
      expect(subject).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(text.split("\n")).toHaveLength(6);
    }),
    { numRuns: 30 },
  );
});
