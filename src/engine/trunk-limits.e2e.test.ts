import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NO_COSTS, type NumberMatch, USUAL_OUTGOING } from "../calls/outgoing.ts";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import { converse, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** What a line can take, and what it may cost: many dial at once, and a thief dials as fast as he can. */
const TOTAL = 10;
const MOST_OUTGOING = 6;
const KEPT_FREE = 2;
const ATTEMPTS = 50;
const EXTENSIONS = ["101", "102", "103", "104", "105"];
const unpaced = { mostPerMinute: null, mostPerHour: null, mostAtOnce: null, minutesPerDay: null };
const every: NumberMatch = { kinds: [], countries: [], prefixes: [] };
let site: Site;
let world: ScriptedPhone;
let trunkId: number;
const phones: ScriptedPhone[] = [];

beforeAll(async () => {
  site = await Site.open({ operators: EXTENSIONS });
  for (const extension of EXTENSIONS) phones.push(await site.operator(extension));
  world = await ScriptedPhone.open({ user: "operator", server: { address: "127.0.0.1", port: site.trunkPort } });
  ({ trunkId } = await site.panel.post<{ trunkId: number }>("/trunks", {
    ...{ name: "Line", kind: "city", mode: "ip-peer", server: "127.0.0.1", port: world.address.port },
    channels: { total: TOTAL, mostOutgoing: MOST_OUTGOING, keptFree: KEPT_FREE },
  }));
});
afterEach(async () => {
  for (const call of world.liveCalls) await call.hangUp();
  await site.untilQuiet();
  world.behaviour = { type: "ring" };
  world.incoming.clear();
});
afterAll(async () => {
  await world?.close();
  await site?.close();
});

async function outgoing(change: Record<string, unknown>): Promise<void> {
  await site.panel.put("/outgoing", { ...USUAL_OUTGOING, trunks: [], ...change });
}

interface TrunkNow {
  trunkId: number;
  now: { inbound: number; outbound: number };
}
const lines = async () => (await site.panel.get<TrunkNow[]>("/trunks")).find((one) => one.trunkId === trunkId)?.now;
const untilLines = async (inbound: number, outbound: number) =>
  await until(`${inbound} lines are taken by callers and ${outbound} by us`, async () => {
    const now = await lines();
    return now?.inbound === inbound && now.outbound === outbound;
  });

/** All phones dial at once, all of them ten numbers. Whoever is refused is told; the others ring, or talk, where they called. */
async function dialAll(carried: number) {
  let number = 599_550_000;
  const dialling = Array.from({ length: ATTEMPTS }, (_, index) => {
    number += 1;
    return (phones[index % phones.length] as ScriptedPhone).call(String(number));
  });
  const calls = await Promise.all(dialling);
  await until(
    `${ATTEMPTS - carried} are refused`,
    () => calls.filter(({ state }) => state === "ended").length >= ATTEMPTS - carried,
    20_000,
  );
  await until(`${carried} have arrived`, () => world.liveCalls.length >= carried);
  return calls;
}

describe("fifty dial at once by a line that takes six", () => {
  test("six ring, the others are told, and callers still get through", async () => {
    await outgoing({ pace: unpaced });
    const calls = await dialAll(MOST_OUTGOING);
    expect(world.liveCalls).toHaveLength(MOST_OUTGOING);
    expect(calls.filter(({ state }) => state === "ringing")).toHaveLength(MOST_OUTGOING);
    await untilLines(0, MOST_OUTGOING);
    const inside = await Promise.all(
      Array.from({ length: TOTAL - MOST_OUTGOING }, async () => {
        const call = await world.call("0322112233", { from: { number: site.newNumber(), name: "Caller" } });
        await call.ear.hears(toneOf("greeting"), { timeoutMs: 10_000 });
        return call;
      }),
    );
    await untilLines(TOTAL - MOST_OUTGOING, MOST_OUTGOING);
    for (const call of [...inside, ...calls]) await call.hangUp();
    await untilLines(0, 0);
  }, 120_000);

  test("callers have taken most of it: what is kept free for callers stays free", async () => {
    await outgoing({ pace: unpaced });
    const inside = await Promise.all(
      Array.from({ length: TOTAL - KEPT_FREE - 1 }, async () => {
        const call = await world.call("0322112233", { from: { number: site.newNumber(), name: "Caller" } });
        await call.ear.hears(toneOf("greeting"), { timeoutMs: 10_000 });
        return call;
      }),
    );
    const calls = await dialAll(1);
    expect(calls.filter(({ state }) => state === "ringing")).toHaveLength(1);
    for (const call of [...inside, ...calls]) await call.hangUp();
    await untilLines(0, 0);
  }, 120_000);

  test("the daemon is killed meanwhile: counted right again by the switch's own channels", async () => {
    await outgoing({ pace: unpaced });
    world.behaviour = { type: "answer", markers: 3 };
    const calls = await dialAll(MOST_OUTGOING);
    await untilLines(0, MOST_OUTGOING);
    const talking = calls.filter(({ state }) => state === "talking");
    await site.daemon.kill();
    await talking[0]?.hangUp();
    await site.daemon.start();
    await site.untilConnected();
    await untilLines(0, MOST_OUTGOING - 1);
    for (const call of calls) await call.hangUp();
    await untilLines(0, 0);
  }, 120_000);
});

describe("a phone's password is stolen", () => {
  test("premium numbers are refused however fast they are dialled", async () => {
    await outgoing({ pace: unpaced, allowedCountries: [] });
    const calls = await Promise.all(
      Array.from({ length: ATTEMPTS }, () => (phones[0] as ScriptedPhone).call("0900112233")),
    );
    await until("each is refused", () => calls.every(({ state }) => state === "ended"));
    expect(world.liveCalls).toHaveLength(0);
    expect(world.incoming.waiting).toBe(0);
  }, 60_000);

  test("numbers that it may dial cost money: the line freezes at its limit, others are still called, and help always", async () => {
    const thief = phones[0] as ScriptedPhone;
    const costs = { ...NO_COSTS, prices: [{ numbers: every, perMinuteMinor: 100 }], stepSeconds: 60 };
    await outgoing({
      pace: unpaced,
      trunks: [{ trunkId, limits: { minutesPerDay: null, moneyPerDayMinor: 300 }, costs }],
    });
    world.behaviour = { type: "answer", markers: 3 };
    let number = 599_660_000;
    let connected = 0;
    await until(
      "the line is frozen",
      async () => {
        number += 1;
        const call = await thief.call(String(number));
        await until("it is answered or refused", () => call.state === "talking" || call.state === "ended");
        if (call.state === "talking") {
          connected += 1;
          await call.hangUp();
        }
        const { trunks } = await site.panel.get<{ trunks: { trunkId: number; frozen: unknown }[] }>("/outgoing");
        return trunks.find((one) => one.trunkId === trunkId)?.frozen === "money";
      },
      60_000,
    );
    // Each call of a moment costs a whole minute: three are paid for, and what is under way at the limit may end above it.
    expect(connected).toBeLessThanOrEqual(3 + 1);
    const refused = await thief.call(String(number + 1));
    await refused.until("ended");
    expect(world.liveCalls).toHaveLength(0);
    await until("Today says so", async () => {
      const { attention } = await site.panel.get<{ attention: { kind: string }[] }>("/today");
      return attention.some(({ kind }) => kind === "trunk-frozen");
    });
    const help = await thief.call("112");
    await help.until("talking");
    await help.hangUp();
    // Callers come in as ever.
    const inside = await world.call("0322112233", { from: { number: site.newNumber(), name: "Caller" } });
    await inside.ear.hears(toneOf("greeting"));
    await inside.hangUp();
    await site.panel.post(`/outgoing/trunks/${trunkId}/unfreeze`, {});
    world.behaviour = { type: "ring" };
    world.incoming.clear();
    const after = await thief.call(String(number + 2));
    const ringing = await world.incoming.next();
    ringing.answer();
    await converse(after, ringing);
    await after.hangUp();
  }, 120_000);
});
