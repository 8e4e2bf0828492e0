import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { CallEventOf } from "../calls/call-event.ts";
import { extension, type LegId, newLegId, newPlayId, operatorId } from "../calls/ids.ts";
import { markerTone, promptTone, RINGBACK } from "../lab/media/tones.ts";
import { decodeWav } from "../lab/media/wav.ts";
import { verifyMarkers } from "../lab/phone/markers.ts";
import { hearEachOther, type ScriptedPhone } from "../lab/phone/phone.ts";
import type { PhoneCall } from "../lab/phone/phone-call.ts";
import { BareSwitch, type Listener, PROMPT } from "../testing/bare-switch.ts";
import { until } from "../testing/until.ts";
import { switchPaths } from "./generated-config.ts";

let bare: BareSwitch;
let ear: Listener;
let outside: ScriptedPhone;
let operator: ScriptedPhone;

beforeAll(async () => {
  bare = await BareSwitch.open();
  ear = bare.main;
  outside = await bare.outsider();
  operator = await bare.registered("101");
});
afterAll(() => bare.close());
beforeEach(() => {
  operator.behaviour = { type: "ring" };
});
afterEach(async () => {
  await Promise.all([...outside.liveCalls, ...operator.liveCalls].map((call) => call.hangUp()));
});

let numbers = 0;

/** A caller whom the daemon holds. */
async function arrives(options: Parameters<ScriptedPhone["call"]>[1] = {}, isAnswered = true) {
  numbers += 1;
  const dialled = `32211${numbers}`;
  const call = await outside.call(dialled, options);
  const parked = await ear.hears("leg-parked", (event) => event.dialled === dialled);
  if (isAnswered) {
    await ear.port.send({ type: "answer", legId: parked.legId });
    await call.until("talking");
  }
  return { call, parked, legId: parked.legId };
}

async function ring(parked: CallEventOf<"leg-parked">, ringSeconds = 20, to = "101"): Promise<LegId> {
  const legId = newLegId();
  await ear.port.send({
    type: "ring-extension",
    legId,
    callId: parked.callId,
    operatorId: operatorId(7),
    extension: extension(to),
    callerNumber: "+995599123456",
    ringSeconds,
  });
  return legId;
}

const play = (legId: LegId, name: keyof typeof PROMPT, isLooped = false) => {
  const playId = newPlayId();
  const sent = ear.port.send({
    type: "play",
    legId,
    playId,
    sounds: [{ kind: "file", path: bare.prompt(name) }],
    isLooped,
  });
  return { playId, sent };
};
const finished = (playId: string) =>
  ear.events.filter((event) => event.type === "play-finished" && event.playId === playId).length;
const digitsOf = (legId: LegId) =>
  ear.events
    .flatMap((event) => (event.type === "digit-pressed" && event.legId === legId ? [event.digit] : []))
    .join("");
const endsOf = (legId: LegId) =>
  ear.events.filter((event) => event.type === "leg-hung-up" && event.legId === legId).length;

