/** What one CDR file of the switch (mod_json_cdr, one per leg) says, in our words. Pure. */
import type { LegOrigin } from "../calls/call-event.ts";
import type { LegRole, Outcome } from "../calls/call-fact.ts";
import { type CallId, callId, isUuid, type LegId, legId } from "../calls/ids.ts";
import { isLanguage, type Language } from "../calls/language.ts";
import { calledNumber } from "../calls/phone-number.ts";

/** What the static dialplan did without the daemon (freeswitch-conf/README.md). */
const FALLBACKS = ["ringing", "talked", "message", "emergency", "phone", "trunk"] as const;
type Fallback = (typeof FALLBACKS)[number];

export interface Cdr {
  /** The switch's process that wrote it. */
  core: string | null;
  legId: LegId;
  callId: CallId;
  /** `trunk` and `phone`: the leg that began the call. */
  origin: LegOrigin;
  role: LegRole;
  /** The operator's phone at this leg's end, if it is one. */
  extension: string | null;
  operatorId: number | null;
  callerNumber: string;
  callerName: string;
  dialled: string;
  gateway: string | null;
  language: Language | null;
  fallback: { kind: Fallback; atMs: number } | null;
  /** When the caller joined the ring group in the daemon's hands. */
  queuedAtMs: number | null;
  startedAtMs: number;
  answeredAtMs: number | null;
  /** When this leg and another began to talk; null: never. */
  talkedFromMs: number | null;
  /** With whom. */
  talkedWith: LegId | null;
  endedAtMs: number;
  cause: string;
  /** Of a refusal: 300 to 699. */
  sipStatus: number | null;
  hungUpBy: "this-end" | "other-end" | "system";
}

/** Not a whole CDR: it is still being written, or it never was one. */
export class CdrError extends Error {
  override readonly name = "CdrError";
}

interface RawCdr {
  "core-uuid"?: unknown;
  variables: Record<string, string>;
  callflow: { caller_profile?: Record<string, unknown>; times?: Record<string, string> }[];
}

/** With its times told by another clock. */
export function inTimeOf(cdr: Cdr, told: (atMs: number, core: string | null) => number): Cdr {
  const at = (atMs: number) => told(atMs, cdr.core);
  const maybe = (atMs: number | null) => (atMs === null ? null : at(atMs));
  return {
    ...cdr,
    fallback: cdr.fallback && { ...cdr.fallback, atMs: at(cdr.fallback.atMs) },
    startedAtMs: at(cdr.startedAtMs),
    answeredAtMs: maybe(cdr.answeredAtMs),
    talkedFromMs: maybe(cdr.talkedFromMs),
    endedAtMs: at(cdr.endedAtMs),
  };
}

/**
 * Null for a leg that belongs to no call of ours.
 * @throws CdrError
 */
export function parseCdr(text: string): Cdr | null {
  const { variables, callflow, "core-uuid": core } = rawCdr(text);
  const read = reader(variables);
  const uuid = read("uuid");
  const startedAtMs = timeMs(read("start_uepoch"));
  const endedAtMs = timeMs(read("end_uepoch"));
  // Profiles are listed newest first; the last is how the call came.
  const first = callflow.at(-1)?.caller_profile;
  if (uuid === null || !isUuid(uuid) || startedAtMs === null || endedAtMs === null || !first)
    throw new CdrError("uuid, start, end or caller profile is missing");
  const call = read("hotline_call_id");
  if (call === null || !isUuid(call)) return null;

  const bridgedTo = read("last_bridge_to") ?? read("bridge_uuid");
  const origin = originOf(read("hotline_origin"));
  const answeredAtMs = timeMs(read("answer_uepoch"));
  const talkedFromMs = talkedFrom(timeMs(read("bridge_uepoch")), answeredAtMs, origin);
  const dialled = textOf(first["destination_number"]);
  const spoken = read("hotline_language") ?? "";
  const operatorId = Number(read("hotline_operator_id") ?? Number.NaN);
  return {
    core: typeof core === "string" ? core : null,
    legId: legId(uuid),
    callId: callId(call),
    origin,
    role: origin !== "daemon" ? "caller" : read("hotline_extension") !== null ? "operator" : "callee",
    extension: read("hotline_extension"),
    operatorId: Number.isInteger(operatorId) ? operatorId : null,
    callerNumber: textOf(first["caller_id_number"]),
    callerName: textOf(first["caller_id_name"]),
    dialled: calledNumber(
      read("hotline_dialled") ?? (dialled.startsWith("gw+") ? (read("sip_to_user") ?? dialled) : dialled),
    ),
    gateway: read("sip_gateway_name") ?? read("sip_gateway") ?? read("hotline_gateway"),
    language: isLanguage(spoken) ? spoken : null,
    fallback: fallbackOf(read("hotline_fallback"), callflow, startedAtMs),
    queuedAtMs: queuedAt(read("hotline_place")),
    startedAtMs,
    answeredAtMs,
    talkedFromMs,
    talkedWith: talkedFromMs !== null && bridgedTo !== null && isUuid(bridgedTo) ? legId(bridgedTo) : null,
    endedAtMs,
    cause: read("hangup_cause") ?? "NORMAL_UNSPECIFIED",
    sipStatus: sipStatusOf(read),
    hungUpBy: hungUpBy(read("sip_hangup_disposition"), talkedFromMs !== null),
  };
}

