/** Which prompts flows say. Pure. */
import type { Language } from "../../calls/language.ts";
import type { FlowNode } from "./document.ts";

/** Prompts that the documents of `buildFlow` use, besides those that the interpreter itself says. */
export const FLOW_PROMPTS = [
  "greeting",
  "menu",
  "information",
  "closed",
  "connecting",
  "no-answer",
  "leave-message",
  "message-saved",
  "goodbye",
] as const;
/** Prompts that the interpreter says on its own account. */
export const INTERPRETER_PROMPTS = ["no-input", "wrong-input", "still-waiting"] as const;

/** What a node says by name. An empty one is not chosen yet. */
export function promptsOf(node: FlowNode): string[] {
  switch (node.type) {
    case "say":
    case "menu":
    case "ring-group":
    case "voicemail":
    case "collect":
    case "dial-extension":
    case "callback":
      return [node.prompt];
    case "look-up":
    case "operator":
    case "outside-number":
      return node.prompt === null ? [] : [node.prompt];
    case "say-values":
      return node.parts.flatMap((part) => ("prompt" in part ? [part.prompt] : []));
    default:
      return [];
  }
}

const CHOICE = "choose-language-";

/** What a language is offered by, at its place among those offered. */
export function choicePrompt(place: number): string {
  return `${CHOICE}${place}`;
}

/**
 * In which languages a prompt may be said to a caller, the best first: a menu in another language that is offered is better than silence.
 * How a language is chosen is said in that one alone: the same prompt of another offers another.
 */
export function languagesToSay(prompt: string, language: Language, offered: readonly Language[]): Language[] {
  if (prompt.startsWith(CHOICE)) return [language];
  return [language, ...offered.filter((other) => other !== language)];
}