describe("a caller", () => {
  test("is parked unanswered, with what the trunk delivered", async () => {
    const { call, parked } = await arrives({ from: { number: "+995599111222", name: "Nino" } }, false);
    expect(parked).toMatchObject({
      origin: "trunk",
      party: { number: "+995599111222", name: "Nino" },
      isAnswered: false,
      gateway: null,
      extension: null,
      place: null,
    });
    expect(call.state).not.toBe("talking");
  });

  test("whose name is a command has nothing executed and is reported as delivered", async () => {
    const witness = join(bare.settings.dataDir, "executed");
    const names = [
      "გიორგი",
      "100% sure %",
      "a,b}c|d;e",
      // The switch expands this in its arguments.
      `\${system(touch ${witness})}`,
      "x".repeat(1000),
    ];
    for (const name of names) {
      const { parked, call } = await arrives({ from: { number: "995599111222", name } });
      const seen = parked.party.name;
      expect(seen === name || seen === name.replaceAll("${", "%{")).toBe(true);
      // Every kind of command once, on the leg that carries the name.
      await ear.port.send({
        type: "set-place",
        legId: parked.legId,
        callId: parked.callId,
        place: { flow: "main", version: 1, node: "menu", language: "en" },
      });
      // The switch's list is some moments behind its events.
      const leg = await until("the leg in the list", async () =>
        (await ear.port.listLegs()).find((snapshot) => snapshot.legId === parked.legId),
      );
      expect(leg.party.name).toBe(seen);
      await call.hangUp();
      await ear.hears("leg-hung-up", (event) => event.legId === parked.legId);
    }
    expect(existsSync(witness)).toBe(false);
  });

  test("hears a prompt to its end, even one who sends no sound", async () => {
    const { call, legId } = await arrives({ isSilent: true });
    const { playId, sent } = play(legId, "menu");
    await sent;
    await call.ear.hears(promptTone(PROMPT.menu));
    await ear.hears("play-finished", (event) => event.playId === playId, 3000);
    expect(finished(playId)).toBe(1);
  });

  test("ends a prompt by any key, and the key arrives", async () => {
    const { call, legId } = await arrives();
    for (const digit of ["1", "*", "#", "0"]) {
      const { playId, sent } = play(legId, "menu", true);
      await sent;
      await call.ear.hears(promptTone(PROMPT.menu));
      await call.pressKey(digit);
      await ear.hears("play-finished", (event) => event.playId === playId);
      expect(digitsOf(legId).endsWith(digit)).toBe(true);
    }
  });

  test("presses keys before there is a prompt, and 20 in a second and a bit: all arrive in order", async () => {
    const { call, legId } = await arrives();
    await call.pressKey("12345678901234567890", { durationMs: 40, gapMs: 20 });
    await until("20 digits", () => digitsOf(legId).length >= 20);
    expect(digitsOf(legId)).toBe("12345678901234567890");
  });

  test("hears the latest of several prompts; the ones replaced are not reported", async () => {
    const { call, legId } = await arrives();
    const first = play(legId, "menu", true);
    await first.sent;
    await call.ear.hears(promptTone(PROMPT.menu));
    const second = play(legId, "one-moment");
    const third = play(legId, "information");
    await Promise.all([second.sent, third.sent]);
    const heard = await call.ear.hears(promptTone(PROMPT.information));
    await ear.hears("play-finished", (event) => event.playId === third.playId);
    expect([first, second, third].map(({ playId }) => finished(playId))).toEqual([0, 0, 1]);
    // Nothing runs nested beneath: when the last has ended there is silence.
    await call.ear.hearsSilence({ forMs: 500 });
    expect(call.ear.heardSince(heard.fromMs).map(({ tone }) => tone)).toEqual(["prompt-4"]);
  });

  test("hears a looped prompt until it is stopped", async () => {
    const { call, legId } = await arrives();
    const { playId, sent } = play(legId, "menu", true);
    await sent;
    const lasted = () => call.ear.log.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    await until("the prompt a second time", () => lasted() > 1500);
    expect(finished(playId)).toBe(0);
    await ear.port.send({ type: "stop-playing", legId });
    expect(finished(playId)).toBe(1);
    await call.ear.hearsSilence({ forMs: 300 });
  });

  test("who is played a file that is missing does not make the daemon spin", async () => {
    const { legId } = await arrives();
    const playId = newPlayId();
    const path = join(bare.settings.promptsDir, "en", "no-such.wav");
    await ear.port.send({ type: "play", legId, playId, sounds: [{ kind: "file", path }], isLooped: true });
    await ear.hears("play-finished", (event) => event.playId === playId);
    expect(finished(playId)).toBe(1);
  });
});

