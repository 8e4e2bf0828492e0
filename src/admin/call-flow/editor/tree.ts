/**
 * A call flow as the tree that a caller walks. Each step stands once, under the branch by which callers come to it soonest; where a further
 * branch leads to it, that branch only names it. So a flow of a hundred steps has no line that crosses another.
 */
import { type NodeId, nodeId } from "../../../calls/ids.ts";
import { type FlowContent, nodeOf } from "../../../flows/ivr/document.ts";
import { drawnBranches } from "./branches.ts";

export interface TreeBranch {
  via: string;
  to: NodeId;
  /** `below`: the step is drawn under this branch; `elsewhere`: it has its place; `open`: the branch leads nowhere yet. */
  kind: "below" | "elsewhere" | "open";
}

export interface TreeStep {
  id: NodeId;
  branches: TreeBranch[];
  depth: number;
  /** By which branch of which step callers come here soonest; null at the top. */
  parent: { id: NodeId; via: string } | null;
}

export interface FlowTree {
  /** Depth first, as one reads it: a step, then all below its first branch. */
  steps: TreeStep[];
  /** Where callers begin, then steps that nobody comes to. */
  roots: NodeId[];
}

export function flowTree(document: FlowContent): FlowTree {
  const parents = new Map<NodeId, { id: NodeId; via: string } | null>();
  const roots: NodeId[] = [];
  const grow = (root: NodeId) => {
    if (parents.has(root) || nodeOf(document, root) === undefined) return;
    roots.push(root);
    parents.set(root, null);
    const open = [root];
    for (let id = open.shift(); id !== undefined; id = open.shift()) {
      for (const { via, to } of branchesAt(document, id)) {
        if (parents.has(to) || nodeOf(document, to) === undefined) continue;
        parents.set(to, { id, via });
        open.push(to);
      }
    }
  };
  grow(document.start);
  grow(document.operators);
  for (const id of looseRoots(document, parents)) grow(id);
  for (const id of Object.keys(document.nodes)) grow(nodeId(id));
  return { roots, steps: roots.flatMap((root) => stepsBelow(document, parents, root)) };
}

function branchesAt(document: FlowContent, id: NodeId) {
  const node = nodeOf(document, id);
  return node === undefined ? [] : drawnBranches(document, node);
}

/** Steps that nobody comes to and that no other such step leads to. */
function looseRoots(document: FlowContent, parents: ReadonlyMap<NodeId, unknown>): NodeId[] {
  const loose = Object.keys(document.nodes)
    .map(nodeId)
    .filter((id) => !parents.has(id));
  const led = new Set(
    loose.flatMap((id) =>
      branchesAt(document, id)
        .map(({ to }) => to)
        .filter((to) => to !== id),
    ),
  );
  return loose.filter((id) => !led.has(id));
}

function stepsBelow(
  document: FlowContent,
  parents: ReadonlyMap<NodeId, { id: NodeId; via: string } | null>,
  root: NodeId,
): TreeStep[] {
  const steps: TreeStep[] = [];
  const visit = (id: NodeId, depth: number) => {
    const branches = branchesAt(document, id).map(({ via, to }): TreeBranch => {
      if (nodeOf(document, to) === undefined) return { via, to, kind: "open" };
      const parent = parents.get(to);
      return { via, to, kind: parent?.id === id && parent.via === via ? "below" : "elsewhere" };
    });
    steps.push({ id, branches, depth, parent: parents.get(id) ?? null });
    for (const { to, kind } of branches) if (kind === "below") visit(to, depth + 1);
  };
  visit(root, 0);
  return steps;
}
