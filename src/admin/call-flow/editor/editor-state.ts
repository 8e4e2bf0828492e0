/** What the editor holds: the document as it is now, the ones before and after it, and the step that is open. Pure. */
import type { NodeId } from "../../../calls/ids.ts";
import { type FlowContent, nodeOf } from "../../../flows/ivr/document.ts";

export interface EditorState {
  document: FlowContent;
  past: readonly FlowContent[];
  future: readonly FlowContent[];
  selected: NodeId | null;
  /** Of the last change: typing a word is undone as one. */
  group: string | null;
}

export type EditorAction =
  /** Another document altogether: from the daemon, or an earlier version. */
  | { type: "opened"; document: FlowContent }
  /** `group`: changes of the same field that follow each other are undone together. `select`: the step that is open afterwards. */
  | {
      type: "edited";
      edit: (document: FlowContent) => FlowContent;
      group?: string | undefined;
      select?: NodeId | null | undefined;
    }
  | { type: "selected"; id: NodeId | null }
  | { type: "undone" }
  | { type: "redone" };

const MOST_KEPT = 200;

export function openEditor(document: FlowContent): EditorState {
  return { document, past: [], future: [], selected: null, group: null };
}

export function editorStep(state: EditorState, action: EditorAction): EditorState {
  switch (action.type) {
    case "opened":
      return withSelection({ ...openEditor(action.document), selected: state.selected });
    case "edited": {
      const document = action.edit(state.document);
      const group = action.group ?? null;
      const selected = action.select === undefined ? state.selected : action.select;
      if (document === state.document) return { ...state, selected };
      const goesOn = group !== null && group === state.group && state.past.length > 0;
      const past = goesOn ? state.past : [...state.past, state.document].slice(-MOST_KEPT);
      return withSelection({ document, past, future: [], selected, group });
    }
    case "selected":
      return { ...state, selected: action.id, group: null };
    case "undone": {
      const document = state.past.at(-1);
      if (document === undefined) return state;
      const future = [state.document, ...state.future];
      return withSelection({ ...state, document, past: state.past.slice(0, -1), future, group: null });
    }
    case "redone": {
      const [document, ...future] = state.future;
      if (document === undefined) return state;
      return withSelection({ ...state, document, past: [...state.past, state.document], future, group: null });
    }
  }
}

/** A step that is no more is not open either. */
function withSelection(state: EditorState): EditorState {
  const isThere = state.selected !== null && nodeOf(state.document, state.selected) !== undefined;
  return isThere ? state : { ...state, selected: null };
}
