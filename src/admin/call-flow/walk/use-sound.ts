import { useEffect, useRef } from "react";
import { LANGUAGES, type Language } from "../../../calls/language.ts";
import { languagesToSay } from "../../../flows/ivr/flow-prompts.ts";
import type { Speech } from "../../../flows/ivr/ivr-types.ts";
import type { Prompt } from "../../api/client.ts";
import { speechUrl } from "../../api/flows.ts";
import { promptAudioUrl } from "../../api/settings.ts";
import { hasSound } from "../has-sound.ts";
import type { SimulatedCall } from "./simulation.ts";

/** What exists in no language is a pause, as on the telephone. */
const NO_SOUND_MS = 500;
const BEEP = { hertz: 1_000, onMs: 400, offMs: 100 };
/** As it sounds in Georgia and Russia. */
const RINGBACK = { hertz: 425, onMs: 1_000, offMs: 4_000 };

interface Options {
  prompts: readonly Prompt[];
  /** Those that the caller was offered lend a prompt to one that lacks it. */
  languages: readonly Language[];
  isMuted: boolean;
  ended: (id: number) => void;
}

/** Plays what the caller hears, one after the other, and tells when all of it was heard. */
export function useSound(playing: SimulatedCall["playing"], options: Options): void {
  const now = useRef(options);
  const { isMuted } = options;
  useEffect(() => {
    now.current = options;
  });

  // Turned off or on in between, it begins anew.
  useEffect(() => {
    if (playing === null) return undefined;
    const { id, speech, isLooped } = playing;
    const stopping = new AbortController();
    const { signal } = stopping;
    const say = async () => {
      for (;;) {
        for (const one of speech) await sound(one, { ...now.current, isMuted }, signal);
        if (!isLooped || signal.aborted) break;
      }
      if (!signal.aborted) now.current.ended(id);
    };
    say().catch((error: unknown) => {
      if (!signal.aborted) reportError(error);
    });
    return () => stopping.abort();
  }, [playing, isMuted]);
}

async function sound(one: Speech, { prompts, languages, isMuted }: Options, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  if (one === "beep") return await tone(BEEP, isMuted, signal);
  if (one === "ringback") return await tone(RINGBACK, isMuted, signal);
  if ("text" in one) return await play(speechUrl(one.language, one.text), isMuted, signal);
  const prompt = prompts.find(({ name }) => name === one.prompt);
  const language = languagesToSay(one.prompt, one.language, languages).find((wanted) => hasSound(prompt, wanted));
  const take = language === undefined ? null : prompt?.takes[language];
  if (language === undefined || !take) return await pause(NO_SOUND_MS, signal);
  await play(promptAudioUrl({ language, name: one.prompt }, take.updatedAt), isMuted, signal);
}

async function play(url: string, isMuted: boolean, signal: AbortSignal): Promise<void> {
  const audio = new Audio(url);
  audio.muted = isMuted;
  await new Promise<void>((resolve) => {
    const stop = () => {
      audio.pause();
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
    audio.addEventListener("ended", () => resolve(), { once: true });
    // A take that was deleted, or a browser that plays nothing: the call goes on as after a pause.
    const pauseInstead = () => void pause(NO_SOUND_MS, signal).then(resolve);
    audio.addEventListener("error", pauseInstead, { once: true });
    audio.play().catch(pauseInstead);
  });
}

async function tone(
  { hertz, onMs, offMs }: { hertz: number; onMs: number; offMs: number },
  isMuted: boolean,
  signal: AbortSignal,
): Promise<void> {
  const context = isMuted ? null : new AudioContext();
  if (context !== null) {
    const oscillator = new OscillatorNode(context, { frequency: hertz });
    oscillator.connect(new GainNode(context, { gain: 0.12 })).connect(context.destination);
    oscillator.start();
    oscillator.stop(onMs / 1000);
  }
  await pause(onMs + offMs, signal);
  await context?.close();
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

/** The words of what is heard; `♪` where it is a tone. */
export function wordsOf(speech: readonly Speech[], prompts: readonly Prompt[]): string {
  return speech
    .map((one) => {
      if (typeof one === "string") return "♪";
      if ("text" in one) return one.text;
      const texts = prompts.find(({ name }) => name === one.prompt)?.texts;
      return texts?.[one.language] || LANGUAGES.map((language) => texts?.[language]).find(Boolean) || one.prompt;
    })
    .join(" ");
}
