import { createContext, useContext } from "react";
import type { NodeId } from "../../../calls/ids.ts";
import type { Finding } from "../../../flows/ivr/check-flow.ts";
import type { FlowContent } from "../../../flows/ivr/document.ts";
import type { Place } from "./edit-document.ts";

/** What the parts of the editor do to the flow. */
export interface Editor {
  /** `group`: changes of the same field that follow each other are undone together. */
  apply: (edit: (document: FlowContent) => FlowContent, group?: string) => void;
  openBranch: (place: Place) => void;
  goTo: (id: NodeId) => void;
  close: () => void;
  findings: readonly Finding[];
}

export const EditorContext = createContext<Editor | null>(null);

export function useEditor(): Editor {
  const editor = useContext(EditorContext);
  if (editor === null) throw new Error("useEditor outside of an editor");
  return editor;
}
