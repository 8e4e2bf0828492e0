import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CallCommand, Sound } from "../calls/call-command.ts";
import { SwitchError } from "../calls/failure.ts";
import { type Extension, newCallId, newLegId, newPlayId, operatorId } from "../calls/ids.ts";
import { decodePlace, encodeCommand, encodeDialMarks, encodePlace, encodeRecordingMark } from "./encode-command.ts";

const spool = {
  recordingsDir: "/var/lib/hotline/spool/recordings",
  messagesDir: "/var/lib/hotline/spool/messages",
};
const legId = newLegId();
const otherLegId = newLegId();
const callId = newCallId();
const playId = newPlayId();
const extension = "101" as Extension;
const encode = (command: CallCommand) => encodeCommand(command, spool);
const text = (command: CallCommand) => {
  const encoded = encode(command);
  return encoded.kind === "execute" ? `${encoded.application} ${encoded.argument}` : encoded.text;
};
const ring: Extract<CallCommand, { type: "ring-extension" }> = {
  type: "ring-extension",
  legId,
  callId,
  operatorId: operatorId(7),
  extension,
  callerNumber: "+995599123456",
  ringSeconds: 20,
};
const dial: Extract<CallCommand, { type: "dial" }> = {
  type: "dial",
  legId,
  otherLegId,
  callId,
  target: { kind: "gateway", gateway: "trunk-2", number: "+995322445566", callerNumber: "+995322112233" },
  ringSeconds: 60,
  recordingFileName: "a.b.1.wav",
  isLast: true,
};
const message: Extract<CallCommand, { type: "record-message" }> = {
  type: "record-message",
  legId,
  playId,
  fileName: "a.b.1.message.wav",
  maxSeconds: 180,
  silenceSeconds: 5,
};

describe("commands", () => {
  test.each<[CallCommand, string]>([
    [{ type: "answer", legId }, "answer "],
    [{ type: "stop-playing", legId }, `uuid_break ${legId}`],
    [{ type: "hang-up", legId, cause: "LOSE_RACE" }, `uuid_kill ${legId} LOSE_RACE`],
    [{ type: "bridge", legId, otherLegId }, `uuid_bridge ${legId} ${otherLegId}`],
    [{ type: "take-back", legId }, `uuid_setvar ${legId} hotline_take_back true`],
    [
      { type: "start-recording", legId, fileName: "a.b.1.wav" },
      `uuid_record ${legId} start /var/lib/hotline/spool/recordings/a.b.1.wav`,
    ],
    [message, "record /var/lib/hotline/spool/messages/a.b.1.message.wav 180 200 5"],
    [
      { type: "play", legId, playId, sounds: [{ kind: "beep" }], isLooped: false },
      "playback tone_stream://%(400,0,1000)",
    ],
    [
      {
        type: "set-place",
        legId,
        callId,
        place: { flow: "main", version: 3, node: "menu.a-b_c", language: "ka", queuedAtMs: 17 },
      },
      `uuid_setvar_multi ${legId} hotline_call_id=${callId};hotline_language=ka;hotline_place=main:3:menu.a-b_c:ka:17`,
    ],
  ])("%j", (command, expected) => {
    expect(text(command)).toBe(expected);
  });

  test("the marks", () => {
    const marks = (isLast: boolean) =>
      encodeDialMarks({ ...dial, isLast }, spool).map((one) => (one.kind === "execute" ? one.application : one.text));
    expect(marks(true)).toEqual([
      `uuid_setvar_multi ${legId} hotline_held=false;hotline_role=dialling;continue_on_fail=false;` +
        "transfer_ringback=%(1000,4000,425);instant_ringback=true",
      "ring_ready",
    ]);
    // Before the last the leg comes back, and the switch has what it would dial.
    expect(marks(false)).toEqual([
      expect.stringContaining("continue_on_fail=true"),
      `uuid_setvar ${legId} hotline_dial ${text(dial).replace(/^bridge /, "")}`,
      "ring_ready",
    ]);
    expect(text({ ...dial, isLast: false })).toBe("execute_extension dial-out XML hotline");
    expect(encodeRecordingMark(legId, "a.1.wav")).toEqual({
      kind: "api",
      text: `uuid_setvar ${legId} hotline_recording a.1.wav`,
    });
  });

  test("a phone is rung so that early media is no answer and both ends go together", () => {
    expect(text(ring)).toBe(
      `originate {origination_uuid=${legId},hotline_call_id=${callId},hotline_operator_id=7,hotline_extension=101,` +
        "hotline_origin=daemon,hotline_role=operator,origination_caller_id_number=+995599123456," +
        "origination_caller_id_name=+995599123456,ignore_early_media=true,originate_timeout=20,hangup_after_bridge=true," +
        "playback_terminators=any,RECORD_STEREO=true}user/101@hotline &park()",
    );
    expect(text({ ...ring, callerNumber: null })).toContain("origination_caller_id_number=anonymous,");
  });

  test("a phone's call goes out by the trunk, recorded from its answer", () => {
    expect(text(dial)).toBe(
      `bridge {origination_uuid=${otherLegId},hotline_call_id=${callId},hotline_origin=daemon,hotline_role=callee,` +
        "originate_timeout=60,hangup_after_bridge=true,RECORD_STEREO=true,origination_caller_id_number=+995322112233," +
        "origination_caller_id_name=+995322112233," +
        "execute_on_answer=record_session /var/lib/hotline/spool/recordings/a.b.1.wav}sofia/gateway/trunk-2/+995322445566",
    );
  });

  test.each<[readonly Sound[], boolean, string]>([
    [[{ kind: "file", path: "/p/a.wav" }], false, "/p/a.wav"],
    [
      [
        { kind: "file", path: "/p/a.wav" },
        { kind: "silence", ms: 300 },
        { kind: "file", path: "/p/b.wav" },
      ],
      true,
      "file_string:///p/a.wav!silence_stream://300!/p/b.wav",
    ],
    [[{ kind: "ringback" }], true, "tone_stream://%(1000,4000,425);loops=-1"],
    [[{ kind: "ringback" }], false, "tone_stream://%(1000,4000,425)"],
  ])("sounds %j, looped %j", (sounds, isLooped, argument) => {
    expect(encode({ type: "play", legId, playId, sounds, isLooped })).toEqual({
      kind: "execute",
      legId,
      application: "playback",
      argument,
      eventUuid: playId,
    });
  });
});

