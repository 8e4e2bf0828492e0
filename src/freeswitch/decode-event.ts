import { isIP } from "node:net";
import { basename } from "node:path";
import type { CallEvent, GatewayState, LegOrigin, Party, SipPlace } from "../calls/call-event.ts";
import { isDigit } from "../calls/digit.ts";
import type { DialFailure } from "../calls/failure.ts";
import { type CallId, type Extension, isUuid, type LegId, operatorId, type PlayId } from "../calls/ids.ts";
import { calledNumber } from "../calls/phone-number.ts";
import type { LegSnapshot } from "../calls/switch-port.ts";
import { decodePlace } from "./encode-command.ts";
import type { EventHeaders } from "./event-headers.ts";

/** Events that the daemon asks for; each is 5 to 8 KB, so no more than are decoded below. */
export const SUBSCRIPTION =
  "CHANNEL_PARK CHANNEL_ANSWER CHANNEL_BRIDGE CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP_COMPLETE CHANNEL_HOLD CHANNEL_UNHOLD " +
  "DTMF RECORD_STOP BACKGROUND_JOB CUSTOM hotline::guard sofia::register sofia::unregister sofia::expire sofia::gateway_state " +
  "sofia::pre_register sofia::register_attempt";

/** Applications whose end is told; the others', of the dialplan above all, would be a third of what the switch sends. */
const HEARD_APPLICATIONS = ["playback", "record"] as const;

/** Header and value; the switch sends an event that has one of these. */
export const FILTERS: readonly (readonly [string, string])[] = [
  ...SUBSCRIPTION.split(" ")
    .filter((word) => /^[A-Z_]+$/.test(word) && word !== "CHANNEL_EXECUTE_COMPLETE")
    .map((name) => ["Event-Name", name] as const),
  ...HEARD_APPLICATIONS.map((name) => ["Application", name] as const),
];

/** When the switch sent it, by its own clock; Unix ms. */
export function timeOf(raw: EventHeaders): number {
  return Math.floor(Number(raw["Event-Date-Timestamp"] ?? 0) / 1000);
}

/**
 * One event of the switch as one of ours, or null when it is none. Headers that are missing make the event null or its field empty, never
 * an exception; texts of callers are passed on as they came.
 */
export function decodeEvent(raw: EventHeaders): CallEvent | null {
  const atMs = timeOf(raw);
  if (raw["Event-Name"] === "CUSTOM") return decodeCustom(raw, atMs);
  const legId = asLegId(raw["Unique-ID"]);
  if (legId === null) return null;
  switch (raw["Event-Name"]) {
    case "CHANNEL_PARK": {
      const callId = asCallId(raw["variable_hotline_call_id"]);
      if (callId === null) return null;
      return {
        type: "leg-parked",
        legId,
        callId,
        origin: originOf(raw),
        party: partyOf(raw),
        dialled: dialledOf(raw),
        gateway: gatewayOf(raw),
        extension: extensionOf(raw),
        isAnswered: isAnswered(raw),
        place: decodePlace(raw["variable_hotline_place"]),
        atMs,
      };
    }
    case "CHANNEL_ANSWER":
      return { type: "leg-answered", legId, callId: asCallId(raw["variable_hotline_call_id"]), atMs };
    case "CHANNEL_BRIDGE": {
      const a = asLegId(raw["Bridge-A-Unique-ID"]) ?? legId;
      const b = asLegId(raw["Bridge-B-Unique-ID"]) ?? asLegId(raw["Other-Leg-Unique-ID"]);
      return b === null ? null : { type: "legs-bridged", legId: a, otherLegId: b, atMs };
    }
    case "CHANNEL_EXECUTE_COMPLETE": {
      if (raw["Application"] === "record") {
        const recorded = recordedOf(raw);
        return { type: "message-recorded", legId, ...(recorded ?? { durationMs: 0, isEndedBySilence: false }), atMs };
      }
      const playId = raw["Application-UUID"] ?? "";
      if (raw["Application"] !== "playback" || !isUuid(playId)) return null;
      // The caller hung up in the middle: nothing was heard to its end.
      if (raw["Answer-State"] === "hangup") return null;
      return { type: "play-finished", legId, playId: playId as PlayId, atMs };
    }
    case "DTMF": {
      const digit = raw["DTMF-Digit"] ?? "";
      return isDigit(digit) ? { type: "digit-pressed", legId, digit, atMs } : null;
    }
    case "RECORD_STOP":
      return { type: "recording-stopped", legId, file: basename(raw["Record-File-Path"] ?? ""), atMs };
    case "CHANNEL_HOLD":
      return { type: "leg-held", legId, isHeld: true, atMs };
    case "CHANNEL_UNHOLD":
      return { type: "leg-held", legId, isHeld: false, atMs };
    case "CHANNEL_HANGUP_COMPLETE": {
      if (raw["variable_hotline_stranger"] === "true") {
        const [address = "", dialled = ""] = [raw["Caller-Network-Addr"], raw["Caller-Destination-Number"]];
        return { type: "stranger-refused", address, dialled, atMs };
      }
      const cause = raw["Hangup-Cause"] ?? raw["variable_hangup_cause"] ?? "NORMAL_UNSPECIFIED";
      return {
        type: "leg-hung-up",
        legId,
        callId: asCallId(raw["variable_hotline_call_id"]),
        cause,
        sipStatus: sipStatusOf(raw),
        failure: failureOf(cause),
        wasAnswered: timeMs(raw["Caller-Channel-Answered-Time"]) !== null,
        hasRung:
          timeMs(raw["Caller-Channel-Progress-Time"]) !== null ||
          timeMs(raw["Caller-Channel-Progress-Media-Time"]) !== null,
        isEndedByParty: (raw["variable_sip_hangup_disposition"] ?? "").startsWith("recv_"),
        atMs,
      };
    }
    default:
      return null;
  }
}

