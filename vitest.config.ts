import { defineConfig } from "vitest/config";

const ends = (suffix: string) => [`src/**/*.${suffix}.test.ts`, `scripts/**/*.${suffix}.test.ts`];
const special = ["db", "e2e", "browser"];

/** Four suites: pure, with PostgreSQL, with a switch and phones, with a browser. Two cores: a call's timing suffers when more run at once. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "src/**/*.test.tsx", "scripts/**/*.test.ts"],
          exclude: special.flatMap(ends),
          testTimeout: 20_000,
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
          fileParallelism: false,
          // Real phones keep real time: what else the machine does may disturb one scenario. vitest names those it ran twice.
          retry: 1,
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "browser",
          include: ends("browser"),
          globalSetup: ["src/testing/global-setup.ts"],
          fileParallelism: false,
          retry: 1,
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
