/**
 * The menu that both sides of the bench say: greeting, menu, and after a key information, goodbye, hang up. The prompts
 * are short, but for the menu, which the caller may interrupt: who does has a call of about a second. Each prompt is one sine of whole periods in a
 * packet, so that a single packet of 20 ms tells which prompt it belongs to.
 */
import type { PromptName } from "../../src/prompts/prompt-names.ts";

export const MENU_PROMPTS = {
  greeting: { hz: 600, ms: 200 },
  menu: { hz: 900, ms: 16_000 },
  information: { hz: 1_300, ms: 200 },
  goodbye: { hz: 1_750, ms: 100 },
} as const satisfies Partial<Record<PromptName, { hz: number; ms: number }>>;
export type MenuPrompt = keyof typeof MENU_PROMPTS;

export const KEY = "1";
/** How long the caller holds the key down. The switch takes it when it is let go, so this is part of key-to-prompt. */
export const KEY_MS = 100;
/** After the answer: the greeting is over and the menu is being said. */
export const KEY_AFTER_ANSWER_MS = 600;
/**
 * Of a caller who hears the firm's own words to their end: the usual greeting, menu, information and goodbye last 15.5 s in English, the
 * shortest of our languages (17.2 s in Russian, 21.6 s in Georgian, by espeak-ng). Here nearly all of it is the menu.
 */
export const KEY_AFTER_LISTENING_MS = 15_000;
/** Leads to all operators at once; none of the callers in a hurry presses it. */
export const OPERATORS_DIGIT = "9";
export const OPERATORS = 10;
export const DIALLED = "0322112233";