/** A leg of `uuid_dump`, or null when it has no id. */
export function decodeLeg(raw: EventHeaders): LegSnapshot | null {
  const legId = asLegId(raw["Unique-ID"]);
  if (legId === null) return null;
  const held = raw["variable_hotline_held"];
  const fallback = raw["variable_hotline_fallback"] ?? "";
  const operator = raw["variable_hotline_operator_id"] ?? "";
  return {
    legId,
    callId: asCallId(raw["variable_hotline_call_id"]),
    origin: originOf(raw),
    direction: raw["Call-Direction"] === "inbound" ? "inbound" : "outbound",
    party: partyOf(raw),
    dialled: dialledOf(raw),
    gateway: gatewayOf(raw),
    extension: extensionOf(raw),
    operatorId: /^[0-9]{1,15}$/.test(operator) ? operatorId(Number(operator)) : null,
    isAnswered: isAnswered(raw),
    isLetGo: held === "false",
    bridgedTo: asLegId(raw["variable_bridge_uuid"]),
    heldByGuard: held === "guard" || fallback !== "",
    isInFallback: fallback !== "",
    place: decodePlace(raw["variable_hotline_place"]),
    message: held === "message" ? { recorded: recordedOf(raw) } : null,
    createdAtMs: timeMs(raw["Caller-Channel-Created-Time"]) ?? 0,
    answeredAtMs: timeMs(raw["Caller-Channel-Answered-Time"]),
    recordingFile: raw["variable_hotline_recording"] ?? recordedOnAnswer(raw),
  };
}

/** A leg that the switch dials records itself (`execute_on_answer`, encode-command.ts). */
function recordedOnAnswer(raw: EventHeaders): string | null {
  const [application, path] = (raw["variable_execute_on_answer"] ?? "").split(" ");
  return application === "record_session" && path ? basename(path) : null;
}

/** How long the last recording on this leg became; null while it runs. */
function recordedOf(raw: EventHeaders): { durationMs: number; isEndedBySilence: boolean } | null {
  const ms = raw["variable_record_ms"] ?? "";
  if (!/^[0-9]{1,9}$/.test(ms)) return null;
  return { durationMs: Number(ms), isEndedBySilence: raw["variable_silence_hits_exhausted"] === "true" };
}

/** Whether a key ended the playback whose CHANNEL_EXECUTE_COMPLETE this is. */
export function wasEndedByKey(raw: EventHeaders): boolean {
  return (raw["variable_playback_terminator_used"] ?? "") !== "";
}

/** What a hangup cause means for a leg that we dialled (Q.850 and FreeSWITCH's own; see DialFailure). */
export function failureOf(cause: string): DialFailure {
  switch (cause) {
    case "USER_BUSY":
      return "busy";
    case "NO_ANSWER":
    case "NO_USER_RESPONSE":
    case "ALLOTTED_TIMEOUT":
    case "PROGRESS_TIMEOUT":
    case "RECOVERY_ON_TIMER_EXPIRE":
      return "no-answer";
    case "CALL_REJECTED":
      return "refused";
    case "USER_NOT_REGISTERED":
    case "SUBSCRIBER_ABSENT":
      return "not-registered";
    case "NORMAL_CLEARING":
    case "ORIGINATOR_CANCEL":
    case "LOSE_RACE":
    case "PICKED_OFF":
    case "MANAGER_REQUEST":
      return "cancelled";
    default:
      return "unreachable";
  }
}

/** Sofia's words for a gateway's state (`sofia status`, sofia::gateway_state) in ours. */
export function gatewayStateOf(word: string): GatewayState {
  switch (word) {
    case "REGED":
      return "registered";
    case "TRYING":
    case "REGISTER":
    case "UNREGED":
      return "trying";
    case "NOREG":
      return "idle";
    case "DOWN":
    case "UNREGISTER":
      return "down";
    default:
      return "failed";
  }
}

/** What sofia calls the result of a digest; others (STALE) only bring a new challenge. SUCCESS: of a phone that knows no `qop` (RFC 2069). */
const ATTEMPTS: Readonly<Record<string, "password-accepted" | "password-refused">> = {
  SUCCESS: "password-accepted",
  RENEWED: "password-accepted",
  FORBIDDEN: "password-refused",
};

