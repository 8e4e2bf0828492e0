import { createHash } from "node:crypto";
import type { Language } from "../calls/language.ts";
import type { VoiceServer } from "../calls/voice-server.ts";
import { ProgramError, runProgram } from "../recordings/ffmpeg.ts";
import { PromptError } from "./prompt-error.ts";
import { type TelephoneSound, toTelephoneSound } from "./telephone-sound.ts";

interface Voice {
  name: string;
  /** Words per minute. Slower than its usual 175: callers hear it once, on a narrow line. */
  wordsPerMinute: number;
  /** 0 to 99. */
  pitch: number;
  /** Pause between words beyond the usual one, in units of 10 ms. */
  wordGap: number;
}

/** espeak-ng speaks no Mongolian: null. */
const VOICES: Record<Language, Voice | null> = {
  ka: { name: "ka", wordsPerMinute: 145, pitch: 45, wordGap: 2 },
  ru: { name: "ru", wordsPerMinute: 150, pitch: 45, wordGap: 1 },
  mn: null,
  en: { name: "en-us", wordsPerMinute: 150, pitch: 45, wordGap: 1 },
};

/** Goes up when the way from text to file changes, so that takes made in the old way are made anew. */
const WAY = 1;
const SPEECH_TIMEOUT_MS = 30_000;

export function hasVoice(language: Language): boolean {
  return VOICES[language] !== null;
}

/**
 * Names what a text would sound like: eight hex digits over text, voice and settings.
 * @param server which speaks instead of ours; null: ours does
 */
export function takeKey(
  language: Language,
  text: string,
  server: Pick<VoiceServer, "url" | "voice"> | null = null,
): string {
  const voice = server === null ? VOICES[language] : [language, server.url, server.voice];
  return createHash("sha256")
    .update(JSON.stringify([WAY, voice, text]))
    .digest("hex")
    .slice(0, 8);
}

/** Speaks a text. @throws PromptError `no-voice` or `voice-failed`; ProgramError `aborted` */
export async function speak(language: Language, text: string, signal?: AbortSignal): Promise<TelephoneSound> {
  const voice = VOICES[language];
  if (voice === null) throw new PromptError("no-voice");
  const { name, wordsPerMinute, pitch, wordGap } = voice;
  const settings = ["-v", name, "-s", String(wordsPerMinute), "-p", String(pitch), "-g", String(wordGap)];
  try {
    const { output } = await runProgram("espeak-ng", [...settings, "-b", "1", "--stdin", "--stdout"], {
      timeoutMs: SPEECH_TIMEOUT_MS,
      input: speakable(text),
      ...(signal && { signal }),
    });
    return await toTelephoneSound({ bytes: output }, signal);
  } catch (error) {
    if (error instanceof ProgramError && error.reason !== "aborted")
      throw new PromptError("voice-failed", error.message);
    // Its own sound cannot be refused as an upload would be.
    if (error instanceof PromptError) throw new PromptError("voice-failed", error.message);
    throw error;
  }
}

/** Double brackets would be read as phonemes. */
function speakable(text: string): string {
  return text.replaceAll("[[", "[ [").replaceAll("]]", "] ]");
}
