/** A call flow as places and the branches between them. Pure. */
import type { Digit } from "../../calls/digit.ts";
import type { FlowContent, FlowNode } from "./document.ts";
import { nodeOf } from "./document.ts";

/** A branch of a node: `via` is the word that the log uses for it. */
export interface Exit {
  via: string;
  /** Empty: it is not drawn yet. */
  to: string;
  /** The caller takes it by pressing a key; without one they never come there by it. */
  needsKey: boolean;
}

const exit = (via: string, to: string, needsKey = false): Exit => ({ via, to, needsKey });
const byKeys = (choices: Partial<Record<Digit, string>>): Exit[] =>
  Object.entries(choices).map(([digit, to]) => exit(digit, to, true));

/** The branches that a node itself draws, in the order in which people read them. */
function ownExits(node: FlowNode): Exit[] {
  switch (node.type) {
    case "language":
    case "tag":
      return [exit("next", node.next)];
    case "hours":
      return [exit("open", node.open), exit("closed", node.closed)];
    case "say":
      return [...byKeys(node.choices), exit("next", node.next)];
    case "menu":
      return [...byKeys(node.choices), exit("otherwise", node.otherwise)];
    case "ring-group":
    case "operator":
      return [exit("no-answer", node.noAnswer)];
    case "voicemail":
      return [...byKeys(node.choices), exit("saved", node.saved), exit("none", node.none)];
    case "caller-branch":
      return [
        ...node.cases.map(({ next }, index) => exit(`case-${index + 1}`, next)),
        exit("otherwise", node.otherwise),
      ];
    case "collect":
      return [exit("next", node.next, true), exit("otherwise", node.otherwise)];
    case "look-up":
      return [exit("next", node.next), exit("failed", node.failed)];
    case "say-values":
      return [...byKeys(node.choices), exit("next", node.next), exit("failed", node.failed)];
    case "dial-extension":
      return [exit("no-answer", node.noAnswer, true), exit("otherwise", node.otherwise)];
    case "outside-number":
      return [exit("failed", node.failed)];
    case "callback":
      return [exit("next", node.next), exit("hidden", node.hidden)];
    case "go-to-flow":
    case "hang-up":
      return [];
  }
}

/** Where callers can press keys. */
const LISTENS: ReadonlySet<FlowNode["type"]> = new Set([
  "language",
  "say",
  "menu",
  "voicemail",
  "collect",
  "look-up",
  "say-values",
  "dial-extension",
  "outside-number",
  "callback",
]);

/** All branches of a node, with the way to a person by 0 where the node does not draw one. */
export function exitsOf(document: FlowContent, id: string): Exit[] {
  const node = nodeOf(document, id);
  if (!node) return [];
  const exits = ownExits(node);
  const hasZero = !LISTENS.has(node.type) || exits.some(({ via, to }) => via === "0" && to !== "");
  return hasZero ? exits : [...exits.filter(({ via }) => via !== "0"), exit("0", document.operators, true)];
}

/** The branches that a caller who hides their number can take: nobody knows who they are, and nobody can call them back. */
export function exitsOfHidden(document: FlowContent, id: string): Exit[] {
  const node = nodeOf(document, id);
  if (node?.type === "callback") return [exit("hidden", node.hidden)];
  if (node?.type !== "caller-branch") return exitsOf(document, id);
  const index = node.cases.findIndex(({ when }) => when.type === "hidden");
  const taken = node.cases[index];
  return [taken ? exit(`case-${index + 1}`, taken.next) : exit("otherwise", node.otherwise)];
}

/** Where the caller is led on without having waited for anything, or with nothing but waiting. */
function silentExitsOf(document: FlowContent, id: string): Exit[] {
  return exitsOf(document, id).filter(({ needsKey }) => !needsKey);
}

