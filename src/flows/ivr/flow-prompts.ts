/** Which prompts flows say. Pure. */
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
