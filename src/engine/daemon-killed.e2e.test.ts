import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RINGBACK } from "../lab/media/tones.ts";
import { verifyMarkers } from "../lab/phone/markers.ts";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { decodeRecording } from "../testing/decode-recording.ts";
import { converse, converseOn, Site, toneOf } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** `kill -9` of the daemon at bad moments: no caller is forgotten, no conversation cut, the log is whole. */
const BACK_MS = 5_000;
let site: Site;
let anna: ScriptedPhone;

beforeAll(async () => {
  site = await Site.open({ operators: ["101"] });
  anna = await site.operator("101");
});
afterEach(async () => {
  anna.behaviour = { type: "ring" };
  await site.untilQuiet();
});
afterAll(async () => await site.close());

async function heldCaller() {
  const call = await site.callIn();
  await call.ear.hears(toneOf("greeting"));
  await call.ear.hears(toneOf("menu"));
  await site.daemon.kill();
  await call.ear.hears(toneOf("one-moment"), { timeoutMs: 8_000 });
  return call;
}

describe("the daemon is killed", () => {
  test("while a caller hears the menu: 'one moment', and back in the same menu within 5 s of its return", async () => {
    const call = await heldCaller();
    await site.daemon.start();
    await call.ear.hears(toneOf("menu"), { timeoutMs: BACK_MS });
    anna.behaviour = { type: "answer" };
    await call.pressKey("1");
    const answered = await anna.incoming.next();
    await converse(call, answered);
    await call.hangUp();
    const logged = await site.logged(call.number);
    expect(logged).toMatchObject({ outcome: "talked" });
    expect(logged.timeline.map((entry) => entry.kind)).toContain("taken-back");
    expect(await site.callsOf(call.number)).toHaveLength(1);
  });

  test("and is back before anybody noticed: the caller goes on in the menu", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("menu"));
    await site.daemon.kill();
    await site.daemon.start();
    await call.ear.hears(toneOf("menu"), { timeoutMs: 15_000 });
    await call.pressKey("2");
    await call.ear.hears(toneOf("information"));
    await call.hangUp();
    expect((await site.logged(call.number)).outcome).toBe("abandoned-in-menu");
  });

  test("during a conversation: both go on hearing each other, every second is recorded, the log has the call once", async () => {
    anna.behaviour = { type: "answer" };
    const call = await site.callIn();
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("1");
    const operator = await anna.incoming.next();
    await converse(call, operator);
    await site.daemon.kill();
    // Long enough for the guard to have noticed and done what it does.
    await converseOn(call, operator, 6);
    await site.daemon.start();
    await converseOn(call, operator, 1);
    await until("the board shows the conversation again", async () =>
      (await site.liveCalls()).some((live) => live.phase === "talking"),
    );
    await converseOn(call, operator, 1);
    await call.hangUp();
    await operator.until("ended");
    const logged = await site.logged(call.number, (one) =>
      one.recordings.some((recording) => recording.state === "ready"),
    );
    expect(logged).toMatchObject({ outcome: "talked", operatorName: "Operator 101" });
    expect(await site.callsOf(call.number)).toHaveLength(1);
    expect(logged.recordings).toHaveLength(1);
    const { left, right } = await decodeRecording(site, logged.recordings[0]?.recordingId ?? "");
    for (const [channel, marker] of [
      [left, 0],
      [right, 1],
    ] as const) {
      const { seconds, missing } = verifyMarkers(channel, marker);
      expect(seconds).toBeGreaterThan(6);
      // The first second holds the moment before the phones began to speak.
      expect(missing.filter((second) => second > 1)).toEqual([]);
    }
  });

  test("while a phone rings: it stops, and rings again for the same caller when the daemon is back", async () => {
    const call = await site.callIn();
    await call.ear.hears(toneOf("greeting"));
    await call.pressKey("1");
    const ringing = await anna.incoming.next();
    await call.ear.hears(RINGBACK);
    await site.daemon.kill();
    await ringing.until("ended", { timeoutMs: 8_000 });
    await site.daemon.start();
    const again = await anna.incoming.next({ timeoutMs: BACK_MS });
    again.answer();
    await converse(call, again);
    await call.hangUp();
    const logged = await site.logged(call.number);
    expect(logged.outcome).toBe("talked");
    expect(await site.callsOf(call.number)).toHaveLength(1);
  });

  test("the caller hangs up while it is away: the log knows afterwards, once", async () => {
    const call = await heldCaller();
    await call.hangUp();
    await site.daemon.start();
    await site.untilConnected();
    const logged = await site.logged(call.number);
    expect(logged.outcome).not.toBeNull();
    expect(await site.callsOf(call.number)).toHaveLength(1);
  });
});

describe("the daemon does not come back", () => {
  test("the caller reaches a phone by the static fallback, and so does a new one; both are in the log afterwards", async () => {
    anna.behaviour = { type: "ring" };
    const held = await heldCaller();
    const atAnna = await anna.incoming.next({ timeoutMs: 30_000 });
    atAnna.answer();
    await converse(held, atAnna);
    await held.hangUp();
    await atAnna.until("ended");

    // With quotes in the name the switch rings nobody, unless the fallback shows the phones something else.
    const number = site.newNumber();
    const fresh = await site.callIn({ from: { number, name: 'Shop "Ivane" <1>' } });
    await fresh.ear.hears(toneOf("fallback"), { timeoutMs: 8_000 });
    const again = await anna.incoming.next({ timeoutMs: 10_000 });
    again.answer();
    await converse(fresh, again);
    await again.hangUp();
    await fresh.until("ended");

    await site.daemon.start();
    for (const from of [held.number, number]) {
      const logged = await site.logged(from);
      expect(logged).toMatchObject({ outcome: "fallback-talked", operatorName: "Operator 101" });
      expect(await site.callsOf(from)).toHaveLength(1);
      const recorded = await site.logged(from, (one) => one.recordings.some(({ state }) => state === "ready"));
      expect(recorded.recordings.length).toBeGreaterThan(0);
    }
  });

  test("nobody answers in the fallback: a message is asked for, and the call is logged as missed", async () => {
    await site.daemon.kill();
    anna.behaviour = { type: "reject", status: 486 };
    const call = await site.callIntoFallback();
    await call.ear.hears(toneOf("leave-message"), { timeoutMs: 10_000 });
    await call.hangUp();
    await site.daemon.start();
    expect((await site.logged(call.number)).outcome).toMatch(/fallback-missed|voicemail/);
  });
});
