import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import { converse, converseOn, Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Operators' phones that call: colleagues, and the world. */
let site: Site;
let anna: ScriptedPhone;
let boris: ScriptedPhone;
let world: ScriptedPhone;

beforeAll(async () => {
  site = await Site.open({ operators: ["101", "102"] });
  anna = await site.operator("101");
  boris = await site.operator("102");
  // The telephone operator's side of a trunk that knows us by address.
  world = await ScriptedPhone.open({ user: "world" });
  await site.panel.post("/trunks", {
    ...{ name: "City", kind: "city", mode: "ip-peer", server: "127.0.0.1", port: world.address.port },
  });
});
afterEach(async () => {
  boris.behaviour = { type: "ring" };
  world.behaviour = { type: "ring" };
  await site.untilQuiet();
  world.incoming.clear();
});
afterAll(async () => {
  await world.close();
  await site.close();
});

async function callTo(dialled: string, direction: string) {
  return await until(`the ${direction} call to ${dialled} is in the log`, async () => {
    const { calls } = await site.panel.get<{ calls: { callId: string; outcome: string | null; dialled: string }[] }>(
      `/calls?direction=${direction}`,
    );
    return calls.find((call) => call.dialled === dialled && call.outcome !== null);
  });
}

test("a colleague's extension: they talk, and the log calls it internal", async () => {
  const call = await anna.call("102");
  const ringing = await boris.incoming.next();
  ringing.answer();
  await converse(call, ringing);
  await call.hangUp();
  await ringing.until("ended");
  expect(await callTo("102", "internal")).toMatchObject({ outcome: "talked", dialled: "102" });
});

test("a number outside leaves by the trunk, is recorded and logged", async () => {
  const call = await anna.call("599112233");
  const ringing = await world.incoming.next();
  ringing.answer();
  await converse(call, ringing);
  await converseOn(call, ringing, 2);
  await ringing.hangUp();
  await call.until("ended");
  const { callId } = await callTo("599112233", "outbound");
  const logged = await until("it is recorded", async () => {
    const one = await site.panel.get<{ outcome: string; trunkName: string; recordings: { state: string }[] }>(
      `/calls/${callId}`,
    );
    return one.recordings.some(({ state }) => state === "ready") ? one : null;
  });
  expect(logged).toMatchObject({ outcome: "talked", trunkName: "City" });
});

test("busy outside: the operator's phone hears busy, the log says so", async () => {
  world.behaviour = { type: "reject", status: 486 };
  const call = await anna.call("599445566");
  await call.until("ended");
  expect(await callTo("599445566", "outbound")).toMatchObject({ outcome: "caller-busy", dialled: "599445566" });
});

test("the operator gives up before anybody answers: the phone outside stops ringing", async () => {
  const call = await anna.call("599778899");
  const ringing = await world.incoming.next();
  await call.hangUp();
  await ringing.until("ended");
  expect(await callTo("599778899", "outbound")).toMatchObject({ outcome: "abandoned-while-ringing" });
});

test("abroad is closed: a stolen phone cannot call premium numbers", async () => {
  const call = await anna.call("+447911123456");
  await call.until("ended");
  expect(await callTo("+447911123456", "outbound")).toMatchObject({ outcome: "failed", dialled: "+447911123456" });
  expect(world.liveCalls).toEqual([]);
});

test("without the daemon an emergency number leaves all the same", async () => {
  await site.daemon.kill();
  const call = await until("the switch has noticed that the daemon is gone", async () => {
    const attempt = await anna.call("112");
    const ringing = await world.incoming.next({ timeoutMs: 2_000 }).catch(() => null);
    if (ringing !== null) return { attempt, ringing };
    await attempt.hangUp();
    return null;
  });
  call.ringing.answer();
  await converse(call.attempt, call.ringing);
  await call.attempt.hangUp();
  await site.daemon.start();
  await site.untilConnected();
});
