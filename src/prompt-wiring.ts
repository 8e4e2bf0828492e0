import { Readable } from "node:stream";
import { DIGITS } from "./calls/digit.ts";
import type { RoutingConfiguration } from "./calls/routing-configuration.ts";
import type { FlowDocument, NodeOf } from "./flows/ivr/document.ts";
import { languagesOfNumber } from "./flows/routing/own-number.ts";
import type { PromptLibrary } from "./http/ports.ts";
import type { PromptSite, Prompts } from "./prompts/prompts.ts";
import { USUAL_FACTS } from "./prompts/texts.ts";

/** What the prompts must say so that they promise what the published flow does. */
export function promptSite({ site, flow, numbers }: RoutingConfiguration<FlowDocument>): PromptSite {
  const menu = Object.values(flow.nodes).find((node): node is NodeOf<"menu"> => node.type === "menu");
  const keyTo = (leadsThere: (node: string) => boolean) =>
    DIGITS.find((digit) => digit !== "0" && leadsThere(menu?.choices[digit] ?? ""));
  const isInformation = (id: string) => {
    const node = flow.nodes[id];
    return node?.type === "say" && node.purpose === "information";
  };
  return {
    language: site.language,
    callerLanguages: site.callerLanguages,
    numberOffers: [...new Set(numbers.map(({ language }) => language))].map((own) => languagesOfNumber(site, own)),
    facts: {
      operatorsDigit: keyTo((node) => node === flow.operators) ?? USUAL_FACTS.operatorsDigit,
      informationDigit: keyTo(isInformation) ?? null,
      isRecorded: site.recordCalls,
    },
  };
}

/** The collection as the panel's API sees it. */
export function promptLibrary(prompts: Prompts): PromptLibrary {
  return {
    languages: async () => prompts.languages(),
    prompts: async () => prompts.list(),
    file: async (language, name) => prompts.file(name, language),
    upload: async (language, name, audio, source) =>
      await prompts.upload(language, name, Readable.from([audio]), source),
    takes: async (language, name) => prompts.takes(language, name),
    takeFile: async (language, name, id) => prompts.takeFile(language, name, id),
    putBack: async (language, name, id) => await prompts.putBack(language, name, id),
    speak: async (language, name, text) => await prompts.setText(language, name, text),
    removeUpload: async (language, name) => await prompts.remove(language, name),
    add: async (title) => await prompts.add(title),
    rename: async (name, title) => await prompts.rename(name, title),
    drop: async (name) => await prompts.drop(name),
  };
}
