import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { DialTarget } from "../calls/call-command.ts";
import { newLegId, trunkId } from "../calls/ids.ts";
import { markerTone } from "../lab/media/tones.ts";
import { hearEachOther, ScriptedPhone } from "../lab/phone/phone.ts";
import { USUAL_OPERATOR } from "../lab/phone/registrar.ts";
import { BareSwitch, type Listener } from "../testing/bare-switch.ts";
import { keptLog } from "../testing/quiet-log.ts";
import { until } from "../testing/until.ts";
import { applyTrunks } from "./generated-config.ts";
import { RegistrationRetry } from "./registration-retry.ts";
import type { TrunkAccount } from "./trunk-xml.ts";

let bare: BareSwitch;
let ear: Listener;
let operator: ScriptedPhone;
let phone: ScriptedPhone;
const seen = new Set<string>();

beforeAll(async () => {
  bare = await BareSwitch.open(["101"]);
  ear = bare.main;
  operator = await bare.outsider("operator");
  phone = await bare.registered("101");
});
afterAll(() => bare.close());
beforeEach(() => {
  operator.operator = USUAL_OPERATOR;
  operator.behaviour = { type: "ring" };
  operator.requests.length = 0;
  operator.incoming.clear();
});

/** An operator's line as it stands in a contract: their name, our account, their address by our own looking up. */
function trunkTo(peer: ScriptedPhone, over: Partial<TrunkAccount> = {}): TrunkAccount {
  const { port } = peer.address;
  return {
    ...{ trunkId: trunkId(1), host: "sip.operator.test", port, transport: "udp" },
    ...{ addresses: ["127.0.0.1"], addressPort: port, sources: [], username: "", password: "" },
    ...{ authUsername: null, fromUser: null, fromDomain: null, isRegistering: false, expirySeconds: 300 },
    ...{ codecs: ["PCMA", "PCMU"], dtmf: "rfc2833", srtp: "off", prefix: "", callerId: "own-number" },
    ...over,
  };
}

const account = { isRegistering: true, username: "995322112233", password: "secret", authUsername: "auth-7" };

async function apply(...trunks: TrunkAccount[]): Promise<void> {
  await applyTrunks(bare.settings, trunks, ear.port.console);
}

async function isState(gateway: string, state: string): Promise<void> {
  await until(`${gateway} is ${state}`, async () => (await ear.port.gatewayStates()).get(gateway) === state, 20_000);
}

/** The operator's phone dials, and the daemon sends its call to the trunk. */
async function dialOut(target: Partial<Extract<DialTarget, { kind: "gateway" }>> = {}) {
  const call = await phone.call("599112233");
  const parked = await ear.hears("leg-parked", ({ origin, legId }) => origin === "phone" && !seen.has(legId));
  seen.add(parked.legId);
  const otherLegId = newLegId();
  await ear.port.send({
    ...{ type: "dial", legId: parked.legId, otherLegId, callId: parked.callId, ringSeconds: 20 },
    target: { kind: "gateway", gateway: "trunk-1", number: "599112233", callerNumber: "0322112233", ...target },
    ...{ recordingFileName: null, isLast: true },
  });
  return { call, otherLegId };
}

let lastNumber = 320_000;

/** Calls a number of ours that nobody called before, and tells which trunk the switch takes that for. */
async function gatewayBy(caller: ScriptedPhone): Promise<string | null> {
  lastNumber += 1;
  const number = `0${lastNumber}`;
  const call = await caller.call(number);
  const { gateway } = await ear.hears("leg-parked", ({ dialled }) => dialled === number);
  await call.hangUp();
  return gateway;
}

