/** Changes to a call flow as one person makes them, each from a document to the next. Pure; what cannot be done leaves the document as it is. */
import type { Digit } from "../../../calls/digit.ts";
import { type NodeId, nodeId } from "../../../calls/ids.ts";
import { FlowContent, type FlowNode, nodeOf } from "../../../flows/ivr/document.ts";
import { branchesOf, freeKeys, mainBranch, withBranch, withoutKey } from "./branches.ts";

export type NodeType = FlowNode["type"];

/** Where a step is put or led: a branch of a step, or the very beginning. */
export type Place = { from: NodeId; via: string } | "start";

const NOWHERE = nodeId("");

/** A step of that kind with what is usual for it. */
export function newNode(type: NodeType): FlowNode {
  const usual = { "ring-group": { prompt: "connecting" }, voicemail: { prompt: "leave-message" } };
  const input = { type, ...(type === "ring-group" || type === "voicemail" ? usual[type] : {}) };
  const node = nodeOf(FlowContent.parse({ start: "one", operators: "one", nodes: { one: input } }), "one");
  if (node === undefined) throw new RangeError(`no step of kind ${type}`);
  return node;
}

export function targetOf(document: FlowContent, place: Place): NodeId {
  if (place === "start") return document.start;
  const node = nodeOf(document, place.from);
  return branchesOf(node ?? newNode("hang-up")).find(({ via }) => via === place.via)?.to ?? NOWHERE;
}

/** Leads a branch to another step, or (`""`) nowhere. */
export function lead(document: FlowContent, place: Place, to: NodeId): FlowContent {
  if (place === "start") return { ...document, start: to };
  return change(document, place.from, (node) => withBranch(node, place.via, to));
}

export function change(document: FlowContent, id: NodeId, edit: (node: FlowNode) => FlowNode): FlowContent {
  const node = nodeOf(document, id);
  if (node === undefined) return document;
  return { ...document, nodes: { ...document.nodes, [id]: edit(node) } };
}

/**
 * A new step in that place. What the branch led to comes after it; where it could fail, callers come to a person.
 * Gives the document and the step's id.
 */
export function insert(document: FlowContent, place: Place, type: NodeType): { document: FlowContent; id: NodeId } {
  const id = freshId(document, type);
  const before = targetOf(document, place);
  const fresh = newNode(type);
  const main = mainBranch(fresh);
  let node = main === null ? fresh : withBranch(fresh, main, before);
  for (const { via } of branchesOf(node))
    if (via !== main) node = withBranch(node, via, byDefault(document, type, via));
  if (type === "voicemail") node = withBranch(node, "none", before);
  const grown = { ...document, nodes: { ...document.nodes, [id]: node } };
  return { document: lead(grown, place, id), id };
}

/** Where a branch of a new step leads that is not its main one. A closed door is the owner's to think about. */
function byDefault(document: FlowContent, type: NodeType, via: string): NodeId {
  return type === "hours" || via === "no-answer" ? NOWHERE : document.operators;
}

/** A free key of a menu, leading nowhere yet. */
export function addKey(document: FlowContent, id: NodeId): FlowContent {
  return change(document, id, (node) => {
    const key = "choices" in node ? freeKeys(node.choices)[0] : undefined;
    return key === undefined ? node : withBranch(node, key, NOWHERE);
  });
}

/** The same way by another key; one that is taken changes nothing. */
export function changeKey(document: FlowContent, id: NodeId, from: Digit, to: Digit): FlowContent {
  return change(document, id, (node) => {
    if (!("choices" in node) || node.choices[to] !== undefined) return node;
    return withBranch(withoutKey(node, from), to, node.choices[from] ?? NOWHERE);
  });
}

export function removeKey(document: FlowContent, id: NodeId, key: Digit): FlowContent {
  return change(document, id, (node) => withoutKey(node, key));
}

/** Callers come to the people of this step by 0 from everywhere: it is not deleted before another one is chosen. */
export function canRemove(document: FlowContent, id: NodeId): boolean {
  if (id === document.operators || nodeOf(document, id) === undefined) return false;
  return id !== document.start || continuationOf(document, id) !== NOWHERE;
}

/** Takes a step out; what led to it leads to what came after it. */
export function remove(document: FlowContent, id: NodeId): FlowContent {
  if (!canRemove(document, id)) return document;
  return takeOut(document, [id], continuationOf(document, id));
}

/** Steps that callers reach only through this one, and this one. */
export function onlyThrough(document: FlowContent, id: NodeId): NodeId[] {
  const all = reachable(document, null);
  const without = reachable(document, id);
  return [...all].filter((one) => !without.has(one));
}

/** Takes a step out with all that is reached only through it. */
export function removeWithRest(document: FlowContent, id: NodeId): FlowContent {
  if (id === document.start || nodeOf(document, id) === undefined) return document;
  const gone = onlyThrough(document, id);
  if (gone.includes(document.operators)) return document;
  return takeOut(document, gone.length === 0 ? [id] : gone, NOWHERE);
}

function takeOut(document: FlowContent, gone: readonly NodeId[], instead: NodeId): FlowContent {
  const isGone = (id: NodeId) => gone.includes(id);
  const kept = Object.entries(document.nodes).filter(([id]) => !isGone(nodeId(id)));
  const nodes = kept.map(([id, node]) => {
    const led = branchesOf(node).filter(({ to }) => isGone(to));
    return [id, led.reduce((changed, { via }) => withBranch(changed, via, instead), node)] as const;
  });
  const start = isGone(document.start) ? instead : document.start;
  return { ...document, start, nodes: Object.fromEntries(nodes) };
}

/** Where callers go on when the step is no more: by its main branch, else by any that leads somewhere. */
function continuationOf(document: FlowContent, id: NodeId): NodeId {
  const node = nodeOf(document, id);
  if (node === undefined) return NOWHERE;
  const main = mainBranch(node);
  const ways = branchesOf(node).filter(({ to }) => to !== NOWHERE && to !== id);
  return (ways.find(({ via }) => via === main) ?? ways[0])?.to ?? NOWHERE;
}

function reachable(document: FlowContent, avoided: NodeId | null): Set<NodeId> {
  const seen = new Set<NodeId>();
  const open = [document.start, document.operators];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = id === avoided || seen.has(id) ? undefined : nodeOf(document, id);
    if (node === undefined) continue;
    seen.add(id);
    open.push(...branchesOf(node).map(({ to }) => to));
  }
  return seen;
}

function freshId(document: FlowContent, type: NodeType): NodeId {
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? type : `${type}-${number}`;
    if (!Object.hasOwn(document.nodes, id)) return nodeId(id);
  }
}
