/** A number outside, rung as an operator is: the caller stays in our hands until both can speak. */
import type { Digit } from "../../../calls/digit.ts";
import type { NodeId } from "../../../calls/ids.ts";
import { isE164 } from "../../../calls/phone-number.ts";
import type { NodeOf } from "../document.ts";
import type { Stage } from "../ivr-types.ts";
import { nodeAt, type Walk } from "../walk.ts";

type DiallingStage = Extract<Stage, { name: "dialling-out" }>;
type ConnectingStage = Extract<Stage, { name: "connecting-outside" }>;

export function enterOutsideNumber(walk: Walk, id: NodeId, node: NodeOf<"outside-number">): void {
  const { number, ringSeconds, prompt } = node;
  if (!isE164(number)) return walk.enter(node.failed, "failed");
  walk.keepPlace(id, walk.world.nowMs);
  walk.stage = { name: "dialling-out", node: id, sinceMs: walk.world.nowMs };
  walk.note("dialling-out", { node: id, number });
  if (prompt === null) walk.ringback();
  else walk.say(prompt);
  walk.effects.push({ type: "dial-outside", number, ringSeconds });
}

export function keyWhileDialling(walk: Walk, { node }: DiallingStage, digit: Digit): void {
  if (digit === "0" && walk.document.operators !== node) return walk.follow(node, digit, walk.document.operators);
  walk.ringback();
}

export function outsideAnswered(walk: Walk, { node, sinceMs }: DiallingStage): void {
  walk.heard = null;
  walk.stage = { name: "connecting-outside", node, sinceMs };
  walk.effects.push({ type: "connect-outside" });
}

export function outsideFailed(walk: Walk, { node: id }: DiallingStage | ConnectingStage): void {
  walk.settle("no-answer");
  const node = nodeAt(walk, id, "outside-number");
  // Nothing is to be stopped: it has failed.
  walk.stage = { name: "arriving" };
  if (node) walk.enter(node.failed, "failed");
  else walk.enterOperators("flow-fault");
}
