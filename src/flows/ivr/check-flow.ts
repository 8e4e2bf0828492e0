/** What is wrong with a call flow before anybody walks it. Pure; the panel runs it while the owner draws. */
import type { Language } from "../../calls/language.ts";
import { isE164 } from "../../calls/phone-number.ts";
import { checkWeek } from "../hours/check-hours.ts";
import { isCurrency } from "../speech/spoken.ts";
import { type FlowContent, type FlowNode, nodeOf } from "./document.ts";
import { promptsOf } from "./flow-prompts.ts";
import {
  exitsOf,
  exitsOfHidden,
  isPassedAtOnce,
  leadsTo,
  reachedWithMenus,
  silentCircles,
  silentFlowsOf,
} from "./graph.ts";
import { addressProblem, BUILT_IN_VARIABLES, variablesIn } from "./look-up-request.ts";

/** What there is besides the flow itself; plain data, so that it travels to the browser. */
export interface CheckContext {
  /** This flow's own id. */
  flowId: string;
  /** Offered to callers. */
  languages: Language[];
  /** Of numbers that lead here, and that speak a language first which is not offered elsewhere. */
  numberLanguages: Language[];
  /** Languages in which any text can be spoken. */
  voices: Language[];
  operators: { operatorId: number; name: string; extension: string; isEnabled: boolean }[];
  /** `silentlyTo`: flows to which it leads a caller who does nothing. */
  flows: { flowId: string; name: string; isPublished: boolean; silentlyTo: string[] }[];
  schedules: { scheduleId: number; name: string }[];
  /** How long each prompt is in each language that has it. */
  prompts: { name: string; durationsMs: Partial<Record<Language, number>> }[];
  hasTrunk: boolean;
}

type FindingCode =
  | "start-missing"
  | "operators-missing"
  | "operators-not-a-person"
  | "branch-missing"
  | "loop-without-input"
  | "loop-of-flows"
  | "person-unreachable"
  | "hidden-caller-stranded"
  | "only-message-reachable"
  | "unreachable"
  | "no-prompt"
  | "no-such-prompt"
  | "prompt-missing"
  | "menu-too-deep"
  | "menu-too-long"
  | "menu-without-keys"
  | "no-operator"
  | "no-such-operator"
  | "operator-disabled"
  | "no-such-flow"
  | "flow-not-published"
  | "no-hours"
  | "hours-contradict"
  | "no-such-schedule"
  | "no-variable"
  | "variable-not-set"
  | "digits-contradict"
  | "no-address"
  | "bad-address"
  | "no-path"
  | "nothing-to-say"
  | "no-currency"
  | "no-voice"
  | "no-number"
  | "no-trunk"
  | "no-cases"
  | "no-prefixes"
  | "no-categories"
  | "no-tag";

export interface Finding {
  code: FindingCode;
  /** Errors refuse publishing. */
  severity: "error" | "warning";
  /** Null: the flow as a whole. */
  node: string | null;
  params: Record<string, string | number>;
}

const DEEPEST_MENU = 2;
const LONGEST_MENU_MS = 30_000;

export function checkFlow(document: FlowContent, context: CheckContext): Finding[] {
  const findings: Finding[] = [];
  const reached = reachedWithMenus(document);
  checkWhole(document, context, findings);
  checkWays(document, reached, findings);
  for (const [id, node] of Object.entries(document.nodes)) {
    // What nobody comes to harms nobody: it is said once, and not what is wrong within.
    if (reached.has(id)) checkNode(new Report(findings, id), { id, node, document, context });
    else findings.push({ code: "unreachable", severity: "warning", node: id, params: {} });
  }
  return findings;
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === "error");
}

class Report {
  readonly #findings: Finding[];
  readonly #node: string;

  constructor(findings: Finding[], node: string) {
    this.#findings = findings;
    this.#node = node;
  }

  error(code: FindingCode, params: Finding["params"] = {}): void {
    this.#findings.push({ code, severity: "error", node: this.#node, params });
  }

  warning(code: FindingCode, params: Finding["params"] = {}): void {
    this.#findings.push({ code, severity: "warning", node: this.#node, params });
  }
}

const isPerson = ({ type }: FlowNode) =>
  type === "ring-group" || type === "operator" || type === "dial-extension" || type === "outside-number";
/** Whoever cannot reach a person can at least leave their wish here. */
const keepsWish = ({ type }: FlowNode) => type === "voicemail" || type === "callback";
/** Another flow is checked by itself. */
const isElsewhere = ({ type }: FlowNode) => type === "go-to-flow";

function checkWhole(document: FlowContent, context: CheckContext, findings: Finding[]): void {
  const whole = (code: FindingCode) => findings.push({ code, severity: "error", node: null, params: {} });
  if (!nodeOf(document, document.start)) whole("start-missing");
  const operators = nodeOf(document, document.operators);
  if (!operators) whole("operators-missing");
  else if (![isPerson, keepsWish, isElsewhere].some((is) => is(operators))) whole("operators-not-a-person");
  if (isLoopOfFlows(document, context)) whole("loop-of-flows");
}

