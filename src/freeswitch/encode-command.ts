import type { CallCommand, DialTarget, Sound } from "../calls/call-command.ts";
import type { CallPlace } from "../calls/call-event.ts";
import { SwitchError } from "../calls/failure.ts";
import { isUuid, type LegId, type PlayId } from "../calls/ids.ts";

/**
 * One thing to say to the switch. `execute` runs an application in the leg's own thread (`sendmsg`); its end comes as
 * CHANNEL_EXECUTE_COMPLETE with `eventUuid` as Application-UUID. `api` is quick; `job` may take long and reports by BACKGROUND_JOB.
 */
export type EslCommand =
  | { kind: "execute"; legId: LegId; application: string; argument: string; eventUuid: string | null }
  | { kind: "api"; text: string }
  | { kind: "job"; text: string };

/**
 * The one place where commands are put together. FreeSWITCH expands `${...}` in arguments, backslash or not, and `${system(...)}` runs a
 * program; commas, braces and bars end or join arguments. So each argument here has a pattern of its own and whatever does not match is
 * refused; nothing is escaped.
 * @throws SwitchError `unsafe-argument`
 */
export function encodeCommand(command: CallCommand, spool: { recordingsDir: string; messagesDir: string }): EslCommand {
  switch (command.type) {
    case "answer":
      return {
        kind: "execute",
        legId: uuid(command.legId),
        application: "answer",
        argument: "",
        eventUuid: null,
      };
    case "play":
      return encodePlay(command.legId, command.playId, command.sounds, command.isLooped);
    case "stop-playing":
      return { kind: "api", text: `uuid_break ${uuid(command.legId)}` };
    case "ring-extension":
      return { kind: "job", text: originate(command) };
    case "ring-number":
      return { kind: "job", text: originateOutside(command) };
    case "hang-up":
      return { kind: "api", text: `uuid_kill ${uuid(command.legId)} ${matching(command.cause, CAUSE, "cause")}` };
    case "leave-unrecorded":
      return { kind: "api", text: `uuid_setvar ${uuid(command.legId)} process_cdr false` };
    case "bridge":
      return { kind: "api", text: `uuid_bridge ${uuid(command.legId)} ${uuid(command.otherLegId)}` };
    case "start-recording": {
      const name = matching(command.fileName, FILE_NAME, "file name");
      const file = matching(`${spool.recordingsDir}/${name}`, PATH, "path");
      return { kind: "api", text: `uuid_record ${uuid(command.legId)} start ${file}` };
    }
    case "record-message":
      return encodeRecordMessage(command, spool.messagesDir);
    case "set-place": {
      const { place } = command;
      const variables = [
        `hotline_call_id=${uuid(command.callId)}`,
        `hotline_language=${matching(place.language, LANGUAGE, "language")}`,
        `hotline_place=${encodePlace(place)}`,
      ];
      return { kind: "api", text: `uuid_setvar_multi ${uuid(command.legId)} ${variables.join(";")}` };
    }
    case "dial": {
      const legId = uuid(command.legId);
      const argument = dialString(command, spool.recordingsDir);
      return command.isLast
        ? { kind: "execute", legId, application: "bridge", argument, eventUuid: null }
        : {
            kind: "execute",
            legId,
            application: "execute_extension",
            argument: "dial-out XML hotline",
            eventUuid: null,
          };
    }
    case "take-back":
      // The call itself looks at this each second (freeswitch-conf/dialplan/hotline.xml).
      return { kind: "api", text: `uuid_setvar ${uuid(command.legId)} hotline_take_back true` };
  }
}

/**
 * Said before a leg is connected: the switch has it now, and the guard leaves it alone when the daemon dies. Who waits on an answered leg hears
 * ringing (ITU-T E.180), a phone is told that it rings.
 */
