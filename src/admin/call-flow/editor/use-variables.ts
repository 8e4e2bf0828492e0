import type { FlowContent } from "../../../flows/ivr/document.ts";
import { BUILT_IN_VARIABLES } from "../../../flows/ivr/look-up-request.ts";
import { useCanvasLook } from "./canvas-look.ts";

/** Names that the steps of a flow give to values, and those that every call has. */
function variablesOf(document: FlowContent): string[] {
  const given = Object.values(document.nodes).flatMap((node) => {
    if (node.type === "collect") return [node.variable];
    return node.type === "look-up" ? node.outputs.map(({ variable }) => variable) : [];
  });
  return [...new Set([...given.filter((name) => name !== ""), ...BUILT_IN_VARIABLES])];
}

export function useVariables(): string[] {
  return variablesOf(useCanvasLook().document);
}
