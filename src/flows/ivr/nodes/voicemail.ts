import type { Digit } from "../../../calls/digit.ts";
import type { NodeId } from "../../../calls/ids.ts";
import type { NodeOf } from "../document.ts";
import type { Stage } from "../ivr-types.ts";
import { nodeAt, type Walk } from "../walk.ts";

type InvitingStage = Extract<Stage, { name: "inviting-message" }>;
type RecordingStage = Extract<Stage, { name: "recording-message" }>;

export function enterVoicemail(walk: Walk, id: NodeId, node: NodeOf<"voicemail">, pendingKey: Digit | null): void {
  walk.keepPlace(id);
  const stage: InvitingStage = { name: "inviting-message", node: id };
  walk.stage = stage;
  walk.note("leaving-message", { node: id });
  if (pendingKey !== null) return keyBeforeMessage(walk, stage, pendingKey);
  const invitation = node.prompt === "" ? [] : [{ prompt: node.prompt, language: walk.language }];
  walk.play([...invitation, "beep"]);
}

export function invited(walk: Walk, { node: id }: InvitingStage): void {
  const node = nodeAt(walk, id, "voicemail");
  if (!node) return walk.enterOperators("flow-fault");
  const { maxSeconds, silenceSeconds } = node;
  walk.stage = { name: "recording-message", node: id };
  walk.effects.push({ type: "record-message", maxSeconds, silenceSeconds });
}

/** A key while the message is recorded ends it inside the switch; here it does nothing. */
export function keyBeforeMessage(walk: Walk, { node: id }: InvitingStage, digit: Digit): void {
  const target = walk.chosen(nodeAt(walk, id, "voicemail")?.choices ?? {}, digit);
  if (target) walk.follow(id, digit, target);
  else walk.play(["beep"]);
}

export function messageRecorded(
  walk: Walk,
  { node: id }: RecordingStage,
  { durationMs, isEndedBySilence }: { durationMs: number; isEndedBySilence: boolean },
): void {
  const node = nodeAt(walk, id, "voicemail");
  if (!node) return walk.enterOperators("flow-fault");
  const spokenMs = durationMs - (isEndedBySilence ? node.silenceSeconds * 1_000 : 0);
  const isMessage = spokenMs >= node.leastMs;
  if (isMessage) {
    walk.settle("voicemail");
    walk.note("message-left", { seconds: Math.round(spokenMs / 1000) });
  } else walk.note("no-message", {});
  if (isMessage) walk.enter(node.saved, "saved");
  else walk.enter(node.none, "none");
}
