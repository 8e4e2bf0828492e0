import type { CallLog } from "../calls/call-fact.ts";
import type { CallId, LegId } from "../calls/ids.ts";
import type { Language } from "../calls/language.ts";
import type { RoutingConfiguration } from "../calls/routing-configuration.ts";
import type { SwitchPort } from "../calls/switch-port.ts";
import type { FlowDocument } from "../flows/ivr/document.ts";
import type { OperatorBoard } from "./operator-board.ts";

/** Where prompts are found; synchronous, since a caller waits. */
export interface PromptShelf {
  /** Absolute path of the take in use, or null when the prompt does not exist in that language. */
  file(name: string, language: Language): string | null;
}

export interface EngineLogger {
  info(data: Record<string, unknown>, message: string): void;
  warn(data: Record<string, unknown>, message: string): void;
  error(data: Record<string, unknown>, message: string): void;
}

/** What every call needs around it; made once by the engine. */
export interface Surroundings {
  switch: SwitchPort;
  log: CallLog;
  prompts: PromptShelf;
  board: OperatorBoard;
  configuration(): RoutingConfiguration<FlowDocument>;
  /** Whether a gateway is known not to carry calls now. */
  isLineDown(gateway: string): boolean;
  logger: EngineLogger;
  nowMs(): number;
  /** Events of this leg belong to this call from now on; said before the leg is made. */
  rememberLeg(legId: LegId, callId: CallId): void;
  /** The call's view has changed. */
  onChange(): void;
  onEnded(callId: CallId): void;
}
