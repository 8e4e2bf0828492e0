/** One leg of a dial string, with the variables before it: those in `{}` for all legs, then those in `[]` for this one. */
export interface DialLeg {
  endpoint: string;
  variables: Map<string, string>;
}

export interface DialString {
  /** Variables in `{}`: for all legs. */
  variables: Map<string, string>;
  /** Groups are tried one after the other (`|`); the legs of a group ring together (`,`). */
  groups: DialLeg[][];
}

/** Reads `{a=1,b=2}[c=3]user/101@hotline,user/102@hotline|sofia/gateway/trunk-1/112`. */
export function parseDialString(text: string): DialString {
  let rest = text.trim();
  const variables = new Map<string, string>();
  while (rest.startsWith("{")) {
    const end = rest.indexOf("}");
    if (end < 0) break;
    for (const [name, value] of parseVariables(rest.slice(1, end))) variables.set(name, value);
    rest = rest.slice(end + 1).trim();
  }
  const groups = splitOutside(rest, "|").map((group) =>
    splitOutside(group, ",").map((leg) => {
      const own = new Map(variables);
      let endpoint = leg.trim();
      while (endpoint.startsWith("[")) {
        const end = endpoint.indexOf("]");
        if (end < 0) break;
        for (const [name, value] of parseVariables(endpoint.slice(1, end))) own.set(name, value);
        endpoint = endpoint.slice(end + 1).trim();
      }
      return { endpoint, variables: own };
    }),
  );
  return { variables, groups };
}

/** `a=1,b=2`, or with another separator `^^:a=1:b=2`. */
function parseVariables(text: string): [string, string][] {
  const separator = text.startsWith("^^") ? (text[2] ?? ",") : ",";
  const list = text.startsWith("^^") ? text.slice(3) : text;
  return list.split(separator).flatMap((item): [string, string][] => {
    const equals = item.indexOf("=");
    return equals < 1
      ? []
      : [
          [
            item.slice(0, equals).trim(),
            item
              .slice(equals + 1)
              .trim()
              .replace(/^'(.*)'$/, "$1"),
          ],
        ];
  });
}

/** Splits at a character that does not stand inside brackets. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if ("[{".includes(text.charAt(at))) depth++;
    else if ("]}".includes(text.charAt(at))) depth--;
    else if (text[at] === separator && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)].filter((part) => part.trim() !== "");
}
