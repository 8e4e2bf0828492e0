import { XMLValidator } from "fast-xml-parser";

export type ConfigFailure = "unsafe-text" | "malformed" | "refused" | "switch-away";

/** Why generated configuration was not taken over. The files are then as they were before. */
export class SwitchConfigError extends Error {
  override readonly name = "SwitchConfigError";
  readonly reason: ConfigFailure;
  constructor(reason: ConfigFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** On lines of its own: FreeSWITCH drops an include that stands on one line. */
export function include(lines: readonly string[]): string {
  return ["<include>", ...lines, "</include>", ""].join("\n");
}

/** @throws SwitchConfigError for control characters and for `${`, which FreeSWITCH would expand and cannot escape */
export function attribute(text: string): string {
  if (/\p{Cc}/u.test(text) || text.includes("${") || text.length > 4096) {
    throw new SwitchConfigError("unsafe-text", "text with control characters or with a dollar sign before a brace");
  }
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;");
}

export function requireWellFormed(name: string, xml: string): void {
  const verdict = XMLValidator.validate(xml);
  if (verdict !== true) throw new SwitchConfigError("malformed", `${name}: ${verdict.err.msg}`);
}