export function encodeDialMarks(
  command: Extract<CallCommand, { type: "dial" }>,
  spool: { recordingsDir: string },
): EslCommand[] {
  const legId = uuid(command.legId);
  const marks = [
    "hotline_held=false",
    "hotline_role=dialling",
    `continue_on_fail=${command.isLast ? "false" : "true"}`,
    `transfer_ringback=${RINGBACK_TONE}`,
    "instant_ringback=true",
  ];
  const commands: EslCommand[] = [{ kind: "api", text: `uuid_setvar_multi ${legId} ${marks.join(";")}` }];
  if (!command.isLast)
    commands.push({
      kind: "api",
      text: `uuid_setvar ${legId} hotline_dial ${dialString(command, spool.recordingsDir)}`,
    });
  if (command.target.kind === "gateway")
    commands.push({ kind: "execute", legId, application: "ring_ready", argument: "", eventUuid: null });
  return commands;
}

/** `set-place` when call and language are known to be on the leg already. */
export function encodePlaceAlone(legId: LegId, place: CallPlace): EslCommand {
  return { kind: "api", text: `uuid_setvar ${uuid(legId)} hotline_place ${encodePlace(place)}` };
}

/** Marks what is being recorded on a leg, so that a daemon that comes back knows. */
export function encodeRecordingMark(legId: LegId, fileName: string): EslCommand {
  return {
    kind: "api",
    text: `uuid_setvar ${uuid(legId)} hotline_recording ${matching(fileName, FILE_NAME, "file name")}`,
  };
}

/**
 * The caller leaves a message: the guard lets them finish when the daemon dies, and knows by `record_ms`, which an earlier recording may
 * have left, that they have.
 */
export function encodeMessageMarks(legId: LegId, isOwnPhone = false): EslCommand[] {
  const forget: EslCommand = { kind: "api", text: `uuid_setvar ${uuid(legId)} record_ms` };
  return isOwnPhone ? [forget] : [forget, { kind: "api", text: `uuid_setvar ${legId} hotline_held message` }];
}

/** In the daemon's hands like any other caller. */
export function encodeHold(legId: LegId): EslCommand {
  return { kind: "api", text: `uuid_setvar ${uuid(legId)} hotline_held true` };
}

const CAUSE = /^[A-Z_]{1,40}$/;
const PATH = /^\/[A-Za-z0-9._/-]{1,400}$/;
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
const LANGUAGE = /^[a-z]{2}$/;
const EXTENSION = /^[0-9]{2,6}$/;
const CALLER_NUMBER = /^\+?[0-9]{1,20}$/;
const DIALLED = /^\+?[0-9*]{2,24}$/;
const GATEWAY = /^trunk-[0-9]{1,9}$/;
const PLACE_WORD = /^[A-Za-z0-9_.-]{1,64}$/;

function originate(command: Extract<CallCommand, { type: "ring-extension" }>): string {
  const number = command.callerNumber === null ? "anonymous" : matching(command.callerNumber, CALLER_NUMBER, "number");
  const seconds = whole(command.ringSeconds, 1, 600, "ring time");
  const variables = [
    `origination_uuid=${uuid(command.legId)}`,
    `hotline_call_id=${uuid(command.callId)}`,
    `hotline_operator_id=${whole(command.operatorId, 0, Number.MAX_SAFE_INTEGER, "operator id")}`,
    `hotline_extension=${matching(command.extension, EXTENSION, "extension")}`,
    "hotline_origin=daemon",
    "hotline_role=operator",
    `origination_caller_id_number=${number}`,
    `origination_caller_id_name=${number}`,
    // Else it reports success at 183, before anyone answered.
    "ignore_early_media=true",
    `originate_timeout=${seconds}`,
    "hangup_after_bridge=true",
    "playback_terminators=any",
    "RECORD_STEREO=true",
  ];
  return `originate {${variables.join(",")}}user/${command.extension}@hotline &park()`;
}

/** RFC 3323: nobody in From, and the wish that it stays so. */
const HIDDEN_CALLER = [
  "origination_caller_id_number=anonymous",
  "origination_caller_id_name=Anonymous",
  "origination_privacy=hide_name:hide_number",
  "sip_h_Privacy=id",
] as const;