describe("an operator's phone", () => {
  test("is known as registered at once", async () => {
    const other = await bare.registered("102");
    await ear.hears("phone-registered", (event) => event.extension === "102" && event.isRegistered);
    expect(await ear.port.registeredExtensions()).toEqual(new Set(["101", "102"]));
    await other.unregister();
    await ear.hears("phone-registered", (event) => event.extension === "102" && !event.isRegistered);
    expect(await ear.port.registeredExtensions()).toEqual(new Set(["101"]));
  });

  test("is believed to be there for five minutes at most, whatever it asks for", async () => {
    expect(await operator.register({ expiresSeconds: 3600 })).toBe(300);
  });

  test("with a wrong password is refused", async () => {
    const wrong = await bare.phone("102", "wrong");
    await expect(wrong.register()).rejects.toMatchObject({ status: 403 });
  });

  test("that rings has not answered; that answers talks, with a recording of both sides", async () => {
    const { call, parked, legId } = await arrives();
    const operatorLeg = await ring(parked);
    const ringing = await operator.incoming.next();
    expect(ringing.caller).toEqual({ number: "+995599123456", name: "+995599123456" });
    const ringback = newPlayId();
    await ear.port.send({ type: "play", legId, playId: ringback, sounds: [{ kind: "ringback" }], isLooped: true });
    await call.ear.hears(RINGBACK);
    expect(ear.events.some((event) => event.type === "leg-answered" && event.legId === operatorLeg)).toBe(false);
    expect(ear.events.some((event) => event.type === "leg-parked" && event.legId === operatorLeg)).toBe(false);
    call.sendMarkers(0);
    ringing.sendMarkers(1);
    ringing.answer();
    await ear.hears("leg-answered", (event) => event.legId === operatorLeg);
    await ear.hears("leg-parked", (event) => event.legId === operatorLeg);
    const fileName = `${parked.callId}.${legId}.1.wav`;
    await ear.port.send({ type: "start-recording", legId, fileName });
    await ear.port.send({ type: "bridge", legId, otherLegId: operatorLeg });
    await ear.hears("legs-bridged", (event) => event.legId === legId && event.otherLegId === operatorLeg);
    await hearEachOther(call, ringing);
    const legs = await ear.port.listLegs();
    expect(legs.find((leg) => leg.legId === legId)).toMatchObject({ bridgedTo: operatorLeg, recordingFile: fileName });
    expect(legs.find((leg) => leg.legId === operatorLeg)).toMatchObject({ bridgedTo: legId, operatorId: 7 });
    await until(
      "three seconds of talk",
      () => call.ear.heardSince(0).filter(({ tone }) => tone === "marker-1").length > 3,
    );
    await call.hangUp();
    await ringing.until("ended");
    expect((await ear.hears("recording-stopped", (event) => event.legId === legId)).file).toBe(fileName);
    await ear.hears("leg-hung-up", (event) => event.legId === operatorLeg);
    await ear.hears("leg-hung-up", (event) => event.legId === legId);
    const paths = switchPaths(bare.settings.dataDir);
    const { channels } = decodeWav(await readFile(join(paths.recordings, fileName)));
    expect(channels).toHaveLength(2);
    const [left, right] = channels as [Int16Array, Int16Array];
    expect(verifyMarkers(left, 0).missing).toEqual([]);
    expect(verifyMarkers(right, 1).missing).toEqual([]);
    expect(verifyMarkers(left, 1).missing).toHaveLength(verifyMarkers(left, 1).seconds);
    await until("a CDR of each leg", async () => {
      const files = await readdir(paths.cdr);
      return files.includes(`${legId}.cdr.json`) && files.includes(`${operatorLeg}.cdr.json`);
    });
  });

  test.each([
    ["busy", 486, "USER_BUSY", "busy"],
    ["refused", 603, "CALL_REJECTED", "refused"],
    ["unavailable", 480, "NO_USER_RESPONSE", "no-answer"],
    ["unknown", 404, "UNALLOCATED_NUMBER", "unreachable"],
  ])("that is %s says so", async (_, status, cause, failure) => {
    const { parked } = await arrives();
    operator.behaviour = { type: "reject", status };
    const legId = await ring(parked);
    const end = await ear.hears("leg-hung-up", (event) => event.legId === legId);
    expect(end).toMatchObject({ cause, failure, sipStatus: status, wasAnswered: false, callId: parked.callId });
  });

  test("that nobody answers stops ringing", async () => {
    const { parked } = await arrives();
    const legId = await ring(parked, 1);
    const ringing = await operator.incoming.next();
    await ringing.until("ended");
    const end = await ear.hears("leg-hung-up", (event) => event.legId === legId);
    expect(end).toMatchObject({ cause: "NO_ANSWER", failure: "no-answer" });
  });

  test("that is not registered ends exactly once, though it never was a channel", async () => {
    const { parked } = await arrives();
    const legId = await ring(parked, 5, "102");
    const end = await ear.hears("leg-hung-up", (event) => event.legId === legId);
    expect(end).toMatchObject({ failure: "not-registered", callId: parked.callId, sipStatus: null });
    expect(endsOf(legId)).toBe(1);
  });

  test("that is cancelled before the switch has made its leg does not ring on", async () => {
    const { parked } = await arrives();
    for (let round = 0; round < 10; round++) {
      const legId = await ring(parked);
      await ear.port.send({ type: "hang-up", legId, cause: "LOSE_RACE" });
      expect(await ear.hears("leg-hung-up", (event) => event.legId === legId)).toMatchObject({ failure: "cancelled" });
      expect(endsOf(legId)).toBe(1);
    }
    await until("no phone rings", () => operator.liveCalls.length === 0);
    expect((await ear.port.listLegs()).filter((leg) => leg.direction === "outbound")).toEqual([]);
  });

  test("says when it holds the other side", async () => {
    const { call, parked, legId } = await arrives();
    operator.behaviour = { type: "answer", markers: 1 };
    const operatorLeg = await ring(parked);
    await ear.hears("leg-parked", (event) => event.legId === operatorLeg);
    await ear.port.send({ type: "bridge", legId, otherLegId: operatorLeg });
    await call.ear.hears(markerTone(1));
    const [talking] = operator.liveCalls as [PhoneCall];
    await talking.hold();
    await ear.hears("leg-held", (event) => event.legId === operatorLeg && event.isHeld);
    await talking.unhold();
    await ear.hears("leg-held", (event) => event.legId === operatorLeg && !event.isHeld);
    expect(talking.state).toBe("talking");
  });
});

