import type { LegOrigin } from "./call-event.ts";
import type { CallId, LegId, OperatorId } from "./ids.ts";
import type { E164 } from "./phone-number.ts";
import type { RedialOutcome } from "./redial.ts";

/** How a call ended, from the caller's side (design, section 5: 'missed' is read from this). */
export const OUTCOMES = [
  "talked",
  "information-heard",
  "abandoned-in-menu",
  "abandoned-while-ringing",
  "no-answer",
  "after-hours",
  "fallback-talked",
  "fallback-missed",
  "cut-off",
  "failed",
  "voicemail",
  "caller-busy",
  "callback-requested",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What can be asked for beside one outcome: nobody spoke with the caller and their wish was not met, or somebody did. */
export const OUTCOME_GROUPS = ["missed", "answered"] as const;
export type OutcomeGroup = (typeof OUTCOME_GROUPS)[number];

/** Cause of calls and legs of which the daemon knows only that the switch has them no more; the switch's own records correct it. */
export const LOST = "LOST";

export type CallDirection = "inbound" | "outbound" | "internal";
export type LegRole = "caller" | "operator" | "callee";

/** What happened in a call, in the order in which it happened; the words of the panel's time line. */
export type TimelineKind =
  | "arrived"
  | "answered"
  | "language-chosen"
  | "greeting"
  | "menu"
  | "key"
  | "no-input"
  | "wrong-input"
  | "information"
  | "closed"
  | "ringing"
  | "dialling"
  | "trunk-failed"
  | "refused"
  | "not-answered"
  | "talking"
  | "held"
  | "resumed"
  | "recording-started"
  | "recording-ended"
  | "daemon-restarted"
  | "taken-back"
  | "fallback"
  | "leaving-message"
  | "message-left"
  | "no-message"
  | "collected"
  | "looked-up"
  | "look-up-failed"
  | "values-said"
  | "callback-requested"
  | "tagged"
  | "other-flow"
  | "caller-branch"
  | "dialling-out"
  | "flow-fault"
  | "hours-changed"
  | "prompt-recorded"
  | "hung-up";

/**
 * What the engine states about calls. Facts are appended to the journal (fsynced) and applied to the database once, in order;
 * so they are plain data, and applying one twice would be a defect of the journal, not of the fact. Times are Unix ms.
 */
export type CallFact =
  | {
      type: "call-opened";
      callId: CallId;
      atMs: number;
      direction: CallDirection;
      callerNumber: string;
      callerName: string;
      callerE164: E164 | null;
      isCallerHidden: boolean;
      dialled: string;
      dialledE164: E164 | null;
      /** Our name of the trunk's gateway (`trunk-3`), if it came or goes by one. */
      gateway: string | null;
      flow: { id: string; version: number } | null;
      language: string | null;
      /** It came for a number that we have not entered as ours. */
      isUnknownNumber?: boolean;
    }
  | { type: "call-language"; callId: CallId; language: string }
  | {
      type: "leg-opened";
      legId: LegId;
      callId: CallId;
      atMs: number;
      role: LegRole;
      origin: LegOrigin;
      number: string;
      operatorId: OperatorId | null;
      /** By which it leaves; absent or null for legs that came in and for phones. */
      gateway?: string | null;
    }
  /** The call goes by another trunk than it began with. */
  | { type: "call-gateway"; callId: CallId; gateway: string }
  | { type: "leg-answered"; legId: LegId; atMs: number }
  | { type: "leg-ended"; legId: LegId; atMs: number; cause: string; sipStatus: number | null }
  /** `unlessTold`: left out when the call has an entry of this kind; an earlier life of the daemon may have come so far. */
  | {
      type: "timeline";
      callId: CallId;
      atMs: number;
      kind: TimelineKind;
      data: Record<string, string | number | null>;
      unlessTold?: true;
    }
  /** Nodes that the call came to, in order, each with the branch of the one before; `node` null: it left the flow. */
  | {
      type: "flow-walked";
      callId: CallId;
      atMs: number;
      steps: { flow: string; version: number; node: string | null; via: string }[];
    }
  | { type: "call-tagged"; callId: CallId; tag: string }
  /** The first operator who talks; wait is counted from `queuedAtMs` or, without a queue, from the call's start. */
  | { type: "talk-started"; callId: CallId; atMs: number; operatorId: OperatorId | null; waitMs: number }
  | { type: "talk-ended"; callId: CallId; atMs: number; talkMs: number }
  | { type: "recording-started"; callId: CallId; legId: LegId; atMs: number; fileName: string }
  /** An attempt to call somebody back is over; its call ends with it. */
  | { type: "redial-ended"; callId: CallId; atMs: number; outcome: RedialOutcome }
  | { type: "call-ended"; callId: CallId; atMs: number; outcome: Outcome; cause: string };

/** Where the engine's facts go. It never waits for the database and never fails for it: the journal holds what the database cannot take now. */
export interface CallLog {
  append(facts: readonly CallFact[]): void;
}
