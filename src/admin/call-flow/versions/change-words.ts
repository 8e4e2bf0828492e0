import { WEEKDAYS, type WeeklyHours } from "../../../flows/hours/weekly-hours.ts";
import type { FlowChanges } from "../../../flows/ivr/compare-flows.ts";
import type { FlowContent, FlowNode } from "../../../flows/ivr/document.ts";
import type { MessageKey, Translate } from "../../messages/language.tsx";
import type { FlowWorld } from "../editor/flow-world.ts";
import { hoursInShort } from "../editor/hours-in-short.ts";
import { flowName, operatorName, type StepWords } from "../editor/step-words.ts";

type Json = FlowChanges["changed"][number]["fields"][number]["from"];

/** Fields that are branches, under the word of the branch. */
const BRANCHES: Readonly<Record<string, string>> = {
  next: "next",
  open: "open",
  closed: "closed",
  otherwise: "otherwise",
  noAnswer: "no-answer",
  saved: "saved",
  none: "none",
  failed: "failed",
  hidden: "hidden",
};

const FIELDS: Readonly<Record<string, MessageKey>> = {
  name: "stepField.name",
  prompt: "promptField.label",
  purpose: "stepField.purpose",
  timeoutMs: "stepField.thinkSeconds",
  repeats: "stepField.repeats",
  hours: "stepField.ownHours",
  schedule: "stepField.whichHours",
  numberFirst: "stepField.numberFirst",
  operatorIds: "stepField.who",
  strategy: "ringing.strategy",
  ringSeconds: "ringing.ringSeconds",
  maxWaitSeconds: "ringing.maxWaitSeconds",
  maxSeconds: "stepField.maxSeconds",
  silenceSeconds: "stepField.silenceSeconds",
  cases: "stepField.cases",
  variable: "stepField.variable",
  minDigits: "stepField.minDigits",
  maxDigits: "stepField.maxDigits",
  endKey: "stepField.endKey",
  isSecret: "stepField.isSecret",
  url: "stepField.url",
  method: "stepField.method",
  deadlineMs: "stepField.deadlineSeconds",
  outputs: "stepField.outputs",
  parts: "stepField.parts",
  operatorId: "stepField.operator",
  number: "stepField.outsideNumber",
  tag: "stepField.tag",
  flowId: "stepField.flow",
};

/** What is said of changes: the words of the panel, and the two documents that names come from. */
export interface ChangeWorld {
  t: Translate;
  words: StepWords;
  world: FlowWorld;
}

/** The name of a field as the editor shows it. */
export function fieldWord({ t, words }: ChangeWorld, node: FlowNode, path: string): string {
  const [head = "", rest = ""] = path.split(".");
  if (head === "choices") return t("editor.key", { key: rest });
  const branch = BRANCHES[head];
  if (branch !== undefined) return words.branch(node, branch);
  const weekday = WEEKDAYS.find((day) => day === rest);
  if (head === "hours" && weekday !== undefined) return t(`weekday.${weekday}`);
  const key = FIELDS[head];
  return key === undefined ? path : t(key);
}

export function valueWord(change: ChangeWorld, document: FlowContent, path: string, value: Json): string {
  const { t, words, world } = change;
  const [head = ""] = path.split(".");
  if (head === "choices" || BRANCHES[head] !== undefined)
    return typeof value === "string" && value !== "" ? words.nameIn(document, value) : t("editor.nowhere");
  if (head === "hours" && value !== null) return hoursWord(t, value);
  if (value === null || value === "") return head === "prompt" ? t("promptField.nothing") : "–";
  if (typeof value === "boolean") return value ? t("change.yes") : t("change.no");
  if (head === "timeoutMs" || head === "deadlineMs") return t("change.seconds", { seconds: Number(value) / 1000 });
  if (head.endsWith("Seconds")) return t("change.seconds", { seconds: Number(value) });
  if (head === "operatorId") return operatorName(world, Number(value));
  if (head === "schedule")
    return world.schedules.find(({ scheduleId }) => scheduleId === Number(value))?.name ?? `#${Number(value)}`;
  if (typeof value === "string") return textWord(change, head, value);
  if (Array.isArray(value)) return listWord(change, head, value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function textWord({ t, words, world }: ChangeWorld, head: string, value: string): string {
  switch (head) {
    case "prompt":
      return words.prompt(value);
    case "flowId":
      return flowName(t, world, value) || value;
    case "purpose":
      return t(`stepField.purpose.${value as "notice"}`);
    case "strategy":
      return t(`ringing.${value as "sequential"}`);
    default:
      return value;
  }
}

function hoursWord(t: Translate, value: Json): string {
  if (typeof value === "boolean") return value ? t("change.yes") : t("change.no");
  if (Array.isArray(value)) {
    const times = value as unknown as WeeklyHours["monday"];
    return times.length === 0 ? t("hours.closed") : times.map(({ from, to }) => `${from}–${to}`).join(", ");
  }
  return hoursInShort(t, value as unknown as WeeklyHours);
}

function listWord({ t, words, world }: ChangeWorld, head: string, list: Json[]): string {
  if (head === "operatorIds") {
    if (list.length === 0) return t("stepField.allOperators");
    return list.map((id) => operatorName(world, Number(id))).join(", ");
  }
  const items = list as Record<string, unknown>[];
  if (head === "cases") return items.map(({ when }) => words.condition(when as never)).join(", ") || "–";
  if (head === "outputs") return items.map(({ variable }) => `{${String(variable)}}`).join(", ") || "–";
  return (
    items
      .map((part) => ("variable" in part ? `{${String(part["variable"])}}` : words.prompt(String(part["prompt"]))))
      .join(" + ") || "–"
  );
}
