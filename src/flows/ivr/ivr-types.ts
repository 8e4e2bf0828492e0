/** What goes into the interpreter and what comes out of it, as data. */
import type { CallPlace } from "../../calls/call-event.ts";
import type { TimelineKind } from "../../calls/call-fact.ts";
import type { Digit } from "../../calls/digit.ts";
import type { DialFailure } from "../../calls/failure.ts";
import type { Extension, FlowId, NodeId, OperatorId, ScheduleId } from "../../calls/ids.ts";
import type { Language } from "../../calls/language.ts";
import type { E164 } from "../../calls/phone-number.ts";
import type { RingGroupState, RingGroupTimer, RingGroupView } from "../queue/ring-group.ts";
import type { CallerLanguages, FlowDocument, RingGroup } from "./document.ts";

export type Stage =
  | { name: "arriving" }
  | { name: "saying"; node: NodeId; speech: readonly Speech[] }
  | { name: "choosing"; node: NodeId; attempt: number }
  | { name: "collecting"; node: NodeId; attempt: number; digits: string }
  /** `pendingKey`: pressed while nobody listened for it; the next place takes it. */
  | { name: "asking-about-caller"; node: NodeId; requestId: number; pendingKey: Digit | null }
  | { name: "looking-up"; node: NodeId; requestId: number }
  | { name: "preparing-speech"; node: NodeId; requestId: number; speech: readonly Speech[] }
  /**
   * `spokenAtMs`: when the caller last heard words; they are told again that they wait, but not every few seconds. `operatorId`: whose
   * extension the caller typed.
   */
  | {
      name: "ringing";
      node: NodeId;
      group: RingGroupState;
      isIntroduced: boolean;
      spokenAtMs: number;
      operatorId: OperatorId | null;
    }
  | { name: "connecting"; node: NodeId; operatorId: OperatorId; queuedAtMs: number }
  | { name: "dialling-out"; node: NodeId; sinceMs: number }
  | { name: "connecting-outside"; node: NodeId; sinceMs: number }
  /** `operatorId` null: with a number outside. */
  | { name: "talking"; node: NodeId; operatorId: OperatorId | null; queuedAtMs: number; sinceMs: number }
  /** The caller hears that they can leave a message, and the beep. */
  | { name: "inviting-message"; node: NodeId }
  | { name: "recording-message"; node: NodeId }
  | { name: "ended" };

/** What the call has come to so far, should it end now without a talk. */
export type Settled = "information-heard" | "after-hours" | "no-answer" | "voicemail" | "callback-requested" | null;

export interface IvrState {
  document: FlowDocument;
  languages: CallerLanguages;
  language: Language;
  /** The caller was asked for their language: another flow does not ask again. */
  hasChosenLanguage: boolean;
  stage: Stage;
  settled: Settled;
  /** Typed by the caller or brought by look-ups. */
  variables: Readonly<Record<string, string>>;
  /** Names of variables that were typed in confidence. */
  secrets: readonly string[];
  /** Asked for at most once a call. */
  facts: CallerFacts | null;
  /** Number of the last request; an answer to an earlier one is too late. */
  requests: number;
  /** What is being said at this place; null: nothing, or it was said to its end. */
  heard: { speech: readonly Speech[]; isLooped: boolean } | null;
  /** The digits of before were complete without their `#`: one that comes until then (Unix ms) still belongs to them. */
  endKeyUntilMs: number | null;
}

/** What is known of a caller by their number. */
export interface CallerFacts {
  /** Somebody has talked with them before. */
  isKnown: boolean;
  category: string | null;
  isBlocked: boolean;
  /** Days since they last called us, before this call; null: never. */
  daysSinceLastCall: number | null;
}

export const LOOK_UP_FAILURES = [
  "timeout",
  "unreachable",
  /** Not http(s), or an address that is not to be asked. */
  "address-not-allowed",
  "redirected",
  "refused",
  "too-large",
  "not-json",
  /** An output's path is not in the answer. */
  "no-such-value",
  /** A variable that the address needs has no value. */
  "variable-missing",
  /** It may have been done before the daemon was killed, and what is posted is not posted twice. */
  "interrupted",
] as const;
export type LookUpFailure = (typeof LOOK_UP_FAILURES)[number];

export interface LookUpRequest {
  url: string;
  method: "GET" | "POST";
  /** Sent as JSON with POST. */
  body: Readonly<Record<string, string>> | null;
  deadlineMs: number;
}

