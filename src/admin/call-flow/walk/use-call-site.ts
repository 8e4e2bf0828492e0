import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { isOpenBySchedule } from "../../../flows/hours/schedule.ts";
import type { FlowContent, FlowDocument } from "../../../flows/ivr/document.ts";
import { readVersion, useFlows } from "../../api/flows.ts";
import { keys } from "../../api/query-client.ts";
import { useSession } from "../../api/session.ts";
import { useFlowWorld } from "../editor/flow-world.ts";
import { hasSound } from "../has-sound.ts";
import type { CallSite } from "./simulation.ts";
import { useWholeSchedules } from "./use-whole-schedules.ts";

/** The site as the browser knows it: flows as published, hours as they are kept, prompts that have a sound. */
export function useCallSite(document: FlowContent): CallSite {
  const { site } = useSession();
  const { prompts, languages } = useFlowWorld();
  const schedules = useWholeSchedules();
  const flows = useOtherFlows(document);
  return useMemo((): CallSite => {
    return {
      timeZone: site.timeZone,
      offered: {
        callerLanguages: languages.filter(({ isOffered }) => isOffered).map(({ language }) => language),
        language: site.language,
      },
      isScheduleOpen: (id, atMs) => {
        const schedule = schedules.find(({ scheduleId }) => scheduleId === id);
        return schedule === undefined ? null : isOpenBySchedule(schedule, atMs, site.timeZone).isOpen;
      },
      flow: (id) => flows.find((flow) => flow.id === id) ?? null,
      hasPrompt: (name, language) =>
        hasSound(
          prompts.find((prompt) => prompt.name === name),
          language,
        ),
      hasVoice: (language) => languages.find((one) => one.language === language)?.hasVoice ?? false,
    };
  }, [site, prompts, languages, schedules, flows]);
}

/** Every flow that a call could be led to, as callers meet it now. */
function useOtherFlows(document: FlowContent): FlowDocument[] {
  const { data: rows = [] } = useFlows();
  const isLedOn = Object.values(document.nodes).some(({ type }) => type === "go-to-flow");
  const published = isLedOn
    ? rows.flatMap(({ flowId, version }) => (version === null ? [] : [{ flowId, version }]))
    : [];
  return useQueries({
    queries: published.map(({ flowId, version }) => ({
      queryKey: keys.flowVersion(flowId, version),
      queryFn: () => readVersion(flowId, version),
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine: (results) =>
      results.flatMap(({ data }, index) => {
        const row = published[index];
        return data === undefined || row === undefined
          ? []
          : [{ ...data.document, id: row.flowId as FlowDocument["id"], version: row.version }];
      }),
  });
}
