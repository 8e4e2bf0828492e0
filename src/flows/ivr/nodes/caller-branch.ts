import type { Digit } from "../../../calls/digit.ts";
import type { NodeId } from "../../../calls/ids.ts";
import type { CallerCondition, NodeOf } from "../document.ts";
import type { CallerFacts, Stage } from "../ivr-types.ts";
import { nodeAt, type Walk } from "../walk.ts";

type AskingStage = Extract<Stage, { name: "asking-about-caller" }>;

/** Callers wait for it in silence; who cannot be told in this time is nobody special. */
const ASKING_MS = 1_500;
const NOBODY: CallerFacts = { isKnown: false, category: null, isBlocked: false, daysSinceLastCall: null };

export function enterCallerBranch(
  walk: Walk,
  id: NodeId,
  node: NodeOf<"caller-branch">,
  pendingKey: Digit | null,
): void {
  for (const [index, { when, next }] of node.cases.entries()) {
    const isTrue = holds(walk, when);
    if (isTrue === null) return ask(walk, id, pendingKey);
    if (isTrue) return follow(walk, id, `case-${index + 1}`, next, pendingKey);
  }
  follow(walk, id, "otherwise", node.otherwise, pendingKey);
}

function follow(walk: Walk, id: NodeId, branch: string, next: NodeId, pendingKey: Digit | null): void {
  walk.note("caller-branch", { node: id, branch });
  walk.enter(next, branch, pendingKey);
}

/** Null: somebody has to be asked. */
function holds({ world, facts: known }: Walk, when: CallerCondition): boolean | null {
  const { e164, isHidden } = world.caller;
  if (when.type === "hidden") return isHidden;
  if (isHidden || e164 === null) return false;
  if (when.type === "prefix") return when.prefixes.some((prefix) => e164.startsWith(prefix));
  if (known === null) return null;
  switch (when.type) {
    case "known":
      return known.isKnown;
    case "category":
      return known.category !== null && known.category === when.category;
    case "recent":
      return known.daysSinceLastCall !== null && known.daysSinceLastCall <= when.days;
    case "blocked":
      return known.isBlocked;
  }
}

function ask(walk: Walk, id: NodeId, pendingKey: Digit | null): void {
  const requestId = walk.newRequest(ASKING_MS);
  walk.stage = { name: "asking-about-caller", node: id, requestId, pendingKey };
  walk.effects.push({ type: "ask-about-caller", requestId });
}

export function callerKnown(walk: Walk, { node: id, pendingKey }: AskingStage, facts: CallerFacts | null): void {
  walk.facts = facts ?? NOBODY;
  const node = nodeAt(walk, id, "caller-branch");
  walk.leave();
  if (node) enterCallerBranch(walk, id, node, pendingKey);
  else walk.enterOperators("flow-fault");
}

/** Somebody who is in a hurry: the next place takes the first key that they press. */
export function keyWhileAsking(walk: Walk, stage: AskingStage, digit: Digit): void {
  walk.stage = { ...stage, pendingKey: stage.pendingKey ?? digit };
}
