import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { extension, type LegId, newLegId, newPlayId, operatorId } from "../calls/ids.ts";
import { promptTone } from "../lab/media/tones.ts";
import { decodeWav } from "../lab/media/wav.ts";
import { verifyMarkers } from "../lab/phone/markers.ts";
import { hearEachOther, type ScriptedPhone } from "../lab/phone/phone.ts";
import { BareSwitch, type Listener, PROMPT } from "../testing/bare-switch.ts";
import { until } from "../testing/until.ts";
import { switchPaths } from "./generated-config.ts";

let bare: BareSwitch;
let outside: ScriptedPhone;
let operator: ScriptedPhone;
let second: ScriptedPhone;
/** The daemon of the moment. */
let ear: Listener;

beforeAll(async () => {
  bare = await BareSwitch.open();
  ear = bare.main;
  outside = await bare.outsider();
  operator = await bare.registered("101");
  second = await bare.registered("102");
});
afterAll(() => bare.close());
afterEach(async () => {
  const calls = [outside, operator, second].flatMap((phone) => phone.liveCalls);
  await Promise.all(calls.map((call) => call.hangUp()));
  operator.behaviour = { type: "ring" };
  second.behaviour = { type: "ring" };
  while (operator.incoming.waiting + second.incoming.waiting > 0) {
    await (operator.incoming.waiting > 0 ? operator : second).incoming.next();
  }
  if (ear.port.state.name !== "connected") await comesBack();
});

/** As `kill -9`: nothing is said to the switch. */
async function dies(): Promise<void> {
  await ear.port.stop();
}
async function comesBack(): Promise<void> {
  ear = await bare.listener().connect();
}

let numbers = 0;
async function arrives() {
  numbers += 1;
  const dialled = `32212${numbers}`;
  const call = await outside.call(dialled);
  const parked = await ear.hears("leg-parked", (event) => event.dialled === dialled);
  await ear.port.send({ type: "answer", legId: parked.legId });
  await call.until("talking");
  return { call, parked, legId: parked.legId };
}
async function inMenu() {
  const caller = await arrives();
  const { legId, parked } = caller;
  const place = { flow: "main", version: 3, node: "menu.main", language: "en", queuedAtMs: 1_700_000_000_123 };
  await ear.port.send({ type: "set-place", legId, callId: parked.callId, place });
  await playMenu(legId);
  await caller.call.ear.hears(promptTone(PROMPT.menu));
  return { ...caller, place };
}
async function playMenu(legId: LegId) {
  const sounds = [{ kind: "file", path: bare.prompt("menu") }] as const;
  await ear.port.send({ type: "play", legId, playId: newPlayId(), sounds, isLooped: true });
}
async function ring(caller: Awaited<ReturnType<typeof arrives>>, to = "101") {
  const legId = newLegId();
  await ear.port.send({
    type: "ring-extension",
    legId,
    callId: caller.parked.callId,
    operatorId: operatorId(7),
    extension: extension(to),
    callerNumber: null,
    ringSeconds: 60,
  });
  return legId;
}
const oneMoment = promptTone(PROMPT["one-moment"]);
const fallback = promptTone(PROMPT.fallback);
const leaveMessage = promptTone(PROMPT["leave-message"]);

