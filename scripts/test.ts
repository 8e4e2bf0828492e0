/**
 * Runs every check and every suite, or one of them, and ends with `N passed, N failed` over all.
 * Usage: test.ts [static | unit | db | e2e-lab | e2e-freeswitch | browser | image | box]...
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
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

/** What vitest's JSON reporter says of a file; a file whose set-up failed is `failed` without a failed scenario. */
interface FileResult {
  name: string;
  status: "passed" | "failed";
  assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
}

function runVitest(project: string, env: Record<string, string>, args: string[]): FileResult[] {
  const dir = mkdtempSync(join(tmpdir(), "hotline-results-"));
  const file = join(dir, "results.json");
  try {
    const outputs = ["--reporter=json", `--outputFile=${file}`];
    spawnSync("npx", ["vitest", "run", "--project", project, ...outputs, ...args], {
      stdio: "inherit",
      env: { ...process.env, ...env },
    });
    return (JSON.parse(readFileSync(file, "utf8")) as { testResults: FileResult[] }).testResults;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const MOST_FILES_AGAIN = 8;

function vitest(project: string, env: Record<string, string> = {}): Count {
  const title = [project, ...Object.values(env)].join(" on ");
  console.log(`\n== ${title}`);
  try {
    // Voices, phones, browsers and other programs keep real time, so a file that failed beside others is run once more with nothing beside it,
    // and named. Boxes have nothing beside them.
    const isTriedAlone = project !== "box";
    const reporter = `--reporter=${project === "unit" ? "default" : "verbose"}`;
    const results = new Map(runVitest(project, env, [reporter]).map((file) => [file.name, file]));
    const again = [...results.values()].filter(({ status }) => status === "failed");
    if (isTriedAlone && again.length > 0 && again.length <= MOST_FILES_AGAIN) {
      noteFailures(`${title}, beside others`, again);
      const names = again.map(({ name }) => name);
      for (const file of runVitest(project, env, [reporter, "--maxWorkers=1", ...names])) results.set(file.name, file);
      for (const name of names)
        if (results.get(name)?.status === "passed") notes.push(`${title}, alone: passed: ${relative(".", name)}`);
    }
    const failures = [...results.values()].filter(({ status }) => status === "failed");
    noteFailures(title, failures);
    const all = [...results.values()].flatMap(({ assertionResults }) => assertionResults);
    const count = (status: string) => all.filter((one) => one.status === status).length;
    return { passed: count("passed"), failed: Math.max(count("failed"), failures.length) };
  } catch (error) {
    console.error(`no results: ${String(error)}`);
    return { passed: 0, failed: 1 };
  }
}

/** Said again at the end, where it is found. */
const notes: string[] = [];

function noteFailures(title: string, files: FileResult[]): void {
  for (const { name, assertionResults } of files) {
    const failed = assertionResults.filter(({ status }) => status === "failed");
    notes.push(`${title}: ${relative(".", name)}${failed.length === 0 ? " did not start" : ""}`);
    for (const { fullName, failureMessages } of failed)
      notes.push(`  ${fullName}: ${(failureMessages[0] ?? "").split("\n", 1)[0] ?? ""}`);
  }
}

/** The whole is to end within 90 minutes, and an emulated PC takes most of these when the machine has other work. */
const IMAGE_ENDS_MS = 80 * 60_000;
const IMAGE_TAKES_MS = 25 * 60_000;
const TOOK_TOO_LONG = 124;

/** What an image's making and emulating need and this machine lacks, for instance to be root. */
function missingForImage(): string[] {
  const packages = readFileSync("iso/build-packages", "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const missing = packages.filter((name) => spawnSync("dpkg", ["-s", name], { stdio: "ignore" }).status !== 0);
  return process.getuid?.() === 0 ? missing : ["root", ...missing];
}

/** The short part of `make iso-test`, as long as there is time for it. Ended by its deadline it says nothing about the image. */
function image(): Count {
  console.log("\n== image");
  const leftMs = IMAGE_ENDS_MS - (Date.now() - started);
  const missing = missingForImage();
  const why = missing.length > 0 ? `missing here: ${missing.join(", ")}` : "the other suites took too long";
  if (missing.length > 0 || leftMs < IMAGE_TAKES_MS) {
    notes.push(`image: not tried; ${why}`);
    return { passed: 0, failed: 0 };
  }
  const { failed } = command("programs for the image", "npm", ["run", "-s", "build"]);
  if (failed > 0) return { passed: 0, failed };
  // The group's every program is told: no emulated PC is left behind.
  const words = ["--kill-after=60", `${Math.round(leftMs / 1_000)}`, "node", "--import", "tsx", "scripts/iso-test.ts"];
  const { status, stdout } = spawnSync("timeout", [...words, "files", "bios"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, SQUASHFS_LEVEL: "1" },
  });
  console.log(stdout);
  if (status === TOOK_TOO_LONG) {
    notes.push("image: stopped, the time was over");
    return { passed: 0, failed: 0 };
  }
  const [, passed = "0", failures = "1"] = /^(\d+) passed, (\d+) failed$/m.exec(stdout) ?? [];
  for (const line of stdout.split("\n").filter((one) => one.includes("✗"))) notes.push(`image: ${line.trim()}`);
  return { passed: Number(passed), failed: Number(failures) };
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
  { name: "image", run: image },
  { name: "box", run: () => vitest("box") },
];

const wanted = process.argv.slice(2);
const hasFreeSwitch = (await findFreeSwitch(process.env)) !== null;
const chosen = suites.filter(({ name }) => {
  if (wanted.length > 0) return wanted.some((word) => name === word || name.startsWith(`${word} `));
  // By `make box-test`: it wants root and takes minutes.
  if (name === "box") return false;
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
if (notes.length > 0) console.log(`\n${notes.join("\n")}`);
console.log(
  `\n${summary.map((line) => `  ${line}`).join("\n")}\n  took ${Math.round((Date.now() - started) / 1000)} s`,
);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
