import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { markerTone } from "../lab/media/tones.ts";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import { type OperatorBehaviour, USUAL_OPERATOR } from "../lab/phone/registrar.ts";
import { converse, converseOn, type LoggedCall, Site, toneOf } from "../testing/site.ts";
import { freeUdpPort } from "../testing/temporary.ts";
import { until } from "../testing/until.ts";

/** Lines of every kind, whose operators do everything that operators do, and some that do nothing at all. */
let site: Site;
let anna: ScriptedPhone;
const worlds: ScriptedPhone[] = [];
const holes: Socket[] = [];
const SECRET = "a-secret-of-the-line";

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  anna = await site.operator("101");
});
afterEach(async () => {
  await site.untilQuiet();
  for (const { trunkId } of await trunks()) await site.panel.delete(`/trunks/${trunkId}`);
  await until("no line is left", async () => (await trunks()).length === 0);
  await Promise.all(worlds.splice(0).map((world) => world.close()));
  for (const hole of holes.splice(0)) hole.close();
});
afterAll(async () => await site?.close());

interface TrunkNow {
  trunkId: number;
  name: string;
  state: string;
  now: { inbound: number; outbound: number };
}
const trunks = async () => await site.panel.get<TrunkNow[]>("/trunks");
const trunkNow = async (name: string) => (await trunks()).find((trunk) => trunk.name === name);
const untilState = async (name: string, state: string, timeoutMs = 20_000) =>
  await until(`${name} is ${state}`, async () => (await trunkNow(name))?.state === state, timeoutMs);

/** The switchboard of a telephone operator. */
async function operator(user: string, behaviour: Partial<OperatorBehaviour> = {}): Promise<ScriptedPhone> {
  const world = await ScriptedPhone.open({
    user,
    server: { address: "127.0.0.1", port: site.trunkPort },
    domain: "operator.test",
  });
  world.operator = { ...USUAL_OPERATOR, ...behaviour };
  worlds.push(world);
  return world;
}

async function addTrunk(name: string, port: number, more: Record<string, unknown> = {}): Promise<number> {
  const trunk = { name, kind: "city", mode: "ip-peer", server: "127.0.0.1", port, ...more };
  return (await site.panel.post<{ trunkId: number }>("/trunks", trunk)).trunkId;
}

const registering = (user: string) => ({ mode: "register", user, password: SECRET });
let lastNumber = 599_440_000;
const newNumber = () => String(++lastNumber);

async function loggedOf(query: string): Promise<LoggedCall> {
  return await until(`the call of ${query} is in the log`, async () => {
    const { calls } = await site.panel.get<{ calls: { callId: string; outcome: string | null }[] }>(
      `/calls?q=${query}`,
    );
    return calls[0]?.outcome ? await site.panel.get<LoggedCall>(`/calls/${calls[0].callId}`) : null;
  });
}

/** Anna dials; it rings at `world`, is answered, and both hear each other. */
async function callOut(world: ScriptedPhone, number = newNumber()) {
  world.incoming.clear();
  const call = await anna.call(number);
  const ringing = await world.incoming.next({ timeoutMs: 15_000 });
  ringing.answer();
  await converse(call, ringing);
  return { call, ringing, number };
}