/** Every node that callers can come to, with the least number of menus on the way there, itself counted. */
export function reachedWithMenus(document: FlowContent): Map<string, number> {
  const menusAt = (id: string) => (nodeOf(document, id)?.type === "menu" ? 1 : 0);
  const reached = new Map<string, number>();
  const waiting: { id: string; menus: number }[] = [{ id: document.start, menus: menusAt(document.start) }];
  for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
    const { id, menus } = place;
    if (!nodeOf(document, id) || menus >= (reached.get(id) ?? Number.POSITIVE_INFINITY)) continue;
    reached.set(id, menus);
    for (const { to } of exitsOf(document, id)) waiting.push({ id: to, menus: menus + menusAt(to) });
  }
  return reached;
}

/** Callers do not stand there: they are led on at once, by what is neither their doing nor a matter of waiting. */
export function isPassedAtOnce({ type }: FlowNode): boolean {
  return type === "hours" || type === "caller-branch";
}

/** Branches that may be taken at once, before the caller could do anything: the hour, the book, a missing value or their number decides. */
function isTakenAtOnce(node: FlowNode, via: string): boolean {
  if (node.type === "look-up" || node.type === "say-values") return via === "failed";
  return isPassedAtOnce(node) || (node.type === "callback" && via === "hidden");
}

/**
 * Nodes from which one of `goals` can be come to, the goals among them. `isSure`: however things are decided that callers have no say in, so
 * each branch that may be taken at once has to lead there, and one of the others.
 */
export function leadsTo(
  document: FlowContent,
  goals: (node: FlowNode, id: string) => boolean,
  { exits = exitsOf, isSure = false }: { exits?: typeof exitsOf; isSure?: boolean } = {},
): Set<string> {
  const before = new Map<string, { id: string; isAtOnce: boolean }[]>();
  /** How many branches more have to lead there: of those that may be taken at once, and of the others. */
  const missing = new Map<string, { atOnce: number; others: number }>();
  for (const [id, node] of Object.entries(document.nodes)) {
    const wanted = { atOnce: 0, others: 0 };
    for (const { via, to } of exits(document, id)) {
      const isAtOnce = isSure && isTakenAtOnce(node, via);
      if (isAtOnce) wanted.atOnce += 1;
      else wanted.others = 1;
      before.set(to, [...(before.get(to) ?? []), { id, isAtOnce }]);
    }
    missing.set(id, wanted);
  }
  const found = new Set(Object.keys(document.nodes).filter((id) => goals(document.nodes[id] as FlowNode, id)));
  const waiting = [...found];
  for (let reached = waiting.pop(); reached !== undefined; reached = waiting.pop()) {
    for (const { id, isAtOnce } of before.get(reached) ?? []) {
      const wanted = missing.get(id) ?? { atOnce: 0, others: 0 };
      if (isAtOnce) wanted.atOnce -= 1;
      else wanted.others = 0;
      if (wanted.atOnce > 0 || wanted.others > 0 || found.has(id)) continue;
      found.add(id);
      waiting.push(id);
    }
  }
  return found;
}

/** Nodes that lie on a circle which callers who do nothing walk for ever: one of each circle. */
export function silentCircles(document: FlowContent): string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  for (const start of Object.keys(document.nodes)) {
    if (done.has(start)) continue;
    const path: { id: string; next: string[] }[] = [];
    const onPath = new Set<string>();
    const open = (id: string) => {
      path.push({ id, next: silentExitsOf(document, id).map(({ to }) => to) });
      onPath.add(id);
    };
    open(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = top.next.shift();
      if (to === undefined) {
        path.pop();
        onPath.delete(top.id);
        done.add(top.id);
      } else if (onPath.has(to)) circles.push(to);
      else if (!done.has(to) && nodeOf(document, to)) open(to);
    }
  }
  return [...new Set(circles)];
}

/** Flows to which a caller who does nothing is led from the start. */
export function silentFlowsOf(document: FlowContent): string[] {
  const seen = new Set<string>();
  const waiting: string[] = [document.start];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    waiting.push(...silentExitsOf(document, id).map(({ to }) => to));
  }
  const nodes = [...seen].flatMap((id) => nodeOf(document, id) ?? []);
  return [...new Set(nodes.flatMap((node) => (node.type === "go-to-flow" && node.flowId !== "" ? [node.flowId] : [])))];
}