test("registers with the name for signing in, and calls both ways carry the line's name, number and ways", async () => {
  operator.operator = { ...USUAL_OPERATOR, account: { user: "auth-7", password: "secret" }, challengesCalls: true };
  await apply(trunkTo(operator, { ...account, fromUser: "user-7", prefix: "9", codecs: ["PCMU"] }));
  await isState("trunk-1", "registered");
  const [first] = operator.requests;
  expect(first?.headers.to.uri).toBe("sip:user-7@sip.operator.test");
  expect(first?.headers["expires"]).toBe("300");

  const came = await operator.callRegistered("0322112233");
  const arrived = await ear.hears("leg-parked", (event) => event.dialled === "0322112233");
  expect(arrived.gateway).toBe("trunk-1");
  await came.hangUp();

  operator.behaviour = { type: "answer", markers: 2 };
  const { call } = await dialOut();
  call.sendMarkers(0);
  const called = await operator.incoming.next();
  await hearEachOther(call, called);
  expect(called.invite.uri).toBe(`sip:9599112233@sip.operator.test:${operator.address.port}`);
  expect(called.invite.headers.from.uri).toBe("sip:0322112233@sip.operator.test");
  expect(called.invite.content).toMatch(/m=audio [0-9]+ RTP\/AVP 0 101/);
  await call.hangUp();
});

