import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newCallId, newLegId, newPlayId } from "../calls/ids.ts";
import { decodeEvent, decodeLeg, failureOf, gatewayStateOf, wasEndedByKey } from "./decode-event.ts";

const legId = newLegId();
const other = newLegId();
const callId = newCallId();
const playId = newPlayId();
const base = { "Unique-ID": legId, "Event-Date-Timestamp": "1795317327913123", variable_hotline_call_id: callId };
const atMs = 1_795_317_327_913;
const parked = {
  ...base,
  "Event-Name": "CHANNEL_PARK",
  "Caller-Caller-ID-Number": "+995599123456",
  "Caller-Caller-ID-Name": 'გიორგი "%{x} %zz',
  "Caller-Destination-Number": "322112233",
  "Answer-State": "ringing",
  variable_hotline_origin: "trunk",
};

describe("events", () => {
  test("a parked caller, texts untouched", () => {
    expect(decodeEvent(parked)).toEqual({
      type: "leg-parked",
      legId,
      callId,
      origin: "trunk",
      party: { number: "+995599123456", name: 'გიორგი "%{x} %zz' },
      dialled: "322112233",
      gateway: null,
      extension: null,
      isAnswered: false,
      place: null,
      atMs,
    });
  });

  test("a caller who was taken back has the number they dialled, and their place", () => {
    const again = {
      ...parked,
      "Caller-Destination-Number": "take-back",
      "Answer-State": "answered",
      variable_sip_req_user: "322112233",
      variable_hotline_place: "main:3:menu:ka:",
    };
    expect(decodeEvent(again)).toMatchObject({
      dialled: "322112233",
      isAnswered: true,
      place: { flow: "main", version: 3, node: "menu", language: "ka" },
    });
    const byRegistration = { ...again, variable_sip_req_user: "gw+trunk-1", variable_sip_to_user: "2112233" };
    expect(decodeEvent(byRegistration)).toMatchObject({ dialled: "2112233" });
  });

  test("a phone's call and a leg of our own", () => {
    const phone = { ...parked, variable_hotline_origin: "phone", variable_hotline_extension: "101" };
    expect(decodeEvent(phone)).toMatchObject({ origin: "phone", extension: "101" });
    expect(decodeEvent({ ...parked, variable_hotline_origin: undefined })).toMatchObject({ origin: "daemon" });
  });

  test.each([
    [{ "Event-Name": "CHANNEL_ANSWER" }, { type: "leg-answered", legId, callId, atMs }],
    [
      { "Event-Name": "CHANNEL_BRIDGE", "Bridge-A-Unique-ID": legId, "Bridge-B-Unique-ID": other },
      { type: "legs-bridged", legId, otherLegId: other, atMs },
    ],
    [
      { "Event-Name": "CHANNEL_EXECUTE_COMPLETE", Application: "playback", "Application-UUID": playId },
      { type: "play-finished", legId, playId, atMs },
    ],
    [{ "Event-Name": "CHANNEL_EXECUTE_COMPLETE", Application: "answer", "Application-UUID": playId }, null],
    [{ "Event-Name": "CHANNEL_EXECUTE_COMPLETE", Application: "playback", "Application-UUID": "x" }, null],
    [
      { "Event-Name": "DTMF", "DTMF-Digit": "#" },
      { type: "digit-pressed", legId, digit: "#", atMs },
    ],
    [{ "Event-Name": "DTMF", "DTMF-Digit": "A" }, null],
    [
      { "Event-Name": "RECORD_STOP", "Record-File-Path": "/spool/recordings/a.b.1.wav" },
      { type: "recording-stopped", legId, file: "a.b.1.wav", atMs },
    ],
    [{ "Event-Name": "CHANNEL_HOLD" }, { type: "leg-held", legId, isHeld: true, atMs }],
    [{ "Event-Name": "CHANNEL_UNHOLD" }, { type: "leg-held", legId, isHeld: false, atMs }],
    [{ "Event-Name": "CHANNEL_DESTROY" }, null],
  ])("%j", (raw, expected) => {
    expect(decodeEvent({ ...base, ...raw })).toEqual(expected);
  });

  test("a leg that hung up", () => {
    const raw = {
      ...base,
      "Event-Name": "CHANNEL_HANGUP_COMPLETE",
      "Hangup-Cause": "USER_BUSY",
      variable_sip_term_status: "486",
      "Caller-Channel-Answered-Time": "0",
    };
    const expected = { type: "leg-hung-up", legId, callId, cause: "USER_BUSY", sipStatus: 486, failure: "busy", atMs };
    expect(decodeEvent(raw)).toEqual({ ...expected, wasAnswered: false, hasRung: false, isEndedByParty: false });
    const talked = { ...raw, "Hangup-Cause": "NORMAL_CLEARING", variable_sip_term_status: "200" };
    expect(decodeEvent({ ...talked, "Caller-Channel-Answered-Time": "1795317327953000" })).toMatchObject({
      wasAnswered: true,
      sipStatus: null,
    });
    const byThem = { ...talked, variable_sip_hangup_disposition: "recv_bye" };
    expect(decodeEvent(byThem)).toMatchObject({ isEndedByParty: true });
  });

  test.each([
    ["sofia::register", true],
    ["sofia::unregister", false],
    ["sofia::expire", false],
  ])("%s", (subclass, isRegistered) => {
    const raw = { "Event-Name": "CUSTOM", "Event-Subclass": subclass, "from-user": "101" };
    expect(decodeEvent(raw)).toMatchObject({ type: "phone-registered", extension: "101", isRegistered });
    expect(decodeEvent({ ...raw, "from-user": "a phone" })).toBeNull();
  });

  test.each([
    ["sofia::pre_register", { "to-user": "101", "profile-name": "internal" }, "password-asked"],
    ["sofia::register_attempt", { username: "101", "auth-result": "FORBIDDEN" }, "password-refused"],
    ["sofia::register_attempt", { username: "101", "auth-result": "RENEWED" }, "password-accepted"],
    ["sofia::register_attempt", { username: "101", "auth-result": "SUCCESS" }, "password-accepted"],
  ])("%s %j", (subclass, said, type) => {
    const place = { "network-ip": "192.0.2.9", "network-port": "5062" };
    const raw = { "Event-Name": "CUSTOM", "Event-Subclass": subclass, ...said };
    const from = { address: "192.0.2.9", port: 5062 };
    expect(decodeEvent({ ...raw, ...place })).toMatchObject({ type, from, name: "101" });
    expect(decodeEvent({ ...raw, ...place, "network-ip": "somewhere" })).toBeNull();
    expect(decodeEvent(raw)).toBeNull();
  });

  test("a gateway's state", () => {
    const raw = {
      "Event-Name": "CUSTOM",
      "Event-Subclass": "sofia::gateway_state",
      Gateway: "trunk-1",
      State: "REGED",
    };
    expect(decodeEvent(raw)).toMatchObject({ type: "gateway-changed", gateway: "trunk-1", state: "registered" });
    expect(["NOREG", "TRYING", "FAIL_WAIT", "DOWN", "?"].map(gatewayStateOf)).toEqual([
      "idle",
      "trying",
      "failed",
      "down",
      "failed",
    ]);
  });

  test("a call that is not ours, or has no id, is none of our events", () => {
    expect(decodeEvent({ ...parked, variable_hotline_call_id: undefined })).toBeNull();
    expect(decodeEvent({ ...parked, "Unique-ID": "x" })).toBeNull();
    expect(decodeEvent({})).toBeNull();
  });

  test("nothing that a switch could send makes it throw", () => {
    const names = fc.constantFrom(
      "CHANNEL_PARK",
      "CHANNEL_BRIDGE",
      "CHANNEL_HANGUP_COMPLETE",
      "CHANNEL_EXECUTE_COMPLETE",
      "DTMF",
      "RECORD_STOP",
      "CUSTOM",
    );
    const headers = fc.dictionary(
      fc.constantFrom(
        ...Object.keys(parked),
        "Record-File-Path",
        "Event-Subclass",
        "variable_hotline_place",
        "from-user",
      ),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(names, headers, (name, raw) => {
        expect(() => decodeEvent({ "Unique-ID": legId, ...raw, "Event-Name": name })).not.toThrow();
        expect(() => decodeLeg(raw)).not.toThrow();
      }),
    );
  });
});

