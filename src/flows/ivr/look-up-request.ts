/** How a look-up's address is made, and what is read from the answer. Pure: the daemon asks the server. */
import type { NodeOf } from "./document.ts";
import type { LookUpFailure, LookUpRequest } from "./ivr-types.ts";

/** Besides those that callers type and look-ups bring. */
export const BUILT_IN_VARIABLES = ["caller", "dialled", "language"] as const;

const PLACEHOLDER = /\{([a-z][a-z0-9_]{0,30})\}/g;
const MOST_VALUE_CHARACTERS = 200;
const CONTROLS = /\p{Cc}+/gu;

export type AddressProblem = "not-an-address" | "not-http" | "variable-outside-path" | "credentials";

/** Names of the variables that an address needs. */
export function variablesIn(url: string): string[] {
  return [...url.matchAll(PLACEHOLDER)].map(([, name = ""]) => name);
}

/** What is wrong with an address as the owner wrote it; null when nothing is. Variables may stand in its path and query only. */
export function addressProblem(url: string): AddressProblem | null {
  const [origin = ""] = /^[a-z]+:\/\/[^/?#]*/i.exec(url) ?? [];
  if (origin === "") return "not-an-address";
  if (/[{}]/.test(origin)) return "variable-outside-path";
  const filled = parsed(url.replace(PLACEHOLDER, "1"));
  if (filled === null || filled.hostname === "") return "not-an-address";
  if (filled.protocol !== "http:" && filled.protocol !== "https:") return "not-http";
  if (filled.username !== "" || filled.password !== "") return "credentials";
  return /\{[a-z][a-z0-9_]{0,30}\}/.test(filled.hash) || /[{}]/.test(url.replace(PLACEHOLDER, ""))
    ? "not-an-address"
    : null;
}

function parsed(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null;
}

export function lookUpRequest(
  { url, method, deadlineMs }: Pick<NodeOf<"look-up">, "url" | "method" | "deadlineMs">,
  variables: Readonly<Record<string, string>>,
): LookUpRequest | LookUpFailure {
  if (addressProblem(url) !== null) return "address-not-allowed";
  for (const name of variablesIn(url)) {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    // A dot segment would lead out of the path that the owner wrote, percent-encoded or not (WHATWG URL, section 4.4).
    if (value === undefined || value === "" || value === "." || value === "..") return "variable-missing";
  }
  const filled = url.replace(PLACEHOLDER, (_, name: string) => encodeURIComponent(wellFormed(variables[name] ?? "")));
  return { url: filled, method, deadlineMs, body: method === "POST" ? variables : null };
}

/** A half of a surrogate pair cannot be encoded. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, "\ufffd");
}

/** @returns null when a path leads to nothing that can be said or used */
export function readOutputs(outputs: NodeOf<"look-up">["outputs"], json: unknown): Record<string, string> | null {
  const values: Record<string, string> = {};
  for (const { variable, path } of outputs) {
    const value = asText(valueAt(json, path));
    if (value === null) return null;
    values[variable] = value;
  }
  return values;
}

function valueAt(json: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (isContainer(value) && Object.hasOwn(value, key) ? value[key] : undefined), json);
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function asText(value: unknown): string | null {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return null;
  const text = String(value).replace(CONTROLS, " ").trim().slice(0, MOST_VALUE_CHARACTERS);
  return text === "" ? null : wellFormed(text);
}
