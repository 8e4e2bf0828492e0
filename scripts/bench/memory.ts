/** The daemon's memory while a hundred callers stand in the menu. */
import { until } from "../../src/testing/until.ts";
import { figure } from "./figures.ts";
import { callMany } from "./load.ts";
import type { Extent, Findings, Measurement } from "./measure.ts";
import { residentMiB } from "./process-figures.ts";
import type { Bench } from "./target.ts";

const CALLS = { full: 100, short: 10 } as const;
const CALLS_PER_SECOND = { freeswitch: 50, lab: 20 } as const;
/** Longer than it takes until all are there, and shorter than the menu waits before it leads to a person. */
const STAY_MS = 8_000;

export const memory: Measurement = { name: "memory", run };

async function run({ product }: Bench, extent: Extent): Promise<Findings> {
  const calls = CALLS[extent];
  const { sipPort, switchName } = product;
  const load = callMany({ sipPort, callsPerSecond: CALLS_PER_SECOND[switchName], calls, stayMs: STAY_MS });
  // Should it fail while we look, that is told below.
  load.catch(() => undefined);
  await until(`${calls} calls at once`, async () => (await product.liveCalls()) === calls, STAY_MS);
  const value = residentMiB(product.daemonPid);
  const { failed } = await load;
  if (failed > 0) throw new Error(`${failed} of ${calls} callers who stayed in the menu failed`);
  return { figures: [figure(`daemon memory at ${calls} calls`, value, "MiB", { switchName })], marks: [] };
}
