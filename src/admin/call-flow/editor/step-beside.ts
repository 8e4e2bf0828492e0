import type { NodeId } from "../../../calls/ids.ts";
import type { Point } from "./layout.ts";
import type { FlowTree } from "./tree.ts";

/** The step to which an arrow key leads: down to the first branch, up to where callers come from, sideways along the row. */
export function stepBeside(
  tree: FlowTree,
  places: ReadonlyMap<NodeId, Point>,
  from: NodeId,
  key: string,
): NodeId | null {
  const step = tree.steps.find(({ id }) => id === from);
  if (step === undefined) return null;
  if (key === "ArrowDown") return step.branches.find(({ kind }) => kind === "below")?.to ?? null;
  if (key === "ArrowUp") return step.parent?.id ?? null;
  if (key !== "ArrowLeft" && key !== "ArrowRight") return null;
  const row = tree.steps.filter(({ depth }) => depth === step.depth).map(({ id }) => id);
  const inOrder = row.toSorted((left, right) => (places.get(left)?.x ?? 0) - (places.get(right)?.x ?? 0));
  return inOrder[inOrder.indexOf(from) + (key === "ArrowRight" ? 1 : -1)] ?? null;
}