/** Whatever could end, join or expand an argument. */
const DANGEROUS = /[\r\n\0${}[\],|;"'`\\ !@&<>]/;
const dangerous = fc
  .tuple(
    fc.string({ unit: "binary" }),
    fc.constantFrom(...Array.from("\r\n$,{}|;\"'`\\ !@&<>[]")),
    fc.string({ unit: "binary" }),
  )
  .map(([before, bad, after]) => `${before}${bad}${after}`);

/** Each place of each command where a text enters. */
const places: Record<string, (text: string) => CallCommand> = {
  "leg of answer": (bad) => ({ type: "answer", legId: bad as never }),
  "leg of hang-up": (bad) => ({ type: "hang-up", legId: bad as never, cause: "USER_BUSY" }),
  cause: (bad) => ({ type: "hang-up", legId, cause: bad }),
  "leg of bridge": (bad) => ({ type: "bridge", legId: bad as never, otherLegId }),
  "other leg of bridge": (bad) => ({ type: "bridge", legId, otherLegId: bad as never }),
  "leg of take-back": (bad) => ({ type: "take-back", legId: bad as never }),
  "leg of stop-playing": (bad) => ({ type: "stop-playing", legId: bad as never }),
  "leg of play": (bad) => ({
    type: "play",
    legId: bad as never,
    playId,
    sounds: [{ kind: "ringback" }],
    isLooped: true,
  }),
  "play id": (bad) => ({ type: "play", legId, playId: bad as never, sounds: [{ kind: "ringback" }], isLooped: true }),
  "sound file": (bad) => ({
    type: "play",
    legId,
    playId,
    sounds: [{ kind: "file", path: `/${bad}` }],
    isLooped: false,
  }),
  "recording file": (bad) => ({ type: "start-recording", legId, fileName: bad }),
  "message file": (bad) => ({ ...message, fileName: bad }),
  "leg of message": (bad) => ({ ...message, legId: bad as never }),
  "longest message": (bad) => ({ ...message, maxSeconds: bad as never }),
  "silence after a message": (bad) => ({ ...message, silenceSeconds: bad as never }),
  "leg of recording": (bad) => ({ type: "start-recording", legId: bad as never, fileName: "a.wav" }),
  "leg of ring": (bad) => ({ ...ring, legId: bad as never }),
  "call of ring": (bad) => ({ ...ring, callId: bad as never }),
  "operator of ring": (bad) => ({ ...ring, operatorId: bad as never }),
  "extension of ring": (bad) => ({ ...ring, extension: bad as never }),
  "caller of ring": (bad) => ({ ...ring, callerNumber: bad }),
  "seconds of ring": (bad) => ({ ...ring, ringSeconds: bad as never }),
  "leg of place": (bad) => ({ ...place({}), legId: bad as never }),
  "call of place": (bad) => ({ ...place({}), callId: bad as never }),
  flow: (bad) => place({ flow: bad }),
  version: (bad) => place({ version: bad }),
  node: (bad) => place({ node: bad }),
  language: (bad) => place({ language: bad }),
  "time of queueing": (bad) => place({ queuedAtMs: bad }),
  "other leg of dial": (bad) => ({ ...dial, otherLegId: bad as never }),
  "call of dial": (bad) => ({ ...dial, callId: bad as never }),
  "recording of dial": (bad) => ({ ...dial, recordingFileName: bad }),
  "gateway of dial": (bad) => ({ ...dial, target: { ...dial.target, kind: "gateway", gateway: bad, number: "112" } }),
  "number of dial": (bad) => ({
    ...dial,
    target: { kind: "gateway", gateway: "trunk-1", number: bad, callerNumber: null },
  }),
  "caller of dial": (bad) => ({
    ...dial,
    target: { kind: "gateway", gateway: "trunk-1", number: "112", callerNumber: bad },
  }),
  "extension of dial": (bad) => ({
    ...dial,
    target: { kind: "extension", extension: bad as never, operatorId: operatorId(7), callerNumber: "101" },
  }),
};

function place(over: Record<string, unknown>): Extract<CallCommand, { type: "set-place" }> {
  const whole = { flow: "main", version: 1, node: "menu", language: "en", ...over };
  return { type: "set-place", legId, callId, place: whole };
}

describe("no text that could be more than an argument enters a command", () => {
  test.each(Object.keys(places))("%s", (name) => {
    const build = places[name] as (text: string) => CallCommand;
    fc.assert(
      fc.property(dangerous, (bad) => {
        expect(DANGEROUS.test(bad)).toBe(true);
        expect(() => encode(build(bad))).toThrow(SwitchError);
      }),
      { numRuns: 200 },
    );
    for (const bad of ["", "${system(id)}", "101\n", "\n", "a b", "../../etc/passwd", "%0A"]) {
      expect(() => encode(build(bad))).toThrow(expect.objectContaining({ reason: "unsafe-argument" }));
    }
  });

  test("and the refusal does not repeat it", () => {
    expect(() => encode({ ...ring, callerNumber: "secret caller" })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  });
});

test("a place is read back as it was written", () => {
  const word = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
  const anyPlace = fc.record(
    { flow: word, version: fc.nat(), node: word, language: fc.constantFrom("ka", "en"), queuedAtMs: fc.nat() },
    { requiredKeys: ["flow", "version", "node", "language"] },
  );
  fc.assert(
    fc.property(anyPlace, (one) => {
      expect(decodePlace(encodePlace(one as never))).toEqual(one);
    }),
  );
});

test("what is no place is none, and never an exception", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const decoded = decodePlace(text);
      if (decoded !== null) expect(encodePlace(decoded)).toBeTypeOf("string");
    }),
  );
  for (const text of [
    undefined,
    "",
    ":::",
    "main:1:menu",
    "main:x:menu:en",
    "main:1:menu:english",
    "main:1:me nu:en:",
  ]) {
    expect(decodePlace(text)).toBeNull();
  }
});

test("a call that is nobody's leaves no record, on either leg", () => {
  const target = { kind: "gateway", gateway: "trunk-2", number: "0322445566", callerNumber: "0322112233" } as const;
  const ring = { type: "ring-number", legId, callId, target, ringSeconds: 30 } as const;
  expect(text({ ...ring, isUnrecorded: true })).toContain(",process_cdr=false,");
  expect(text(ring)).not.toContain("process_cdr");
  expect(text({ type: "leave-unrecorded", legId })).toBe(`uuid_setvar ${legId} process_cdr false`);
});
