import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { XMLParser, XMLValidator } from "fast-xml-parser";

/** An element of the switch's configuration. */
export interface XmlNode {
  name: string;
  attributes: Record<string, string>;
  children: XmlNode[];
  /** The text directly inside, trimmed. */
  text: string;
}

export class ConfigDocumentError extends Error {
  override readonly name = "ConfigDocumentError";
}

const MAX_INCLUDE_DEPTH = 100;
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseAttributeValue: false,
  parseTagValue: false,
});

/**
 * Reads freeswitch.xml as FreeSWITCH does: line by line, `$${name}` by the globals, `X-PRE-PROCESS` set and include. A line with `<include>`
 * in it is dropped whole, whatever else stands there, as FreeSWITCH drops it.
 * @param globals the global variables; `set` directives add to them
 * @throws ConfigDocumentError when the XML is malformed, the file system's error when the root is missing
 */
export function loadDocument(file: string, globals: Map<string, string>): XmlNode {
  return parseXml(preprocess(file, globals, 0));
}

function preprocess(file: string, globals: Map<string, string>, depth: number): string {
  if (depth > MAX_INCLUDE_DEPTH) throw new ConfigDocumentError(`${file}: includes itself`);
  const output: string[] = [];
  for (const raw of readFileSync(file, "utf8").split("\n")) {
    const line = raw.replace(/\$\$\{([^}]*)\}/g, (_, name: string) => globals.get(name) ?? "");
    if (/<include>|<\/include>|<\?/.test(line)) continue;
    const directive = /<x-pre-process\s+cmd\s*=\s*"([^"]*)"\s+data\s*=\s*"([^"]*)"/i.exec(line);
    if (directive === null) {
      output.push(line);
      continue;
    }
    const [, command, data = ""] = directive;
    const equals = data.indexOf("=");
    if (command === "set" && equals > 0) globals.set(data.slice(0, equals).trim(), data.slice(equals + 1).trim());
    else if (command === "include") {
      for (const path of matching(isAbsolute(data) ? data : join(dirname(file), data))) {
        output.push(preprocess(path, globals, depth + 1));
      }
    }
  }
  return output.join("\n");
}

/** Files that fit a path whose last part may have `*` in it, in the order of their names. None is no error. */
function matching(pattern: string): string[] {
  const parts = basename(pattern).split("*");
  const expression = new RegExp(`^${parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`);
  try {
    return readdirSync(dirname(pattern))
      .filter((name) => expression.test(name))
      .sort()
      .map((name) => join(dirname(pattern), name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** @throws ConfigDocumentError when it is not one well-formed element */
export function parseXml(text: string): XmlNode {
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw new ConfigDocumentError(`line ${verdict.err.line}: ${verdict.err.msg}`);
  const root = nodesOf(parser.parse(text) as RawNode[])[0];
  if (root === undefined) throw new ConfigDocumentError("no element");
  return root;
}

/** How fast-xml-parser delivers an element when the order is kept: one key with its children, `:@` with its attributes. */
type RawNode = Record<string, unknown>;

function nodesOf(raw: RawNode[]): XmlNode[] {
  return raw.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ":@");
    if (name === undefined || name.startsWith("#") || name.startsWith("?")) return [];
    const inner = node[name] as RawNode[];
    const text = inner.map((child) => (typeof child["#text"] === "string" ? child["#text"] : "")).join("");
    const attributes = (node[":@"] ?? {}) as Record<string, string>;
    return [{ name, attributes, children: nodesOf(inner), text: text.trim() }];
  });
}

export function childrenNamed(node: XmlNode | undefined, name: string): XmlNode[] {
  return node?.children.filter((child) => child.name === name) ?? [];
}

/** The children below a path of names, an element of the last name being told by its attribute `name`: section "dialplan", for example. */
export function childNamed(node: XmlNode | undefined, name: string, named?: string): XmlNode | undefined {
  return childrenNamed(node, name).find((child) => named === undefined || child.attributes["name"] === named);
}

/** `<param name= value=/>` and `<variable name= value=/>` below `node`, also inside `<settings>`, `<params>`, `<variables>`. */
export function settingsOf(node: XmlNode | undefined, list: "settings" | "params" | "variables"): Map<string, string> {
  const item = list === "variables" ? "variable" : "param";
  const own = childrenNamed(node, item);
  const grouped = childrenNamed(node, list).flatMap((group) => childrenNamed(group, item));
  return new Map(
    [...own, ...grouped].map(({ attributes }) => [attributes["name"] ?? "", attributes["value"] ?? ""] as const),
  );
}

/** The settings of one configuration file, for example `event_socket.conf`. */
export function configurationOf(document: XmlNode, name: string): XmlNode | undefined {
  return childNamed(childNamed(document, "section", "configuration"), "configuration", name);
}
