/** Facts as the engine states them, for tests of what is made of them. */
import { type CallFact, type Outcome } from "../calls/call-fact.ts";
import { type CallId, type LegId, newCallId, newLegId, type OperatorId } from "../calls/ids.ts";
import type { E164 } from "../calls/phone-number.ts";

export interface TestCall {
  callId: CallId;
  callerLegId: LegId;
  operatorLegId: LegId;
  facts: CallFact[];
}

/** A caller waits 7 s, talks for 60 s with an operator and is recorded. */
export function talkedCall(
  change: {
    startMs?: number;
    callerNumber?: string;
    callerName?: string;
    callerE164?: string | null;
    operatorId?: OperatorId | null;
    outcome?: Outcome;
    gateway?: string | null;
  } = {},
): TestCall {
  const callId = newCallId();
  const callerLegId = newLegId();
  const operatorLegId = newLegId();
  const t = change.startMs ?? Date.parse("2026-11-22T10:00:00Z");
  const operatorId = change.operatorId ?? null;
  const callerNumber = change.callerNumber ?? "0322112233";
  const callerE164 = (change.callerE164 === undefined ? "+995322112233" : change.callerE164) as E164 | null;
  const note = (atMs: number, kind: Extract<CallFact, { type: "timeline" }>["kind"]): CallFact => ({
    type: "timeline",
    callId,
    atMs,
    kind,
    data: {},
  });
  const facts: CallFact[] = [
    {
      type: "call-opened",
      callId,
      atMs: t,
      direction: "inbound",
      callerNumber,
      callerName: change.callerName ?? "",
      callerE164,
      isCallerHidden: false,
      dialled: "+995322000000",
      dialledE164: "+995322000000" as E164,
      gateway: change.gateway === undefined ? "trunk-1" : change.gateway,
      flow: { id: "main", version: 1 },
      language: "ka",
    },
    {
      type: "leg-opened",
      legId: callerLegId,
      callId,
      atMs: t,
      role: "caller",
      origin: "trunk",
      number: callerNumber,
      operatorId: null,
    },
    note(t, "arrived"),
    { type: "leg-answered", legId: callerLegId, atMs: t + 100 },
    note(t + 100, "greeting"),
    { type: "call-language", callId, language: "ru" },
    {
      type: "leg-opened",
      legId: operatorLegId,
      callId,
      atMs: t + 5_000,
      role: "operator",
      origin: "daemon",
      number: "101",
      operatorId,
    },
    note(t + 5_000, "ringing"),
    { type: "leg-answered", legId: operatorLegId, atMs: t + 7_000 },
    { type: "talk-started", callId, atMs: t + 7_000, operatorId, waitMs: 7_000 },
    {
      type: "recording-started",
      callId,
      legId: callerLegId,
      atMs: t + 7_000,
      fileName: `${callId}.${callerLegId}.71.wav`,
    },
    note(t + 7_000, "talking"),
    { type: "talk-ended", callId, atMs: t + 67_000, talkMs: 60_000 },
    note(t + 67_000, "hung-up"),
    { type: "call-ended", callId, atMs: t + 67_000, outcome: change.outcome ?? "talked", cause: "NORMAL_CLEARING" },
    { type: "leg-ended", legId: callerLegId, atMs: t + 67_000, cause: "NORMAL_CLEARING", sipStatus: null },
    { type: "leg-ended", legId: operatorLegId, atMs: t + 67_100, cause: "NORMAL_CLEARING", sipStatus: 200 },
  ];
  return { callId, callerLegId, operatorLegId, facts };
}
