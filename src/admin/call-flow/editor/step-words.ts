import { useMemo } from "react";
import { useIntl } from "react-intl";
import type { CallerCondition, FlowContent, FlowNode, SpokenPart } from "../../../flows/ivr/document.ts";
import { nodeOf } from "../../../flows/ivr/document.ts";
import { formatDuration } from "../../format/duration.ts";
import { LANGUAGE_NAMES, type Translate, useWords } from "../../messages/language.tsx";
import { nameOfFlow } from "../name-of-flow.ts";
import { type FlowWorld, useFlowWorld } from "./flow-world.ts";
import { hoursInShort } from "./hours-in-short.ts";

export interface StepWords {
  /** What the step is called: by its owner, by what it says, or by its kind. */
  name: (id: string, node: FlowNode) => string;
  /** The same for whoever knows only the id. */
  nameIn: (document: FlowContent, id: string) => string;
  /** What it does, in one line; empty when its name says it all. */
  summary: (node: FlowNode) => string;
  branch: (node: FlowNode, via: string) => string;
  condition: (when: CallerCondition) => string;
  prompt: (name: string) => string;
}

export function useStepWords(): StepWords {
  const t = useWords();
  const promptName = usePromptName();
  const world = useFlowWorld();
  return useMemo(() => {
    const name = (id: string, node: FlowNode) => node.name ?? ownName(t, promptName, id, node);
    return {
      name,
      nameIn: (document, id) => {
        const node = nodeOf(document, id);
        return node === undefined ? id : name(id, node);
      },
      summary: (node) => summaryOf(t, world, promptName, node),
      branch: (node, via) => branchWord(t, node, via),
      condition: (when) => conditionWord(t, when),
      prompt: promptName,
    };
  }, [t, promptName, world]);
}

/** A prompt of the owner's has its title; one of the product's has its name in the messages. */
export function usePromptName(): (name: string) => string {
  const intl = useIntl();
  const { prompts } = useFlowWorld();
  return useMemo(
    () => (name: string) => {
      const title = prompts.find((prompt) => prompt.name === name)?.title;
      if (title) return title;
      const id = `promptName.${name}`;
      return id in intl.messages ? intl.formatMessage({ id }) : name;
    },
    [intl, prompts],
  );
}

function ownName(t: Translate, promptName: (name: string) => string, id: string, node: FlowNode): string {
  if (node.type === "say" && node.prompt !== "") return promptName(node.prompt);
  const number = /-([0-9]+)$/.exec(id)?.[1];
  const kind = t(`step.${node.type}`);
  return number === undefined ? kind : `${kind} ${number}`;
}

function summaryOf(t: Translate, world: FlowWorld, promptName: (name: string) => string, node: FlowNode): string {
  const said = (prompt: string | null) =>
    prompt === null || prompt === "" ? "" : quoted(textOf(world, prompt) || promptName(prompt));
  switch (node.type) {
    case "language":
      return world.languages
        .filter(({ isOffered }) => isOffered)
        .map(({ language }) => LANGUAGE_NAMES[language])
        .join(" · ");
    case "hours": {
      if (node.hours !== null) return hoursInShort(t, node.hours);
      const schedule = world.schedules.find(({ scheduleId }) => scheduleId === node.schedule);
      if (schedule === undefined) return t("stepField.noHours");
      const hours = hoursInShort(t, schedule.weekly);
      return schedule.name === t("hours.title") ? hours : `${schedule.name}: ${hours}`;
    }
    case "say":
    case "menu":
    case "callback":
    case "dial-extension":
      return said(node.prompt);
    case "ring-group": {
      const names = node.operatorIds.map((id) => operatorName(world, id));
      const who = names.length === 0 ? t("stepField.allOperators") : names.join(", ");
      return `${who} · ${t("step.upTo", { time: formatDuration(node.maxWaitSeconds) })}`;
    }
    case "voicemail":
      return t("step.upTo", { time: formatDuration(node.maxSeconds) });
    case "caller-branch":
      return "";
    case "collect":
      return said(node.prompt) || (node.variable === "" ? "" : `{${node.variable}}`);
    case "look-up":
      return hostOf(node.url);
    case "say-values":
      return quoted(node.parts.map((part) => partText(world, promptName, part)).join(" "));
    case "operator":
      return node.operatorId === null ? "" : operatorName(world, node.operatorId);
    case "outside-number":
      return node.number;
    case "tag":
      return node.tag;
    case "go-to-flow":
      return flowName(t, world, node.flowId);
    case "hang-up":
      return "";
  }
}

export function flowName(t: Translate, world: Pick<FlowWorld, "flows">, flowId: string): string {
  const found = world.flows.find((flow) => flow.flowId === flowId);
  if (found === undefined) return "";
  return nameOfFlow(t, found);
}

function quoted(text: string): string {
  return text === "" ? "" : `„${text}“`;
}

function textOf(world: FlowWorld, prompt: string): string {
  return world.prompts.find(({ name }) => name === prompt)?.texts[world.textLanguage] ?? "";
}

function partText(world: FlowWorld, promptName: (name: string) => string, part: SpokenPart): string {
  if ("variable" in part) return `{${part.variable}}`;
  return part.prompt === "" ? "" : textOf(world, part.prompt) || promptName(part.prompt);
}

export function operatorName(world: Pick<FlowWorld, "operators">, id: number): string {
  return world.operators.find(({ operatorId }) => operatorId === id)?.name ?? `#${id}`;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function branchWord(t: Translate, node: FlowNode, via: string): string {
  if (node.type === "caller-branch" && via.startsWith("case-")) {
    const when = node.cases[Number(via.slice("case-".length)) - 1]?.when;
    return when === undefined ? via : conditionWord(t, when);
  }
  switch (via) {
    case "otherwise":
      if (node.type === "caller-branch") return t("branch.everyoneElse");
      return node.type === "dial-extension" ? t("branch.noSuchExtension") : t("branch.noOrWrongKey");
    case "failed":
      if (node.type === "outside-number") return t("branch.no-answer");
      return node.type === "look-up" ? t("branch.serverFailed") : t("branch.cannotBeSaid");
    case "next":
    case "open":
    case "closed":
    case "no-answer":
    case "saved":
    case "none":
    case "hidden":
    case "answered":
    case "ended":
    case "taken-back":
    case "flow":
    case "start":
    case "flow-fault":
      return t(`branch.${via}`);
    default:
      return via;
  }
}

function conditionWord(t: Translate, when: CallerCondition): string {
  switch (when.type) {
    case "category":
      return t("condition.is-category", { category: when.category });
    case "prefix":
      return when.prefixes.length === 0 ? t("condition.prefix") : when.prefixes.join(", ");
    case "recent":
      return t("condition.is-recent", { days: when.days });
    case "known":
    case "hidden":
    case "blocked":
      return t(`condition.${when.type}`);
  }
}