describe("a phone that dials", () => {
  async function dials(recordingFileName: string | null = null, ringSeconds = 5) {
    const other = await bare.registered("102");
    const call = await operator.call("102");
    call.sendMarkers(0);
    const seen = new Set(ear.events.slice(0, -5));
    const parked = await ear.hears(
      "leg-parked",
      (event) => event.origin === "phone" && !seen.has(event) && endsOf(event.legId) === 0,
    );
    expect(parked).toMatchObject({ extension: "101", dialled: "102", party: { number: "101" } });
    const otherLegId = newLegId();
    await ear.port.send({
      type: "dial",
      legId: parked.legId,
      otherLegId,
      callId: parked.callId,
      target: { kind: "extension", extension: extension("102"), operatorId: operatorId(8), callerNumber: "101" },
      ringSeconds,
      recordingFileName: recordingFileName && `${parked.callId}.${parked.legId}.${recordingFileName}`,
      isLast: true,
    });
    return { call, other, otherLegId, parked };
  }

  test("talks with the other, recorded", async () => {
    const { call, other, otherLegId, parked } = await dials("1.wav");
    const ringing = await other.incoming.next();
    ringing.sendMarkers(1);
    ringing.answer();
    await ear.hears("leg-answered", (event) => event.legId === otherLegId);
    await hearEachOther(call, ringing);
    await until("two seconds of talk", () => call.ear.log.filter(({ tone }) => tone === "marker-1").length > 2);
    await ringing.hangUp();
    await call.until("ended");
    const { file } = await ear.hears("recording-stopped", (event) => event.legId === otherLegId);
    expect(file).toBe(`${parked.callId}.${parked.legId}.1.wav`);
    const recorded = await readFile(join(switchPaths(bare.settings.dataDir).recordings, file));
    const [left, right] = decodeWav(recorded).channels as [Int16Array, Int16Array];
    // The called side is left, our operator right.
    expect(verifyMarkers(left, 1).missing).toEqual([]);
    expect(verifyMarkers(right, 0).missing.length).toBeLessThanOrEqual(1);
    await other.unregister();
  });

  test("hears why the other did not answer", async () => {
    const { call, other, otherLegId } = await dials(null, 1);
    await other.incoming.next();
    await call.until("ended");
    expect(call.endCause?.status).toBe(480);
    const end = await ear.hears("leg-hung-up", (event) => event.legId === otherLegId);
    expect(end).toMatchObject({ failure: "no-answer", cause: "NO_ANSWER" });
    await other.unregister();
  });

  test("is told when the other is not there", async () => {
    const other = await bare.registered("102");
    await other.unregister();
    const call = await operator.call("102");
    const parked = await ear.hears("leg-parked", (event) => event.origin === "phone" && endsOf(event.legId) === 0);
    const otherLegId = newLegId();
    await ear.port.send({
      type: "dial",
      legId: parked.legId,
      otherLegId,
      callId: parked.callId,
      target: { kind: "extension", extension: extension("102"), operatorId: operatorId(8), callerNumber: "101" },
      ringSeconds: 5,
      recordingFileName: null,
      isLast: true,
    });
    await call.until("ended");
    expect(await ear.hears("leg-hung-up", (event) => event.legId === otherLegId)).toMatchObject({
      failure: "not-registered",
    });
    expect(endsOf(otherLegId)).toBe(1);
  });
});

