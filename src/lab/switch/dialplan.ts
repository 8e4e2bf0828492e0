import { childNamed, childrenNamed, type XmlNode } from "./config-document.ts";
import { type ExpansionSource, expandVariables, substituteCaptures } from "./expand.ts";

export interface Action {
  application: string;
  data: string;
}

/** The applications that a call is to run, in order. */
export interface Extension {
  name: string;
  actions: Action[];
}

/** A call in the eyes of the dialplan. */
export interface DialplanCall extends ExpansionSource {
  /** A field of the caller profile: `destination_number`, `caller_id_number`, ... */
  field(name: string): string | undefined;
  setVariable(name: string, value: string): void;
  /** Runs an action marked `inline="true"` while the dialplan is still being read. */
  runInline(action: Action): void;
}

/**
 * Finds what a call is to do: mod_dialplan_xml's hunt. Extensions are read in order until one matches and has no `continue="true"`.
 * Returns null when nothing at all was found (the call then ends with NO_ROUTE_DESTINATION).
 */
export function hunt(dialplan: XmlNode | undefined, context: string, call: DialplanCall): Extension | null {
  const section = childNamed(dialplan, "context", context);
  let found: Extension | null = null;
  const add = (name: string, action: Action | null): void => {
    found ??= { name, actions: [] };
    if (action !== null) found.actions.push(action);
  };
  for (const extension of childrenNamed(section, "extension")) {
    const isMatch = matches(extension, call, (action) => add(extension.attributes["name"] ?? "_anon_", action));
    if (isMatch && extension.attributes["continue"] !== "true") break;
  }
  return found;
}

function matches(extension: XmlNode, call: DialplanCall, add: (action: Action | null) => void): boolean {
  let isProceeding = false;
  for (const condition of childrenNamed(extension, "condition")) {
    const match = test(condition, call);
    isProceeding = match !== null;
    const actions = childrenNamed(condition, match === null ? "anti-action" : "action");
    for (const { attributes, text } of actions) {
      const raw = text === "" ? (attributes["data"] ?? "") : text;
      const data = Array.isArray(match) ? substituteCaptures(raw, match) : raw;
      const action = { application: attributes["application"] ?? "", data };
      if (attributes["inline"] === "true") {
        add(null);
        call.runInline(action);
      } else add(action);
      isProceeding = true;
    }
    const breaks = condition.attributes["break"] ?? "on-false";
    if (breaks === "always" || breaks === (match === null ? "on-false" : "on-true")) break;
    if (isProceeding && childNamed(condition, "condition") !== undefined) {
      isProceeding = matches(condition, call, add);
      if (!isProceeding && breaks !== "never") break;
    }
  }
  return isProceeding;
}

/** The match of a condition with groups, `true` for one without, null when it does not hold. */
function test(condition: XmlNode, call: DialplanCall): RegExpExecArray | true | null {
  const { field, expression = "" } = condition.attributes;
  if (field === undefined) return true;
  const value = (field.includes("$") ? expandVariables(field, call) : call.field(field)) ?? "";
  const pattern = expandVariables(expression, call);
  // PCRE's inline flag is a flag of the whole expression in JavaScript.
  const match = new RegExp(pattern.replace(/^\(\?i\)/, ""), pattern.startsWith("(?i)") ? "i" : "").exec(value);
  if (match === null) return null;
  if (!pattern.includes("(")) return true;
  call.setVariable("DP_MATCH", match.map((group) => group ?? "").join(","));
  return match;
}
