import type { CallCommand } from "./call-command.ts";
import type { CallEvent, CallPlace, GatewayState, LegOrigin, Party } from "./call-event.ts";
import type { CallId, Extension, LegId, OperatorId } from "./ids.ts";

/** A channel that was there when the daemon asked. */
export interface LegSnapshot {
  legId: LegId;
  callId: CallId | null;
  origin: LegOrigin;
  direction: "inbound" | "outbound";
  party: Party;
  dialled: string;
  gateway: string | null;
  extension: Extension | null;
  operatorId: OperatorId | null;
  isAnswered: boolean;
  /** The switch goes on with it by itself: it dials somebody for this leg, or connects the two. */
  isLetGo: boolean;
  /** The other end of its bridge, if it has one. */
  bridgedTo: LegId | null;
  /** The guard holds it in 'one moment' (or the fallback has it). */
  heldByGuard: boolean;
  /** In the static fallback: already left to the phones; not to be taken back. */
  isInFallback: boolean;
  place: CallPlace | null;
  /** The caller leaves a message, or has left one of which nobody was told; `recorded` is null as long as they speak. */
  message: { recorded: { durationMs: number; isEndedBySilence: boolean } | null } | null;
  createdAtMs: number;
  answeredAtMs: number | null;
  /** The spool file that is being recorded on this leg, or will be once it is answered, if known. */
  recordingFile: string | null;
}

export type SwitchState =
  | { name: "disconnected"; reason: "refused" | "wrong-secret" | "lost" | "starting"; sinceMs: number }
  | { name: "connected"; software: string; sinceMs: number };

/** The switch as the engine sees it. Implemented by freeswitch/; the lab switch speaks the same protocol beneath it. */
export interface SwitchPort {
  readonly state: SwitchState;
  /** Carries a command out. @throws SwitchError */
  send(command: CallCommand): Promise<void>;
  /** All channels, after the guard has confirmed that it heard us. @throws SwitchError */
  listLegs(): Promise<LegSnapshot[]>;
  registeredExtensions(): Promise<Set<Extension>>;
  gatewayStates(): Promise<Map<string, GatewayState>>;
  onEvent(listener: (event: CallEvent) => void): () => void;
  /** Told on each change; `connected` only after the handshake with the guard, so that callers may be taken back at once. */
  onState(listener: (state: SwitchState) => void): () => void;
}
