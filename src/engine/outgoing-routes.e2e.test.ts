import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NO_COSTS, type NumberMatch, USUAL_OUTGOING } from "../calls/outgoing.ts";
import { type IncomingBehaviour, ScriptedPhone } from "../lab/phone/phone.ts";
import { converse, type LoggedCall, Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Calls out by rules and several trunks: which is taken, and what happens when one fails. */
let site: Site;
let anna: ScriptedPhone;
let boris: ScriptedPhone;
let city: ScriptedPhone;
let mobile: ScriptedPhone;
/** Takes every packet and never answers. */
let hole: Socket;
const trunks: Record<string, number> = {};

const every: NumberMatch = { kinds: [], countries: [], prefixes: [] };

async function addTrunk(name: string, port: number, more: Record<string, unknown> = {}): Promise<void> {
  const trunk = { name, kind: "city", mode: "ip-peer", server: "127.0.0.1", port, ...more };
  const { trunkId } = await site.panel.post<{ trunkId: number }>("/trunks", trunk);
  trunks[name] = trunkId;
}

/** Calls leave by these, in this order. */
async function routes(names: readonly string[], change: Record<string, unknown> = {}): Promise<void> {
  const rule = { name: "All", numbers: every, trunkIds: names.map((name) => trunks[name]), callerNumber: null };
  await site.panel.put("/outgoing", { ...USUAL_OUTGOING, rules: [rule], trunks: [], ...change });
}

beforeAll(async () => {
  site = await Site.open({ operators: ["101", "102"] });
  anna = await site.operator("101");
  boris = await site.operator("102");
  [city, mobile] = [await ScriptedPhone.open({ user: "city" }), await ScriptedPhone.open({ user: "mobile" })];
  hole = createSocket("udp4").bind(0, "127.0.0.1");
  await once(hole, "listening");
  await addTrunk("City", city.address.port);
  await addTrunk("Mobile", mobile.address.port);
  await addTrunk("Hole", hole.address().port);
  // Registers with whoever refuses that: it is never up.
  await addTrunk("Unregistered", city.address.port, { mode: "register", user: "firm", password: "secret" });
  await site.panel.post("/numbers", {
    ...{ number: "0322445566", name: "Second", trunkId: null, language: null },
  });
});
afterEach(async () => {
  await site.untilQuiet();
  for (const world of [city, mobile]) {
    world.behaviour = { type: "ring" };
    for (const call of world.liveCalls) await call.hangUp();
    world.incoming.clear();
    world.refused.length = 0;
  }
});
afterAll(async () => {
  hole?.close();
  await Promise.all([city, mobile].map((world) => world?.close()));
  await site?.close();
});

let lastNumber = 599_330_000;
/** One that nobody has called before. */
const newNumber = () => String(++lastNumber);

async function logged(dialled: string): Promise<LoggedCall> {
  return await until(`the call to ${dialled} is in the log`, async () => {
    const { calls } = await site.panel.get<{ calls: { callId: string; outcome: string | null }[] }>(
      `/calls?q=${dialled}`,
    );
    const [found] = calls;
    return found && found.outcome !== null ? await site.panel.get(`/calls/${found.callId}`) : null;
  });
}

const attemptsOf = (call: LoggedCall) =>
  call.legs.filter(({ role }) => role === "callee").map(({ trunkName, sipStatus }) => [trunkName, sipStatus]);
const kindsOf = (call: LoggedCall) => call.timeline.map(({ kind }) => kind);

/** City does as told; what comes of it at Mobile. */
async function dialWhere(behaviour: IncomingBehaviour, number = newNumber()) {
  city.behaviour = behaviour;
  const call = await anna.call(number);
  return { call, number };
}

describe("the first trunk does not carry the call", () => {
  test.each([503, 500, 403, 404])("it says %i: the phone rings, and the next one carries it", async (status) => {
    await routes(["City", "Mobile"]);
    const { call, number } = await dialWhere({ type: "refuse", status });
    const ringing = await mobile.incoming.next();
    // Not silence: the phone is told that it rings from the start.
    await call.until("ringing");
    ringing.answer();
    await converse(call, ringing);
    await call.hangUp();
    const one = await logged(number);
    expect(one).toMatchObject({ outcome: "talked", trunkName: "Mobile", operatorName: "Operator 101" });
    expect(attemptsOf(one)).toEqual([
      ["City", status],
      ["Mobile", null],
    ]);
    expect(kindsOf(one).filter((kind) => kind === "dialling" || kind === "trunk-failed")).toEqual([
      "dialling",
      "trunk-failed",
      "dialling",
    ]);
    expect(city.refused).toHaveLength(1);
  });

  test("it answers nothing at all: given up after some seconds", async () => {
    await routes(["Hole", "Mobile"]);
    const number = newNumber();
    const call = await anna.call(number);
    await call.until("ringing");
    const ringing = await mobile.incoming.next({ timeoutMs: 15_000 });
    ringing.answer();
    await converse(call, ringing);
    await call.hangUp();
    expect(attemptsOf(await logged(number))).toEqual([
      ["Hole", 408],
      ["Mobile", null],
    ]);
  });

  test("it is not registered: it is not even tried, and the panel says why", async () => {
    await routes(["Unregistered", "Mobile"]);
    const number = newNumber();
    const call = await anna.call(number);
    const ringing = await mobile.incoming.next();
    ringing.answer();
    await converse(call, ringing);
    await call.hangUp();
    expect(attemptsOf(await logged(number))).toEqual([["Mobile", null]]);
    const where = await site.panel.get<{ taken: unknown[]; passedOver: unknown[] }>(`/outgoing/where?number=${number}`);
    expect(where.taken).toMatchObject([{ trunkName: "Mobile", because: "rule" }]);
    expect(where.passedOver).toContainEqual({
      trunkId: trunks["Unregistered"],
      trunkName: "Unregistered",
      reason: "down",
    });
  });

  test("none carries it: the phone hears why", async () => {
    await routes(["City", "Mobile"]);
    mobile.behaviour = { type: "refuse", status: 503 };
    const { call, number } = await dialWhere({ type: "refuse", status: 500 });
    await call.until("ended");
    expect(call.endCause?.status).toBe(503);
    const one = await logged(number);
    expect(one).toMatchObject({ outcome: "failed" });
    expect(attemptsOf(one)).toEqual([
      ["City", 500],
      ["Mobile", 503],
    ]);
  });

  test("the operator gives up while the second rings: nobody is called any more", async () => {
    await routes(["City", "Mobile"]);
    const { call, number } = await dialWhere({ type: "refuse", status: 503 });
    const ringing = await mobile.incoming.next();
    await call.hangUp();
    await ringing.until("ended");
    expect(await logged(number)).toMatchObject({ outcome: "abandoned-while-ringing" });
  });
});

describe("the called person's own word", () => {
  test.each<[string, IncomingBehaviour, number, string]>([
    ["busy", { type: "refuse", status: 486 }, 486, "caller-busy"],
    ["declined", { type: "reject", status: 603 }, 603, "no-answer"],
    ["not there", { type: "refuse", status: 480 }, 480, "no-answer"],
    // It has rung: they would be called a second time.
    ["rung, then 503", { type: "reject", status: 503, afterMs: 300 }, 503, "failed"],
  ])("%s: no other trunk is tried", async (_, behaviour, status, outcome) => {
    await routes(["City", "Mobile"]);
    const { call, number } = await dialWhere(behaviour);
    await call.until("ended");
    // A switch has one cause for 480 and 408, and may say either.
    expect(status === 480 ? [408, 480] : [status]).toContain(call.endCause?.status);
    const one = await logged(number);
    expect(one).toMatchObject({ outcome });
    expect(attemptsOf(one)).toEqual([["City", status]]);
    expect(mobile.incoming.waiting).toBe(0);
  });
});

test("an emergency call is tried by every trunk, also by one that is not in any rule and after busy", async () => {
  await routes(["City"]);
  mobile.behaviour = { type: "answer", markers: 1 };
  const { call } = await dialWhere({ type: "refuse", status: 486 }, "112");
  await call.until("talking", { timeoutMs: 20_000 });
  expect(mobile.liveCalls).toHaveLength(1);
  await call.hangUp();
});

test("rules choose by kind and prefix, with the caller's number of each; free minutes go first", async () => {
  const rule = (name: string, numbers: Partial<NumberMatch>, to: string, callerNumber: string | null) => ({
    ...{ name, numbers: { ...every, ...numbers }, trunkIds: [trunks[to]], callerNumber },
  });
  const rules = [
    rule("Own mobile network", { prefixes: ["59933"] }, "Mobile", "0322445566"),
    rule("Mobile", { kinds: ["mobile"] }, "City", null),
    { ...rule("Fixed", { kinds: ["fixed"] }, "City", null), trunkIds: [trunks["City"], trunks["Mobile"]] },
  ];
  const limits = { minutesPerDay: null, moneyPerDayMinor: null };
  const bundles = [{ numbers: { ...every, kinds: ["fixed"] }, minutesPerMonth: 1 }];
  const free = { trunkId: trunks["Mobile"], limits, costs: { ...NO_COSTS, bundles } };
  await routes([], { rules, trunks: [free] });
  const talk = async (number: string, world: ScriptedPhone) => {
    const call = await anna.call(number);
    const ringing = await world.incoming.next();
    ringing.answer();
    await converse(call, ringing);
    await call.hangUp();
    await ringing.until("ended");
    return ringing.caller.number;
  };
  expect(await talk(newNumber(), mobile)).toBe("0322445566");
  expect(await talk("555330001", city)).toBe("0322112233");
  expect(await talk("0322778800", mobile)).toBe("0322112233");
  await until("the free minute is used up", async () => {
    const where = await site.panel.get<{ taken: { because: string; trunkName: string }[] }>(
      "/outgoing/where?number=0322778801",
    );
    return where.taken.map(({ trunkName }) => trunkName).join() === "City,Mobile";
  });
  expect(await talk("0322778801", city)).toBe("0322112233");
});

test("whoever may only call the office calls nobody else, but help", async () => {
  await routes(["City"]);
  const { operatorId } = site.phones.find(({ extension }) => extension === "102") ?? { operatorId: 0 };
  await site.panel.patch(`/operators/${operatorId}`, { mayDial: "internal" });
  const refused = await boris.call(newNumber());
  await refused.until("ended");
  expect(refused.endCause?.status).toBe(403);
  expect(city.incoming.waiting).toBe(0);
  const inside = await boris.call("101");
  (await anna.incoming.next()).answer();
  await inside.until("talking");
  await inside.hangUp();
  const help = await boris.call("112");
  (await city.incoming.next()).answer();
  await help.until("talking");
  await help.hangUp();
});
