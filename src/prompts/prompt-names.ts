import type { Language } from "../calls/language.ts";

/** What a call flow says to callers, in the order in which a caller may hear it. */
export const FLOW_PROMPT_NAMES = [
  "greeting",
  "menu",
  "information",
  "closed",
  "connecting",
  "still-waiting",
  "no-answer",
  "leave-message",
  "message-saved",
  "no-input",
  "wrong-input",
  "goodbye",
] as const;
/** 'For this language press N', one for each place that a language can have among those offered. */
const CHOICE_PROMPT_NAMES = [
  "choose-language-1",
  "choose-language-2",
  "choose-language-3",
  "choose-language-4",
] as const;
/** What only the switch says, by itself, while the daemon is away. */
const SWITCH_ONLY_PROMPT_NAMES = ["one-moment", "fallback"] as const;
/** All that the switch says by itself then; a language without them borrows those of another. */
export const SWITCH_PROMPT_NAMES = [...SWITCH_ONLY_PROMPT_NAMES, "leave-message", "message-saved"] as const;

/** What an operator hears before a missed caller is called back, with the number between the two. */
const REDIAL_PROMPT_NAMES = [
  "redial-missed-call",
  "redial-press-1",
  "digit-0",
  "digit-1",
  "digit-2",
  "digit-3",
  "digit-4",
  "digit-5",
  "digit-6",
  "digit-7",
  "digit-8",
  "digit-9",
] as const;

/** What an operator hears who dialled a code for the opening hours. */
const HOURS_PROMPT_NAMES = ["hours-closed", "hours-open", "hours-plan", "hours-not-changed"] as const;
/** What an operator hears who records a prompt by phone. */
const RECORD_PROMPT_NAMES = ["record-invite", "record-choose", "record-kept", "record-not-kept"] as const;
/** What only the call flows of a branch of business say (flows/ivr/templates.ts). */
export const TEMPLATE_PROMPT_NAMES = [
  "shop-menu",
  "clinic-menu",
  "clinic-closed",
  "service-menu",
  "service-ask-number",
  "restaurant-menu",
  "closed-choice",
  "callback-promised",
] as const;

export const PROMPT_NAMES = [
  ...FLOW_PROMPT_NAMES,
  ...CHOICE_PROMPT_NAMES,
  ...SWITCH_ONLY_PROMPT_NAMES,
  ...REDIAL_PROMPT_NAMES,
  ...HOURS_PROMPT_NAMES,
  ...RECORD_PROMPT_NAMES,
  ...TEMPLATE_PROMPT_NAMES,
] as const;
export type PromptName = (typeof PROMPT_NAMES)[number];

/** A prompt that the owner has added: eight hex digits follow. What it is called is its title. */
export type OwnPromptName = `own-${string}`;
export type KeptPromptName = PromptName | OwnPromptName;

export function isPromptName(text: string): text is PromptName {
  return (PROMPT_NAMES as readonly string[]).includes(text);
}

export function isOwnPromptName(text: string): text is OwnPromptName {
  return /^own-[0-9a-f]{8}$/.test(text);
}

/**
 * What must exist before callers can be offered `language`, given the languages that are offered: a call flow's prompts, and the sentence
 * by which it is chosen at its place. One that is not offered yet would come last.
 */
export function neededPromptNames(language: Language, offered: readonly Language[]): PromptName[] {
  const place = offered.includes(language) ? offered.indexOf(language) : offered.length;
  const isChosenByKey = offered.some((other) => other !== language);
  const choice = CHOICE_PROMPT_NAMES[place];
  return isChosenByKey && choice !== undefined ? [...FLOW_PROMPT_NAMES, choice] : [...FLOW_PROMPT_NAMES];
}
