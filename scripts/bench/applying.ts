/** How long a change takes to be in force on a large site, and what a caller who comes meanwhile notices of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../src/database/connect.ts";
import { insertNumber, insertTrunk, USUAL_TRUNK } from "../../src/database/trunks.ts";
import { figure } from "./figures.ts";
import type { Extent, Findings, Measurement } from "./measure.ts";
import { measureCall } from "./probe.ts";
import type { Bench, Product } from "./target.ts";

const SITE = { full: { trunks: 100, numbers: 1_000 }, short: { trunks: 10, numbers: 100 } } as const;
const CHANGES = { full: 20, short: 5 } as const;
const CALLS = { full: 20, short: 5 } as const;
/** Nobody listens there: these trunks are in the configuration, and carry nothing. */
const FIRST_PORT = 39_000;
/** What a change leaves to be done (states of gateways, the prompts' look) belongs to it, and not to the next one. */
const APART_MS = 300;

/** The last of all: what it fills the site with stays there. */
export const applying: Measurement = { name: "applying", run };

interface Site {
  trunks: number[];
  numbers: number[];
}

async function run({ product }: Bench, extent: Extent): Promise<Findings> {
  const { switchName, panel } = product;
  const site = await fill(product, SITE[extent]);
  const size = `${site.trunks.length} trunks, ${site.numbers.length.toLocaleString("en-US")} numbers`;
  let change = 0;
  const changeTrunk = async (id: number | undefined) => {
    change += 1;
    await panel.patch(`/trunks/${id}`, { name: `Line ${id}, change ${change}`, port: FIRST_PORT + 1_000 + change });
  };
  const changeNumber = async (id: number | undefined) => {
    change += 1;
    await panel.patch(`/numbers/${id}`, { name: `Number ${id}, change ${change}` });
  };

  // All at once: the switch has none of them yet.
  const allAtOnceMs = await timed(async () => await changeTrunk(site.trunks[0]));
  const trunkMs: number[] = [];
  const numberMs: number[] = [];
  for (let round = 0; round < CHANGES[extent]; round += 1) {
    await sleep(APART_MS);
    trunkMs.push(await timed(async () => await changeTrunk(site.trunks[round % site.trunks.length])));
    await sleep(APART_MS);
    numberMs.push(await timed(async () => await changeNumber(site.numbers[round % site.numbers.length])));
  }

  const quietMs = await firstPrompts(product, CALLS[extent], null);
  const busyMs = await firstPrompts(product, CALLS[extent], async () => await changeTrunk(site.trunks.at(-1)));
  const of = { switchName };
  const whileText = "INVITE to first prompt packet while a trunk's change is applied";
  return {
    figures: [
      figure(`first change after ${size} were added`, allAtOnceMs, "ms", of),
      figure(`a trunk's change in force (${size}), median`, median(trunkMs), "ms", of),
      figure(`a trunk's change in force (${size}), slowest`, Math.max(...trunkMs), "ms", of),
      figure(`a number's change in force (${size}), median`, median(numberMs), "ms", of),
      figure(`a number's change in force (${size}), slowest`, Math.max(...numberMs), "ms", of),
      figure(`${whileText}, median`, median(busyMs), "ms", { switchName, reference: median(quietMs) }),
      figure(`${whileText}, slowest`, Math.max(...busyMs), "ms", { switchName, reference: Math.max(...quietMs) }),
    ],
    marks: [],
  };
}

/** Straight into the database: how they come there is not what is measured. */
async function fill(product: Product, { trunks, numbers }: { trunks: number; numbers: number }): Promise<Site> {
  const db = connect({ to: product.databaseUrl, onIdleError: () => undefined });
  try {
    return await db.transaction().execute(async (tx) => {
      const site: Site = { trunks: [], numbers: [] };
      for (let at = 0; at < trunks; at += 1) {
        const own = { name: `Line ${at}`, kind: "city", mode: "ip-peer", server: "127.0.0.1" } as const;
        const usual = { ...USUAL_TRUNK, codecs: [...USUAL_TRUNK.codecs], sources: [], isWatched: false };
        site.trunks.push(await insertTrunk(tx, { ...usual, ...own, port: FIRST_PORT + at }));
      }
      for (let at = 0; at < numbers; at += 1) {
        const own = { number: `032${2_300_000 + at}`, name: `Number ${at}`, trunkId: null, language: null };
        site.numbers.push(await insertNumber(tx, { ...own, scheduleId: null, flowId: null, recordCalls: null }));
      }
      return site;
    });
  } finally {
    await db.destroy();
  }
}

/** One caller after the other; with `meanwhile`, each comes while it is done. */
async function firstPrompts(
  { sipPort }: Product,
  calls: number,
  meanwhile: (() => Promise<unknown>) | null,
): Promise<number[]> {
  const found: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    await sleep(APART_MS);
    const done = meanwhile?.();
    const { firstPromptMs } = await measureCall(sipPort, `599${400_000 + call}`);
    found.push(firstPromptMs);
    await done;
  }
  return found;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const sinceMs = performance.now();
  await work();
  return performance.now() - sinceMs;
}

function median(values: readonly number[]): number {
  const value = values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}
