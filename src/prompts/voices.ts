/** Which voice speaks which language: the one that comes with the product, or a server of the owner's where there is one. */
import type { Language } from "../calls/language.ts";
import type { VoiceServers } from "../calls/voice-server.ts";
import type { HttpVoice } from "./http-voice.ts";
import { PromptError } from "./prompt-error.ts";
import type { TelephoneSound } from "./telephone-sound.ts";
import { hasVoice, speak, takeKey } from "./voice.ts";

export interface Voices {
  hasVoice(language: Language): boolean;
  /** Names what a text would sound like now: another voice, another key. */
  takeKey(language: Language, text: string): string;
  /** @throws PromptError; ProgramError `aborted` */
  speak(language: Language, text: string, signal?: AbortSignal): Promise<TelephoneSound>;
}

export const OWN_VOICES: Voices = { hasVoice, takeKey, speak };

/** Name of the secret file with the token of a language's server. */
export function voiceSecret(language: Language): string {
  return `voice-token-${language}`;
}

interface ChosenVoicesOptions {
  http: HttpVoice;
  /** Asked each time. */
  servers: () => VoiceServers;
  secrets: { read(name: string): Promise<string | null> };
}

export class ChosenVoices implements Voices {
  readonly #options: ChosenVoicesOptions;

  constructor(options: ChosenVoicesOptions) {
    this.#options = options;
  }

  hasVoice(language: Language): boolean {
    return this.#server(language) !== null || hasVoice(language);
  }

  takeKey(language: Language, text: string): string {
    return takeKey(language, text, this.#server(language));
  }

  async speak(language: Language, text: string, signal?: AbortSignal): Promise<TelephoneSound> {
    const server = this.#server(language);
    if (server === null) return await speak(language, text, signal);
    const { http, secrets } = this.#options;
    const token = server.tokenSetAt === null ? null : await secrets.read(voiceSecret(language));
    // The secret's file is gone: asking without it would only be refused.
    if (server.tokenSetAt !== null && token === null) throw new PromptError("voice-refused", "its token is lost");
    return await http.speak(server, token, { language, text }, signal);
  }

  #server(language: Language) {
    return this.#options.servers()[language];
  }
}
