import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newLegId, trunkId } from "../calls/ids.ts";
import { hearEachOther, type ScriptedPhone } from "../lab/phone/phone.ts";
import { account, BareSwitch, type Listener, passwordOf } from "../testing/bare-switch.ts";
import { until } from "../testing/until.ts";
import { applyOperators, applyTrunks, switchPaths } from "./generated-config.ts";
import { startFreeSwitch } from "./launch.ts";
import type { TrunkAccount } from "./trunk-xml.ts";

let bare: BareSwitch;
let ear: Listener;
let outside: ScriptedPhone;
/** A telephone operator that knows us by address. */
let peer: ScriptedPhone;
let run: (command: string) => Promise<string>;
let trunks: [TrunkAccount, TrunkAccount];

/** An operator on loopback that knows us by address. */
function usualTrunk(id: number, port: number): TrunkAccount {
  return {
    ...{ trunkId: trunkId(id), host: "127.0.0.1", port, transport: "udp", addresses: ["127.0.0.1"], addressPort: port },
    ...{ sources: [], username: "", password: "", authUsername: null, fromUser: null, fromDomain: null },
    ...{ isRegistering: false, expirySeconds: 300, codecs: ["PCMA", "PCMU"], dtmf: "rfc2833", srtp: "off" },
    ...{ prefix: "", callerId: "own-number" },
  };
}

beforeAll(async () => {
  bare = await BareSwitch.open(["101", "102", "103"]);
  ear = bare.main;
  run = ear.port.console;
  outside = await bare.outsider();
  peer = await bare.outsider("peer");
  trunks = [
    {
      ...usualTrunk(1, bare.settings.phonesPort),
      // The switch's own port for phones challenges and registers: a telephone operator's registrar is no different.
      username: "103",
      password: passwordOf("103"),
      isRegistering: true,
    },
    usualTrunk(2, peer.address.port),
  ];
});
afterAll(() => bare.close());

test("trunks come, change and go while a call goes on", async () => {
  const call = await outside.call("32214001");
  const { legId } = await ear.hears("leg-parked", (event) => event.dialled === "32214001");
  await ear.port.send({ type: "answer", legId });
  await call.until("talking");

  await applyTrunks(bare.settings, trunks, run);
  await ear.hears("gateway-changed", (event) => event.gateway === "trunk-1" && event.state === "registered", 15_000);
  const states = await ear.port.gatewayStates();
  expect(states).toEqual(
    new Map([
      ["trunk-1", "registered"],
      ["trunk-2", "idle"],
    ]),
  );

  const wrong = { ...trunks[0], password: "wrong" };
  await applyTrunks(bare.settings, [wrong, trunks[1]], run);
  await until("the trunk fails", async () => (await ear.port.gatewayStates()).get("trunk-1") === "failed", 15_000);

  await applyTrunks(bare.settings, [trunks[1]], run);
  expect([...(await ear.port.gatewayStates()).keys()]).toEqual(["trunk-2"]);
  await applyTrunks(bare.settings, trunks, run);
  await until("registered again", async () => (await ear.port.gatewayStates()).get("trunk-1") === "registered", 15_000);
  expect(call.state).toBe("talking");
  await call.hangUp();
});

test("phones come, change and go", async () => {
  const phone = await bare.registered("102");
  await ear.hears("phone-registered", (event) => event.extension === "102");
  const added = [account("101"), account("102"), account("103"), account("104")];
  await applyOperators(bare.settings, added, run);
  const fourth = await bare.registered("104");
  // Another password: the old one is refused, and the phone is gone until it has the new one.
  const other = { ...account("102"), ha1: account("101").ha1 };
  await applyOperators(bare.settings, [account("101"), other, account("103")], run);
  await ear.hears("phone-registered", (event) => event.extension === "102" && !event.isRegistered);
  await expect(phone.register()).rejects.toMatchObject({ status: 403 });
  await expect(fourth.register()).rejects.toMatchObject({ status: 403 });
  await applyOperators(bare.settings, [account("101"), account("102"), account("103")], run);
  await phone.register();
  await phone.unregister();
});

