import type { Language } from "./language.ts";

/** A server that speaks texts in one language instead of the voice that comes with the product. */
export interface VoiceServer {
  /** Texts are posted there as JSON. */
  url: string;
  /** Which of its voices, in its own words; null: its usual one. */
  voice: string | null;
  /** When its token was set, ISO 8601, UTC; null: it wants none. The token itself is a secret file. */
  tokenSetAt: string | null;
}

export type VoiceServers = Record<Language, VoiceServer | null>;

export const NO_VOICE_SERVERS: VoiceServers = { ka: null, ru: null, mn: null, en: null };

/** Why a server gave no sound; `voice-not-audio`: what it sent is none that can be heard. */
export type VoiceServerProblem =
  | "voice-address-not-allowed"
  | "voice-unreachable"
  | "voice-timeout"
  | "voice-refused"
  | "voice-too-large"
  | "voice-not-audio";
