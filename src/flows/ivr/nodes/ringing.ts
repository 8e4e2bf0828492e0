/** Nodes that ring phones of ours: a group, one operator, or the operator whose extension the caller typed. */
import type { NodeId, OperatorId } from "../../../calls/ids.ts";
import { leaveRingGroup, type RingGroupEffect, type RingGroupEvent, ringGroupStep } from "../../queue/ring-group.ts";
import type { NodeOf, RingGroup } from "../document.ts";
import type { Stage } from "../ivr-types.ts";
import { nodeAt, type Walk } from "../walk.ts";

type RingingStage = Extract<Stage, { name: "ringing" }>;
type ConnectingStage = Extract<Stage, { name: "connecting" }>;

const STILL_WAITING_EVERY_MS = 20_000;

export function enterRingGroup(walk: Walk, id: NodeId, node: NodeOf<"ring-group">): void {
  join(walk, id, { operatorId: null, prompt: node.prompt, queuedAtMs: walk.world.nowMs });
}

/** Waits on, with the time at which they joined: after a restart, or because the two could not be connected. */
export function rejoin(walk: Walk, id: NodeId, queuedAtMs: number, operatorId: OperatorId | null): void {
  join(walk, id, { operatorId, prompt: null, queuedAtMs });
}

export function enterOperator(walk: Walk, id: NodeId, node: NodeOf<"operator">): void {
  if (node.operatorId === null) return walk.enter(node.noAnswer, "no-answer");
  join(walk, id, { operatorId: node.operatorId, prompt: node.prompt, queuedAtMs: walk.world.nowMs });
}

export function ringExtension(walk: Walk, id: NodeId, operatorId: OperatorId): void {
  walk.leave();
  join(walk, id, { operatorId, prompt: "connecting", queuedAtMs: walk.world.nowMs });
}

/** `prompt` null: the caller has heard it. */
function join(
  walk: Walk,
  id: NodeId,
  { operatorId, prompt, queuedAtMs }: { operatorId: OperatorId | null; prompt: string | null; queuedAtMs: number },
): void {
  walk.keepPlace(id, queuedAtMs);
  const hasWords = prompt !== null && prompt !== "";
  if (hasWords) walk.say(prompt);
  else walk.ringback();
  const { nowMs } = walk.world;
  const group = groupAt(walk, id, operatorId);
  const step = ringGroupStep(null, { type: "join", queuedAtMs }, group, walk.world.group(group), nowMs);
  const stage: RingingStage = {
    name: "ringing",
    node: id,
    group: step.state,
    isIntroduced: !hasWords,
    spokenAtMs: nowMs,
    operatorId,
  };
  apply(walk, stage, step.effects);
}

export function groupEvent(walk: Walk, stage: RingingStage, event: RingGroupEvent): void {
  const group = groupAt(walk, stage.node, stage.operatorId);
  const step = ringGroupStep(stage.group, event, group, walk.world.group(group), walk.world.nowMs);
  apply(walk, { ...stage, group: step.state }, step.effects);
}

function apply(walk: Walk, stage: RingingStage, effects: readonly RingGroupEffect[]): void {
  walk.stage = stage;
  walk.effects.push(...effects);
  const { group } = stage;
  const isPause = effects.some((effect) => effect.type === "start-timer" && effect.timer === "pause");
  if (group.name === "gave-up") return notAnswered(walk, stage);
  // For one person there is no next round: whoever is absent or refuses is not asked again at once.
  if (isPause && isForOne(walk, stage)) {
    walk.effects.push(...leaveRingGroup(group, null));
    return notAnswered(walk, { ...stage, group: { name: "gave-up", queuedAtMs: group.queuedAtMs } });
  }
  if (isPause && stage.isIntroduced && walk.world.nowMs - stage.spokenAtMs >= STILL_WAITING_EVERY_MS) {
    walk.stage = { ...stage, spokenAtMs: walk.world.nowMs };
    walk.say("still-waiting");
  }
}

function notAnswered(walk: Walk, stage: RingingStage): void {
  walk.stage = stage;
  walk.settle("no-answer");
  const node = nodeAt(walk, stage.node, "ring-group", "operator", "dial-extension");
  if (node) walk.enter(node.noAnswer, "no-answer");
  else walk.enterOperators("flow-fault");
}

/** Any key stops a prompt inside the switch: the caller who presses one while they wait hears it ring on. */
export function ringOn(walk: Walk, stage: RingingStage): void {
  walk.stage = { ...stage, isIntroduced: true };
  walk.ringback();
}

export function operatorAnswered(walk: Walk, operatorId: OperatorId): void {
  const { stage } = walk;
  if (stage.name !== "ringing" || stage.group.name !== "ringing" || !stage.group.ringing.includes(operatorId)) {
    // Two picked up at once, or the caller has moved on: this phone is let go.
    walk.effects.push({ type: "stop-ringing", operatorId });
    return;
  }
  const { node, group } = stage;
  walk.effects.push(...leaveRingGroup(group, operatorId), { type: "connect", operatorId });
  walk.heard = null;
  walk.stage = { name: "connecting", node, operatorId, queuedAtMs: group.queuedAtMs };
}

/** Back into the group; one operator alone is rung again. */
export function connectFailed(walk: Walk, { node: id, queuedAtMs, operatorId }: ConnectingStage): void {
  const isGroup = nodeAt(walk, id, "ring-group") !== undefined;
  rejoin(walk, id, queuedAtMs, isGroup ? null : operatorId);
}

function isForOne(walk: Walk, { node, operatorId }: RingingStage): boolean {
  return operatorId !== null || nodeAt(walk, node, "ring-group") === undefined;
}

function groupAt(walk: Walk, id: NodeId, operatorId: OperatorId | null): RingGroup {
  const group = nodeAt(walk, id, "ring-group");
  if (group) return group;
  const ringSeconds = nodeAt(walk, id, "operator", "dial-extension")?.ringSeconds ?? 0;
  const operatorIds = operatorId === null ? [] : [operatorId];
  return { operatorIds, strategy: "simultaneous", ringSeconds, maxWaitSeconds: ringSeconds };
}
