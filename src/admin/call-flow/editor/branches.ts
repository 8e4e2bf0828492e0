/**
 * The branches of a node as the editor draws and moves them: in the order in which a person would tell them, under the same words (`via`)
 * as in the log and in the losses.
 */
import { DIGITS, type Digit, isDigit } from "../../../calls/digit.ts";
import { type NodeId, nodeId } from "../../../calls/ids.ts";
import type { Choices, FlowContent, FlowNode } from "../../../flows/ivr/document.ts";

export interface Branch {
  via: string;
  /** Empty: it leads nowhere yet. */
  to: NodeId;
}

/** 1 to 9 as on the telephone, then the rest. */
const KEY_ORDER: readonly Digit[] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "*", "#"];

/** Branches that are a field of the node, in the order in which they are drawn. */
const FIELDS = {
  language: { next: "next" },
  hours: { open: "open", closed: "closed" },
  say: { next: "next" },
  menu: { otherwise: "otherwise" },
  "ring-group": { "no-answer": "noAnswer" },
  voicemail: { saved: "saved", none: "none" },
  "caller-branch": { otherwise: "otherwise" },
  collect: { next: "next", otherwise: "otherwise" },
  "look-up": { next: "next", failed: "failed" },
  "say-values": { next: "next", failed: "failed" },
  operator: { "no-answer": "noAnswer" },
  "dial-extension": { "no-answer": "noAnswer", otherwise: "otherwise" },
  "outside-number": { failed: "failed" },
  callback: { next: "next", hidden: "hidden" },
  tag: { next: "next" },
  "go-to-flow": {},
  "hang-up": {},
} as const satisfies Record<FlowNode["type"], Readonly<Record<string, string>>>;

/** All branches of a node; keys first, then the cases of a caller branch, then what happens otherwise. */
export function branchesOf(node: FlowNode): Branch[] {
  const keys = "choices" in node ? keysOf(node.choices) : [];
  const cases =
    node.type === "caller-branch" ? node.cases.map(({ next }, index) => ({ via: caseWord(index), to: next })) : [];
  const fixed = Object.entries(fieldsOf(node)).map(([via, field]) => ({ via, to: nodeId(fieldOf(node, field)) }));
  return [...keys, ...cases, ...fixed];
}

/** What of the branches is worth a line: that 0 leads to a person goes without saying. */
export function drawnBranches(document: FlowContent, node: FlowNode): Branch[] {
  return branchesOf(node).filter(({ via, to }) => via !== "0" || to !== document.operators);
}

/** The node with one branch led elsewhere. A key that it has not yet is added. Words that it has no branch for change nothing. */
export function withBranch(node: FlowNode, via: string, to: NodeId): FlowNode {
  if (isDigit(via)) return "choices" in node ? { ...node, choices: { ...node.choices, [via]: to } } : node;
  if (node.type === "caller-branch" && via.startsWith("case-")) {
    const cases = node.cases.map((one, index) => (caseWord(index) === via ? { ...one, next: to } : one));
    return { ...node, cases };
  }
  const field = fieldsOf(node)[via];
  return field === undefined ? node : { ...node, [field]: to };
}

export function withoutKey(node: FlowNode, key: Digit): FlowNode {
  if (!("choices" in node)) return node;
  const choices: Choices = { ...node.choices };
  delete choices[key];
  return { ...node, choices };
}

export function freeKeys(choices: Choices): Digit[] {
  return KEY_ORDER.filter((key) => choices[key] === undefined);
}

/** The branch by which most callers go on: the one that an inserted step passes on. */
export function mainBranch(node: FlowNode): string | null {
  if (node.type === "menu") return "1";
  if (node.type === "caller-branch") return "otherwise";
  return Object.keys(fieldsOf(node))[0] ?? null;
}

function caseWord(index: number): string {
  return `case-${index + 1}`;
}

function keysOf(choices: Choices): Branch[] {
  const known = DIGITS.filter((key) => choices[key] !== undefined);
  return KEY_ORDER.filter((key) => known.includes(key)).map((via) => ({ via, to: choices[via] ?? nodeId("") }));
}

function fieldsOf(node: FlowNode): Readonly<Record<string, string>> {
  return FIELDS[node.type];
}

function fieldOf(node: FlowNode, field: string): string {
  const value: unknown = (node as Record<string, unknown>)[field];
  return typeof value === "string" ? value : "";
}