function rawCdr(text: string): RawCdr {
  let cdr: unknown;
  try {
    cdr = JSON.parse(text);
  } catch (error) {
    throw new CdrError("not JSON", { cause: error });
  }
  const isWhole =
    typeof cdr === "object" &&
    cdr !== null &&
    "variables" in cdr &&
    typeof cdr.variables === "object" &&
    "callflow" in cdr &&
    Array.isArray(cdr.callflow);
  if (!isWhole) throw new CdrError("variables or callflow is missing");
  return cdr as RawCdr;
}

type Read = (name: string) => string | null;

/** Values are percent-encoded unless the module is told otherwise (`encode-values`); a time stamp always has a space, so it tells which. */
function reader(variables: Record<string, string>): Read {
  const isEncoded = variables["start_stamp"]?.includes("%20") ?? false;
  return (name) => {
    const value = variables[name];
    if (value === undefined || value === "") return null;
    return isEncoded ? decoded(value) : value;
  };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    if (error instanceof URIError) return value;
    throw error;
  }
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

/** Microseconds as text; 0 stands for never. */
function timeMs(text: string | null): number | null {
  const ms = Math.floor(Number(text ?? 0) / 1000);
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}

/** A phone that dialled is bridged with a trunk's announcement too, before anybody answers; it is answered when they do. */
function talkedFrom(bridgedAtMs: number | null, answeredAtMs: number | null, origin: LegOrigin): number | null {
  if (bridgedAtMs === null || origin !== "phone") return bridgedAtMs;
  return answeredAtMs === null ? null : Math.max(bridgedAtMs, answeredAtMs);
}

function originOf(text: string | null): LegOrigin {
  return text === "trunk" || text === "phone" ? text : "daemon";
}

function fallbackOf(text: string | null, callflow: RawCdr["callflow"], startedAtMs: number): Cdr["fallback"] {
  const kind = FALLBACKS.find((word) => word === text);
  if (kind === undefined) return null;
  const profile = callflow.find(({ caller_profile }) => caller_profile?.["destination_number"] === "fallback");
  return { kind, atMs: timeMs(profile?.times?.["profile_created_time"] ?? null) ?? startedAtMs };
}

/** The last part of `flow:version:node:language:queuedAtMs`. */
function queuedAt(place: string | null): number | null {
  const ms = Number(place?.split(":")[4] ?? "");
  return Number.isSafeInteger(ms) && ms > 0 ? ms : null;
}

function sipStatusOf(read: Read): number | null {
  const specific = /^sip:([0-9]{3})$/.exec(read("proto_specific_hangup_cause") ?? "")?.[1] ?? null;
  const texts = [read("sip_invite_failure_status"), read("sip_term_status"), specific];
  const status = texts.find((text) => text !== null && /^[3-6][0-9]{2}$/.test(text));
  return status ? Number(status) : null;
}

function hungUpBy(disposition: string | null, hasTalked: boolean): Cdr["hungUpBy"] {
  if (disposition?.startsWith("recv_")) return "this-end";
  return hasTalked ? "other-end" : "system";
}

/**
 * How a call ended for its caller, as far as the CDR of its first leg tells. What the daemon knew before (a talk) counts more and is in
 * the database.
 */
export function outcomeOf(cdr: Cdr): Outcome {
  const hasTalked = cdr.talkedFromMs !== null;
  if (cdr.origin === "trunk" && cdr.fallback) return hasTalked ? "fallback-talked" : "fallback-missed";
  if (hasTalked) return "talked";
  if (cdr.origin === "phone") return outcomeOfDialling(cdr);
  if (cdr.hungUpBy !== "this-end") return "cut-off";
  return cdr.queuedAtMs === null ? "abandoned-in-menu" : "abandoned-while-ringing";
}

const NOBODY_CAME = new Set(["NO_ANSWER", "NO_USER_RESPONSE", "CALL_REJECTED"]);

function outcomeOfDialling(cdr: Cdr): Outcome {
  if (cdr.hungUpBy === "this-end") return "abandoned-while-ringing";
  if (cdr.cause === "USER_BUSY") return "caller-busy";
  return NOBODY_CAME.has(cdr.cause) ? "no-answer" : "failed";
}
