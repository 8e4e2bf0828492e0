/** Nodes that wait for one key: language and menu. */
import { DIGITS, type Digit } from "../../../calls/digit.ts";
import type { NodeId } from "../../../calls/ids.ts";
import type { NodeOf } from "../document.ts";
import { choicePrompt } from "../flow-prompts.ts";
import type { Stage } from "../ivr-types.ts";
import { nodeAt, type Walk } from "../walk.ts";

type ChoosingStage = Extract<Stage, { name: "choosing" }>;

export function enterLanguage(walk: Walk, id: NodeId, node: NodeOf<"language">, pendingKey: Digit | null): void {
  if (walk.languages.length === 1) return walk.enter(node.next, "next", pendingKey);
  walk.keepPlace(id);
  const stage: ChoosingStage = { name: "choosing", node: id, attempt: 0 };
  walk.stage = stage;
  if (pendingKey !== null) return keyWhileChoosing(walk, stage, pendingKey);
  walk.play(walk.languages.map((language, index) => ({ prompt: choicePrompt(index + 1), language })));
}

export function enterMenu(walk: Walk, id: NodeId, node: NodeOf<"menu">, pendingKey: Digit | null): void {
  walk.keepPlace(id);
  const stage: ChoosingStage = { name: "choosing", node: id, attempt: 0 };
  walk.stage = stage;
  walk.note("menu", { node: id });
  if (pendingKey !== null) return keyWhileChoosing(walk, stage, pendingKey);
  walk.say(node.prompt);
}

export function choiceAsked(walk: Walk, { node: id }: ChoosingStage): void {
  const node = nodeAt(walk, id, "language", "menu");
  if (node) walk.startTimer("input", node.timeoutMs);
}

export function keyWhileChoosing(walk: Walk, stage: ChoosingStage, digit: Digit): void {
  const { node: id } = stage;
  const node = nodeAt(walk, id, "language", "menu");
  if (!node) return walk.enterOperators("flow-fault");
  if (node.type === "menu") {
    const target = walk.chosen(node.choices, digit);
    if (target) walk.follow(id, digit, target);
    else retry(walk, stage, "wrong-input", { digits: digit });
    return;
  }
  const language = walk.languages[DIGITS.indexOf(digit) - 1];
  if (digit === "0") walk.follow(id, digit, walk.document.operators);
  else if (language) {
    walk.setLanguage(language);
    walk.note("language-chosen", { language });
    walk.enter(node.next, "next");
  } else retry(walk, stage, "wrong-input", { digits: digit });
}

export function noChoice(walk: Walk, stage: ChoosingStage): void {
  retry(walk, stage, "no-input", {});
}

function retry(
  walk: Walk,
  { node: id, attempt }: ChoosingStage,
  kind: "no-input" | "wrong-input",
  data: Record<string, string>,
): void {
  const node = nodeAt(walk, id, "language", "menu");
  if (!node) return walk.enterOperators("flow-fault");
  walk.note(kind, { node: id, ...data });
  // Who does not choose a language is served in the first: asking again would keep them from a person.
  if (node.type === "language") return walk.enter(node.next, "next");
  if (attempt >= node.repeats) return walk.enter(node.otherwise, "otherwise");
  walk.stopTimer("input");
  walk.stage = { name: "choosing", node: id, attempt: attempt + 1 };
  walk.say(kind, node.prompt);
}
