/** What the interpreter takes for one node: call flows of every shape, walked again and again. */
import fc from "fast-check";
import { checkFlow, hasErrors } from "../../src/flows/ivr/check-flow.ts";
import { ivrStep } from "../../src/flows/ivr/interpreter.ts";
import { anyFlow, CONTEXT, worldOf } from "../../src/testing/any-flow.ts";
import { SimulatedCall } from "../../src/testing/simulated-call.ts";
import { figure } from "./figures.ts";
import type { Extent, Findings } from "./measure.ts";

const FLOWS = { full: 1_000, short: 50 } as const;
const ROUNDS = { full: 60, short: 5 } as const;
/** Until the machine's compiler has seen it all. */
const WARM_UP_ROUNDS = 5;
const GOAL_US = 50;
const SEED = 4;
const US_A_MS = 1_000;

export const interpreting = { name: "interpreting", run };

function run(extent: Extent): Findings {
  const circumstances = { isHidden: false, isOpen: true, isOtherThere: true, free: [1, 2, 3], hasVoice: true };
  const flows = fc.sample(
    anyFlow.filter((flow) => !hasErrors(checkFlow(flow, CONTEXT))),
    { numRuns: FLOWS[extent], seed: SEED },
  );
  const told = flows.flatMap((flow, number) => {
    const call = SimulatedCall.begin(flow, circumstances);
    for (let next = call.next(); !call.isOver && next.length > 0; next = call.next()) {
      const happening = next[(number + call.steps) % next.length];
      if (happening) call.happen(happening);
    }
    return call.told.map((one) => ({ ...one, world: worldOf(circumstances, one.nowMs) }));
  });
  const round = () => {
    let nodes = 0;
    const sinceMs = performance.now();
    for (const { state, event, world } of told)
      for (const effect of ivrStep(state, event, world).effects)
        if (effect.type === "step" && effect.step.node !== null) nodes += 1;
    return ((performance.now() - sinceMs) / nodes) * US_A_MS;
  };
  for (let number = 0; number < WARM_UP_ROUNDS; number += 1) round();
  const rounds = Array.from({ length: ROUNDS[extent] }, round).toSorted((one, other) => one - other);
  const median = rounds[Math.floor(rounds.length / 2)] ?? Number.NaN;
  const slowest = rounds.at(-1) ?? Number.NaN;
  const text = `interpreting a node takes ${median.toFixed(1)} µs (slowest of ${rounds.length} rounds: ${slowest.toFixed(1)} µs; goal: below ${GOAL_US} µs)`;
  return {
    figures: [figure("interpreting a node", median, "µs", { switchName: "none" })],
    marks: [{ text, isMet: median < GOAL_US }],
  };
}
