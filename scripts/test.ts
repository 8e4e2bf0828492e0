/**
 * Runs every check and every suite, or one of them, and ends with `N passed, N failed` over all.
 * Usage: test.ts [static | unit | db | e2e-lab | e2e-freeswitch | browser]...
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreeSwitch } from "../src/freeswitch/launch.ts";

interface Count {
  passed: number;
  failed: number;
}

interface Suite {
  name: string;
  run: () => Count;
}

const TYPESCRIPT = "node_modules/@typescript/native/bin/tsc";

function command(name: string, program: string, args: string[]): Count {
  console.log(`\n== ${name}`);
  const { status, error } = spawnSync(program, args, { stdio: "inherit" });
  if (error) console.error(error.message);
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** The layer rules prove nothing when the checker has seen no module, so its count is part of the check. */
function layers(): Count {
  console.log("\n== layers");
  const { status, stdout, stderr } = spawnSync(
    "npx",
    ["depcruise", "--config", ".dependency-cruiser.cjs", "src", "scripts"],
    {
      encoding: "utf8",
    },
  );
  console.log(stdout.trim(), stderr.trim());
  const seen = Number(/([0-9]+) modules/.exec(stdout)?.[1] ?? 0);
  if (seen === 0) console.error("dependency-cruiser looked at no module");
  return status === 0 && seen > 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function vitest(project: string, env: Record<string, string> = {}): Count {
  console.log(`\n== ${[project, ...Object.values(env)].join(" on ")}`);
  const dir = mkdtempSync(join(tmpdir(), "hotline-results-"));
  const file = join(dir, "results.json");
  try {
    const reporter = project === "e2e" || project === "browser" ? "verbose" : "default";
    const args = [
      "vitest",
      "run",
      "--project",
      project,
      `--reporter=${reporter}`,
      "--reporter=json",
      `--outputFile=${file}`,
    ];
    const { status } = spawnSync("npx", args, { stdio: "inherit", env: { ...process.env, ...env } });
    const results = JSON.parse(readFileSync(file, "utf8")) as { numPassedTests: number; numFailedTests: number };
    const { numPassedTests: passed, numFailedTests: failed } = results;
    // A file that does not even load fails the run without failing a test.
    return { passed, failed: status !== 0 && failed === 0 ? 1 : failed };
  } catch (error) {
    console.error(`no results: ${String(error)}`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const suites: Suite[] = [
  { name: "static format", run: () => command("format", "npx", ["biome", "ci", "--log-level=warn", "."]) },
  { name: "static types", run: () => command("types", "node", [TYPESCRIPT, "-p", "."]) },
  { name: "static lint", run: () => command("lint", "npx", ["oxlint"]) },
  { name: "static layers", run: layers },
  { name: "static dead code", run: () => command("dead code", "npx", ["knip"]) },
  { name: "static panel", run: () => command("panel", "npx", ["vite", "build", "--logLevel", "warn"]) },
  { name: "unit", run: () => vitest("unit") },
  { name: "db", run: () => vitest("db") },
  { name: "e2e-lab", run: () => vitest("e2e", { HOTLINE_E2E_SWITCH: "lab" }) },
  { name: "e2e-freeswitch", run: () => vitest("e2e", { HOTLINE_E2E_SWITCH: "freeswitch" }) },
  { name: "browser", run: () => vitest("browser") },
];

const wanted = process.argv.slice(2);
const hasFreeSwitch = (await findFreeSwitch(process.env)) !== null;
const chosen = suites.filter(({ name }) => {
  if (wanted.length > 0) return wanted.some((word) => name === word || name.startsWith(`${word} `));
  return name !== "e2e-freeswitch" || hasFreeSwitch;
});
if (chosen.length === 0) {
  console.error(`no such suite: ${wanted.join(" ")}`);
  process.exit(2);
}
if (wanted.length === 0 && !hasFreeSwitch)
  console.log("FreeSWITCH is not on this machine: the end-to-end suite runs on the lab switch alone");

const started = Date.now();
const summary: string[] = [];
const total: Count = { passed: 0, failed: 0 };
for (const suite of chosen) {
  const since = Date.now();
  const { passed, failed } = suite.run();
  total.passed += passed;
  total.failed += failed;
  summary.push(`${suite.name}: ${passed} passed, ${failed} failed (${Math.round((Date.now() - since) / 1000)} s)`);
}
console.log(
  `\n${summary.map((line) => `  ${line}`).join("\n")}\n  took ${Math.round((Date.now() - started) / 1000)} s`,
);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