test.each([
  ["hidden", { callerNumber: null, isCallerHidden: true }, '"Anonymous"', "anonymous", "id"],
  ["trunk-default", { callerNumber: null }, undefined, "995322112233", undefined],
] as const)("a called person sees the caller as agreed: %s", async (callerId, target, name, user, privacy) => {
  await apply(trunkTo(operator, { username: "995322112233", callerId }));
  operator.behaviour = { type: "reject", status: 486 };
  const { call } = await dialOut(target);
  await call.until("ended");
  const { headers } = (await operator.incoming.next()).invite;
  expect(headers.from.uri).toBe(`sip:${user}@sip.operator.test`);
  expect(headers.from.name?.trim() || undefined).toBe(name);
  expect(headers["privacy"]).toBe(privacy);
  // Nowhere the extension of the phone that dialled.
  expect(JSON.stringify(headers)).not.toMatch(/"?101"?[@"]/);
});

test("a wrong password, a server in need and one that says nothing are told apart, and do not disturb each other", async () => {
  const [busy, silent] = [await bare.outsider("busy"), await bare.outsider("silent")];
  operator.operator = { ...USUAL_OPERATOR, account: { user: "auth-7", password: "another" } };
  busy.operator = { ...USUAL_OPERATOR, register: { status: 503, headers: { "retry-after": "30" } } };
  silent.operator = { ...USUAL_OPERATOR, isSilent: true };
  await apply(
    trunkTo(operator, account),
    trunkTo(busy, { ...account, trunkId: trunkId(2) }),
    trunkTo(silent, { ...account, trunkId: trunkId(3) }),
  );
  const refused = await ear.hears("gateway-changed", ({ gateway, status }) => gateway === "trunk-1" && status === 403);
  expect(refused.state).toBe("failed");
  const away = await ear.hears("gateway-changed", ({ gateway, status }) => gateway === "trunk-2" && status === 503);
  expect(away.state).toBe("failed");
  expect((await ear.port.gatewayStates()).get("trunk-3")).toBe("trying");
  await apply();
});

test("a server that was silent or refused is asked again in time, however often it has failed before", async () => {
  const unanswered: string[] = [];
  const retry = new RegistrationRetry(ear.port, keptLog(), {
    onUnanswered: (gateway) => unanswered.push(gateway),
    timing: { unansweredMs: 1000, refusedMs: 4000 },
  });
  const busy = await bare.outsider("busy");
  operator.operator = { ...USUAL_OPERATOR, account: { user: "auth-7", password: "another" } };
  busy.operator = { ...USUAL_OPERATOR, register: { status: 503 } };
  await apply(trunkTo(operator, account), trunkTo(busy, { ...account, trunkId: trunkId(2) }));
  await isState("trunk-1", "failed");
  await isState("trunk-2", "failed");
  busy.requests.length = 0;
  // The switch itself waits for 30 s and more.
  retry.start();
  try {
    await until("the one in need is asked again and again", () => busy.requests.length >= 3, 15_000);
    operator.operator = { ...USUAL_OPERATOR, account: { user: "auth-7", password: "secret" } };
    busy.operator = operator.operator;
    await isState("trunk-2", "registered");
    await isState("trunk-1", "registered");
    expect(unanswered).toContain("trunk-2");
  } finally {
    retry.stop();
    await apply();
  }
});

test("calls of operators that know us by address carry the line: by address and port, else by address", async () => {
  const other = await bare.outsider("other");
  await apply(trunkTo(operator), trunkTo(other, { trunkId: trunkId(2) }));
  expect(await gatewayBy(operator)).toBe("trunk-1");
  expect(await gatewayBy(other)).toBe("trunk-2");
  expect(await gatewayBy(await bare.outsider("third"))).toBe("trunk-1");
  await apply(
    trunkTo(operator, { addresses: ["192.0.2.1"] }),
    trunkTo(other, { trunkId: trunkId(2), addresses: ["192.0.2.2"], sources: ["127.0.0.0/24"] }),
  );
  expect(await gatewayBy(operator)).toBe("trunk-2");
});

const elsewhere = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

test.skipIf(elsewhere === undefined)("whoever is no trunk is refused, and becomes one by its address", async () => {
  const server = { address: "127.0.0.1", port: bare.settings.trunksPort };
  const stranger = await ScriptedPhone.open({
    server,
    user: "599112233",
    ...(elsewhere ? { address: elsewhere } : {}),
  });
  try {
    await apply(trunkTo(operator, { addresses: ["192.0.2.1"] }));
    const call = await stranger.call("0322112233");
    await call.until("ended");
    expect(call.endCause).toMatchObject({ by: "them", status: 403 });
    const told = await ear.hears("stranger-refused");
    expect(told).toMatchObject({ address: elsewhere, dialled: "0322112233" });
    await apply(trunkTo(operator, { addresses: ["192.0.2.1"], sources: [`${elsewhere}`] }));
    expect(await gatewayBy(stranger)).toBe("trunk-1");
  } finally {
    await stranger.close();
  }
});

test("an announcement before the answer is heard, and the cause behind it arrives", async () => {
  await apply(trunkTo(operator));
  operator.behaviour = { type: "early", markers: 2 };
  const { call } = await dialOut();
  const called = await operator.incoming.next();
  await call.until("early");
  await call.ear.hears(markerTone(2), { timeoutMs: 8000 });
  called.reject(480);
  await call.until("ended");
  expect(call.endCause?.status).toBe(480);
});

test("an operator that sends us to another address has refused: the phone hears so at once", async () => {
  await apply(trunkTo(operator));
  const { port } = operator.address;
  operator.behaviour = {
    type: "reject",
    status: 302,
    headers: { contact: `<sip:599112233@127.0.0.1:${port};line=2>` },
  };
  const { call, otherLegId } = await dialOut();
  await call.until("ended");
  const end = await ear.hears("leg-hung-up", ({ legId }) => legId === otherLegId);
  expect(end).toMatchObject({ failure: "unreachable", wasAnswered: false });
  expect(operator.requests.filter(({ method }) => method === "INVITE")).toHaveLength(1);
});

test.each([
  [403, "refused"],
  [408, "no-answer"],
  [480, "no-answer"],
  [486, "busy"],
  [503, "unreachable"],
] as const)("an operator that answers %i: %s", async (status, failure) => {
  await apply(trunkTo(operator));
  operator.behaviour = { type: "reject", status, headers: { "retry-after": "5" } };
  const { otherLegId } = await dialOut();
  const end = await ear.hears("leg-hung-up", ({ legId }) => legId === otherLegId);
  expect(end).toMatchObject({ sipStatus: status, failure, wasAnswered: false });
});

test("an operator that takes its time is waited for", async () => {
  await apply(trunkTo(operator));
  operator.behaviour = { type: "answer", afterMs: 3000, markers: 2 };
  const { call } = await dialOut();
  call.sendMarkers(0);
  const called = await operator.incoming.next();
  await called.until("talking");
  await hearEachOther(call, called);
  await call.hangUp();
});
