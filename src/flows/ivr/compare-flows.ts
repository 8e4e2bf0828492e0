/** What differs between two versions of a call flow. Pure. */
import type { FlowContent, FlowNode } from "./document.ts";

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

interface NodeOutline {
  node: string;
  type: FlowNode["type"];
  name: string | null;
}

interface FieldChange {
  /** With dots: `choices.1`, `hours.monday`. */
  path: string;
  /** Null: it was not there, or it was null. */
  from: Json;
  to: Json;
}

export interface FlowChanges {
  start: { from: string; to: string } | null;
  operators: { from: string; to: string } | null;
  added: NodeOutline[];
  removed: NodeOutline[];
  changed: (NodeOutline & { fields: FieldChange[] })[];
}

/** A node of another type under the same name is one that was removed and one that was added. */
export function compareFlows(from: FlowContent, to: FlowContent): FlowChanges {
  const before = new Map(Object.entries(from.nodes));
  const after = new Map(Object.entries(to.nodes));
  const isKept = (id: string) => before.get(id)?.type === after.get(id)?.type;
  return {
    start: from.start === to.start ? null : { from: from.start, to: to.start },
    operators: from.operators === to.operators ? null : { from: from.operators, to: to.operators },
    added: [...after].filter(([id]) => !isKept(id)).map(outline),
    removed: [...before].filter(([id]) => !isKept(id)).map(outline),
    changed: [...after].flatMap(([id, node]) => {
      const old = before.get(id);
      const fields = old?.type === node.type ? fieldChanges(asJson(old), asJson(node), "") : [];
      return fields.length === 0 ? [] : [{ ...outline([id, node]), fields }];
    }),
  };
}

const outline = ([id, { type, name }]: [string, FlowNode]): NodeOutline => ({ node: id, type, name });

/** Documents are JSON; their types only say it in more words. */
function asJson(node: FlowNode): Json {
  return JSON.parse(JSON.stringify(node)) as Json;
}

/** Objects are compared field by field, lists as a whole: their order means something. */
function fieldChanges(from: Json, to: Json, path: string): FieldChange[] {
  if (isObject(from) && isObject(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return names.flatMap((name) =>
      fieldChanges(from[name] ?? null, to[name] ?? null, path === "" ? name : `${path}.${name}`),
    );
  }
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }];
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
