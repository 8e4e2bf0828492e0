/**
 * Why the prompt library refuses. `no-voice`: nothing speaks this language; `voice-failed`: the voice is not installed or failed;
 * `not-audio`: no sound that can be heard is in the file; `too-many`: no further prompt can be added.
 */
export type PromptFailure =
  | "no-such-prompt"
  | "not-audio"
  | "too-large"
  | "too-long"
  | "no-voice"
  | "voice-failed"
  | "too-many";

export class PromptError extends Error {
  override readonly name = "PromptError";
  readonly reason: PromptFailure;
  constructor(reason: PromptFailure, message: string = reason) {
    super(message);
    this.reason = reason;
  }
}