function originateOutside({
  legId,
  callId,
  target,
  ringSeconds,
  isUnrecorded,
}: Extract<CallCommand, { type: "ring-number" }>): string {
  const variables = [
    `origination_uuid=${uuid(legId)}`,
    `hotline_call_id=${uuid(callId)}`,
    "hotline_origin=daemon",
    // As a phone that rings for a caller: without the daemon it rings for nobody.
    "hotline_role=operator",
    "ignore_early_media=true",
    `originate_timeout=${whole(ringSeconds, 1, 600, "ring time")}`,
    "hangup_after_bridge=true",
    "playback_terminators=any",
    "RECORD_STEREO=true",
  ];
  if (isUnrecorded) variables.push("process_cdr=false");
  variables.push(...callerIdOf(target));
  const gateway = matching(target.gateway, GATEWAY, "gateway");
  const number = matching(target.number, DIALLED, "number");
  return `originate {${variables.join(",")}}sofia/gateway/${gateway}/${number} &park()`;
}

/** Variables of the leg that is dialled. @throws SwitchError */
export function callerIdOf({
  callerNumber,
  isCallerHidden = false,
}: Pick<Extract<DialTarget, { kind: "gateway" }>, "callerNumber" | "isCallerHidden">): readonly string[] {
  if (callerNumber !== null) {
    const number = matching(callerNumber, CALLER_NUMBER, "number");
    return [`origination_caller_id_number=${number}`, `origination_caller_id_name=${number}`];
  }
  // Else the name of the phone that dialled would stand before the trunk's own number.
  return isCallerHidden ? HIDDEN_CALLER : ["origination_caller_id_name=_undef_"];
}

function dialString(command: Extract<CallCommand, { type: "dial" }>, recordingsDir: string): string {
  const { target, recordingFileName } = command;
  const variables = [
    `origination_uuid=${uuid(command.otherLegId)}`,
    `hotline_call_id=${uuid(command.callId)}`,
    "hotline_origin=daemon",
    "hotline_role=callee",
    `originate_timeout=${whole(command.ringSeconds, 1, 600, "ring time")}`,
    "hangup_after_bridge=true",
    "RECORD_STEREO=true",
  ];
  variables.push(...callerIdOf(target));
  if (recordingFileName !== null) {
    // On the other leg, so that the called person is left and our operator right, as in calls that come in.
    const file = `${recordingsDir}/${matching(recordingFileName, FILE_NAME, "file name")}`;
    variables.push(`execute_on_answer=record_session ${matching(file, PATH, "path")}`);
  }
  if (target.kind === "gateway") {
    const gateway = matching(target.gateway, GATEWAY, "gateway");
    return `{${variables.join(",")}}sofia/gateway/${gateway}/${matching(target.number, DIALLED, "number")}`;
  }
  const extension = matching(target.extension, EXTENSION, "extension");
  variables.push(
    `hotline_extension=${extension}`,
    `hotline_operator_id=${whole(target.operatorId, 0, Number.MAX_SAFE_INTEGER, "operator id")}`,
  );
  return `{${variables.join(",")}}user/${extension}@hotline`;
}

function encodePlay(legId: LegId, playId: PlayId, sounds: readonly Sound[], isLooped: boolean): EslCommand {
  if (sounds.length === 0 || sounds.length > 50) throw unsafe("1 to 50 sounds");
  const [only] = sounds;
  const isEndlessTone = isLooped && sounds.length === 1 && only?.kind === "ringback";
  const names = sounds.map((sound) => (isEndlessTone ? `${RINGBACK};loops=-1` : encodeSound(sound)));
  return {
    kind: "execute",
    legId: uuid(legId),
    application: "playback",
    argument: names.length === 1 ? (names[0] ?? "") : `file_string://${names.join("!")}`,
    eventUuid: uuid(playId),
  };
}

/** Mean amplitude (of 32,767) below which the switch counts a frame as silence; a quiet line has 8 (PCMA's smallest step). */
const SILENCE_AMPLITUDE = 200;

