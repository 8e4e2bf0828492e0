/** What an expression in the dialplan can look at. */
export interface ExpansionSource {
  variable(name: string): string | undefined;
  /** An API command inside `${command(arguments)}`; the answer as `api` would give it. */
  call(command: string, args: string): string;
}

const MAX_DEPTH = 100;

/**
 * Puts values in for `${name}`, `${name:offset:length}` and `${command(arguments)}`, as FreeSWITCH does: values are expanded again (which is
 * why no text of a caller's may reach an argument), unknown names become nothing, `\$` is a dollar sign.
 */
export function expandVariables(text: string, source: ExpansionSource, depth = 0): string {
  if (depth > MAX_DEPTH || !/[$\\]/.test(text)) return text;
  let result = "";
  for (let at = 0; at < text.length; ) {
    if (text[at] === "\\" && (text[at + 1] === "$" || text[at + 1] === "\\" || text[at + 1] === "'")) {
      result += text[at + 1] === "'" ? "'" : text[at + 1];
      at += 2;
      continue;
    }
    const opening = text.startsWith("${", at) ? at + 2 : text.startsWith("$${", at) ? at + 3 : null;
    if (opening === null) {
      result += text[at];
      at++;
      continue;
    }
    const closing = endOf(text, opening);
    result += valueOf(text.slice(opening, closing), source, depth + 1);
    at = closing + 1;
  }
  return result;
}

/** Where the brace closes that was opened before `from`; the end of the text when it does not. */
function endOf(text: string, from: number): number {
  for (let at = from, open = 1; at < text.length; at++) {
    if (text[at] === "{") open++;
    else if (text[at] === "}" && --open === 0) return at;
  }
  return text.length;
}

function valueOf(expression: string, source: ExpansionSource, depth: number): string {
  const call = /^([^\s(]+)(?:\(([^]*)\)|\s([^]*))$/.exec(expression);
  if (call !== null) {
    const [, command = "", inParentheses, afterSpace] = call;
    return source.call(command, expandVariables(inParentheses ?? afterSpace ?? "", source, depth));
  }
  const [name = "", offsetText, lengthText] = expandVariables(expression, source, depth).split(":");
  const value = expandVariables(source.variable(name) ?? "", source, depth);
  if (offsetText === undefined) return value;
  const offset = Number.parseInt(offsetText, 10) || 0;
  const rest = offset < 0 ? value.slice(Math.max(0, value.length + offset)) : value.slice(offset);
  const length = Number.parseInt(lengthText ?? "", 10) || 0;
  return length > 0 ? rest.slice(0, length) : rest;
}

/** `$1` and the like by the groups of a match. */
export function substituteCaptures(text: string, match: RegExpExecArray): string {
  return text.replace(/\$(\d)/g, (_, index: string) => match[Number(index)] ?? "");
}