describe("a line that is signed in to", () => {
  test("every call is challenged: out and in, each under the line's name", async () => {
    const world = await operator("firm", { account: { user: "firm", password: SECRET }, challengesCalls: true });
    await addTrunk("Signed in", world.address.port, registering("firm"));
    await untilState("Signed in", "registered");
    const out = await callOut(world);
    await out.call.hangUp();
    expect(await loggedOf(out.number)).toMatchObject({ outcome: "talked", trunkName: "Signed in" });
    const number = newNumber();
    const inside = await world.callRegistered("0322112233", { from: { number, name: "Caller" } });
    await inside.ear.hears(toneOf("greeting"));
    await inside.hangUp();
    expect(await loggedOf(number)).toMatchObject({ outcome: "abandoned-in-menu", trunkName: "Signed in" });
  });

  test.each([
    ["the password is wrong", 403, "failed"],
    ["the account is not known", 404, "failed"],
    ["the operator is busy, and says when to come back", 503, "failed"],
    ["nobody is there", 480, "failed"],
  ])(
    "%s (%i): the panel says so, and it comes up when that is over",
    async (_, status) => {
      const world = await operator("firm", {
        account: { user: "firm", password: SECRET },
        register: { status, ...(status === 503 ? { headers: { "retry-after": "2" } } : {}) },
      });
      await addTrunk("Refused", world.address.port, registering("firm"));
      await until("the line is said not to work", async () => {
        const state = (await trunkNow("Refused"))?.state;
        return state === "failed" || state === "down" || state === "trying";
      });
      // Nobody leaves by it, and nobody else is held up.
      const call = await anna.call(newNumber());
      await call.until("ended");
      world.operator = { ...world.operator, register: null };
      await untilState("Refused", "registered", 60_000);
      const out = await callOut(world);
      await out.call.hangUp();
    },
    120_000,
  );
});

describe("a gateway with SIM cards", () => {
  test("an account for each card: calls are told apart by card, both ways", async () => {
    const [first, second] = [
      await operator("sim1", { account: { user: "sim1", password: SECRET } }),
      await operator("sim2", { account: { user: "sim2", password: SECRET } }),
    ];
    const ids = [
      await addTrunk("Magti card", first.address.port, { kind: "mobile", ...registering("sim1") }),
      await addTrunk("Geocell card", second.address.port, { kind: "mobile", ...registering("sim2") }),
    ];
    await untilState("Magti card", "registered");
    await untilState("Geocell card", "registered");
    for (const [index, world] of [first, second].entries()) {
      const number = newNumber();
      const call = await world.callRegistered("0322112233", { from: { number, name: "Caller" } });
      await call.ear.hears(toneOf("greeting"));
      await call.hangUp();
      expect(await loggedOf(number)).toMatchObject({ trunkName: ["Magti card", "Geocell card"][index] });
    }
    const settings = await site.panel.get<Record<string, unknown>>("/outgoing");
    const rule = { name: "By the second", numbers: { kinds: [], countries: [], prefixes: [] }, callerNumber: null };
    await site.panel.put("/outgoing", { ...settings, rules: [{ ...rule, trunkIds: [ids[1]] }], trunks: [] });
    const out = await callOut(second);
    await out.call.hangUp();
    expect(await loggedOf(out.number)).toMatchObject({ trunkName: "Geocell card" });
    await site.panel.put("/outgoing", { ...settings, rules: [], trunks: [] });
  });

  test.each(["toll-free", "internal", "mobile"])("a %s line that knows us by address: in and out", async (kind) => {
    const world = await operator("peer");
    await addTrunk("By address", world.address.port, { kind });
    const number = newNumber();
    const inside = await world.call("0322112233", { from: { number, name: "Caller" } });
    await inside.ear.hears(toneOf("greeting"));
    await inside.hangUp();
    expect(await loggedOf(number)).toMatchObject({ outcome: "abandoned-in-menu", trunkName: "By address" });
    const out = await callOut(world);
    await out.call.hangUp();
    expect(await loggedOf(out.number)).toMatchObject({ outcome: "talked", trunkName: "By address" });
  });

  test("calls from more networks than its server's: the firewall is told of them, as long as the line is there", async () => {
    const told = async () => {
      const lines = (await readFile(join(site.dataDir, "access"), "utf8")).split("\n");
      return lines.filter((line) => line.startsWith("trunks "));
    };
    const { address } = await operator("large");
    const trunkId = await addTrunk("Large", address.port, { sources: ["203.0.113.0/24", "198.51.100.7"] });
    await until("the firewall is told", async () => (await told()).length === 2);
    expect(await told()).toEqual(["trunks 203.0.113.0/24", "trunks 198.51.100.7"]);
    await site.panel.delete(`/trunks/${trunkId}`);
    await until("the firewall forgets them", async () => (await told()).length === 0);
  });
});