describe("when the daemon dies", () => {
  test("a caller in the menu hears 'one moment', and is back where they stood when it returns", async () => {
    const { call, legId, place } = await inMenu();
    await dies();
    await call.ear.hears(oneMoment, { timeoutMs: 6000 });
    await comesBack();
    const held = (await ear.port.listLegs()).find((leg) => leg.legId === legId);
    expect(held).toMatchObject({ heldByGuard: true, isInFallback: false, place, isAnswered: true });
    const started = performance.now();
    await ear.port.send({ type: "take-back", legId });
    const parked = await ear.hears("leg-parked", (event) => event.legId === legId);
    expect(parked).toMatchObject({ place, dialled: held?.dialled, origin: "trunk", isAnswered: true });
    await playMenu(legId);
    await call.ear.hears(promptTone(PROMPT.menu));
    // Promised: back in the same menu within 5 s of the daemon's return.
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("a caller who comes in between is known to the next one, though nobody told it", async () => {
    for (let round = 0; round < 3; round++) {
      const dialled = `32215${round}`;
      await dies();
      const call = await outside.call(dialled);
      await comesBack();
      // The switch's list is up to a second behind: who is not in it yet is told as if they had parked now.
      const isListed = (await ear.port.listLegs()).some((leg) => leg.dialled === dialled);
      if (!isListed) await ear.hears("leg-parked", (event) => event.dialled === dialled);
      const told = ear.events.filter((event) => event.type === "leg-parked" && event.dialled === dialled);
      expect(told).toHaveLength(isListed ? 0 : 1);
      await call.hangUp();
    }
  });

  test("and another comes before the guard acts, what the first played does not go on beneath", async () => {
    const { call, legId } = await arrives();
    const menu = { kind: "file", path: bare.prompt("menu") } as const;
    const sounds = Array.from({ length: 8 }, () => menu);
    await ear.port.send({ type: "play", legId, playId: newPlayId(), sounds, isLooped: false });
    await call.ear.hears(promptTone(PROMPT.menu));
    await dies();
    await comesBack();
    expect((await ear.port.listLegs()).map((leg) => leg.legId)).toContain(legId);
    const playId = newPlayId();
    const information = [{ kind: "file", path: bare.prompt("information") }] as const;
    await ear.port.send({ type: "play", legId, playId, sounds: information, isLooped: false });
    const heard = await call.ear.hears(promptTone(PROMPT.information));
    await ear.hears("play-finished", (event) => event.playId === playId);
    await call.ear.hearsSilence({ forMs: 500 });
    expect(call.ear.heardSince(heard.fromMs).map(({ tone }) => tone)).toEqual(["prompt-4"]);
  });

  test("a conversation goes on undisturbed, recording and all", async () => {
    const caller = await arrives();
    operator.behaviour = { type: "answer", markers: 1 };
    const legId = await ring(caller);
    await ear.hears("leg-parked", (event) => event.legId === legId);
    caller.call.sendMarkers(0);
    const fileName = `${caller.parked.callId}.${caller.legId}.1.wav`;
    await ear.port.send({ type: "start-recording", legId: caller.legId, fileName });
    await ear.port.send({ type: "bridge", legId: caller.legId, otherLegId: legId });
    const talking = await operator.incoming.next();
    await hearEachOther(caller.call, talking);
    const from = caller.call.ear.nowMs;
    await dies();
    // The guard's turn comes after 3 s; two more seconds of markers after that.
    const markers = () => caller.call.ear.heardSince(from).filter(({ tone }) => tone === "marker-1").length;
    await until("six seconds of talk without the daemon", () => markers() >= 7);
    await comesBack();
    const legs = await ear.port.listLegs();
    expect(legs.find((leg) => leg.legId === caller.legId)).toMatchObject({
      bridgedTo: legId,
      heldByGuard: false,
      recordingFile: fileName,
    });
    await talking.hangUp();
    await caller.call.until("ended");
    await ear.hears("recording-stopped", (event) => event.file === fileName);
    const file = join(switchPaths(bare.settings.dataDir).recordings, fileName);
    const [left, right] = decodeWav(await readFile(file)).channels as [Int16Array, Int16Array];
    expect(verifyMarkers(left, 0).missing).toEqual([]);
    expect(verifyMarkers(right, 1).missing).toEqual([]);
    expect(verifyMarkers(left, 0).seconds).toBeGreaterThanOrEqual(6);
  });

  test("a phone that rings for it stops, and the caller is held", async () => {
    const caller = await arrives();
    await ring(caller);
    const ringing = await operator.incoming.next();
    await dies();
    await ringing.until("ended", { timeoutMs: 6000 });
    const { tone } = await caller.call.ear.hears(oneMoment);
    expect(tone).toBe(oneMoment.name);
  });

  test("and stays away, a caller falls back by themselves: phones ring, then a message is taken", async () => {
    const { call, parked, legId } = await inMenu();
    await dies();
    await call.ear.hears(oneMoment, { timeoutMs: 6000 });
    await call.ear.hears(fallback, { timeoutMs: 20_000 });
    const both = [await operator.incoming.next(), await second.incoming.next()];
    for (const ringing of both) ringing.reject(486);
    await call.ear.hears(leaveMessage);
    await call.ear.hearsSilence({ forMs: 1000 });
    call.sendMarkers(2);
    await call.ear.hearsSilence({ forMs: 2500 });
    await call.pressKey("#");
    await call.until("ended");
    const file = `${parked.callId}.${legId}.message.wav`;
    const message = await readFile(join(switchPaths(bare.settings.dataDir).messages, file));
    const [voice] = decodeWav(message).channels as [Int16Array];
    expect(verifyMarkers(voice, 2).seconds).toBeGreaterThanOrEqual(1);
    expect((await cdrOf(legId))["hotline_fallback"]).toBe("message");
  });

  test("new callers take the fallback at once, and talk with the first operator who answers", async () => {
    await dies();
    await untilFallbackIsOn();
    const call = await outside.call("322130001");
    await call.until("talking");
    await call.ear.hears(fallback);
    const ringing = await operator.incoming.next();
    call.sendMarkers(0);
    ringing.sendMarkers(1);
    ringing.answer();
    await hearEachOther(call, ringing);
    await (await second.incoming.next()).until("ended");
    // Left alone by whoever comes back.
    await comesBack();
    const [leg] = (await ear.port.listLegs()).filter((snapshot) => snapshot.dialled === "322130001");
    expect(leg).toMatchObject({ isInFallback: true, heldByGuard: true });
    expect(leg?.bridgedTo).not.toBeNull();
    await ringing.hangUp();
    await call.until("ended");
    const variables = await cdrOf(leg?.legId as LegId);
    expect(variables).toMatchObject({
      hotline_fallback: "ringing",
      hotline_origin: "trunk",
      last_bridge_to: leg?.bridgedTo,
    });
    expect(Number(variables["bridge_uepoch"])).toBeGreaterThan(0);
    const cdrs = await Promise.all((await cdrFiles()).map(readCdr));
    const operators = cdrs.filter(
      (cdr) => cdr["hotline_call_id"] === variables["hotline_call_id"] && cdr["hotline_extension"],
    );
    expect(new Set(operators.map((cdr) => cdr["hotline_extension"]))).toEqual(new Set(["101", "102"]));
  });

  test("phones reach each other, and numbers that are no phones do not ring everybody", async () => {
    await dies();
    await untilFallbackIsOn();
    second.behaviour = { type: "answer", markers: 1 };
    const call = await operator.call("102");
    call.sendMarkers(0);
    await call.until("talking");
    await hearEachOther(call, await second.incoming.next());
    await call.hangUp();
    // No trunk here: refused, quickly.
    for (const number of ["112", "0322445566", "9"]) {
      const outgoing = await operator.call(number);
      await outgoing.until("ended");
      expect(outgoing.endCause?.by).toBe("them");
      expect(second.incoming.waiting).toBe(0);
    }
  });

  test("and returns in the very second in which the guard acts, no caller is lost: five times", async () => {
    for (let round = 0; round < 5; round++) {
      const { call, legId } = await inMenu();
      await dies();
      // 2.6 to 3.4 s after the last heartbeat, around the guard's 3 s.
      const waitMs = 2600 + round * 200;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      await comesBack();
      const leg = (await ear.port.listLegs()).find((snapshot) => snapshot.legId === legId);
      expect(leg).toMatchObject({ isInFallback: false });
      if (leg?.heldByGuard) {
        await ear.port.send({ type: "take-back", legId });
        await ear.hears("leg-parked", (event) => event.legId === legId);
      }
      await playMenu(legId);
      const from = call.ear.nowMs;
      await call.ear.hears(promptTone(PROMPT.menu));
      // It stays so: nobody moves the caller after the handshake.
      await until("the menu for a while", () => call.ear.nowMs - from > 1500);
      await call.ear.hears(promptTone(PROMPT.menu));
      expect(call.ear.heardSince(from + 1).every(({ tone }) => tone === "prompt-3")).toBe(true);
      await call.hangUp();
    }
  });
});

test("a daemon that was too slow is told, and knows itself disconnected until the guard has heard it again", async () => {
  const { call, legId } = await inMenu();
  // The event loop stands still, as with a full disk; the heartbeat with it.
  const end = performance.now() + 3600;
  while (performance.now() < end);
  await until("it knows", () => ear.log.some(({ words }) => words.includes("connection was lost")));
  await until("connected again", () => ear.port.state.name === "connected");
  const leg = (await ear.port.listLegs()).find((snapshot) => snapshot.legId === legId);
  expect(leg).toMatchObject({ heldByGuard: true });
  await ear.port.send({ type: "take-back", legId });
  await ear.hears("leg-parked", (event) => event.legId === legId && event.place !== null);
  await call.hangUp();
});

/** Until then new calls would be parked for a daemon that is not there (and moved by the guard). */
async function untilFallbackIsOn(): Promise<void> {
  const probe = async () => {
    const call = await outside.call("322139999");
    await call.until("talking", { timeoutMs: 500 }).catch(() => undefined);
    const isOn = call.state === "talking";
    await call.hangUp();
    return isOn;
  };
  await until("new calls take the fallback", probe);
  while (operator.incoming.waiting > 0) await operator.incoming.next();
  while (second.incoming.waiting > 0) await second.incoming.next();
}

async function cdrFiles(): Promise<string[]> {
  const { cdr } = switchPaths(bare.settings.dataDir);
  return (await readdir(cdr)).map((name) => join(cdr, name));
}

async function readCdr(path: string): Promise<Record<string, string | undefined>> {
  // Not written atomically: it may be half there.
  return await until(`CDR ${path}`, async () => {
    const text = await readFile(path, "utf8");
    return text.endsWith("}\n") ? (JSON.parse(text) as { variables: Record<string, string> }).variables : null;
  });
}

async function cdrOf(legId: LegId): Promise<Record<string, string | undefined>> {
  const path = join(switchPaths(bare.settings.dataDir).cdr, `${legId}.cdr.json`);
  await until(`the CDR of ${legId}`, async () => (await cdrFiles()).includes(path));
  return await readCdr(path);
}
