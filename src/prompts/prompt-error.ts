import type { VoiceServerProblem } from "../calls/voice-server.ts";

/**
 * Why the prompt library refuses. `no-voice`: nothing speaks this language; `voice-failed`: the voice is not installed or failed;
 * `not-audio`: no sound that can be heard is in the file; `too-many`: no further prompt can be added.
 */
export type PromptFailure =
  | "no-such-prompt"
  | "no-such-take"
  | "not-audio"
  | "too-large"
  | "too-long"
  | "no-voice"
  | "voice-failed"
  | "too-many"
  | VoiceServerProblem;

/** Why a text could not be spoken. */
export type SpeechProblem = "voice-failed" | VoiceServerProblem;

/** What is the same for every text: the server was not there. */
const AWAY: readonly PromptFailure[] = ["voice-address-not-allowed", "voice-unreachable", "voice-timeout"];
const OF_SPEECH: readonly PromptFailure[] = [
  "voice-failed",
  ...AWAY,
  "voice-refused",
  "voice-too-large",
  "voice-not-audio",
];

export function speechProblemOf({ reason }: PromptError): SpeechProblem {
  return OF_SPEECH.includes(reason) ? (reason as SpeechProblem) : "voice-failed";
}

export function isServerAway(problem: SpeechProblem): boolean {
  return AWAY.includes(problem);
}

export class PromptError extends Error {
  override readonly name = "PromptError";
  readonly reason: PromptFailure;
  constructor(reason: PromptFailure, message: string = reason) {
    super(message);
    this.reason = reason;
  }
}
