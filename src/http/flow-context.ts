/** What a call flow is checked against, as it is now. */
import { readFlowsForRouting } from "../database/call-flows.ts";
import { listFlows } from "../database/flows.ts";
import { listOperators } from "../database/operators.ts";
import { listSchedules } from "../database/schedules.ts";
import type { Db, Tx } from "../database/schema.ts";
import { listNumbers, listTrunks } from "../database/trunks.ts";
import { type CheckContext, checkFlow, type Finding, hasErrors } from "../flows/ivr/check-flow.ts";
import { DEFAULT_FLOW, type FlowContent } from "../flows/ivr/document.ts";
import { silentFlowsOf } from "../flows/ivr/graph.ts";
import { ApiError } from "./api-error.ts";
import type { RouteDeps } from "./deps.ts";

/** @param db a transaction, where what is looked at must not change before the end of it */
export async function readCheckContext(deps: RouteDeps, db: Db | Tx, flowId: string): Promise<CheckContext> {
  const { callerLanguages } = deps.configuration.current.site;
  const [languages, prompts] = await Promise.all([deps.prompts.languages(), deps.prompts.prompts()]);
  const { flows: published } = await readFlowsForRouting(db, new Date());
  const flows = await listFlows(db);
  const operators = await listOperators(db);
  const schedules = await listSchedules(db);
  const trunks = await listTrunks(db);
  const leadingHere = (await listNumbers(db)).filter((number) => (number.flowId ?? DEFAULT_FLOW) === flowId);
  const spoken = leadingHere.flatMap(({ language }) => language ?? []);
  return {
    flowId,
    languages: callerLanguages,
    numberLanguages: [...new Set(spoken)].filter((language) => !callerLanguages.includes(language)),
    voices: languages.filter(({ hasVoice }) => hasVoice).map(({ language }) => language),
    operators: operators.map(({ operatorId, name, extension, isEnabled }) => ({
      ...{ operatorId, name, extension, isEnabled },
    })),
    flows: flows.map((flow) => {
      const document = published.find(({ id }) => id === flow.flowId);
      const silentlyTo = document ? silentFlowsOf(document) : [];
      return { flowId: flow.flowId, name: flow.name, isPublished: document !== undefined, silentlyTo };
    }),
    schedules: schedules.map(({ scheduleId, name }) => ({ scheduleId, name })),
    prompts: prompts.map(({ name, takes }) => ({
      name,
      durationsMs: Object.fromEntries(
        // One that could not be made yet is told with its problem, and lasts no time.
        Object.entries(takes).flatMap(([language, take]) => (take?.durationMs ? [[language, take.durationMs]] : [])),
      ),
    })),
    hasTrunk: trunks.some(({ isEnabled }) => isEnabled),
  };
}

/** @throws ApiError 422 `flow-has-errors`, naming the first error of each node */
export function assertWithoutErrors(document: FlowContent, context: CheckContext): Finding[] {
  const findings = checkFlow(document, context);
  if (!hasErrors(findings)) return findings;
  const errors = findings.filter(({ severity }) => severity === "error");
  const fields: Record<string, string> = {};
  for (const { node, code } of errors) fields[node ?? "document"] ??= code;
  throw new ApiError(422, "flow-has-errors", { params: { count: errors.length }, fields });
}
