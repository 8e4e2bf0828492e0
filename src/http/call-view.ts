import type { Country } from "../calls/phone-number.ts";
import type { CallDetails, CallLogRow } from "../database/call-log.ts";
import { formatNumber, partyView } from "./number-view.ts";

const seconds = (ms: number | null) => (ms === null ? null : Math.round(ms / 1000));
export const iso = (time: Date) => time.toISOString();
const isoOrNull = (time: Date | null) => (time === null ? null : iso(time));

export function callRowView(row: CallLogRow, country: Country) {
  return {
    callId: row.id as string,
    direction: row.direction,
    startedAt: iso(row.startedAt),
    endedAt: isoOrNull(row.endedAt),
    caller: partyView(
      { number: row.callerNumber, name: row.callerName, e164: row.callerE164, isHidden: row.isCallerHidden },
      country,
    ),
    dialled: row.dialled,
    dialledFormatted: formatNumber(row.dialled, row.dialledE164, country),
    trunkName: row.trunkName,
    outcome: row.outcome,
    operatorName: row.operatorName,
    waitSeconds: seconds(row.waitMs),
    talkSeconds: seconds(row.talkMs),
    durationSeconds: row.endedAt === null ? null : seconds(row.endedAt.getTime() - row.startedAt.getTime()),
    hasRecording: row.recordingState !== null,
    recordingState: row.recordingState,
    language: row.language,
    tags: row.tags,
  };
}

export function callView({ row, legs, timeline, recordings }: CallDetails, country: Country) {
  return {
    ...callRowView(row, country),
    legs: legs.map((leg) => ({
      legId: leg.legId as string,
      role: leg.role ?? ("caller" as const),
      name: leg.operatorName,
      number: leg.number,
      startedAt: iso(leg.startedAt),
      answeredAt: isoOrNull(leg.answeredAt),
      endedAt: isoOrNull(leg.endedAt),
      hangupCause: leg.cause,
      sipStatus: leg.sipStatus,
      /** By which it left; null for those that came in and for phones. */
      trunkName: leg.trunkName,
    })),
    timeline: timeline.map(({ at, kind, data }) => ({ at: iso(at), kind, data })),
    recordings: recordings.map(({ startedAt, ...recording }) => ({ ...recording, startedAt: iso(startedAt) })),
  };
}
