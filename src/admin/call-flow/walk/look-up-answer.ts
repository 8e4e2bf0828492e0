import type { NodeOf } from "../../../flows/ivr/document.ts";

/** An answer of the server in which each value stands where the step looks for it. */
export function answerWith(outputs: NodeOf<"look-up">["outputs"], values: Readonly<Record<string, string>>): unknown {
  const answer: Record<string, unknown> = {};
  for (const { variable, path } of outputs) {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    let place = answer;
    for (const key of keys) {
      const inner = place[key];
      const next = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : {};
      place[key] = next;
      place = next;
    }
    place[last] = values[variable] ?? "";
  }
  return answer;
}
