import { afterEach, describe, expect, it } from "vitest";
import { framesOf, generate, markerTone, promptTone, toneOf } from "../media/tones.ts";
import { hearEachOther, type PhoneOptions, ScriptedPhone } from "./phone.ts";
import type { PhoneCall } from "./phone-call.ts";

const phones: ScriptedPhone[] = [];
afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.close()));
});

async function phone(options: PhoneOptions = {}): Promise<ScriptedPhone> {
  const opened = await ScriptedPhone.open(options);
  phones.push(opened);
  return opened;
}

async function talking(options: { isSilent?: boolean } = {}): Promise<{ caller: PhoneCall; callee: PhoneCall }> {
  const [from, to] = [await phone({ user: "100" }), await phone({ user: "200" })];
  const caller = await from.call(to.uri, options);
  const callee = await to.incoming.next();
  callee.answer();
  await Promise.all([caller.until("talking"), callee.until("talking")]);
  return { caller, callee };
}

describe("scripted phone", () => {
  it("calls, rings, talks: both hear each other, and no one else; then hangs up", async () => {
    const [from, to] = [await phone({ user: "100" }), await phone({ user: "200" })];
    const caller = await from.call(to.uri, { from: { number: "995555123456", name: "Caller" } });
    const callee = await to.incoming.next();
    await caller.until("ringing");
    expect(callee.caller).toEqual({ number: "995555123456", name: "Caller" });
    caller.sendMarkers(3);
    callee.sendMarkers(4);
    callee.answer();
    await hearEachOther(caller, callee);
    expect(new Set(caller.ear.log.map(({ tone }) => tone))).toEqual(new Set(["marker-4"]));
    expect(new Set(callee.ear.log.map(({ tone }) => tone))).toEqual(new Set(["marker-3"]));
    await caller.hangUp();
    await callee.until("ended");
    expect(callee.endCause).toMatchObject({ by: "them", status: null });
    expect(caller.endCause).toMatchObject({ by: "us", status: null });
    expect(caller.timeline.map(({ state }) => state)).toEqual(["calling", "ringing", "talking", "ended"]);
    expect([from.liveCalls, to.liveCalls]).toEqual([[], []]);
  });

  it("hears a prompt exactly, any other tone on demand, and silence", async () => {
    const { caller, callee } = await talking();
    const say = (pcm: Int16Array) => {
      const frames = framesOf(pcm);
      callee.say({ next: () => frames.shift() ?? new Int16Array(160) });
    };
    say(generate(promptTone(11), { ms: 400 }));
    const heard = await caller.ear.hears(promptTone(11));
    expect(heard.tone).toBe("prompt-11");
    await caller.ear.hearsSilence({ forMs: 300 });
    const markMs = caller.ear.nowMs;
    say(generate(toneOf(880), { ms: 400 }));
    await caller.ear.hears(toneOf(880));
    expect(caller.ear.heardSince(markMs).map(({ tone }) => tone)).toEqual(["880 Hz"]);
    await expect(caller.ear.hears(promptTone(12), { timeoutMs: 300 })).rejects.toThrow(
      /hear prompt-12: not within 300 ms; heard 880 Hz/,
    );
  });

  it("passes 20 keys pressed in a second, each once, both ways", async () => {
    const { caller, callee } = await talking();
    const keys = "0123456789*#01234567";
    await Promise.all([
      caller.pressKey(keys, { durationMs: 20, gapMs: 20 }),
      callee.pressKey("42"),
      callee.untilDigits(20),
      caller.untilDigits(2),
    ]);
    expect(callee.digits).toBe(keys);
    expect(caller.digits).toBe("42");
  });

  it("sends no packet when it is silent, but keys", async () => {
    const { caller, callee } = await talking({ isSilent: true });
    callee.sendMarkers(1);
    await caller.ear.hears(markerTone(1));
    await caller.pressKey("7");
    expect(await callee.untilDigits(1)).toBe("7");
    expect(callee.ear.frames).toBe(0);
    expect(callee.ear.firstPacketAtMs).toBeNull();
  });

  it("holds and comes back", async () => {
    const { caller, callee } = await talking();
    caller.sendMarkers(5);
    callee.sendMarkers(6);
    await hearEachOther(caller, callee);
    await callee.hold();
    await caller.untilRemoteDirection("sendonly");
    await Promise.all([caller.ear.hearsSilence({ forMs: 1200 }), callee.ear.hearsSilence({ forMs: 1200 })]);
    await callee.unhold();
    expect(caller.remoteAudio?.direction).toBe("sendrecv");
    await hearEachOther(caller, callee);
    // Both at once: one is told 491, waits, and gets its way.
    await Promise.all([caller.hold(), callee.hold()]);
    await Promise.all([caller.unhold(), callee.unhold()]);
    await hearEachOther(caller, callee);
  });

  it.each([486, 603, 480, 408, 404])("refuses with %i", async (status) => {
    const [from, to] = [await phone(), await phone()];
    to.behaviour = { type: "reject", status };
    const call = await from.call(to.uri);
    await expect(call.until("talking")).rejects.toMatchObject({ reason: "ended", status });
    expect(call.endCause).toMatchObject({ by: "them", status });
  });

  it("refuses a call without a codec in common", async () => {
    const [from, to] = [await phone(), await phone()];
    const call = await from.call(to.uri, { codecs: [] });
    await call.until("ended");
    expect(call.endCause).toMatchObject({ status: 488 });
    expect(to.incoming.waiting).toBe(0);
  });

  it("gives up while it rings", async () => {
    const [from, to] = [await phone(), await phone()];
    const call = await from.call(to.uri);
    const ringing = await to.incoming.next();
    await call.hangUp();
    await ringing.until("ended");
    expect(call.endCause).toMatchObject({ by: "us", status: 487 });
    expect(ringing.endCause).toMatchObject({ by: "them", status: 487 });
    expect(() => ringing.answer()).toThrow(/cannot answer/);
    await expect(ringing.until("talking")).rejects.toMatchObject({ reason: "ended" });
  });

  it("gives up before anything was heard from the other side", async () => {
    const [from, to] = [await phone(), await phone()];
    const call = await from.call(to.uri);
    const hangingUp = call.hangUp();
    const ringing = await to.incoming.next();
    await Promise.all([hangingUp, ringing.until("ended")]);
    expect(call.endCause).toMatchObject({ by: "us", status: 487 });
  });

  it("leaves no half call behind when one gives up while the other picks up, or both hang up at once", async () => {
    const [from, to] = [await phone(), await phone()];
    for (let round = 0; round < 40; round++) {
      const call = await from.call(to.uri);
      const callee = await to.incoming.next();
      if (round % 2 === 0) {
        // Both in one turn: CANCEL and 200 cross on the wire.
        callee.answer();
        await Promise.all([call.hangUp(), callee.until("ended")]);
      } else {
        callee.answer();
        await Promise.all([call.hangUp(), callee.hangUp()]);
      }
      expect([call.state, callee.state]).toEqual(["ended", "ended"]);
    }
    expect([from.liveCalls, to.liveCalls]).toEqual([[], []]);
  });

  it("answers after a while by itself, with markers", async () => {
    const [from, to] = [await phone(), await phone()];
    to.behaviour = { type: "answer", afterMs: 200, markers: 2 };
    const call = await from.call(to.uri);
    await call.ear.hears(markerTone(2));
    const [ringing, talking] = ["ringing", "talking"].map((state) =>
      call.timeline.find((entry) => entry.state === state),
    );
    expect((talking?.atMs ?? 0) - (ringing?.atMs ?? 0)).toBeGreaterThan(150);
  });

  it("passes any caller name and number as they are", async () => {
    const [from, to] = [await phone(), await phone()];
    const names = [
      "გიორგი",
      'a "quoted" \\ name',
      "50% off %41 %",
      "$${system(id)} ${x}",
      "a,b;c}{<sip:x@y>",
      "line%0Abreak",
      "ბ".repeat(1000),
      "",
    ];
    for (const name of names) {
      const call = await from.call(to.uri, { from: { number: "+995-ABC%41", name } });
      const callee = await to.incoming.next();
      expect(callee.caller).toEqual({ number: "+995-ABC%41", name });
      await call.hangUp();
    }
    const hidden = await from.call(to.uri, { from: "hidden" });
    const callee = await to.incoming.next();
    expect(callee.caller).toEqual({ number: "anonymous", name: "Anonymous" });
    expect(callee.invite.headers["privacy"]).toBe("id");
    await hidden.hangUp();
    await expect(from.call(to.uri, { from: { number: "1", name: "a\r\nb" } })).rejects.toThrow(RangeError);
  });

  it("answers what a switch may send in a call, and refuses the rest", async () => {
    const { caller, callee } = await talking();
    for (const method of ["OPTIONS", "INFO", "NOTIFY", "UPDATE"]) {
      expect([method, (await caller.request(method)).status]).toEqual([method, 200]);
    }
    expect((await caller.request("REFER", { headers: { "refer-to": "sip:x@127.0.0.1" } })).status).toBe(405);
    expect((await callee.request("SUBSCRIBE")).status).toBe(405);
    // A re-INVITE without offer: the 200 has one.
    const response = await caller.request("INVITE");
    expect(response.status).toBe(200);
    expect(response.content).toContain("m=audio");
  });

  it("says 481 to requests of a call that it does not know any more", async () => {
    const [from, to] = [await phone(), await phone()];
    const call = await from.call(to.uri);
    (await to.incoming.next()).answer();
    await call.until("talking");
    for (const live of to.liveCalls) live.drop();
    expect((await call.request("INFO")).status).toBe(481);
    await call.hangUp();
    expect(call.state).toBe("ended");
  });
});
