import { expect, test } from "vitest";
import { LANGUAGES } from "../calls/language.ts";
import { type BoxState, consolePage } from "./console-page.ts";
import { CONSOLE_WORDS } from "./console-words.ts";

const well: BoxState = {
  version: "1.2.3",
  hostName: "hotline",
  addresses: ["192.168.1.50", "fd00::5"],
  panelPort: 8080,
  status: {
    ...{ needsSetup: false, language: "en", lines: { count: 2, working: 2 } },
    switch: { connected: true, software: "FreeSWITCH 1.11.1" },
    database: { connected: true },
    disk: { level: "ok", freeBytes: 80 * 1024 ** 3, freeMinutes: 44_739 },
    https: null,
  },
  failedUnits: [],
  trialSeconds: null,
};

test("the screen says where the panel is and that all is well", () => {
  expect(consolePage(well)).toEqual([
    "Hotline 1.2.3",
    "",
    "Panel     http://192.168.1.50:8080",
    "          http://[fd00::5]:8080",
    "Name      hotline",
    "Daemon    runs",
    "Database  there",
    "Switch    FreeSWITCH 1.11.1",
    "Lines     2 work",
    "Disk      80.0 GiB free, 745 hours of talk",
    "Services  no failures",
    "",
    "Enter: menu",
  ]);
});

test("by HTTPS it names the name, and the fingerprint that a browser's is compared with, within 80 columns", () => {
  const fingerprint = Array.from({ length: 32 }, (_, index) => (index + 16).toString(16).toUpperCase()).join(":");
  const status = well.status && { ...well.status, https: { port: 443, fingerprint, name: "hotline-2.local" } };
  const lines = consolePage({ ...well, status });
  expect(lines.slice(2, 8)).toEqual([
    "Panel     https://hotline-2.local",
    "          https://192.168.1.50",
    "          https://[fd00::5]",
    "Name      hotline",
    `SHA-256   ${fingerprint.slice(0, 47)}`,
    `          ${fingerprint.slice(48)}`,
  ]);
  // Two columns are its margin.
  for (const language of LANGUAGES)
    for (const line of consolePage({ ...well, status, trialSeconds: 42 }, CONSOLE_WORDS[language]))
      expect(line.length + 2).toBeLessThan(80);
});

test("what is the matter is said where it is", () => {
  const page = consolePage({
    ...well,
    addresses: [],
    status: {
      ...{ needsSetup: true, language: null, lines: { count: 3, working: 1 } },
      switch: { connected: false, software: null },
      database: { connected: false },
      disk: { level: "critical", freeBytes: 0, freeMinutes: 0 },
      https: null,
    },
    failedUnits: ["hotline-database.service"],
  }).join("\n");
  for (const words of [
    "no network",
    "set it up",
    "1 of 3 work",
    "AWAY",
    "MISSING",
    "FULL",
    "FAILED: hotline-database.service",
  ])
    expect(page).toContain(words);
  const silent = consolePage({ ...well, status: null, failedUnits: null }).join("\n");
  expect(silent).toContain("Daemon    does not answer yet");
  expect(silent).toContain("Services  unknown");
  expect(silent).not.toContain("Disk");
});
