/**
 * The headers of an event that the daemon reads. An event has 60 to 230 of them, most of them the channel's variables; to make objects of
 * all of them would be the better part of what the daemon does in a busy hour.
 */
const READ = [
  "Answer-State",
  "Application",
  "Application-UUID",
  "Bridge-A-Unique-ID",
  "Bridge-B-Unique-ID",
  "Call-Direction",
  "Caller-Caller-ID-Name",
  "Caller-Caller-ID-Number",
  "Caller-Channel-Answered-Time",
  "Caller-Channel-Created-Time",
  "Caller-Channel-Progress-Media-Time",
  "Caller-Channel-Progress-Time",
  "Caller-Destination-Number",
  "Caller-Network-Addr",
  "Core-UUID",
  "DTMF-Digit",
  "Event-Date-Timestamp",
  "Event-Name",
  "Event-Subclass",
  "Gateway",
  "Hangup-Cause",
  "Hotline-Boot",
  "Hotline-State",
  "Job-UUID",
  "Other-Leg-Unique-ID",
  "Phrase",
  "Record-File-Path",
  "State",
  "Status",
  "Unique-ID",
  "_body",
  "auth-result",
  "from-user",
  "network-ip",
  "network-port",
  "profile-name",
  "to-user",
  "user",
  "username",
  "variable_bridge_uuid",
  "variable_execute_on_answer",
  "variable_hangup_cause",
  "variable_hotline_call_id",
  "variable_hotline_dialled",
  "variable_hotline_extension",
  "variable_hotline_fallback",
  "variable_hotline_gateway",
  "variable_hotline_held",
  "variable_hotline_operator_id",
  "variable_hotline_origin",
  "variable_hotline_place",
  "variable_hotline_recording",
  "variable_hotline_stranger",
  "variable_originate_disposition",
  "variable_playback_terminator_used",
  "variable_proto_specific_hangup_cause",
  "variable_record_ms",
  "variable_silence_hits_exhausted",
  "variable_sip_gateway",
  "variable_sip_gateway_name",
  "variable_sip_hangup_disposition",
  "variable_sip_invite_failure_status",
  "variable_sip_req_user",
  "variable_sip_term_status",
  "variable_sip_to_user",
] as const;

/** Of an event, or of `uuid_dump`. Texts of callers are as they came. */
export type EventHeaders = Readonly<Partial<Record<(typeof READ)[number], string | undefined>>>;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;

/** By length and last letter: nearly every other name is told apart by these alone. */
const byShape = new Map<number, string[]>();
for (const name of READ) {
  const shape = shapeOf(name.length, name.charCodeAt(name.length - 1));
  byShape.set(shape, [...(byShape.get(shape) ?? []), name]);
}

function shapeOf(length: number, lastCode: number): number {
  return length * 0x1_00_00 + lastCode;
}

/**
 * Reads an event's JSON: one object of strings. Whatever is not written as the switch writes it is left to `JSON.parse`.
 * @throws SyntaxError when it is not JSON
 */
export function readEventHeaders(json: string): EventHeaders {
  return scan(json) ?? (JSON.parse(json) as EventHeaders);
}

/** @returns null where there is anything but strings without space between them */
function scan(json: string): EventHeaders | null {
  const headers: Record<string, string> = {};
  if (json.charCodeAt(0) !== 0x7b) return null;
  for (let at = 1; ; at += 1) {
    if (json.charCodeAt(at) !== QUOTE) return null;
    const nameEnd = closingQuote(json, at);
    if (json.charCodeAt(nameEnd + 1) !== COLON || json.charCodeAt(nameEnd + 2) !== QUOTE) return null;
    const valueEnd = closingQuote(json, nameEnd + 2);
    if (valueEnd < 0) return null;
    const names = byShape.get(shapeOf(nameEnd - at - 1, json.charCodeAt(nameEnd - 1)));
    const name = names?.find((one) => json.startsWith(one, at + 1));
    // Parsed and not cut out: a part of a string would keep all of it in memory.
    if (name !== undefined) headers[name] = JSON.parse(json.slice(nameEnd + 2, valueEnd + 1)) as string;
    at = valueEnd + 1;
    const next = json.charCodeAt(at);
    if (next === COMMA) continue;
    return next === CLOSING_BRACE && at === json.length - 1 ? headers : null;
  }
}

/** @returns -1 when there is none */
function closingQuote(json: string, opening: number): number {
  for (let at = json.indexOf('"', opening + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let before = at;
    while (json.charCodeAt(before - 1) === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 0) return at;
  }
  return -1;
}
