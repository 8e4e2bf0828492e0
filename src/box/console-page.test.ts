import { expect, test } from "vitest";
import { type BoxState, consolePage } from "./console-page.ts";

const well: BoxState = {
  version: "1.2.3",
  hostName: "hotline",
  addresses: ["192.168.1.50", "fd00::5"],
  panelPort: 8080,
  status: {
    needsSetup: false,
    switch: { connected: true, software: "FreeSWITCH 1.11.1" },
    database: { connected: true },
    disk: { level: "ok", freeBytes: 80 * 1024 ** 3, freeMinutes: 44_739 },
    https: null,
  },
  failedUnits: [],
};

test("the screen says where the panel is and that all is well", () => {
  expect(consolePage(well)).toBe(
    [
      "",
      "  Hotline 1.2.3",
      "",
      "  Panel     http://192.168.1.50:8080",
      "            http://[fd00::5]:8080",
      "  Name      hotline",
      "  Daemon    runs",
      "  Database  there",
      "  Switch    FreeSWITCH 1.11.1",
      "  Disk      80.0 GiB free, 745 hours of talk",
      "  Services  no failures",
      "",
    ].join("\n"),
  );
});

test("by HTTPS it names the name, and the fingerprint that a browser's is compared with, within 80 columns", () => {
  const fingerprint = Array.from({ length: 32 }, (_, index) => (index + 16).toString(16).toUpperCase()).join(":");
  const status = well.status && { ...well.status, https: { port: 443, fingerprint, name: "hotline-2.local" } };
  const lines = consolePage({ ...well, status }).split("\n");
  expect(lines.slice(3, 9)).toEqual([
    "  Panel     https://hotline-2.local",
    "            https://192.168.1.50",
    "            https://[fd00::5]",
    "  Name      hotline",
    `  SHA-256   ${fingerprint.slice(0, 47)}`,
    `            ${fingerprint.slice(48)}`,
  ]);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(80);
});

test("what is the matter is said where it is", () => {
  const page = consolePage({
    ...well,
    addresses: [],
    status: {
      needsSetup: true,
      switch: { connected: false, software: null },
      database: { connected: false },
      disk: { level: "critical", freeBytes: 0, freeMinutes: 0 },
      https: null,
    },
    failedUnits: ["hotline-database.service"],
  });
  for (const words of ["no network", "set it up", "AWAY", "MISSING", "FULL", "FAILED: hotline-database.service"])
    expect(page).toContain(words);
  const silent = consolePage({ ...well, status: null, failedUnits: null });
  expect(silent).toContain("Daemon    does not answer yet");
  expect(silent).toContain("Services  unknown");
  expect(silent).not.toContain("Disk");
});
