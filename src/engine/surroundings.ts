import type { CallLog } from "../calls/call-fact.ts";
import type { CallId, Extension, LegId, ScheduleId } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import type { E164 } from "../calls/phone-number.ts";
import type { RoutingConfiguration } from "../calls/routing-configuration.ts";
import type { HoursOverride } from "../calls/schedule.ts";
import type { SwitchPort } from "../calls/switch-port.ts";
import type { FlowDocument } from "../flows/ivr/document.ts";
import type { CallerFacts, LookUpAnswer, LookUpRequest } from "../flows/ivr/ivr-types.ts";
import type { RoutingWorld } from "../flows/routing/decide-route.ts";
import type { OperatorBoard } from "./operator-board.ts";
import type { OutgoingLedger } from "./outgoing-ledger.ts";
import type { TrunkLoad } from "./trunk-load.ts";

/** Where prompts are found; synchronous, since a caller waits. */
export interface PromptShelf {
  /** Absolute path of the take in use, or null when the prompt does not exist in that language. */
  file(name: string, language: Language): string | null;
}

/** Texts that are made up during a call, spoken by a voice. */
export interface SpokenTexts {
  hasVoice(language: Language): boolean;
  /** True when all of them can be played; never fails, and takes no longer than the deadline. */
  prepare(texts: readonly string[], language: Language, deadlineMs: number): Promise<boolean>;
  /** Absolute path of what was prepared; null when it was not. */
  file(text: string, language: Language): string | null;
}

/** Asks servers of the owner's. Never fails, keeps the request's deadline, and holds up nobody else. */
export interface LookUps {
  ask(request: LookUpRequest, signal: AbortSignal): Promise<LookUpAnswer>;
}

/** What is known of callers. May fail when the database is away. */
export interface CallerBook {
  ask(number: E164, startedAtMs: number): Promise<CallerFacts>;
}

export interface EngineLogger {
  info(data: Record<string, unknown>, message: string): void;
  warn(data: Record<string, unknown>, message: string): void;
  error(data: Record<string, unknown>, message: string): void;
}

/** Where opening hours are changed by hand. */
export interface HoursDesk {
  /**
   * Closes or opens now, or (null) goes back to the plan; in force once it resolves. `by`: whose phone asked for it.
   * @returns false when there is no such schedule
   * @throws what the database throws; nothing has changed then
   */
  override(schedule: ScheduleId, override: HoursOverride | null, by: Extension): Promise<boolean>;
}

/** What every call needs around it; made once by the engine. */
export interface Surroundings {
  switch: SwitchPort;
  log: CallLog;
  prompts: PromptShelf;
  spokenTexts: SpokenTexts;
  lookUps: LookUps;
  callerBook: CallerBook;
  hours: HoursDesk;
  board: OperatorBoard;
  configuration(): RoutingConfiguration<FlowDocument>;
  /** How trunks and phones stand, for deciding where a number goes. */
  world: RoutingWorld;
  ledger: OutgoingLedger;
  load: TrunkLoad;
  logger: EngineLogger;
  nowMs(): number;
  /** Events of this leg belong to this call from now on; said before the leg is made. */
  rememberLeg(legId: LegId, callId: CallId): void;
  /** The call's view has changed. */
  onChange(): void;
  onEnded(callId: CallId): void;
}
