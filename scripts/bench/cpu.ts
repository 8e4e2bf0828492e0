/** What one call costs the switch and the daemon, in CPU time of those processes alone, native and product in turn. */
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../src/testing/until.ts";
import { figure } from "./figures.ts";
import { callMany } from "./load.ts";
import type { Extent, Findings, Measurement } from "./measure.ts";
import { KEY_AFTER_ANSWER_MS, KEY_AFTER_LISTENING_MS } from "./menu.ts";
import { cpuSeconds } from "./process-figures.ts";
import type { Bench, Target } from "./target.ts";

/** Who hears everything, as callers do, and who knows the key already: of that call the switch's sound is the least part. */
const CALLERS = [
  { who: "listens", keyAfterMs: KEY_AFTER_LISTENING_MS, callsPerSecond: { freeswitch: 12, lab: 4 }, isMarked: true },
  { who: "in haste", keyAfterMs: KEY_AFTER_ANSWER_MS, callsPerSecond: { freeswitch: 20, lab: 10 }, isMarked: false },
] as const;
const ROUNDS = { full: 2, short: 1 } as const;
const SECONDS = { full: 12, short: 6 } as const;
/** Code that has just begun to run costs more; a daemon runs for months. At a pace that it keeps up with from the first call on. */
const WARM_UP = { freeswitch: { callsPerSecond: 12, calls: 1_500 }, lab: { callsPerSecond: 10, calls: 100 } } as const;
/** What follows a call (its record, the log) belongs to it. */
const AFTERWARDS_MS = 2_000;
const LOGGED_WITHIN_MS = 120_000;
const MOST_OF_NATIVE = 1.3;
const MOST_OF_SWITCH = 0.2;

interface Cost {
  calls: number;
  switchSeconds: number;
  daemonSeconds: number;
}

export const cpu: Measurement = { name: "cpu", run };

async function run(bench: Bench, extent: Extent): Promise<Findings> {
  const all: Findings = { figures: [], marks: [] };
  for (const target of targetsOf(bench))
    await callAndLog(target, { ...WARM_UP[bench.product.switchName], keyAfterMs: KEY_AFTER_ANSWER_MS });
  for (const caller of CALLERS) {
    const { figures, marks } = await runWith(caller, bench, extent);
    all.figures.push(...figures);
    all.marks.push(...marks);
  }
  return all;
}

async function runWith(
  { who, keyAfterMs, callsPerSecond, isMarked }: (typeof CALLERS)[number],
  bench: Bench,
  extent: Extent,
): Promise<Findings> {
  const { switchName } = bench.product;
  const pace = callsPerSecond[switchName];
  const calls = pace * SECONDS[extent];
  const targets = targetsOf(bench);
  const costs = new Map<Target["name"], Cost>();
  for (let round = 0; round < ROUNDS[extent]; round += 1) {
    for (const target of targets) {
      const before = costs.get(target.name) ?? { calls: 0, switchSeconds: 0, daemonSeconds: 0 };
      costs.set(target.name, sumOf(before, await costOf(target, { callsPerSecond: pace, calls, keyAfterMs })));
    }
  }
  const perCallMs = (name: Target["name"], what: "switchSeconds" | "daemonSeconds") => {
    const cost = costs.get(name);
    return cost === undefined ? null : (cost[what] * 1000) / cost.calls;
  };
  const reference = perCallMs("native", "switchSeconds");
  const ofSwitch = perCallMs("product", "switchSeconds") ?? Number.NaN;
  const ofDaemon = perCallMs("product", "daemonSeconds") ?? Number.NaN;
  // Said at once: another caller's calls may fail, and with them the table.
  console.log(`  caller ${who}: switch ${ofSwitch.toFixed(1)} ms, daemon ${ofDaemon.toFixed(1)} ms a call`);
  const figures = [
    figure(`switch CPU per call, caller ${who}`, ofSwitch, "ms/call", { switchName, reference }),
    figure(`daemon CPU per call against the switch's, caller ${who}`, ofDaemon, "ms/call", {
      switchName,
      reference: ofSwitch,
    }),
  ];
  if (reference === null || !isMarked) return { figures, marks: [] };
  const [byNative, bySwitch] = [ofSwitch / reference, ofDaemon / ofSwitch];
  return {
    figures,
    marks: [
      {
        text: `switch CPU per call: ${byNative.toFixed(2)} x native (mark ${MOST_OF_NATIVE})`,
        isMet: byNative <= MOST_OF_NATIVE,
      },
      {
        text: `daemon CPU per call: ${(100 * bySwitch).toFixed(0)} % of the switch's (mark ${100 * MOST_OF_SWITCH} %)`,
        isMet: bySwitch <= MOST_OF_SWITCH,
      },
    ],
  };
}

interface Load {
  callsPerSecond: number;
  calls: number;
  keyAfterMs: number;
}

const targetsOf = ({ product, native }: Bench): Target[] => (native === null ? [product] : [native, product]);

/** Calls, and all that follows from them. @throws when one failed: what a call costs cannot be told then */
async function callAndLog(target: Target, load: Load): Promise<void> {
  const loggedBefore = await target.loggedCalls();
  const { failed } = await callMany({ sipPort: target.sipPort, ...load });
  if (failed > 0) throw new Error(`${failed} of ${load.calls} calls at ${load.callsPerSecond} a second failed`);
  await sleep(AFTERWARDS_MS);
  const expected = target.daemonPid === null ? 0 : load.calls;
  const isLogged = async () => (await target.loggedCalls()) - loggedBefore >= expected;
  await until("every call is in the log", isLogged, LOGGED_WITHIN_MS);
}

async function costOf(target: Target, load: Load): Promise<Cost> {
  const { callsPerSecond, calls } = load;
  const read = () => ({
    switchSeconds: cpuSeconds(target.switchPid),
    daemonSeconds: target.daemonPid === null ? 0 : cpuSeconds(target.daemonPid),
  });
  const before = read();
  await callAndLog(target, load);
  const after = read();
  console.log(`  ${target.name}: ${calls} calls at ${callsPerSecond} a second`);
  return {
    calls,
    switchSeconds: after.switchSeconds - before.switchSeconds,
    daemonSeconds: after.daemonSeconds - before.daemonSeconds,
  };
}

function sumOf(one: Cost, other: Cost): Cost {
  return {
    calls: one.calls + other.calls,
    switchSeconds: one.switchSeconds + other.switchSeconds,
    daemonSeconds: one.daemonSeconds + other.daemonSeconds,
  };
}
