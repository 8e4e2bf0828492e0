/**
 * `make bench`: what a call costs and how long a caller waits, on the lab switch and, where there is one, on FreeSWITCH beside the same menu
 * in its own dialplan. One line a figure goes to bench-results.jsonl, all of them to the terminal.
 * Usage: bench.ts [--short] [--readme] [lab | freeswitch]... [interpreting | latency | capacity | cpu | memory | talks | applying]...
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findFreeSwitch } from "../src/freeswitch/launch.ts";
import { applying } from "./bench/applying.ts";
import { capacity } from "./bench/capacity.ts";
import { cpu } from "./bench/cpu.ts";
import { type Figure, jsonLines, type Mark, markdownTable, markLines, table } from "./bench/figures.ts";
import { interpreting } from "./bench/interpreting.ts";
import { latency } from "./bench/latency.ts";
import { stopLoads } from "./bench/load.ts";
import { describeMachine, disturbance } from "./bench/machine.ts";
import type { Extent, Measurement } from "./bench/measure.ts";
import { memory } from "./bench/memory.ts";
import { openNative } from "./bench/native.ts";
import { openProduct } from "./bench/product.ts";
import { replaceInFile } from "./bench/readme.ts";
import { talks } from "./bench/talks.ts";
import type { Bench } from "./bench/target.ts";

/** In this order: what a quiet switch does first, what a busy one remembers last. */
const MEASUREMENTS: readonly Measurement[] = [latency, cpu, memory, talks, capacity, applying];
/** These need no switch. */
const ALONE = [interpreting];
const SWITCHES = ["lab", "freeswitch"] as const;
const BAD_ARGUMENTS = 2;
const SAID_CHARS = 3_000;
const root = fileURLToPath(new URL("..", import.meta.url));

const figures: Figure[] = [];
const marks: Mark[] = [];
const problems: string[] = [];
const closers: (() => Promise<void>)[] = [];

async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).toReversed()) await close();
}

async function openBench(freeSwitch: string | null): Promise<Bench> {
  const { product, dataDir, promptFiles, close } = await openProduct(freeSwitch);
  closers.push(close);
  if (freeSwitch === null) return { product, native: null };
  const opened = await openNative(freeSwitch, dataDir, promptFiles);
  closers.push(opened.close);
  return { product, native: opened.native };
}

async function measureAll(bench: Bench, chosen: readonly Measurement[], extent: Extent): Promise<void> {
  for (const { name, run } of chosen) {
    console.log(` ${name}`);
    try {
      const findings = await run(bench, extent);
      figures.push(...findings.figures);
      marks.push(...findings.marks);
    } catch (error) {
      // The others may still be measured.
      problems.push(
        `${name} on ${bench.product.switchName}: ${error instanceof Error ? error.message : String(error)}`,
      );
      console.error(`${problems.at(-1)}; the daemon said:\n${bench.product.said().slice(-SAID_CHARS)}`);
    }
  }
}

const words = process.argv.slice(2);
const measurements = [...ALONE, ...MEASUREMENTS].map(({ name }) => name);
const known = ["--short", "--readme", ...SWITCHES, ...measurements];
const unknown = words.filter((word) => !known.includes(word));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(" ")}; known are ${known.join(" ")}`);
  process.exit(BAD_ARGUMENTS);
}
const extent: Extent = words.includes("--short") ? "short" : "full";
const among = <Thing>(things: readonly Thing[], nameOf: (thing: Thing) => string) => {
  const named = things.filter((thing) => words.includes(nameOf(thing)));
  return named.length > 0 ? named : things;
};
const isNamed = measurements.some((name) => words.includes(name));
const isChosen = ({ name }: { name: string }) => !isNamed || words.includes(name);
const chosen = MEASUREMENTS.filter(isChosen);
const freeSwitch = await findFreeSwitch(process.env);
const switches = among(SWITCHES, (name) => name).filter((name) => name === "lab" || freeSwitch !== null);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    stopLoads();
    void closeAll().finally(() => process.exit(1));
  });
}

const startedAtMs = Date.now();
const machine = describeMachine(freeSwitch);
console.log(machine);
if (freeSwitch === null)
  console.log("FreeSWITCH is not on this machine: only the lab switch is measured, beside nothing");
const disturbed = disturbance();
if (disturbed !== null) console.log(disturbed);

for (const { name, run } of ALONE.filter(isChosen)) {
  console.log(`\n${name}`);
  const findings = run(extent);
  figures.push(...findings.figures);
  marks.push(...findings.marks);
}
for (const name of chosen.length === 0 ? [] : switches) {
  console.log(`\n${name}`);
  try {
    const bench = await openBench(name === "lab" ? null : freeSwitch);
    await measureAll(bench, chosen, extent);
  } catch (error) {
    // What was measured on the other switch is kept.
    problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await closeAll();
  }
}

await writeFile(join(root, "bench-results.jsonl"), jsonLines(figures));
console.log(`\n${table(figures)}\n\n${markLines(marks)}`);
if (disturbed !== null) console.log(disturbed);
console.log(`took ${Math.round((Date.now() - startedAtMs) / 1000)} s; bench-results.jsonl has the figures`);
if (words.includes("--readme") && problems.length === 0) {
  const lines = markLines(marks)
    .split("\n")
    .filter((line) => line !== "");
  const parts = [`Measured on: ${machine}.`, markdownTable(figures), lines.map((line) => `- ${line}`).join("\n")];
  await replaceInFile(join(root, "README.md"), parts.filter((part) => part !== "").join("\n\n"));
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
