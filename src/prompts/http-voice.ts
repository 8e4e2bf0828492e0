/** Texts spoken by a server of the owner's: JSON goes there, a sound comes back. */
import type { IncomingMessage } from "node:http";
import type { Language } from "../calls/language.ts";
import type { VoiceServer } from "../calls/voice-server.ts";
import {
  AddressNotAllowedError,
  type GuardedRequest,
  guardedRequest,
  readAtMost,
} from "../look-ups/guarded-request.ts";
import { ProgramError } from "../recordings/ffmpeg.ts";
import { PromptError } from "./prompt-error.ts";
import { type TelephoneSound, toTelephoneSound } from "./telephone-sound.ts";

export interface HttpVoiceOptions {
  /** `host:port` of servers on this machine that may be asked all the same. */
  allowed: readonly string[];
  /** The longest until the whole sound is there. */
  deadlineMs?: number;
}

const DEADLINE_MS = 20_000;
/** Five minutes of 16-bit sound at 8 kHz, the longest prompt, are 4.8 MB; voices send more samples and shorter texts. */
const MOST_BYTES = 8 * 1024 * 1024;
/** What ffmpeg is given to read; anything else is refused by its name, before it is read. */
const SOUNDS = /^audio\/(wav|x-wav|wave|vnd\.wave|mpeg|mp3|ogg|opus)\b|^application\/ogg\b/i;

export class HttpVoice {
  readonly #allowed: ReadonlySet<string>;
  readonly #deadlineMs: number;

  constructor({ allowed, deadlineMs = DEADLINE_MS }: HttpVoiceOptions) {
    this.#allowed = new Set(allowed);
    this.#deadlineMs = deadlineMs;
  }

  /** @throws PromptError, one of the VoiceServerProblems or `voice-failed`; ProgramError `aborted` */
  async speak(
    { url, voice }: Pick<VoiceServer, "url" | "voice">,
    token: string | null,
    { language, text }: { language: Language; text: string },
    signal?: AbortSignal,
  ): Promise<TelephoneSound> {
    const deadline = AbortSignal.timeout(this.#deadlineMs);
    try {
      const request: GuardedRequest = {
        url,
        method: "POST",
        accept: "audio/wav, audio/mpeg, audio/ogg",
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
        body: { text, language, voice },
      };
      const ending = AbortSignal.any(signal ? [deadline, signal] : [deadline]);
      const bytes = await soundOf(await guardedRequest(request, this.#allowed, ending));
      return await toTelephoneSound({ bytes }, signal);
    } catch (error) {
      if (signal?.aborted) throw new ProgramError("aborted", "the voice's server is not waited for any more");
      throw problemOf(error, deadline.aborted);
    }
  }
}

async function soundOf(response: IncomingMessage): Promise<Buffer> {
  const { statusCode = 0 } = response;
  const isFine = statusCode >= 200 && statusCode < 300;
  const isSound = SOUNDS.test(response.headers["content-type"] ?? "");
  if (!isFine || !isSound) {
    response.destroy();
    throw new PromptError(isFine ? "voice-not-audio" : "voice-refused", `the voice's server said ${statusCode}`);
  }
  const bytes = await readAtMost(response, MOST_BYTES);
  if (bytes === null) throw new PromptError("voice-too-large");
  return bytes;
}

function problemOf(error: unknown, isLate: boolean): unknown {
  if (error instanceof PromptError) {
    const isUnheard = error.reason === "not-audio" || error.reason === "too-long";
    return isUnheard ? new PromptError("voice-not-audio", error.message) : error;
  }
  if (error instanceof ProgramError) return new PromptError("voice-failed", error.message);
  if (error instanceof AddressNotAllowedError) return new PromptError("voice-address-not-allowed");
  if (isLate) return new PromptError("voice-timeout");
  return new PromptError("voice-unreachable", error instanceof Error ? error.message : String(error));
}
