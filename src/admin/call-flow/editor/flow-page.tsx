import { useMemo } from "react";
import { useParams } from "wouter";
import type { Language } from "../../../calls/language.ts";
import { useFlowContext, useFlowDraft, useFlows } from "../../api/flows.ts";
import { useSchedules } from "../../api/schedules.ts";
import { useSession } from "../../api/session.ts";
import { usePrompts } from "../../api/settings.ts";
import { useOperators } from "../../api/team.ts";
import { useWords } from "../../messages/language.tsx";
import { Page } from "../../parts/page.tsx";
import { Failure, Lines } from "../../parts/states.tsx";
import { FlowEditor } from "./flow-editor.tsx";
import { type FlowWorld, FlowWorldContext } from "./flow-world.ts";
import { flowName } from "./step-words.ts";
import { viewOf } from "./views.ts";

/** One flow: its steps, a walk through it, its losses and its versions. */
export default function FlowPage() {
  const { flowId, view } = useParams<{ flowId: string; view?: string }>();
  return <OneFlow key={flowId} flowId={flowId} view={viewOf(view)} />;
}

function OneFlow({ flowId, view }: { flowId: string; view: ReturnType<typeof viewOf> }) {
  const t = useWords();
  const { site } = useSession();
  const draft = useFlowDraft(flowId);
  const queries = {
    flows: useFlows(),
    context: useFlowContext(flowId),
    prompts: usePrompts(),
    operators: useOperators(),
    schedules: useSchedules(),
  };
  const { flows, context, prompts, operators, schedules } = queries;
  const world = useMemo((): FlowWorld | null => {
    if (!flows.data || !context.data || !prompts.data || !operators.data || !schedules.data) return null;
    // Those that are offered, in the order of their keys, and the others.
    const offered: readonly Language[] = context.data.languages;
    const place = (language: Language) => (offered.includes(language) ? offered.indexOf(language) : offered.length);
    const languages = prompts.data.languages.toSorted((left, right) => place(left.language) - place(right.language));
    const textLanguage = languages.find(({ language }) => language === site.language) ?? languages[0];
    return {
      flowId,
      prompts: prompts.data.prompts,
      languages,
      textLanguage: textLanguage?.language ?? site.language,
      operators: operators.data.filter(({ isEnabled }) => isEnabled),
      flows: flows.data,
      schedules: schedules.data.map(({ scheduleId, name, weekly }) => ({
        scheduleId,
        name: name || t("hours.title"),
        weekly,
      })),
    };
  }, [flowId, flows.data, context.data, prompts.data, operators.data, schedules.data, site.language, t]);

  const failed = [draft, ...Object.values(queries)].find((query) => query.isError && query.data === undefined);
  if (failed?.error) {
    return (
      <Page title={t("nav.callFlow")}>
        <Failure error={failed.error} retry={() => void failed.refetch()} />
      </Page>
    );
  }
  const row = flows.data?.find((one) => one.flowId === flowId);
  if (world === null || draft.data === undefined || context.data === undefined || row === undefined) {
    return (
      <Page title={t("nav.callFlow")}>
        <Lines count={8} />
      </Page>
    );
  }
  return (
    <FlowWorldContext value={world}>
      <FlowEditor name={flowName(t, world, flowId)} flow={row} loaded={draft.data} context={context.data} view={view} />
    </FlowWorldContext>
  );
}
