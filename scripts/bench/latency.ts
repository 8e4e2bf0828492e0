/** How long a caller waits for the first sound, and after a key for the next one: one caller at a time or two, product and native in turn. */
import { setTimeout as sleep } from "node:timers/promises";
import { figure } from "./figures.ts";
import type { Extent, Findings, Measurement } from "./measure.ts";
import { type Latencies, measureCall } from "./probe.ts";
import type { Bench, Target } from "./target.ts";

const CALLS = { full: 100, short: 10 } as const;
/** Calls begin so far apart, and a little more: not in step with the switch's clock of 20 ms. */
const APART_MS = { freeswitch: 120, lab: 200 } as const;
const JITTER_MS = 40;
const MOST_ABOVE_NATIVE_MS = 25;

export const latency: Measurement = { name: "latency", run };

async function run({ product, native }: Bench, extent: Extent): Promise<Findings> {
  const targets: Target[] = native === null ? [product] : [native, product];
  const heard = new Map<Target["name"], Latencies[]>(targets.map(({ name }) => [name, []]));
  const calls: Promise<void>[] = [];
  // The first call finds everything cold: it is made and not counted.
  for (const target of targets) await measureCall(target.sipPort, "599100000");
  for (let index = 0; index < CALLS[extent]; index += 1) {
    for (const target of targets) {
      const call = measureCall(target.sipPort, `599${200_000 + index}`);
      calls.push(call.then((latencies) => void heard.get(target.name)?.push(latencies)));
      await sleep(APART_MS[product.switchName] + Math.random() * JITTER_MS);
    }
  }
  await Promise.all(calls);

  const of = (name: Target["name"], what: keyof Latencies) => heard.get(name)?.map((one) => one[what]) ?? [];
  const { switchName } = product;
  const both = (name: string, what: keyof Latencies, share: number) =>
    figure(name, quantile(of("product", what), share), "ms", {
      switchName,
      reference: native === null ? null : quantile(of("native", what), share),
    });
  const first = both("INVITE to first prompt packet, median", "firstPromptMs", 0.5);
  const key = both("key to next prompt packet, median", "keyToPromptMs", 0.5);
  const figures = [
    first,
    both("INVITE to first prompt packet, p99", "firstPromptMs", 0.99),
    key,
    both("key to next prompt packet, p99", "keyToPromptMs", 0.99),
  ];
  const marks = [first, key].flatMap(({ figure: name, value, reference }) => {
    if (reference === null) return [];
    const aboveMs = value - reference;
    const text = `${name}: ${aboveMs.toFixed(1)} ms above native (mark ${MOST_ABOVE_NATIVE_MS})`;
    return [{ text, isMet: aboveMs <= MOST_ABOVE_NATIVE_MS }];
  });
  return { figures, marks };
}

/** The smallest value that `share` of them are not above. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}