describe("what the operator does before anybody answers", () => {
  test("takes its time: who dialled hears that it rings, and then whom they called", async () => {
    const world = await operator("peer");
    await addTrunk("Slow", world.address.port);
    world.behaviour = { type: "answer", afterMs: 5_000, markers: 7 };
    const number = newNumber();
    const call = await anna.call(number);
    await call.until("ringing");
    await call.until("talking", { timeoutMs: 15_000 });
    await call.ear.hears(markerTone(7));
    await call.hangUp();
    expect(await loggedOf(number)).toMatchObject({ outcome: "talked" });
  });

  test("says something: it is heard by who dialled, and is no conversation", async () => {
    const world = await operator("peer");
    await addTrunk("Announcing", world.address.port);
    world.behaviour = { type: "early", markers: 7 };
    const number = newNumber();
    const call = await anna.call(number);
    await call.until("ringing");
    await call.ear.hears(markerTone(7));
    await call.hangUp();
    expect(await loggedOf(number)).toMatchObject({ outcome: "abandoned-while-ringing", talkSeconds: null });
  });
});

describe("dead lines beside one that works", () => {
  test("no name, a closed port, a black hole: calls by the living one go as if they were alone", async () => {
    const world = await operator("peer");
    await addTrunk("Alive", world.address.port);
    const alone = await callOut(world);
    const hole = createSocket("udp4").bind(0, "127.0.0.1");
    holes.push(hole);
    await once(hole, "listening");
    await addTrunk("Unresolvable", 5060, { server: "no-such-operator.invalid", ...registering("a") });
    await addTrunk("Unresolvable peer", 5060, { server: "no-such-peer.invalid" });
    await addTrunk("Closed", await freeUdpPort(), registering("b"));
    await addTrunk("Black hole", hole.address().port, registering("c"));
    // A call that was there before they came goes on, second by second.
    await converseOn(alone.call, alone.ringing, 4);
    await alone.call.hangUp();
    await alone.ringing.until("ended");
    for (let turn = 0; turn < 3; turn += 1) {
      const number = newNumber();
      const inside = await world.call("0322112233", { from: { number, name: "Caller" } });
      await inside.ear.hears(toneOf("greeting"), { timeoutMs: 3_000 });
      await inside.pressKey("1");
      const ringing = await anna.incoming.next({ timeoutMs: 3_000 });
      ringing.answer();
      await converse(inside, ringing);
      await inside.hangUp();
      await ringing.until("ended");
    }
    await untilState("Black hole", "failed", 60_000).catch(async () => await untilState("Black hole", "trying", 1_000));
    const settings = await site.panel.get<{ rules: unknown[] }>("/outgoing");
    expect(settings.rules).toEqual([]);
    const out = await callOut(world);
    await out.call.hangUp();
    expect(await loggedOf(out.number)).toMatchObject({ outcome: "talked", trunkName: "Alive" });
  }, 180_000);

  test("lines are changed, added and taken away while people talk: they talk on", async () => {
    const world = await operator("peer");
    const id = await addTrunk("Changing", world.address.port);
    const talk = await callOut(world);
    await site.panel.patch(`/trunks/${id}`, { name: "Changed", codecs: ["PCMU"], dtmf: "info" });
    const other = await addTrunk("Another", world.address.port + 1, registering("d"));
    await converseOn(talk.call, talk.ringing, 2);
    await site.panel.delete(`/trunks/${other}`);
    await site.panel.delete(`/trunks/${id}`);
    await converseOn(talk.call, talk.ringing, 3);
    await talk.call.hangUp();
    expect(await loggedOf(talk.number)).toMatchObject({ outcome: "talked" });
  });
});