/** A caller who does nothing comes back to this flow by way of others. */
function isLoopOfFlows(document: FlowContent, { flowId, flows }: CheckContext): boolean {
  const seen = new Set<string>();
  const waiting = silentFlowsOf(document);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (id === flowId) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    waiting.push(...(flows.find((flow) => flow.flowId === id)?.silentlyTo ?? []));
  }
  return false;
}

function checkWays(document: FlowContent, reached: ReadonlyMap<string, number>, findings: Finding[]): void {
  for (const id of silentCircles(document)) {
    if (reached.has(id)) findings.push({ code: "loop-without-input", severity: "error", node: id, params: {} });
  }
  checkPersonReachable(document, reached, findings);
  checkHiddenServed(document, reached, findings);
  for (const [id, menus] of reached) {
    if (nodeOf(document, id)?.type === "menu" && menus > DEEPEST_MENU)
      findings.push({ code: "menu-too-deep", severity: "warning", node: id, params: { menus } });
  }
}

function checkPersonReachable(document: FlowContent, reached: ReadonlyMap<string, number>, findings: Finding[]): void {
  // Where a branch is not drawn yet, that is what is said.
  const isUnfinished = (id: string) => exitsOf(document, id).some(({ to }) => !nodeOf(document, to));
  const toPerson = placesBefore(document, (node, id) => isPerson(node) || isElsewhere(node) || isUnfinished(id));
  const toMessage = placesBefore(document, keepsWish);
  // At the end there is nothing more to reach, and whoever was missed is called back.
  const places = [...reached.keys()].filter(
    (id) => nodeOf(document, id)?.type !== "hang-up" && !isLastWord(document, id),
  );
  const isNowhere = places.every((id) => !toPerson(id) && toMessage(id));
  if (isNowhere && places.length > 0)
    findings.push({ code: "only-message-reachable", severity: "warning", node: null, params: {} });
  for (const id of places) {
    if (toPerson(id)) continue;
    if (!toMessage(id)) findings.push({ code: "person-unreachable", severity: "error", node: id, params: {} });
    else if (!isNowhere) findings.push({ code: "only-message-reachable", severity: "warning", node: id, params: {} });
  }
}

/**
 * Where callers stand they need a sure way, by a key or by waiting. Where they are only passed on, one for some of them is enough: the
 * others are hung up on, and called back.
 */
function placesBefore(document: FlowContent, goals: (node: FlowNode, id: string) => boolean): (id: string) => boolean {
  const sure = leadsTo(document, goals, { isSure: true });
  const some = leadsTo(document, goals);
  return (id) => {
    const node = nodeOf(document, id);
    if (node && isPassedAtOnce(node)) return some.has(id);
    return sure.has(id) || exitsOf(document, id).some(({ needsKey, to }) => needsKey && sure.has(to));
  };
}

/** A call back is no help to those who hide their number: from there they need another way. */
function checkHiddenServed(document: FlowContent, reached: ReadonlyMap<string, number>, findings: Finding[]): void {
  const isUnfinished = (id: string) => exitsOfHidden(document, id).some(({ to }) => !nodeOf(document, to));
  const isHelp = (node: FlowNode, id: string) =>
    isPerson(node) || isElsewhere(node) || node.type === "voicemail" || isUnfinished(id);
  const served = leadsTo(document, isHelp, { exits: exitsOfHidden });
  for (const id of reached.keys()) {
    if (nodeOf(document, id)?.type !== "callback" || served.has(id)) continue;
    findings.push({ code: "hidden-caller-stranded", severity: "error", node: id, params: {} });
  }
}

/** It only hands on to the end, as a tag before hanging up does. */
function isLastWord(document: FlowContent, id: string): boolean {
  const node = nodeOf(document, id);
  return node?.type === "tag" && nodeOf(document, node.next)?.type === "hang-up";
}

interface Place {
  id: string;
  node: FlowNode;
  document: FlowContent;
  context: CheckContext;
}

function checkNode(report: Report, place: Place): void {
  const { id, node, document, context } = place;
  for (const { via, to } of exitsOf(document, id)) {
    if (!nodeOf(document, to)) report.error("branch-missing", { branch: via, target: to });
  }
  checkPrompts(report, node, context);
  switch (node.type) {
    case "hours":
      return checkHours(report, node, context);
    case "menu":
      return checkMenu(report, node, context);
    case "ring-group":
      for (const operatorId of node.operatorIds) checkOperator(report, operatorId, context);
      return;
    case "operator":
      if (node.operatorId === null) report.error("no-operator");
      else checkOperator(report, node.operatorId, context);
      return;
    case "caller-branch":
      return checkCases(report, node);
    case "collect":
      if (node.variable === "") report.error("no-variable");
      if (node.minDigits > node.maxDigits) report.error("digits-contradict");
      return;
    case "look-up":
      return checkLookUp(report, node, document);
    case "say-values":
      return checkValues(report, node, document, context);
    case "outside-number":
      if (!isE164(node.number)) report.error("no-number", { number: node.number });
      if (!context.hasTrunk) report.warning("no-trunk");
      return;
    case "go-to-flow":
      return checkOtherFlow(report, node.flowId, context);
    case "tag":
      if (node.tag === "") report.error("no-tag");
      return;
    default:
  }
}

