/** Nodes that say something and go on: say, callback, and say-values once its words are ready. */
import type { Digit } from "../../../calls/digit.ts";
import type { NodeId } from "../../../calls/ids.ts";
import type { Choices, NodeOf } from "../document.ts";
import type { Speech, Stage } from "../ivr-types.ts";
import { nodeAt, type Walk } from "../walk.ts";

type SayingStage = Extract<Stage, { name: "saying" }>;

export function enterSay(walk: Walk, id: NodeId, node: NodeOf<"say">, pendingKey: Digit | null): void {
  if (node.purpose === "closed") walk.settle("after-hours");
  if (node.purpose !== "notice") walk.note(node.purpose, { node: id });
  startSaying(walk, id, node.prompt === "" ? [] : [{ prompt: node.prompt, language: walk.language }], pendingKey);
}

/** The wish is kept before anything is said: who hangs up at once is called back as well. */
export function enterCallback(walk: Walk, id: NodeId, node: NodeOf<"callback">, pendingKey: Digit | null): void {
  if (walk.world.caller.isHidden || walk.world.caller.e164 === null)
    return walk.enter(node.hidden, "hidden", pendingKey);
  walk.settle("callback-requested");
  walk.note("callback-requested", { node: id });
  startSaying(walk, id, node.prompt === "" ? [] : [{ prompt: node.prompt, language: walk.language }], pendingKey);
}

export function startSaying(walk: Walk, id: NodeId, speech: readonly Speech[], pendingKey: Digit | null): void {
  walk.keepPlace(id);
  const stage: SayingStage = { name: "saying", node: id, speech };
  walk.stage = stage;
  if (pendingKey !== null) return keyWhileSaying(walk, stage, pendingKey);
  if (speech.length === 0) return saidToTheEnd(walk, stage);
  walk.play(speech);
}

export function saidToTheEnd(walk: Walk, { node: id }: SayingStage): void {
  const { purpose, next } = sayingOf(walk, id);
  if (purpose === "information") walk.settle("information-heard");
  walk.enter(next, "next");
}

export function keyWhileSaying(walk: Walk, { node: id, speech }: SayingStage, digit: Digit): void {
  const { purpose, choices, next } = sayingOf(walk, id);
  const target = walk.chosen(choices, digit);
  if (target) walk.follow(id, digit, target);
  else if (purpose === "greeting") walk.enter(next, "next", digit);
  else if (speech.length === 0) walk.enter(next, "next");
  else walk.play(speech);
}

function sayingOf(walk: Walk, id: NodeId): { purpose: string; choices: Choices; next: NodeId } {
  const node = nodeAt(walk, id, "say", "say-values", "callback");
  if (!node) return { purpose: "notice", choices: {}, next: walk.document.operators };
  if (node.type === "callback") return { purpose: "notice", choices: {}, next: node.next };
  return node;
}