export type LookUpAnswer = { ok: true; json: unknown } | { ok: false; reason: LookUpFailure };

export type IvrEvent =
  | { type: "arrived" }
  /** The daemon came back: go on at the place kept with the channel. */
  | { type: "taken-back"; place: CallPlace; isRecordingMessage?: boolean }
  | { type: "prompt-finished" }
  /** By a key, silence, the longest time or hanging up. `durationMs`: of the whole file, with the silence that ended it. */
  | { type: "message-recorded"; durationMs: number; isEndedBySilence: boolean }
  | { type: "key-pressed"; digit: Digit }
  | { type: "timer-fired"; timer: IvrTimer }
  | { type: "operator-failed"; operatorId: OperatorId; failure: DialFailure }
  | { type: "operator-free"; operatorId: OperatorId }
  | { type: "operator-answered"; operatorId: OperatorId }
  | { type: "outside-answered" }
  | { type: "outside-failed" }
  | { type: "connected" }
  /** The two could not be connected although the other side had answered. */
  | { type: "connect-failed" }
  /** Null: nobody could tell. */
  | { type: "caller-known"; requestId: number; facts: CallerFacts | null }
  | { type: "look-up-ended"; requestId: number; answer: LookUpAnswer; tookMs: number }
  | { type: "speech-prepared"; requestId: number; isReady: boolean };

/** `request`: nobody answered a request; `call`: the longest time that a call may stay in flows. */
export type IvrTimer = RingGroupTimer | "input" | "request" | "call";

/** `text`: spoken by the voice of the language, made ready before by `prepare-speech`. */
export type Speech =
  | { prompt: string; language: Language }
  | { text: string; language: Language }
  | "ringback"
  | "beep";

/** A node that the call came to, and by which branch of the one before. `node` null: it left the flow. */
interface FlowStep {
  flow: FlowId;
  version: number;
  node: NodeId | null;
  via: string;
}

export type IvrEffect =
  | { type: "answer" }
  | { type: "play"; speech: readonly Speech[]; isLooped: boolean }
  | { type: "stop-playing" }
  | { type: "ring-operator"; operatorId: OperatorId; ringSeconds: number }
  | { type: "stop-ringing"; operatorId: OperatorId }
  | { type: "connect"; operatorId: OperatorId }
  /** `number`: E.164. Answered by `outside-answered` or `outside-failed`. */
  | { type: "dial-outside"; number: E164; ringSeconds: number }
  | { type: "stop-dialling" }
  | { type: "connect-outside" }
  | { type: "start-timer"; timer: IvrTimer; ms: number }
  | { type: "stop-timer"; timer: IvrTimer }
  | { type: "keep-place"; place: CallPlace }
  | { type: "set-language"; language: Language }
  | { type: "tag"; tag: string }
  | { type: "note"; kind: TimelineKind; data: Record<string, string | number | null> }
  | { type: "step"; step: FlowStep }
  | { type: "record-message"; maxSeconds: number; silenceSeconds: number }
  | { type: "ask-about-caller"; requestId: number }
  | { type: "look-up"; requestId: number; request: LookUpRequest }
  | { type: "prepare-speech"; requestId: number; texts: readonly string[]; language: Language; deadlineMs: number }
  /** Nobody waits for the answer any more. */
  | { type: "drop-request"; requestId: number }
  | { type: "hang-up" };

/** What the interpreter may look at besides its state. */
export interface IvrWorld {
  nowMs: number;
  timeZone: string;
  /** When the call came in. */
  startedAtMs: number;
  caller: { e164: E164 | null; isHidden: boolean };
  /** Our number that was called, as delivered. */
  dialled: string;
  /** The dialled number's own schedule. */
  numberSchedule: ScheduleId | null;
  /** Null: there is no such schedule. */
  isScheduleOpen(schedule: ScheduleId): boolean | null;
  group(group: RingGroup): RingGroupView;
  /** Of operators who may be rung. */
  extensions(): readonly { extension: Extension; operatorId: OperatorId }[];
  /** As published now. */
  flow(id: FlowId): FlowDocument | null;
  hasPrompt(name: string, language: Language): boolean;
  /** Something speaks any text in that language. */
  hasVoice(language: Language): boolean;
}

export interface IvrStep {
  state: IvrState;
  effects: IvrEffect[];
}