function decodeCustom(raw: EventHeaders, atMs: number): CallEvent | null {
  switch (raw["Event-Subclass"]) {
    case "sofia::register":
    case "sofia::unregister":
    case "sofia::expire": {
      const extension = asExtension(raw["from-user"] ?? raw["user"] ?? raw["username"]);
      const isRegistered = raw["Event-Subclass"] === "sofia::register";
      if (extension === null) return null;
      return { type: "phone-registered", extension, isRegistered, from: placeOf(raw), atMs };
    }
    // Before each challenge, of whatever kind of request. `to-user` is who asks; `from-user` may be whom they ask for.
    case "sofia::pre_register": {
      const from = placeOf(raw);
      const isPhone = raw["profile-name"] === "internal";
      return from && { type: "password-asked", from, name: raw["to-user"] ?? "", isPhone, atMs };
    }
    // Of INVITE too. (`sofia::register_failure` names whom an INVITE is for, not who asks.)
    case "sofia::register_attempt": {
      const from = placeOf(raw);
      const type = ATTEMPTS[raw["auth-result"] ?? ""];
      return from && type ? { type, from, name: raw["username"] ?? "", atMs } : null;
    }
    case "sofia::gateway_state": {
      const { Gateway: gateway = "", State: state = "", Phrase: phrase = null } = raw;
      if (gateway === "") return null;
      return { type: "gateway-changed", gateway, state: gatewayStateOf(state), status: answerOf(raw), phrase, atMs };
    }
    default:
      return null;
  }
}

function placeOf(raw: EventHeaders): SipPlace | null {
  const [address = "", port = ""] = [raw["network-ip"], raw["network-port"]];
  return isIP(address) > 0 && /^[0-9]{1,5}$/.test(port) ? { address, port: Number(port) } : null;
}

/** A status that came from the operator; sofia's own (908: its time is up) are none. */
function answerOf(raw: EventHeaders): number | null {
  const status = raw["Status"] ?? "";
  return /^[1-6][0-9]{2}$/.test(status) ? Number(status) : null;
}

function partyOf(raw: EventHeaders): Party {
  return { number: raw["Caller-Caller-ID-Number"] ?? "", name: raw["Caller-Caller-ID-Name"] ?? "" };
}

function originOf(raw: EventHeaders): LegOrigin {
  const origin = raw["variable_hotline_origin"];
  return origin === "trunk" || origin === "phone" ? origin : "daemon";
}

/** Where the guard and the daemon put callers (context `hotline`); nobody dialled these. */
const OUR_PLACES = new Set([
  "one-moment",
  "take-back",
  "fallback",
  "look",
  "hold-second",
  "message-left",
  "phone-alone",
  "next-trunk",
  "dial-out",
  "dial-on",
]);

/** A transfer overwrites the destination, so a caller who was taken back is asked from the INVITE. */
function dialledOf(raw: EventHeaders): string {
  const destination = raw["Caller-Destination-Number"] ?? "";
  if (!OUR_PLACES.has(destination)) return calledNumber(destination);
  const requested = raw["variable_sip_req_user"] ?? "";
  return calledNumber(
    raw["variable_hotline_dialled"] ?? (requested.startsWith("gw+") ? (raw["variable_sip_to_user"] ?? "") : requested),
  );
}

/** By the name of the gateway that was dialled or registered with; else by where the call came from (dialplan, context `public`). */
function gatewayOf(raw: EventHeaders): string | null {
  return raw["variable_sip_gateway_name"] ?? raw["variable_sip_gateway"] ?? raw["variable_hotline_gateway"] ?? null;
}

function extensionOf(raw: EventHeaders): Extension | null {
  return asExtension(raw["variable_hotline_extension"]);
}

function asExtension(text: string | undefined): Extension | null {
  return text !== undefined && /^[0-9]{2,6}$/.test(text) ? (text as Extension) : null;
}

function isAnswered(raw: EventHeaders): boolean {
  return raw["Answer-State"] === "answered";
}

/** With what status an INVITE of this leg was refused; null after a conversation. */
function sipStatusOf(raw: EventHeaders): number | null {
  const texts = [
    raw["variable_sip_invite_failure_status"],
    raw["variable_sip_term_status"],
    /^sip:([0-9]{3})$/.exec(raw["variable_proto_specific_hangup_cause"] ?? "")?.[1],
  ];
  const status = texts.find((text) => text !== undefined && /^[3-6][0-9]{2}$/.test(text));
  return status === undefined ? null : Number(status);
}

/** FreeSWITCH's microseconds as ms; `0` stands for never. */
function timeMs(microseconds: string | undefined): number | null {
  const value = Number(microseconds ?? 0);
  return Number.isFinite(value) && value > 0 ? Math.floor(value / 1000) : null;
}

function asLegId(text: string | undefined): LegId | null {
  return text !== undefined && isUuid(text) ? (text as LegId) : null;
}

function asCallId(text: string | undefined): CallId | null {
  return text !== undefined && isUuid(text) ? (text as CallId) : null;
}