test("a file that somebody broke is named, nothing is lost, and the next change heals it", async () => {
  const { gateways, directory } = switchPaths(bare.settings.dataDir);
  await applyTrunks(bare.settings, trunks, run);
  const broken = join(directory, "101.xml");
  const whole = await readFile(broken, "utf8");
  await writeFile(broken, "<include>\n<user id=\n</include>\n");
  const third = { ...trunks[1], trunkId: trunkId(3) };
  await expect(applyTrunks(bare.settings, [...trunks, third], run)).rejects.toMatchObject({ reason: "malformed" });
  expect((await readdir(gateways)).sort()).toEqual(["trunk-1.xml", "trunk-2.xml"]);
  expect([...(await ear.port.gatewayStates()).keys()].sort()).toEqual(["trunk-1", "trunk-2"]);
  await applyOperators(bare.settings, [account("101"), account("102"), account("103")], run);
  expect(await readFile(broken, "utf8")).toBe(whole);
  await applyTrunks(bare.settings, [...trunks, third], run);
  expect([...(await ear.port.gatewayStates()).keys()].sort()).toEqual(["trunk-1", "trunk-2", "trunk-3"]);
  await applyTrunks(bare.settings, trunks, run);
});

test("a trunk whose name nobody resolves does not keep phones and other trunks from working", async () => {
  const lost = { ...trunks[0], trunkId: trunkId(4), host: "no-such-operator.invalid" };
  await applyTrunks(bare.settings, [...trunks, lost], run);
  const phone = await bare.registered("101");
  const call = await outside.call("32214002");
  await ear.hears("leg-parked", (event) => event.dialled === "32214002", 3000);
  await call.hangUp();
  await phone.register();
  expect((await ear.port.gatewayStates()).get("trunk-1")).toBe("registered");
  await applyTrunks(bare.settings, trunks, run);
  await phone.unregister();
});

test("a phone's call goes out by a trunk, and outlives the daemon; without it phones still get out", async () => {
  // Not the one that registers with ourselves: a call by it would come back as a phone's.
  await applyTrunks(bare.settings, [trunks[1]], run);
  const operator = await bare.registered("101");
  peer.behaviour = { type: "answer", markers: 2 };
  const call = await operator.call("0322445566");
  call.sendMarkers(0);
  const { legId, callId } = await ear.hears("leg-parked", (event) => event.origin === "phone");
  const otherLegId = newLegId();
  await ear.port.send({
    type: "dial",
    legId,
    otherLegId,
    callId,
    target: { kind: "gateway", gateway: "trunk-2", number: "+995322445566", callerNumber: "+995322112233" },
    ringSeconds: 20,
    recordingFileName: null,
    isLast: true,
  });
  const called = await peer.incoming.next();
  expect(called.caller.number).toBe("+995322112233");
  await ear.hears("leg-answered", (event) => event.legId === otherLegId);
  await hearEachOther(call, called);
  await ear.port.stop();
  const from = call.ear.nowMs;
  await until("five seconds without the daemon", () => call.ear.nowMs - from > 5000);
  await hearEachOther(call, called);
  await call.hangUp();
  await called.until("ended");
  for (const number of ["0322445566", "112"]) {
    const outgoing = await operator.call(number);
    outgoing.sendMarkers(0);
    const reached = await peer.incoming.next();
    await hearEachOther(outgoing, reached);
    expect(JSON.stringify(reached.invite.uri)).toContain(number);
    await outgoing.hangUp();
  }
  // Whoever calls in cannot get out: the number of a trunk's caller is nobody's but ours.
  const stranger = await outside.call("112");
  await stranger.until("talking");
  expect(peer.incoming.waiting).toBe(0);
  await stranger.hangUp();
});

test("FreeSWITCH is not started on a port that another program has; all that are taken are named", async () => {
  const { settings } = bare;
  const starting = startFreeSwitch({ binary: "/bin/false", configurationDir: "/", settings });
  await expect(starting).rejects.toThrow(
    `taken by another program: TCP ${settings.eventSocketPort} (event socket), UDP ${settings.phonesPort} (phones), ` +
      `UDP ${settings.trunksPort} (trunks)`,
  );
});
