import { expect, test } from "vitest";
import type { RoutingConfiguration } from "./calls/routing-configuration.ts";
import type { FlowDocument } from "./flows/ivr/document.ts";
import { emptyFlow } from "./flows/ivr/templates.ts";
import { promptSite } from "./prompt-wiring.ts";
import { createPrompts } from "./prompts/prompts.ts";
import { documentOf } from "./testing/any-flow.ts";
import { routingConfiguration } from "./testing/routing.ts";
import { withTemporaryDir } from "./testing/temporary.ts";

test("where a number speaks another language first, the others need the sentence for the key that they have there", async () => {
  const flow = documentOf(emptyFlow());
  const plain = routingConfiguration();
  const number = { number: "70112233", name: "", trunkId: null, scheduleId: null, flowId: null, recordCalls: null };
  const configuration: RoutingConfiguration<FlowDocument> = {
    ...plain,
    site: { ...plain.site, language: "mn", callerLanguages: ["mn", "ru"] },
    numbers: [{ ...number, language: null }],
    ...{ flow, flows: [flow], formerFlows: [] },
  };
  await withTemporaryDir(async (dataDir) => {
    const log = { info: () => undefined, warn: () => undefined };
    const prompts = createPrompts({ dataDir, log, site: () => promptSite(configuration) });
    await prompts.start();
    const choices = () => prompts.missing("mn").filter((name) => name.startsWith("choose-language-"));
    expect(choices()).toEqual(["choose-language-1"]);
    configuration.numbers.push({ ...number, number: "70112234", language: "ru" });
    expect(choices()).toEqual(["choose-language-1", "choose-language-2"]);
    await prompts.stop();
  });
});