const MAY_BE_SILENT: ReadonlySet<FlowNode["type"]> = new Set(["ring-group", "callback", "voicemail"]);

function checkPrompts(report: Report, node: FlowNode, context: CheckContext): void {
  const { prompts } = context;
  const languages = [...context.languages, ...context.numberLanguages];
  const isMissing = (language: Language, name: string) =>
    prompts.find((prompt) => prompt.name === name)?.durationsMs[language] === undefined;
  for (const name of new Set(promptsOf(node))) {
    if (name === "") {
      if (!MAY_BE_SILENT.has(node.type)) report.error("no-prompt");
      continue;
    }
    const missing = languages.filter((language) => isMissing(language, name));
    if (missing.length === languages.length) report.error("no-such-prompt", { prompt: name });
    else for (const language of missing) report.warning("prompt-missing", { prompt: name, language });
  }
}

function checkMenu(report: Report, node: Extract<FlowNode, { type: "menu" }>, { prompts }: CheckContext): void {
  if (Object.values(node.choices).every((to) => to === "")) report.error("menu-without-keys");
  const durationsMs = prompts.find(({ name }) => name === node.prompt)?.durationsMs ?? {};
  for (const [language, ms] of Object.entries(durationsMs)) {
    if (ms > LONGEST_MENU_MS) report.warning("menu-too-long", { language, seconds: Math.round(ms / 1000) });
  }
}

function checkHours(report: Report, node: Extract<FlowNode, { type: "hours" }>, { schedules }: CheckContext): void {
  if (node.hours !== null) {
    const [first] = node.hours.alwaysOpen ? [] : checkWeek(node.hours);
    if (first) report.error("hours-contradict", { day: first.day, place: first.index + 1, problem: first.problem });
    return;
  }
  if (node.schedule === null) report.error("no-hours");
  else if (!schedules.some(({ scheduleId }) => scheduleId === node.schedule))
    report.error("no-such-schedule", { schedule: node.schedule });
}

function checkOperator(report: Report, operatorId: number, { operators }: CheckContext): void {
  const operator = operators.find((one) => one.operatorId === operatorId);
  if (!operator) report.error("no-such-operator", { operatorId });
  else if (!operator.isEnabled) report.warning("operator-disabled", { name: operator.name });
}

function checkCases(report: Report, { cases }: Extract<FlowNode, { type: "caller-branch" }>): void {
  if (cases.length === 0) report.error("no-cases");
  for (const { when } of cases) {
    if (when.type === "prefix" && when.prefixes.length === 0) report.error("no-prefixes");
    // There is no list of customers yet.
    if (when.type === "category") report.warning("no-categories", { category: when.category });
  }
}

/** Variables that some node of the flow can give a value; another flow may have done so before. */
function givenVariables(document: FlowContent): Set<string> {
  const given = Object.values(document.nodes).flatMap((node) => {
    if (node.type === "collect") return [node.variable];
    return node.type === "look-up" ? node.outputs.map(({ variable }) => variable) : [];
  });
  return new Set([...BUILT_IN_VARIABLES, ...given]);
}

function checkLookUp(report: Report, node: Extract<FlowNode, { type: "look-up" }>, document: FlowContent): void {
  const problem = addressProblem(node.url);
  if (node.url === "") report.error("no-address");
  else if (problem !== null) report.error("bad-address", { problem });
  const given = givenVariables(document);
  for (const variable of variablesIn(node.url)) {
    if (!given.has(variable)) report.warning("variable-not-set", { variable });
  }
  for (const { variable, path } of node.outputs) {
    if (variable === "") report.error("no-variable");
    if (path === "") report.error("no-path", { variable });
  }
}

function checkValues(
  report: Report,
  node: Extract<FlowNode, { type: "say-values" }>,
  document: FlowContent,
  { languages, voices }: CheckContext,
): void {
  if (node.parts.length === 0) report.error("nothing-to-say");
  const values = node.parts.flatMap((part) => ("variable" in part ? [part] : []));
  const given = givenVariables(document);
  for (const { variable, as, currency } of values) {
    if (variable === "") report.error("no-variable");
    else if (!given.has(variable)) report.warning("variable-not-set", { variable });
    if (as === "money" && (currency === undefined || !isCurrency(currency)))
      report.error("no-currency", { currency: currency ?? "" });
  }
  if (values.length === 0) return;
  // Its callers take the branch `failed`; digits alone are said where the prompts for them are recorded.
  for (const language of languages.filter((one) => !voices.includes(one))) report.warning("no-voice", { language });
}

function checkOtherFlow(report: Report, id: string, { flows }: CheckContext): void {
  const flow = flows.find(({ flowId }) => flowId === id);
  if (!flow) report.error("no-such-flow", { flow: id });
  else if (!flow.isPublished) report.error("flow-not-published", { flow: flow.name });
}
