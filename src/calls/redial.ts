import type { CallId, LegId, OperatorId } from "./ids.ts";
import type { E164 } from "./phone-number.ts";

/** How a talk must last so that a missed caller counts as called back; an answering machine's greeting is shorter than most talks. */
export const TALK_MS = 10_000;

/** How an attempt to call somebody back ended. */
export const REDIAL_OUTCOMES = [
  "talked",
  /** They answered, but it lasted less than 10 s: perhaps a machine. */
  "talked-briefly",
  /** It lasted, but somebody said afterwards that a machine had answered. */
  "answering-machine",
  "caller-busy",
  "caller-no-answer",
  "caller-refused",
  "unreachable",
  "operator-refused",
  "operator-no-answer",
  /** The operator's phone was not there after all. */
  "no-free-operator",
  "caller-called-us",
  "socket-lost",
  "cancelled",
] as const;
export type RedialOutcome = (typeof REDIAL_OUTCOMES)[number];

/** One attempt; every id is decided, and written down, before anything is dialled. */
export interface RedialOrder {
  callId: CallId;
  operatorLegId: LegId;
  calleeLegId: LegId;
  operatorId: OperatorId;
  number: E164;
  ringOperatorSeconds: number;
  ringCallerSeconds: number;
  /** Writes down that the caller is being dialled, if it is still wanted. Once true, nobody dials for this attempt again. */
  mayDial(): Promise<boolean>;
}

/** The engine as the automatic redial sees it. */
export interface RedialDialler {
  /** The switch is connected and its calls are known. */
  readonly isReady: boolean;
  /** Operators who can be rung now, in the call flow's order; none while callers wait for one. */
  freeOperators(): readonly OperatorId[];
  /** A call with this number is under way, in either direction. */
  isOnLine(number: E164): boolean;
  hasCall(callId: CallId): boolean;
  begin(order: RedialOrder): void;
}
