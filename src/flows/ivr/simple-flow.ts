/** The easy way to a call flow: one page that the owner fills in, and the document that is built from it. */
import type { Digit } from "../../calls/digit.ts";
import type { FlowId } from "../../calls/ids.ts";
import { MAIN_SCHEDULE, type WeeklyHours } from "../../calls/schedule.ts";
import { FlowContent, type FlowContentInput, type FlowDocument } from "./document.ts";

/** What the owner fills in on one page; the document is built from it. */
export interface SimpleFlow {
  /** Those of the main schedule, to which the document refers. */
  hours: WeeklyHours;
  strategy: "simultaneous" | "sequential";
  ringSeconds: number;
  maxWaitSeconds: number;
  menu: { isEnabled: boolean; operatorsDigit: Digit; informationDigit: Digit | null };
  operatorIds: number[];
  /** Whether callers whom nobody answers, and callers outside of the hours, may leave a message. */
  voicemail: { isEnabled: boolean };
}

type NodesInput = FlowContentInput["nodes"];

/** Number -> language -> hours -> greeting -> menu -> ring group, as issue texts and owners describe it. */
export function buildFlow(flow: FlowId, version: number, simple: SimpleFlow): FlowDocument {
  const takesMessages = simple.voicemail.isEnabled;
  const { operatorsDigit, informationDigit } = simple.menu;
  const toPerson = { "0": "operators" };
  const nodes: NodesInput = {
    language: { type: "language", next: "hours" },
    hours: { type: "hours", schedule: MAIN_SCHEDULE, open: "greeting", closed: "closed" },
    greeting: {
      type: "say",
      prompt: "greeting",
      purpose: "greeting",
      choices: toPerson,
      next: simple.menu.isEnabled ? "menu" : "operators",
    },
    menu: {
      type: "menu",
      prompt: "menu",
      choices: {
        ...toPerson,
        [operatorsDigit]: "operators",
        ...(informationDigit === null ? {} : { [informationDigit]: "information" }),
      },
      otherwise: "operators",
    },
    information: {
      type: "say",
      prompt: "information",
      purpose: "information",
      choices: { ...toPerson, [operatorsDigit]: "operators" },
      next: "goodbye",
    },
    closed: {
      type: "say",
      prompt: "closed",
      purpose: "closed",
      choices: toPerson,
      next: takesMessages ? "voicemail" : "goodbye",
    },
    operators: {
      type: "ring-group",
      operatorIds: simple.operatorIds,
      strategy: simple.strategy,
      ringSeconds: simple.ringSeconds,
      maxWaitSeconds: simple.maxWaitSeconds,
      prompt: "connecting",
      noAnswer: "no-answer",
    },
    "no-answer": { type: "say", prompt: "no-answer", next: takesMessages ? "voicemail" : "end" },
    goodbye: { type: "say", prompt: "goodbye", choices: toPerson, next: "end" },
    end: { type: "hang-up" },
    ...(takesMessages
      ? {
          voicemail: {
            type: "voicemail",
            prompt: "leave-message",
            choices: toPerson,
            saved: "message-saved",
            none: "goodbye",
          } as const,
          "message-saved": { type: "say", prompt: "message-saved", next: "end" } as const,
        }
      : {}),
  };
  return { id: flow, version, ...FlowContent.parse({ start: "language", operators: "operators", nodes }) };
}

export function usualSimpleFlow(hours: WeeklyHours): SimpleFlow {
  return {
    hours,
    strategy: "simultaneous",
    ringSeconds: 20,
    maxWaitSeconds: 120,
    menu: { isEnabled: true, operatorsDigit: "1", informationDigit: "2" },
    operatorIds: [],
    voicemail: { isEnabled: true },
  };
}

/** Documents that were published before there was voicemail have none. */
export function hasVoicemail(document: FlowDocument): boolean {
  return Object.values(document.nodes).some(({ type }) => type === "voicemail");
}
