import { describe, expect, test } from "vitest";
import { nodeId } from "../../../calls/ids.ts";
import { type FlowContent, nodeOf } from "../../../flows/ivr/document.ts";
import { emptyFlow } from "../../../flows/ivr/templates.ts";
import { change, insert, remove } from "./edit-document.ts";
import { type EditorAction, type EditorState, editorStep, openEditor } from "./editor-state.ts";

const named = (name: string) => (document: FlowContent) =>
  change(document, nodeId("operators"), (node) => ({ ...node, name }));
const nameIn = ({ document }: EditorState) => nodeOf(document, "operators")?.name;
const run = (...actions: EditorAction[]) => actions.reduce(editorStep, openEditor(emptyFlow()));

describe("the editor", () => {
  test("undoes and redoes, change by change", () => {
    let state = run({ type: "edited", edit: named("A") }, { type: "edited", edit: named("B") });
    state = editorStep(state, { type: "undone" });
    expect(nameIn(state)).toBe("A");
    state = editorStep(state, { type: "undone" });
    expect(state.document).toEqual(emptyFlow());
    expect(editorStep(state, { type: "undone" })).toEqual(state);
    state = editorStep(editorStep(state, { type: "redone" }), { type: "redone" });
    expect(nameIn(state)).toBe("B");
    expect(editorStep(state, { type: "redone" })).toEqual(state);
  });

  test("what was undone is gone once something else is changed", () => {
    const state = run({ type: "edited", edit: named("A") }, { type: "undone" }, { type: "edited", edit: named("B") });
    expect(state.future).toEqual([]);
    expect(nameIn(editorStep(state, { type: "redone" }))).toBe("B");
  });

  test("a word that is typed is undone as one, another field by itself", () => {
    const typed = (name: string, group: string): EditorAction => ({ type: "edited", edit: named(name), group });
    let state = run(typed("S", "name"), typed("Sa", "name"), typed("Sales", "name"), typed("Other", "else"));
    state = editorStep(state, { type: "undone" });
    expect(nameIn(state)).toBe("Sales");
    state = editorStep(state, { type: "undone" });
    expect(nameIn(state)).toBeNull();
    const apart = run(typed("S", "name"), { type: "selected", id: null }, typed("Sa", "name"));
    expect(nameIn(editorStep(apart, { type: "undone" }))).toBe("S");
  });

  test("a change that changes nothing is not kept", () => {
    expect(run({ type: "edited", edit: (document) => document }).past).toEqual([]);
  });

  test("a step that is gone is not open any more, and one that was added is", () => {
    const add = (document: FlowContent) => insert(document, "start", "say").document;
    let state = run({ type: "edited", edit: add, select: nodeId("say") });
    expect(state.selected).toBe("say");
    state = editorStep(state, { type: "edited", edit: (document) => remove(document, nodeId("say")) });
    expect(state.selected).toBeNull();
    state = editorStep(editorStep(state, { type: "undone" }), { type: "selected", id: nodeId("say") });
    expect(editorStep(state, { type: "undone" }).selected).toBeNull();
  });

  test("another document begins anew", () => {
    const state = run({ type: "edited", edit: named("A") }, { type: "opened", document: emptyFlow() });
    expect(state).toMatchObject({ past: [], future: [], document: emptyFlow() });
  });

  test("keeps so many changes and no more", () => {
    const many = Array.from({ length: 250 }, (_, index): EditorAction => ({ type: "edited", edit: named(`${index}`) }));
    const state = run(...many);
    expect(state.past).toHaveLength(200);
    expect(nameIn(state)).toBe("249");
  });
});
