/** Nodes that take several digits: collect and dial-extension. */
import type { Digit } from "../../../calls/digit.ts";
import type { NodeId, OperatorId } from "../../../calls/ids.ts";
import type { NodeOf } from "../document.ts";
import type { Stage } from "../ivr-types.ts";
import { nodeAt, type Walk } from "../walk.ts";
import { ringExtension } from "./ringing.ts";

type CollectingStage = Extract<Stage, { name: "collecting" }>;
type DigitsNode = NodeOf<"collect" | "dial-extension">;

/** What the digits that were typed so far are. `open`: more may come. */
type Reading =
  | { type: "open" }
  | { type: "done"; digits: string; operatorId: OperatorId | null }
  | { type: "person" }
  | { type: "wrong" };

export function enterDigits(walk: Walk, id: NodeId, node: DigitsNode, pendingKey: Digit | null): void {
  walk.keepPlace(id);
  const stage: CollectingStage = { name: "collecting", node: id, attempt: 0, digits: "" };
  walk.stage = stage;
  if (pendingKey !== null) return digitTyped(walk, stage, pendingKey);
  if (node.prompt === "") walk.startTimer("input", node.timeoutMs);
  else walk.say(node.prompt);
}

export function digitsAsked(walk: Walk, { node: id, digits }: CollectingStage): void {
  const node = nodeAt(walk, id, "collect", "dial-extension");
  // A prompt that was broken off by the first digit: the clock runs since that digit.
  if (node && digits === "") walk.startTimer("input", node.timeoutMs);
}

export function digitTyped(walk: Walk, stage: CollectingStage, digit: Digit): void {
  const node = nodeAt(walk, stage.node, "collect", "dial-extension");
  if (!node) return walk.enterOperators("flow-fault");
  walk.stopTimer("input");
  if (digit === "*") return walk.follow(stage.node, "0", walk.document.operators);
  // Typed before the switch had begun to speak: what it says then is of no use any more.
  if (stage.digits === "") walk.effects.push({ type: "stop-playing" });
  const isEnd = digit === "#" && endsByHash(node);
  if (isEnd) return readAndGoOn(walk, stage, node, true);
  const typed = { ...stage, digits: digit === "#" ? stage.digits : `${stage.digits}${digit}` };
  walk.stage = typed;
  readAndGoOn(walk, typed, node, false);
}

export function noMoreDigits(walk: Walk, stage: CollectingStage): void {
  const node = nodeAt(walk, stage.node, "collect", "dial-extension");
  if (!node) return walk.enterOperators("flow-fault");
  readAndGoOn(walk, stage, node, true);
}

function readAndGoOn(walk: Walk, stage: CollectingStage, node: DigitsNode, isOver: boolean): void {
  const { node: id, digits } = stage;
  if (digits === "") return isOver ? retry(walk, stage, node, "no-input") : walk.startTimer("input", node.timeoutMs);
  const reading = node.type === "collect" ? readDigits(node, digits, isOver) : readExtension(walk, digits, isOver);
  switch (reading.type) {
    case "open":
      return walk.startTimer("input", node.timeoutMs);
    case "person":
      return walk.follow(id, "0", walk.document.operators);
    case "wrong":
      return retry(walk, stage, node, "wrong-input");
    case "done":
      if (!isOver && endsByHash(node)) walk.expectEndKey();
      if (node.type === "collect") return collected(walk, id, node, digits);
      if (reading.operatorId !== null) ringExtension(walk, id, reading.operatorId);
  }
}

function endsByHash(node: DigitsNode): boolean {
  return node.type === "dial-extension" || node.endKey === "#";
}

function readDigits({ minDigits, maxDigits }: NodeOf<"collect">, digits: string, isOver: boolean): Reading {
  const done: Reading = { type: "done", digits, operatorId: null };
  if (digits.length >= Math.max(minDigits, maxDigits)) return done;
  if (!isOver) return { type: "open" };
  if (digits.length >= minDigits) return done;
  return digits === "0" ? { type: "person" } : { type: "wrong" };
}

function readExtension(walk: Walk, digits: string, isOver: boolean): Reading {
  const extensions = walk.world.extensions();
  const exact = extensions.find(({ extension }) => extension === digits);
  const isBeginning = extensions.some(({ extension }) => extension !== digits && extension.startsWith(digits));
  if (exact && (isOver || !isBeginning)) return { type: "done", digits, operatorId: exact.operatorId };
  if (isBeginning && !isOver) return { type: "open" };
  return digits === "0" ? { type: "person" } : { type: "wrong" };
}

function collected(walk: Walk, id: NodeId, node: NodeOf<"collect">, digits: string): void {
  if (node.isSecret) walk.setSecret(node.variable, digits);
  else walk.setVariables({ [node.variable]: digits });
  const told = node.isSecret ? null : digits;
  walk.note("collected", { node: id, variable: node.variable, digits: told, count: digits.length });
  walk.enter(node.next, "next");
}

function retry(walk: Walk, stage: CollectingStage, node: DigitsNode, kind: "no-input" | "wrong-input"): void {
  const { node: id, attempt } = stage;
  walk.note(kind, { node: id });
  if (attempt >= node.repeats) return walk.enter(node.otherwise, "otherwise");
  walk.stopTimer("input");
  walk.stage = { name: "collecting", node: id, attempt: attempt + 1, digits: "" };
  walk.say(kind, ...(node.prompt === "" ? [] : [node.prompt]));
}
