import { createContext, type ReactNode, useContext } from "react";
import type { NodeId } from "../../../calls/ids.ts";
import type { FlowContent } from "../../../flows/ivr/document.ts";
import type { Place } from "./edit-document.ts";
import type { FlowTree } from "./tree.ts";

export interface StepLook {
  /** `lit`: a caller has been there; `current`: a caller is there; `dim`: not of interest now. */
  state?: "lit" | "current" | "dim" | undefined;
  problem?: "error" | "warning" | undefined;
  problemText?: string | undefined;
  /** Below the step's words. */
  foot?: ReactNode;
}

interface BranchLook {
  isLit?: boolean | undefined;
  /** How many took it, say. */
  note?: string | undefined;
  /** 0 to 1: how strong its line is drawn. */
  weight?: number | undefined;
}

/** What a drawing of a flow shows besides the flow, and what one can do in it. */
export interface CanvasLook {
  document: FlowContent;
  tree: FlowTree;
  selected: NodeId | null;
  select: (id: NodeId | null) => void;
  /** Brings a step into view and selects it. */
  goTo: (id: NodeId) => void;
  step: (id: NodeId) => StepLook;
  branch: (id: NodeId, via: string) => BranchLook;
  /** Null: nothing can be changed here. */
  edit: {
    openBranch: (place: Exclude<Place, "start">) => void;
    lead: (place: Exclude<Place, "start">, to: NodeId) => void;
  } | null;
}

export const CanvasLookContext = createContext<CanvasLook | null>(null);

export function useCanvasLook(): CanvasLook {
  const look = useContext(CanvasLookContext);
  if (look === null) throw new Error("useCanvasLook outside of a drawing");
  return look;
}
