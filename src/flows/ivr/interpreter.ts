/**
 * Walks a caller through a flow document. Pure: `(state, event, world) -> {state, effects}`; the daemon and the panel's walk-through run the same code.
 *
 *   arriving -> (a node's own place) -> ... -> connecting -> talking -> ended      (the caller may hang up anywhere)
 *
 *   places: saying, choosing, collecting, asking-about-caller, looking-up, preparing-speech -> saying,
 *           ringing -> connecting, dialling-out -> connecting-outside, inviting-message -> recording-message
 */
import type { CallPlace } from "../../calls/call-event.ts";
import type { Outcome } from "../../calls/call-fact.ts";
import type { Digit } from "../../calls/digit.ts";
import { type NodeId, nodeId } from "../../calls/ids.ts";
import { isOpen } from "../hours/weekly-hours.ts";
import { type CallerLanguages, type FlowDocument, type FlowNode, type NodeOf, nodeOf } from "./document.ts";
import type { IvrEvent, IvrState, IvrStep, IvrTimer, IvrWorld } from "./ivr-types.ts";
import { callerKnown, enterCallerBranch, keyWhileAsking } from "./nodes/caller-branch.ts";
import { choiceAsked, enterLanguage, enterMenu, keyWhileChoosing, noChoice } from "./nodes/choosing.ts";
import { digitsAsked, digitTyped, enterDigits, noMoreDigits } from "./nodes/digits.ts";
import { enterOutsideNumber, keyWhileDialling, outsideAnswered, outsideFailed } from "./nodes/outside.ts";
import {
  connectFailed,
  enterOperator,
  enterRingGroup,
  groupEvent,
  operatorAnswered,
  rejoin,
  ringOn,
} from "./nodes/ringing.ts";
import { enterCallback, enterSay, keyWhileSaying, saidToTheEnd } from "./nodes/saying.ts";
import {
  enterLookUp,
  enterSayValues,
  keyWhileLookingUp,
  keyWhilePreparing,
  lookUpEnded,
  resumeLookUp,
  speechPrepared,
} from "./nodes/values.ts";
import { enterVoicemail, invited, keyBeforeMessage, messageRecorded } from "./nodes/voicemail.ts";
import { Walk } from "./walk.ts";

/** The longest that a call may stay in flows without a talk: with a key pressed now and then it could go on for ever. */
const LONGEST_CALL_MS = 2 * 60 * 60_000;
const LAST_WORDS_MS = 60_000;

export function startIvr(document: FlowDocument, languages: CallerLanguages): IvrState {
  return {
    document,
    languages,
    language: languages[0],
    hasChosenLanguage: false,
    stage: { name: "arriving" },
    settled: null,
    variables: {},
    secrets: [],
    facts: null,
    requests: 0,
    heard: null,
    endKeyUntilMs: null,
  };
}

/** How the call has ended if it ends in this state. */
export function outcomeOf(state: IvrState): Outcome {
  switch (state.stage.name) {
    case "talking":
      return "talked";
    case "ringing":
    case "connecting":
    case "dialling-out":
    case "connecting-outside":
      return "abandoned-while-ringing";
    default:
      return state.settled ?? "abandoned-in-menu";
  }
}

/** Never fails: a document that leads nowhere, or in a circle, leads to a person, and else to the end of the call. */
export function ivrStep(state: IvrState, event: IvrEvent, world: IvrWorld): IvrStep {
  const walk = new Walk(state, world, enterNode);
  if (state.stage.name !== "ended") take(walk, event);
  return walk.done();
}

function take(walk: Walk, event: IvrEvent): void {
  const { stage } = walk;
  switch (event.type) {
    case "arrived":
      if (stage.name !== "arriving") return;
      walk.effects.push({ type: "answer" });
      walk.note("answered", {});
      startClock(walk);
      return walk.enter(walk.document.start, "start");
    case "taken-back":
      startClock(walk);
      return resume(walk, event.place, event.isRecordingMessage ?? false);
    case "prompt-finished":
      return promptFinished(walk);
    case "message-recorded":
      if (stage.name === "recording-message") messageRecorded(walk, stage, event);
      return;
    case "key-pressed":
      return keyPressed(walk, event.digit);
    case "timer-fired":
      return timerFired(walk, event.timer);
    case "operator-failed":
    case "operator-free":
      if (stage.name === "ringing") groupEvent(walk, stage, event);
      return;
    case "operator-answered":
      return operatorAnswered(walk, event.operatorId);
    case "outside-answered":
      if (stage.name === "dialling-out") outsideAnswered(walk, stage);
      return;
    case "outside-failed":
      if (stage.name === "dialling-out" || stage.name === "connecting-outside") outsideFailed(walk, stage);
      return;
    case "connected":
      return connected(walk);
    case "connect-failed":
      if (stage.name === "connecting") connectFailed(walk, stage);
      else if (stage.name === "connecting-outside") outsideFailed(walk, stage);
      return;
    case "caller-known":
      if (stage.name === "asking-about-caller" && stage.requestId === event.requestId)
        callerKnown(walk, stage, event.facts);
      return;
    case "look-up-ended":
      if (stage.name === "looking-up" && stage.requestId === event.requestId)
        lookUpEnded(walk, stage, event.answer, event.tookMs);
      return;
    case "speech-prepared":
      if (stage.name === "preparing-speech" && stage.requestId === event.requestId)
        speechPrepared(walk, stage, event.isReady);
  }
}

function startClock(walk: Walk): void {
  const { startedAtMs, nowMs } = walk.world;
  walk.startTimer("call", Math.max(0, startedAtMs + LONGEST_CALL_MS - nowMs));
}