describe("a leg in the list", () => {
  const dump = {
    ...parked,
    "Call-Direction": "inbound",
    "Answer-State": "answered",
    "Caller-Channel-Created-Time": "1795317327000000",
    "Caller-Channel-Answered-Time": "1795317328000000",
    variable_hotline_held: "true",
  };

  test("in our hands", () => {
    expect(decodeLeg(dump)).toEqual({
      legId,
      callId,
      origin: "trunk",
      direction: "inbound",
      party: { number: "+995599123456", name: 'გიორგი "%{x} %zz' },
      dialled: "322112233",
      gateway: null,
      extension: null,
      operatorId: null,
      isAnswered: true,
      isLetGo: false,
      bridgedTo: null,
      heldByGuard: false,
      isInFallback: false,
      place: null,
      message: null,
      createdAtMs: 1_795_317_327_000,
      answeredAtMs: 1_795_317_328_000,
      recordingFile: null,
    });
  });

  test("held by the guard, in the fallback, bridged", () => {
    expect(decodeLeg({ ...dump, variable_hotline_held: "guard" })).toMatchObject({
      heldByGuard: true,
      isInFallback: false,
    });
    expect(decodeLeg({ ...dump, variable_hotline_held: "false", variable_hotline_fallback: "ringing" })).toMatchObject({
      heldByGuard: true,
      isInFallback: true,
    });
    const operator = { ...dump, variable_bridge_uuid: other, variable_hotline_operator_id: "7" };
    expect(decodeLeg(operator)).toMatchObject({ bridgedTo: other, operatorId: 7 });
    expect(decodeLeg({ ...dump, variable_hotline_held: "false" })).toMatchObject({ isLetGo: true });
    const callee = { ...dump, variable_execute_on_answer: "record_session /data/spool/recordings/a.b.1.wav" };
    expect(decodeLeg(callee)).toMatchObject({ recordingFile: "a.b.1.wav" });
    expect(decodeLeg({ ...dump, variable_hotline_operator_id: "7; drop" })).toMatchObject({ operatorId: null });
  });
});

