import { type CallId, callId, isUuid, type LegId, legId } from "../calls/ids.ts";

/** What the name of a spool file says: `<callId>.<legId>.<n>.wav`; the name alone tells call and leg. */
export interface RecordingName {
  callId: CallId;
  legId: LegId;
  /** Counts the recordings of one leg, from 1 (or 0). */
  take: number;
}

const SPOOL_FILE = /^([0-9a-f-]{36})\.([0-9a-f-]{36})\.([0-9]{1,6})\.wav$/;

const MESSAGE_FILE = /^([0-9a-f-]{36})\.([0-9a-f-]{36})(?:\.([0-9]{1,6}))?\.message\.wav$/;

/** Null for a name that is not one of ours: such a file is left alone. */
export function parseRecordingName(fileName: string): RecordingName | null {
  return parse(SPOOL_FILE, fileName);
}

/** `<callId>.<legId>.<n>.message.wav`; what was left in the static fallback has no n, which is read as 0. */
export function parseMessageName(fileName: string): RecordingName | null {
  return parse(MESSAGE_FILE, fileName);
}

function parse(pattern: RegExp, fileName: string): RecordingName | null {
  const [, call, leg, take = "0"] = pattern.exec(fileName) ?? [];
  if (call === undefined || leg === undefined || !isUuid(call) || !isUuid(leg)) return null;
  return { callId: callId(call), legId: legId(leg), take: Number(take) };
}

/** Where the encoded file lies below the recordings directory: `YYYY/MM/DD/<callId>.<legId>.<n>.opus` (or `….message.opus`), the day in UTC. */
export function encodedPath(fileName: string, startedAt: Date): string {
  const day = startedAt.toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/${fileName.slice(0, -".wav".length)}.opus`;
}
