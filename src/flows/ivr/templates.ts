/** Call flows to begin with, by branch of business. Pure. */
import type { Language } from "../../calls/language.ts";
import { MAIN_SCHEDULE } from "../../calls/schedule.ts";
import { FlowContent, type FlowContentInput } from "./document.ts";

export const BUSINESSES = ["shop", "clinic", "service", "restaurant"] as const;
export type Business = (typeof BUSINESSES)[number];

type Nodes = FlowContentInput["nodes"];
type NodeInput = Nodes[string];

/** The words by which calls are found in the log. */
const TAGS = {
  order: { en: "order", ka: "შეკვეთა", ru: "заказ", mn: "захиалга" },
  appointment: { en: "appointment", ka: "ჩაწერა", ru: "запись", mn: "цаг авах" },
  request: { en: "new request", ka: "ახალი მოთხოვნა", ru: "новая заявка", mn: "шинэ хүсэлт" },
  existing: { en: "existing request", ka: "არსებული მოთხოვნა", ru: "заявка в работе", mn: "өмнөх хүсэлт" },
  table: { en: "table", ka: "მაგიდა", ru: "столик", mn: "ширээ" },
  delivery: { en: "delivery", ka: "მიტანა", ru: "доставка", mn: "хүргэлт" },
} satisfies Record<string, Record<Language, string>>;

/** @param language that of the tags */
export function buildTemplate(business: Business, language: Language): FlowContent {
  const tag = (word: keyof typeof TAGS, next: string): NodeInput => ({
    type: "tag",
    tag: TAGS[word][language],
    next,
  });
  switch (business) {
    case "shop":
      return usual({
        menu: { "1": "tag-order", "2": "information", "3": "callback" },
        prompt: "shop-menu",
        nodes: { ...closedWithChoice(), "tag-order": tag("order", "operators") },
      });
    case "clinic":
      return usual({
        menu: { "1": "tag-appointment", "2": "information", "3": "voicemail" },
        prompt: "clinic-menu",
        nodes: {
          "tag-appointment": tag("appointment", "operators"),
          closed: { type: "say", prompt: "clinic-closed", purpose: "closed", next: "voicemail" },
        },
      });
    case "service":
      return usual({
        menu: { "1": "tag-request", "2": "ask-number", "3": "information" },
        prompt: "service-menu",
        nodes: {
          ...closedWithChoice(),
          "tag-request": tag("request", "operators"),
          "ask-number": {
            type: "collect",
            prompt: "service-ask-number",
            variable: "request",
            minDigits: 2,
            maxDigits: 10,
            next: "tag-existing",
            otherwise: "operators",
          },
          "tag-existing": tag("existing", "operators"),
        },
      });
    case "restaurant":
      return usual({
        menu: { "1": "tag-table", "2": "tag-delivery", "3": "information" },
        prompt: "restaurant-menu",
        nodes: {
          "tag-table": tag("table", "operators"),
          "tag-delivery": tag("delivery", "operators"),
          closed: { type: "say", prompt: "closed", purpose: "closed", next: "voicemail" },
        },
      });
  }
}

/** Who calls after hours chooses between being called back and leaving a message. */
function closedWithChoice(): Nodes {
  return {
    closed: {
      type: "say",
      prompt: "closed-choice",
      purpose: "closed",
      choices: { "1": "callback" },
      next: "voicemail",
    },
    callback: { type: "callback", prompt: "callback-promised", next: "end", hidden: "voicemail" },
  };
}

function usual(own: { menu: Record<string, string>; prompt: string; nodes: Nodes }): FlowContent {
  const nodes: Nodes = {
    language: { type: "language", next: "hours" },
    hours: { type: "hours", schedule: MAIN_SCHEDULE, open: "greeting", closed: "closed" },
    greeting: { type: "say", prompt: "greeting", purpose: "greeting", next: "menu" },
    menu: { type: "menu", prompt: own.prompt, choices: own.menu, otherwise: "operators" },
    information: {
      type: "say",
      prompt: "information",
      purpose: "information",
      choices: { "1": "operators" },
      next: "goodbye",
    },
    operators: { type: "ring-group", prompt: "connecting", noAnswer: "no-answer" },
    "no-answer": { type: "say", prompt: "no-answer", next: "voicemail" },
    voicemail: { type: "voicemail", prompt: "leave-message", saved: "message-saved", none: "goodbye" },
    "message-saved": { type: "say", prompt: "message-saved", next: "end" },
    goodbye: { type: "say", prompt: "goodbye", next: "end" },
    end: { type: "hang-up" },
    ...own.nodes,
  };
  return FlowContent.parse({ start: "language", operators: "operators", nodes });
}

/** What there must be at least, for those who draw from nothing. */
export function emptyFlow(): FlowContent {
  return FlowContent.parse({
    start: "operators",
    operators: "operators",
    nodes: {
      operators: { type: "ring-group", prompt: "connecting", noAnswer: "voicemail" },
      voicemail: { type: "voicemail", prompt: "leave-message", saved: "end", none: "end" },
      end: { type: "hang-up" },
    },
  });
}