describe("a message", () => {
  const ended = {
    "Event-Name": "CHANNEL_EXECUTE_COMPLETE",
    "Unique-ID": legId,
    Application: "record",
    "Application-UUID": other,
    variable_record_ms: "6400",
    variable_silence_hits_exhausted: "true",
  };
  const recorded = { durationMs: 6400, isEndedBySilence: true };

  test("its end tells how long it became, also when the caller hung up", () => {
    for (const state of ["answered", "hangup"]) {
      expect(decodeEvent({ ...ended, "Answer-State": state })).toMatchObject({ type: "message-recorded", ...recorded });
    }
  });

  test("that was never written is one of no length", () => {
    const { variable_record_ms: _, ...nothing } = ended;
    expect(decodeEvent(nothing)).toMatchObject({ durationMs: 0, isEndedBySilence: false });
  });

  test("under way or over when the daemon comes back", () => {
    const { variable_record_ms: _, ...speaking } = { ...ended, variable_hotline_held: "message" };
    expect(decodeLeg(speaking)).toMatchObject({ message: { recorded: null }, heldByGuard: false });
    expect(decodeLeg({ ...ended, variable_hotline_held: "message" })).toMatchObject({ message: { recorded } });
    expect(decodeLeg({ ...ended, variable_hotline_held: "true" })).toMatchObject({ message: null });
  });
});

test.each([
  ["USER_BUSY", "busy"],
  ["NO_ANSWER", "no-answer"],
  ["NO_USER_RESPONSE", "no-answer"],
  ["ALLOTTED_TIMEOUT", "no-answer"],
  ["CALL_REJECTED", "refused"],
  ["USER_NOT_REGISTERED", "not-registered"],
  ["SUBSCRIBER_ABSENT", "not-registered"],
  ["ORIGINATOR_CANCEL", "cancelled"],
  ["LOSE_RACE", "cancelled"],
  ["NETWORK_OUT_OF_ORDER", "unreachable"],
  ["a cause of tomorrow", "unreachable"],
])("cause %s is %s", (cause, failure) => {
  expect(failureOf(cause)).toBe(failure);
});

test("a key's playback end is told from others", () => {
  expect(wasEndedByKey({ variable_playback_terminator_used: "5" })).toBe(true);
  expect(wasEndedByKey({ variable_playback_terminator_used: "" })).toBe(false);
  expect(wasEndedByKey({})).toBe(false);
});