function encodeRecordMessage(
  command: Extract<CallCommand, { type: "record-message" }>,
  messagesDir: string,
): Extract<EslCommand, { kind: "execute" }> {
  const file = matching(`${messagesDir}/${matching(command.fileName, FILE_NAME, "file name")}`, PATH, "path");
  const seconds = whole(command.maxSeconds, 1, 600, "longest message");
  const silence = whole(command.silenceSeconds, 1, 60, "silence");
  return {
    kind: "execute",
    legId: uuid(command.legId),
    application: "record",
    argument: `${file} ${seconds} ${SILENCE_AMPLITUDE} ${silence}`,
    eventUuid: uuid(command.playId),
  };
}

/** Whether the switch repeats it by itself; otherwise the daemon starts it again (a file string cannot loop). */
export function isLoopedBySwitch(sounds: readonly Sound[]): boolean {
  return sounds.length === 1 && sounds[0]?.kind === "ringback";
}

/** 425 Hz, 1 s on, 4 s off (ITU-T E.180). */
const RINGBACK_TONE = "%(1000,4000,425)";
const RINGBACK = `tone_stream://${RINGBACK_TONE}`;

function encodeSound(sound: Sound): string {
  switch (sound.kind) {
    case "file":
      return matching(sound.path, PATH, "path");
    case "silence":
      return `silence_stream://${whole(sound.ms, 1, 600_000, "silence")}`;
    case "ringback":
      return RINGBACK;
    case "beep":
      return "tone_stream://%(400,0,1000)";
  }
}

/** `flow:version:node:language:queuedAtMs`, the last empty when not queued, and `:memory` if there is any; read back by `decodePlace`. */
export function encodePlace(place: CallPlace): string {
  return [
    matching(place.flow, PLACE_WORD, "flow"),
    whole(place.version, 0, Number.MAX_SAFE_INTEGER, "version"),
    matching(place.node, PLACE_WORD, "node"),
    matching(place.language, LANGUAGE, "language"),
    place.queuedAtMs === undefined ? "" : whole(place.queuedAtMs, 0, Number.MAX_SAFE_INTEGER, "time"),
    ...(place.memory === undefined ? [] : [encodeMemory(place.memory)]),
  ].join(":");
}

/** @returns null for anything that `encodePlace` would not have written */
export function decodePlace(text: string | undefined): CallPlace | null {
  const [flow, version, node, language, queuedAt, memory, ...rest] = (text ?? "").split(":");
  if (flow === undefined || version === undefined || node === undefined || language === undefined) return null;
  const isOurs =
    PLACE_WORD.test(flow) &&
    PLACE_WORD.test(node) &&
    LANGUAGE.test(language) &&
    /^[0-9]{1,16}$/.test(version) &&
    /^[0-9]{0,16}$/.test(queuedAt ?? "") &&
    MEMORY.test(memory ?? "") &&
    rest.length === 0;
  if (!isOurs) return null;
  const place: CallPlace = { flow, version: Number(version), node, language };
  if (queuedAt) place.queuedAtMs = Number(queuedAt);
  if (memory) place.memory = decodeMemory(memory);
  return place;
}

const MEMORY = /^[A-Za-z0-9_-]{0,16000}$/;

/** What callers typed and servers answered is free text: here it becomes letters, digits, `-` and `_`. */
function encodeMemory(memory: NonNullable<CallPlace["memory"]>): string {
  return matching(Buffer.from(JSON.stringify(memory)).toString("base64url"), MEMORY, "memory");
}

/** What was cut off on the way is as good as nothing. */
function decodeMemory(text: string): CallPlace["memory"] {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString()) as CallPlace["memory"];
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function uuid<Id extends string>(id: Id): Id {
  if (!isUuid(id)) throw unsafe("not one of our ids");
  return id;
}

function matching(text: string, pattern: RegExp, what: string): string {
  // `$` in a JavaScript pattern without the `m` flag is the very end, so a trailing line break does not pass.
  if (!pattern.test(text) || text.includes("..")) throw unsafe(what);
  return text;
}

function whole(value: number, from: number, to: number, what: string): string {
  if (!Number.isSafeInteger(value) || value < from || value > to) throw unsafe(what);
  return String(value);
}

/** The text itself is not repeated: it may be a caller's. */
function unsafe(what: string): SwitchError {
  return new SwitchError("unsafe-argument", `unsafe argument: ${what}`);
}
