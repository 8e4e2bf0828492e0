import type { CallPlace } from "./call-event.ts";
import type { CallId, Extension, LegId, OperatorId, PlayId } from "./ids.ts";

/** What the daemon asks of the switch, as data. The one encoder (freeswitch/encode-command.ts) refuses unsafe arguments. */
export type CallCommand =
  | { type: "answer"; legId: LegId }
  /** Plays sounds one after the other, from the start or in a loop. A key pressed by the caller ends it (the switch stops it itself). */
  | { type: "play"; legId: LegId; playId: PlayId; sounds: readonly Sound[]; isLooped: boolean }
  | { type: "stop-playing"; legId: LegId }
  /**
   * Rings an operator's phone. The new leg's uuid is `legId`, so the attempt can be recognised after a crash. It resolves when the switch
   * has taken the order; the outcome comes as `leg-answered` or `leg-hung-up`.
   */
  | {
      type: "ring-extension";
      legId: LegId;
      callId: CallId;
      operatorId: OperatorId;
      extension: Extension;
      /** Shown on the phone; `null` when hidden. Letters and other unsafe text never get here: E.164 or digits only. */
      callerNumber: string | null;
      ringSeconds: number;
    }
  | { type: "hang-up"; legId: LegId; cause: "NORMAL_CLEARING" | "ORIGINATOR_CANCEL" | "LOSE_RACE" | "USER_BUSY" }
  | { type: "bridge"; legId: LegId; otherLegId: LegId }
  /** Starts a two-channel recording (this leg's party left, the other right) into the spool. */
  | { type: "start-recording"; legId: LegId; fileName: string }
  | { type: "set-place"; legId: LegId; callId: CallId; place: CallPlace }
  /** Brings a caller whom the guard holds back to park. */
  | { type: "take-back"; legId: LegId };

export type Sound =
  /** An absolute path of a file that we made. */
  | { kind: "file"; path: string }
  | { kind: "silence"; ms: number }
  /** Ringing tone of Europe and Asia: 425 Hz, 1 s on, 4 s off (ITU-T E.180). */
  | { kind: "ringback" };
