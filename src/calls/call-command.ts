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
  /**
   * Rings a number outside for a caller who waits, as `ring-extension` rings a phone. `number` and `callerNumber` as in a dial target.
   */
  | {
      type: "ring-number";
      legId: LegId;
      callId: CallId;
      target: Extract<DialTarget, { kind: "gateway" }>;
      ringSeconds: number;
      /** The switch keeps no record of it: a call that is nobody's. */
      isUnrecorded?: true;
    }
  /** `cause`: a Q.850 name or one of the switch's own. */
  | { type: "hang-up"; legId: LegId; cause: string }
  /** The same, of a leg that came in; to be said before it ends. */
  | { type: "leave-unrecorded"; legId: LegId }
  | { type: "bridge"; legId: LegId; otherLegId: LegId }
  /** Starts a two-channel recording (this leg's party left, the other right) into the spool. */
  | { type: "start-recording"; legId: LegId; fileName: string }
  /**
   * Records what the caller says into the spool of messages, until a key, `silenceSeconds` of silence, `maxSeconds` or the hangup; its end
   * comes as `message-recorded`. What plays is stopped first.
   */
  | {
      type: "record-message";
      legId: LegId;
      playId: PlayId;
      fileName: string;
      maxSeconds: number;
      silenceSeconds: number;
      /** An operator's phone that the daemon rang, and no caller: without the daemon it is let go, and no message is looked for. */
      isOwnPhone?: true;
    }
  | { type: "set-place"; legId: LegId; callId: CallId; place: CallPlace }
  /**
   * Connects a leg that waits, such as an operator's phone that dialled, with another phone or with a number outside, by the switch's `bridge`
   * application: early media, busy and cancel reach the phone as they are, and the call outlives the daemon. `otherLegId` becomes the new leg's
   * uuid. The other leg tells by `leg-answered` and `leg-hung-up`; when the last one fails the waiting leg is hung up with its cause.
   */
  | {
      type: "dial";
      legId: LegId;
      otherLegId: LegId;
      callId: CallId;
      target: DialTarget;
      ringSeconds: number;
      /** Starts recording when the other side answers; null: not recorded. */
      recordingFileName: string | null;
      /** False: when nobody answers the leg comes back (`leg-parked`) instead of ending, so that another trunk can be tried. */
      isLast: boolean;
    }
  /** Brings a caller whom the guard holds back to park. */
  | { type: "take-back"; legId: LegId };

/**
 * `number`: as the trunk's operator wants it, 2 to 24 digits; `callerNumber`: what the called person sees, null for the trunk's own;
 * `isCallerHidden`: the called person sees none.
 */
export type DialTarget =
  | { kind: "extension"; extension: Extension; operatorId: OperatorId; callerNumber: string }
  | { kind: "gateway"; gateway: string; number: string; callerNumber: string | null; isCallerHidden?: boolean };

export type Sound =
  /** An absolute path of a file that we made. */
  | { kind: "file"; path: string }
  | { kind: "silence"; ms: number }
  /** Ringing tone of Europe and Asia: 425 Hz, 1 s on, 4 s off (ITU-T E.180). */
  | { kind: "ringback" }
  /** 1000 Hz for 400 ms: speak now. */
  | { kind: "beep" };
