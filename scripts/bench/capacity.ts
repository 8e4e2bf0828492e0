/** At how many calls a second every call still succeeds: a ladder, climbed until a call fails. */
import { setTimeout as sleep } from "node:timers/promises";
import { figure } from "./figures.ts";
import { callMany } from "./load.ts";
import type { Extent, Findings, Measurement } from "./measure.ts";
import type { Bench, Target } from "./target.ts";

const STEPS = {
  freeswitch: [40, 60, 80, 100, 120, 140],
  lab: [10, 20, 30, 40, 60, 80, 100],
} as const;
const SECONDS = { full: 4, short: 2 } as const;
/** Below this share of the pace asked for it was sipp that could not keep up. */
const LEAST_PACE = 0.95;
/** Calls that have just ended are still being put away. */
const BETWEEN_STEPS_MS = 1_000;
const WANTED = 100;

export const capacity: Measurement = { name: "capacity", run };

async function run({ product, native }: Bench, extent: Extent): Promise<Findings> {
  const steps = STEPS[product.switchName];
  const reference = native === null ? null : await climb(native, steps, SECONDS[extent]);
  const value = await climb(product, steps, SECONDS[extent]);
  const { switchName } = product;
  const figures = [figure("most calls per second without a failed call", value, "calls/s", { switchName, reference })];
  if (reference === null) return { figures, marks: [] };
  const text = `${value} calls/s without a failed call, native ${reference} (mark ${WANTED} where native holds them)`;
  return { figures, marks: [{ text, isMet: reference < WANTED ? null : value >= WANTED }] };
}

/** A step that fails is tried once more: a single lost call may be the machine's doing. */
async function climb(target: Target, steps: readonly number[], seconds: number): Promise<number> {
  let highest = 0;
  for (const callsPerSecond of steps) {
    if (!(await holds(target, callsPerSecond, seconds)) && !(await holds(target, callsPerSecond, seconds))) break;
    highest = callsPerSecond;
  }
  return highest;
}

async function holds({ name, sipPort }: Target, callsPerSecond: number, seconds: number): Promise<boolean> {
  const result = await callMany({ sipPort, callsPerSecond, calls: callsPerSecond * seconds });
  const isSlow = result.callsPerSecond < LEAST_PACE * callsPerSecond;
  const remark = isSlow ? `, but sipp made only ${result.callsPerSecond.toFixed(1)} a second` : "";
  console.log(`  ${name}: ${callsPerSecond} calls/s for ${seconds} s, ${result.failed} failed${remark}`);
  await sleep(BETWEEN_STEPS_MS);
  return result.failed === 0 && !isSlow;
}