function enterNode(walk: Walk, id: NodeId, node: FlowNode, pendingKey: Digit | null): void {
  switch (node.type) {
    case "language":
      return enterLanguage(walk, id, node, pendingKey);
    case "hours":
      return isOpenNow(walk.world, node)
        ? walk.enter(node.open, "open", pendingKey)
        : walk.enter(node.closed, "closed", pendingKey);
    case "say":
      return enterSay(walk, id, node, pendingKey);
    case "menu":
      return enterMenu(walk, id, node, pendingKey);
    case "ring-group":
      return enterRingGroup(walk, id, node);
    case "voicemail":
      return enterVoicemail(walk, id, node, pendingKey);
    case "caller-branch":
      return enterCallerBranch(walk, id, node, pendingKey);
    case "collect":
    case "dial-extension":
      return enterDigits(walk, id, node, pendingKey);
    case "look-up":
      return enterLookUp(walk, id, node);
    case "say-values":
      return enterSayValues(walk, id, node);
    case "operator":
      return enterOperator(walk, id, node);
    case "outside-number":
      return enterOutsideNumber(walk, id, node);
    case "callback":
      return enterCallback(walk, id, node, pendingKey);
    case "tag":
      if (node.tag !== "") {
        walk.effects.push({ type: "tag", tag: node.tag });
        walk.note("tagged", { tag: node.tag });
      }
      return walk.enter(node.next, "next", pendingKey);
    case "go-to-flow": {
      const flow = walk.world.flow(node.flowId);
      return flow ? walk.enterFlow(flow) : walk.enterOperators("flow-fault");
    }
    case "hang-up":
      return walk.end();
  }
}

/** Hours that are nowhere to be found keep nobody out. */
function isOpenNow(world: IvrWorld, node: NodeOf<"hours">): boolean {
  const { nowMs, timeZone, numberSchedule } = world;
  if (node.numberFirst && numberSchedule !== null) {
    const isNumberOpen = world.isScheduleOpen(numberSchedule);
    if (isNumberOpen !== null) return isNumberOpen;
  }
  if (node.hours !== null) return isOpen(node.hours, nowMs, timeZone);
  return node.schedule === null ? true : (world.isScheduleOpen(node.schedule) ?? true);
}

function resume(walk: Walk, place: CallPlace, isRecordingMessage: boolean): void {
  walk.remember(place);
  const node = nodeOf(walk.document, place.node);
  const id = nodeId(place.node);
  if (node?.type === "voicemail" && isRecordingMessage) walk.stage = { name: "recording-message", node: id };
  else if (node?.type === "ring-group") rejoin(walk, id, place.queuedAtMs ?? walk.world.nowMs, null);
  else if (node?.type === "look-up") resumeLookUp(walk, id, node);
  else walk.enter(node ? id : walk.document.start, "taken-back");
}

function promptFinished(walk: Walk): void {
  const { stage } = walk;
  walk.heard = null;
  switch (stage.name) {
    case "saying":
      return saidToTheEnd(walk, stage);
    case "choosing":
      return choiceAsked(walk, stage);
    case "collecting":
      return digitsAsked(walk, stage);
    case "ringing":
      return ringOn(walk, stage);
    case "dialling-out":
      return walk.ringback();
    case "inviting-message":
      return invited(walk, stage);
    default:
  }
}

function keyPressed(walk: Walk, digit: Digit): void {
  const { stage } = walk;
  // It has stopped what was said all the same, as every key does.
  if (walk.isLateEndKey(digit)) return walk.sayAgain();
  switch (stage.name) {
    case "saying":
      return keyWhileSaying(walk, stage, digit);
    case "choosing":
      return keyWhileChoosing(walk, stage, digit);
    case "collecting":
      return digitTyped(walk, stage, digit);
    case "asking-about-caller":
      return keyWhileAsking(walk, stage, digit);
    case "looking-up":
      return keyWhileLookingUp(walk, stage, digit);
    case "preparing-speech":
      return keyWhilePreparing(walk, stage, digit);
    case "ringing":
      return ringOn(walk, stage);
    case "dialling-out":
      return keyWhileDialling(walk, stage, digit);
    case "inviting-message":
      return keyBeforeMessage(walk, stage, digit);
    default:
  }
}

function timerFired(walk: Walk, timer: IvrTimer): void {
  const { stage } = walk;
  switch (timer) {
    case "input":
      if (stage.name === "choosing") noChoice(walk, stage);
      else if (stage.name === "collecting") noMoreDigits(walk, stage);
      return;
    case "request":
      if (stage.name === "asking-about-caller") callerKnown(walk, stage, null);
      else if (stage.name === "looking-up") lookUpEnded(walk, stage, { ok: false, reason: "timeout" }, 0);
      else if (stage.name === "preparing-speech") speechPrepared(walk, stage, false);
      return;
    case "call":
      // Whoever speaks a message is left to finish it.
      if (stage.name === "recording-message") return walk.startTimer("call", LAST_WORDS_MS);
      if (stage.name !== "talking") walk.end();
      return;
    case "ring":
    case "pause":
    case "wait":
      if (stage.name === "ringing") groupEvent(walk, stage, { type: `${timer}-over` });
  }
}

function connected(walk: Walk): void {
  const { stage } = walk;
  const sinceMs = walk.world.nowMs;
  if (stage.name === "connecting") {
    const { node, operatorId, queuedAtMs } = stage;
    walk.stage = { name: "talking", node, operatorId, queuedAtMs, sinceMs };
  } else if (stage.name === "connecting-outside") {
    walk.stage = { name: "talking", node: stage.node, operatorId: null, queuedAtMs: stage.sinceMs, sinceMs };
  } else return;
  walk.leaveByTalk();
}