describe("the switch", () => {
  test("is not kept from anything by a phone that rings for longer than the guard waits", async () => {
    const { parked } = await arrives();
    await ring(parked, 5);
    const ringing = await operator.incoming.next();
    const states: string[] = [];
    const leave = ear.port.onState((state) => states.push(state.name));
    let slowestMs = 0;
    const watched = until("it stops ringing", async () => {
      const from = performance.now();
      await ear.port.listLegs();
      slowestMs = Math.max(slowestMs, performance.now() - from);
      return ringing.state === "ended";
    });
    await watched;
    leave();
    expect(states).toEqual([]);
    // Far from the guard's 3 s; a connection that a job holds up would be silent for 5 s.
    expect(slowestMs).toBeLessThan(1500);
  });

  test("refuses commands for a leg that is gone, with a word for it", async () => {
    const legId = newLegId();
    const gone = { reason: "no-such-leg" };
    await expect(ear.port.send({ type: "answer", legId })).rejects.toMatchObject(gone);
    await expect(ear.port.send({ type: "hang-up", legId, cause: "NORMAL_CLEARING" })).rejects.toMatchObject(gone);
    await expect(ear.port.send({ type: "bridge", legId, otherLegId: newLegId() })).rejects.toMatchObject(gone);
    await expect(play(legId, "menu").sent).rejects.toMatchObject(gone);
    await expect(ear.port.send({ type: "take-back", legId })).rejects.toMatchObject(gone);
  });

  test("keeps its secrets to itself", async () => {
    const paths = switchPaths(bare.settings.dataDir);
    for (const path of [paths.vars, paths.secret, join(paths.directory, "101.xml")]) {
      expect((await stat(path)).mode & 0o077).toBe(0);
    }
    expect((await stat(paths.root)).mode & 0o077).toBe(0);
  });
});
