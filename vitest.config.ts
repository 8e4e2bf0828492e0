import { defineConfig } from "vitest/config";

const ends = (suffix: string) => [`src/**/*.${suffix}.test.ts`, `scripts/**/*.${suffix}.test.ts`];
const special = ["db", "e2e", "browser", "box"];

/**
 * Five suites: pure, with PostgreSQL, with a switch and phones, with a browser, in a Debian of their own. End-to-end scenarios mostly wait, as calls do: on two cores
 * three files at a time take a third of the time, and each has its own switch, daemon, database and ports.
 */
export default defineConfig({
  test: {
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "src/**/*.test.tsx", "scripts/**/*.test.ts"],
          exclude: special.flatMap(ends),
          // Prompts are spoken at the lowest priority, behind whatever else the machine does.
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: "db",
          include: ends("db"),
          globalSetup: ["src/testing/global-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ends("e2e"),
          globalSetup: ["src/testing/global-setup.ts"],
          // Real phones keep real time: what else the machine does may disturb one scenario. vitest names those it ran twice.
          retry: 1,
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "box",
          include: ends("box"),
          globalSetup: ["src/testing/global-setup.ts"],
          fileParallelism: false,
          // Each scenario goes on where the one before ended.
          bail: 1,
        },
      },
      {
        test: {
          name: "browser",
          include: ends("browser"),
          globalSetup: ["src/testing/global-setup.ts"],
          maxWorkers: 2,
          retry: 1,
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
