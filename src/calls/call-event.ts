import type { Digit } from "./digit.ts";
import type { DialFailure } from "./failure.ts";
import type { CallId, Extension, LegId, PlayId } from "./ids.ts";

/** Who is on the other end of a leg, exactly as the switch delivered it: never cleaned, never trusted. */
export interface Party {
  /** Caller id number as delivered; may be empty, letters, or a word such as `anonymous`. */
  number: string;
  /** Caller id name as delivered; any text. */
  name: string;
}

/** What the daemon wrote into the channel so that a call can be put back where it stood. Only our own ids and words. */
export interface CallPlace {
  flow: string;
  version: number;
  node: string;
  language: string;
  /** Unix time in ms when the caller joined the ring group, if they did. */
  queuedAtMs?: number;
  /** What the flow has learned of the call. Free text: the encoder turns it into safe letters. */
  memory?: { settled: string; variables: Record<string, string> } | undefined;
}

/** Where a parked leg came from: the dialplan says so in the variable `hotline_origin`. */
export type LegOrigin = "trunk" | "phone" | "daemon";

/** Everything that the daemon hears from the switch, decoded once at the edge. Times are Unix ms. */
export type CallEvent =
  /** A leg is in the daemon's hands (CHANNEL_PARK). A leg can park again, for example when the guard gives it back. */
  | {
      type: "leg-parked";
      legId: LegId;
      callId: CallId;
      origin: LegOrigin;
      party: Party;
      /** What was dialled, as delivered. */
      dialled: string;
      /** Gateway (our name for a trunk) through which it came, if any. */
      gateway: string | null;
      /** The operator's phone that it came from (origin `phone`). */
      extension: Extension | null;
      isAnswered: boolean;
      place: CallPlace | null;
      atMs: number;
    }
  | { type: "leg-answered"; legId: LegId; callId: CallId | null; atMs: number }
  | { type: "legs-bridged"; legId: LegId; otherLegId: LegId; atMs: number }
  | { type: "play-finished"; legId: LegId; playId: PlayId; atMs: number }
  /** `durationMs`: length of the file; `isEndedBySilence`: it ends with the silence that was waited for. */
  | { type: "message-recorded"; legId: LegId; durationMs: number; isEndedBySilence: boolean; atMs: number }
  | { type: "digit-pressed"; legId: LegId; digit: Digit; atMs: number }
  | { type: "recording-stopped"; legId: LegId; file: string; atMs: number }
  | { type: "leg-held"; legId: LegId; isHeld: boolean; atMs: number }
  /** The leg is gone (CHANNEL_HANGUP_COMPLETE). `failure` is what its cause means for a leg that we dialled. */
  | {
      type: "leg-hung-up";
      legId: LegId;
      callId: CallId | null;
      /** Hangup cause as the switch names it, for example `NORMAL_CLEARING` (Q.850 names). */
      cause: string;
      sipStatus: number | null;
      failure: DialFailure;
      wasAnswered: boolean;
      /** They rang, or let us hear something, before they answered or did not. */
      hasRung: boolean;
      /** True when the person at this leg ended it (their BYE, CANCEL or refusal), not the switch. */
      isEndedByParty: boolean;
      atMs: number;
    }
  /** `from`: the phone's own end, as the switch sees it. */
  | { type: "phone-registered"; extension: Extension; isRegistered: boolean; from: SipPlace | null; atMs: number }
  /** `status` and `phrase`: the operator's answer to our REGISTER, when this is about one. */
  | {
      type: "gateway-changed";
      gateway: string;
      state: GatewayState;
      status: number | null;
      phrase: string | null;
      atMs: number;
    }
  /** Somebody who is no trunk called, and was refused. */
  | { type: "stranger-refused"; address: string; dialled: string; atMs: number }
  /** Somebody asked for something in this name without a password yet, and was asked for one. `isPhone`: at the phones' port. */
  | { type: "password-asked"; from: SipPlace; name: string; isPhone: boolean; atMs: number }
  /** Somebody gave a wrong password for this name, or the right one: to register or to call. */
  | { type: "password-refused" | "password-accepted"; from: SipPlace; name: string; atMs: number };

/** The other end of a SIP message: where it came from. */
export interface SipPlace {
  address: string;
  port: number;
}

/** Registration state of a trunk, in sofia's words made few. `idle`: it does not register (IP peer). */
export type GatewayState = "registered" | "trying" | "failed" | "down" | "idle";

export type CallEventOf<Type extends CallEvent["type"]> = Extract<CallEvent, { type: Type }>;
