import { Graph, layout } from "@dagrejs/dagre";
import type { NodeId } from "../../../calls/ids.ts";
import type { FlowTree } from "./tree.ts";

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

const BESIDE = 28;
const BELOW = 52;

/** Where the upper left corner of each step is drawn, in pixels: from top to bottom, the branches of a step in their own order. */
export function layoutTree(tree: FlowTree, sizeOf: (id: NodeId) => Size): ReadonlyMap<NodeId, Point> {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: BESIDE, ranksep: BELOW, ranker: "tight-tree" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of tree.steps) graph.setNode(id, { ...sizeOf(id) });
  for (const { id, parent } of tree.steps) if (parent !== null) graph.setEdge(parent.id, id);
  // Nothing crosses in a tree; the heuristic would only put branches out of their order.
  layout(graph, { disableOptimalOrderHeuristic: true });
  const places = tree.steps.map(({ id }) => ({ id, ...placed(graph.node(id)) }));
  const tops = rowTops(tree, places);
  return new Map(places.map(({ id, x }, index) => [id, { x, y: tops[index] ?? 0 }]));
}

function placed(node: { x?: number; y?: number; width: number; height: number }) {
  return { x: (node.x ?? 0) - node.width / 2, top: (node.y ?? 0) - node.height / 2 };
}

/** Steps of a row begin at one height: their heads are read across, however many branches each of them has. */
function rowTops(tree: FlowTree, places: readonly { top: number }[]): number[] {
  const tops = new Map<number, number>();
  for (const [index, { depth }] of tree.steps.entries()) {
    tops.set(depth, Math.min(tops.get(depth) ?? Number.POSITIVE_INFINITY, places[index]?.top ?? 0));
  }
  return tree.steps.map(({ depth }) => tops.get(depth) ?? 0);
}
