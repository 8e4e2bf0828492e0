/** Names under which a box can be known on the internet. Pure. */

export type PublicNameProblem = "required" | "not-a-domain" | "no-address-here" | "no-wildcard" | "local-name";

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const MOST_SIGNS = 253;
/** No authority speaks for them: RFC 2606, 6761, 6762, 7686, 8375, 9476; the rest is common in routers. */
const LOCAL_ENDS = new Set([
  ...["local", "localhost", "localdomain", "lan", "home", "internal", "intranet", "corp", "private", "arpa"],
  ...["test", "example", "invalid", "onion", "alt"],
]);

/**
 * @param text as typed
 * @returns the name in small letters and ASCII (RFC 5890), or what is wrong with it
 */
export function readPublicName(text: string): { name: string } | { problem: PublicNameProblem } {
  const typed = text.trim().replace(/\.$/, "");
  if (typed === "") return { problem: "required" };
  if (typed.startsWith("*.")) return { problem: "no-wildcard" };
  if (/^[0-9.]+$/.test(typed) || /^\[?[0-9a-f]*:[0-9a-f:.]*\]?$/i.test(typed)) return { problem: "no-address-here" };
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(typed) || !URL.canParse(`http://${typed}`)) return { problem: "not-a-domain" };
  const name = new URL(`http://${typed}`).hostname;
  const labels = name.split(".");
  if (name.length > MOST_SIGNS || !labels.every((label) => LABEL.test(label))) return { problem: "not-a-domain" };
  const end = labels.at(-1) ?? "";
  if (labels.length === 1 || LOCAL_ENDS.has(end)) return { problem: "local-name" };
  return /[a-z]/.test(end) ? { name } : { problem: "not-a-domain" };
}
