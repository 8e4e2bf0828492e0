/**
 * A call flow as data: the tree that a caller walks. Nodes name each other by id; prompts are named, and each has one take per language.
 */
import type { Digit } from "../../calls/digit.ts";
import { type FlowId, flowId, type NodeId, nodeId, type OperatorId, operatorId } from "../../calls/ids.ts";
import type { Language } from "../../calls/language.ts";
import type { WeeklyHours } from "../hours/weekly-hours.ts";

type RingStrategy = "simultaneous" | "sequential";
type Choices = Partial<Record<Digit, NodeId>>;

export interface LanguageNode {
  type: "language";
  /** How long the caller may think after the last prompt. */
  timeoutMs: number;
  next: NodeId;
}
interface HoursNode {
  type: "hours";
  hours: WeeklyHours;
  open: NodeId;
  closed: NodeId;
}
export interface SayNode {
  type: "say";
  prompt: string;
  /** What hearing it means for the log: information heard to its end is a wish that was met. */
  purpose: "greeting" | "information" | "closed" | "notice";
  /** Keys that lead elsewhere while it plays. Another key: a greeting passes it to the next node, any other prompt starts again. */
  choices: Choices;
  next: NodeId;
}
export interface MenuNode {
  type: "menu";
  prompt: string;
  choices: Choices;
  timeoutMs: number;
  /** How often the menu is repeated after no input or wrong input before the caller is led to a person. */
  repeats: number;
  /** Where no input and wrong input lead in the end: a person, never a dead end. */
  otherwise: NodeId;
}
export interface RingGroupNode {
  type: "ring-group";
  /** Empty: every enabled operator. Order matters for `sequential`. */
  operatorIds: OperatorId[];
  strategy: RingStrategy;
  /** How long one phone (sequential) or all phones (simultaneous) ring before the next try. */
  ringSeconds: number;
  maxWaitSeconds: number;
  prompt: string;
  noAnswer: NodeId;
}
/** Asks for a message, beeps and records it. Any key, silence or hanging up ends it. */
export interface VoicemailNode {
  type: "voicemail";
  prompt: string;
  /** Keys that lead elsewhere before the beep; another key brings the beep at once. */
  choices: Choices;
  maxSeconds: number;
  silenceSeconds: number;
  /** What is shorter is no message. */
  leastMs: number;
  saved: NodeId;
  none: NodeId;
}
interface HangUpNode {
  type: "hang-up";
}

export type FlowNode = LanguageNode | HoursNode | SayNode | MenuNode | RingGroupNode | VoicemailNode | HangUpNode;

export interface FlowDocument {
  id: FlowId;
  version: number;
  start: NodeId;
  /** Where the key 0 leads from everywhere: a person. */
  operators: NodeId;
  nodes: Record<string, FlowNode>;
}

/** What the owner fills in on one page; the document is built from it. */
export interface SimpleFlow {
  hours: WeeklyHours;
  strategy: RingStrategy;
  ringSeconds: number;
  maxWaitSeconds: number;
  menu: { isEnabled: boolean; operatorsDigit: Digit; informationDigit: Digit | null };
  operatorIds: number[];
  /** Whether callers whom nobody answers, and callers outside of the hours, may leave a message. */
  voicemail: { isEnabled: boolean };
}

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

const id = {
  language: nodeId("language"),
  hours: nodeId("hours"),
  greeting: nodeId("greeting"),
  menu: nodeId("menu"),
  information: nodeId("information"),
  closed: nodeId("closed"),
  operators: nodeId("operators"),
  noAnswer: nodeId("no-answer"),
  voicemail: nodeId("voicemail"),
  messageSaved: nodeId("message-saved"),
  goodbye: nodeId("goodbye"),
  end: nodeId("end"),
};

const USUAL_MESSAGE = {
  type: "voicemail",
  prompt: "leave-message",
  maxSeconds: 180,
  silenceSeconds: 5,
  leastMs: 1_000,
} as const;

/** Number -> language -> hours -> greeting -> menu -> ring group, as issue texts and owners describe it. */
export function buildFlow(flow: FlowId, version: number, simple: SimpleFlow): FlowDocument {
  const toPerson: Choices = { "0": id.operators };
  const menuChoices: Choices = { ...toPerson, [simple.menu.operatorsDigit]: id.operators };
  if (simple.menu.informationDigit !== null) menuChoices[simple.menu.informationDigit] = id.information;
  const takesMessages = simple.voicemail.isEnabled;
  const nodes: Record<string, FlowNode> = {
    [id.language]: { type: "language", timeoutMs: 4_000, next: id.hours },
    [id.hours]: { type: "hours", hours: simple.hours, open: id.greeting, closed: id.closed },
    [id.greeting]: {
      type: "say",
      prompt: "greeting",
      purpose: "greeting",
      choices: toPerson,
      next: simple.menu.isEnabled ? id.menu : id.operators,
    },
    [id.menu]: {
      type: "menu",
      prompt: "menu",
      choices: menuChoices,
      timeoutMs: 5_000,
      repeats: 1,
      otherwise: id.operators,
    },
    [id.information]: {
      type: "say",
      prompt: "information",
      purpose: "information",
      choices: { ...toPerson, [simple.menu.operatorsDigit]: id.operators },
      next: id.goodbye,
    },
    [id.closed]: {
      type: "say",
      prompt: "closed",
      purpose: "closed",
      choices: toPerson,
      next: takesMessages ? id.voicemail : id.goodbye,
    },
    [id.operators]: {
      type: "ring-group",
      operatorIds: simple.operatorIds.map(operatorId),
      strategy: simple.strategy,
      ringSeconds: simple.ringSeconds,
      maxWaitSeconds: simple.maxWaitSeconds,
      prompt: "connecting",
      noAnswer: id.noAnswer,
    },
    [id.noAnswer]: {
      type: "say",
      prompt: "no-answer",
      purpose: "notice",
      choices: {},
      next: takesMessages ? id.voicemail : id.end,
    },
    [id.goodbye]: { type: "say", prompt: "goodbye", purpose: "notice", choices: toPerson, next: id.end },
    [id.end]: { type: "hang-up" },
  };
  if (takesMessages) {
    nodes[id.voicemail] = { ...USUAL_MESSAGE, choices: toPerson, saved: id.messageSaved, none: id.goodbye };
    nodes[id.messageSaved] = { type: "say", prompt: "message-saved", purpose: "notice", choices: {}, next: id.end };
  }
  return { id: flow, version, start: id.language, operators: id.operators, nodes };
}

export const DEFAULT_FLOW = flowId("main");

export function usualSimpleFlow(hours: WeeklyHours): SimpleFlow {
  return {
    hours,
    strategy: "simultaneous",
    ringSeconds: 20,
    maxWaitSeconds: 120,
    menu: { isEnabled: true, operatorsDigit: "1", informationDigit: "2" },
    operatorIds: [],
    voicemail: { isEnabled: true },
  };
}

/** Documents that were published before there was voicemail have none. */
export function hasVoicemail(document: FlowDocument): boolean {
  return Object.values(document.nodes).some(({ type }) => type === "voicemail");
}

/** Languages that a caller may choose from, in order; the first is spoken when nothing is chosen. */
export type CallerLanguages = readonly [Language, ...Language[]];
