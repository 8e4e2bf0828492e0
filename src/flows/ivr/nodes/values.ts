/** Nodes that ask a server, and that say what it answered. */
import type { Digit } from "../../../calls/digit.ts";
import type { NodeId } from "../../../calls/ids.ts";
import type { NodeOf } from "../document.ts";
import type { LookUpAnswer, LookUpFailure, Stage } from "../ivr-types.ts";
import { lookUpRequest, readOutputs } from "../look-up-request.ts";
import { speechOf } from "../spoken-values.ts";
import { nodeAt, type Walk } from "../walk.ts";
import { startSaying } from "./saying.ts";

type LookingStage = Extract<Stage, { name: "looking-up" }>;
type PreparingStage = Extract<Stage, { name: "preparing-speech" }>;

/** Whoever asks the server keeps the deadline; this is for the case that they do not. */
const GRACE_MS = 1_000;
const SPEECH_DEADLINE_MS = 4_000;

export function enterLookUp(walk: Walk, id: NodeId, node: NodeOf<"look-up">): void {
  walk.keepPlace(id);
  const request = lookUpRequest(node, { ...builtIns(walk), ...walk.variables });
  if (typeof request === "string") return lookUpFailed(walk, id, node, request);
  const requestId = walk.newRequest(node.deadlineMs + GRACE_MS);
  walk.stage = { name: "looking-up", node: id, requestId };
  if (node.prompt !== null) walk.say(node.prompt);
  walk.effects.push({ type: "look-up", requestId, request });
}

/** After a restart: what is only asked for can be asked again, what is posted may have been done. */
export function resumeLookUp(walk: Walk, id: NodeId, node: NodeOf<"look-up">): void {
  if (node.method === "GET") return walk.enter(id, "taken-back");
  walk.keepPlace(id);
  lookUpFailed(walk, id, node, "interrupted");
}

function builtIns(walk: Walk): Record<string, string> {
  const { caller, dialled } = walk.world;
  return { caller: caller.isHidden ? "" : (caller.e164 ?? ""), dialled, language: walk.language };
}

export function lookUpEnded(walk: Walk, { node: id }: LookingStage, answer: LookUpAnswer, tookMs: number): void {
  const node = nodeAt(walk, id, "look-up");
  if (!node) return walk.enterOperators("flow-fault");
  if (!answer.ok) return lookUpFailed(walk, id, node, answer.reason);
  const values = readOutputs(node.outputs, answer.json);
  if (values === null) return lookUpFailed(walk, id, node, "no-such-value");
  walk.setVariables(values);
  walk.note("looked-up", { node: id, ms: Math.round(tookMs) });
  walk.enter(node.next, "next");
}

function lookUpFailed(walk: Walk, id: NodeId, node: NodeOf<"look-up">, reason: LookUpFailure): void {
  walk.note("look-up-failed", { node: id, reason });
  walk.enter(node.failed, "failed");
}

/** 0 leads to a person; any other key has stopped the prompt, and nothing else. */
export function keyWhileLookingUp(walk: Walk, { node }: LookingStage, digit: Digit): void {
  if (digit === "0") walk.follow(node, digit, walk.document.operators);
}

export function enterSayValues(walk: Walk, id: NodeId, node: NodeOf<"say-values">): void {
  const { language, world } = walk;
  const speech = speechOf(node.parts, { ...builtIns(walk), ...walk.variables }, { ...world, language });
  if (speech === null || speech.length === 0) return walk.enter(node.failed, "failed");
  const texts = speech.flatMap((one) => (typeof one === "object" && "text" in one ? [one.text] : []));
  if (texts.length === 0) return sayValues(walk, id, speech);
  walk.keepPlace(id);
  const requestId = walk.newRequest(SPEECH_DEADLINE_MS + GRACE_MS);
  walk.stage = { name: "preparing-speech", node: id, requestId, speech };
  walk.effects.push({ type: "prepare-speech", requestId, texts, language, deadlineMs: SPEECH_DEADLINE_MS });
}

export function speechPrepared(walk: Walk, { node: id, speech }: PreparingStage, isReady: boolean): void {
  const node = nodeAt(walk, id, "say-values");
  if (!node) return walk.enterOperators("flow-fault");
  if (!isReady) return walk.enter(node.failed, "failed");
  walk.leave();
  sayValues(walk, id, speech);
}

function sayValues(walk: Walk, id: NodeId, speech: PreparingStage["speech"]): void {
  walk.note("values-said", { node: id });
  startSaying(walk, id, speech, null);
}

export function keyWhilePreparing(walk: Walk, { node: id }: PreparingStage, digit: Digit): void {
  const target = walk.chosen(nodeAt(walk, id, "say-values")?.choices ?? {}, digit);
  if (target) walk.follow(id, digit, target);
}
