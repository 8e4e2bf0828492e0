import { Button, Switch } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Flow, FlowInput, Operator } from "../api/client.ts";
import { useFlow, usePublishFlow } from "../api/settings.ts";
import { useOperators } from "../api/team.ts";
import { useWords } from "../messages/language.tsx";
import { keptForTheForm } from "../parts/mutation.ts";
import { useNotice } from "../parts/notices.tsx";
import { Page, Section } from "../parts/page.tsx";
import page from "../parts/parts.module.css";
import { FormError, Loaded } from "../parts/states.tsx";
import { checkHours, type Hours, ringOrder, tidyHours } from "./hours.ts";
import { HoursForm } from "./hours-form.tsx";
import { MenuForm } from "./menu-form.tsx";
import { PromptList } from "./prompt-list.tsx";
import { RingingForm } from "./ringing-form.tsx";

/** What a caller meets, in the order in which they meet it: hours, menu, ringing; and what they hear on the way. */
export default function CallFlowPage() {
  const t = useWords();
  const flow = useFlow();
  const operators = useOperators();
  return (
    <Page title={t("nav.callFlow")}>
      <Loaded query={flow}>
        {(published) => (
          <Loaded query={operators}>
            {(people) => <FlowForm key={published.version} published={published} operators={people} />}
          </Loaded>
        )}
      </Loaded>
      <PromptList />
    </Page>
  );
}

type Draft = FlowInput & { hours: Hours };

function inputOf({ hours, strategy, ringSeconds, maxWaitSeconds, menu, operatorIds, voicemail }: Flow): Draft {
  return { hours, strategy, ringSeconds, maxWaitSeconds, menu, operatorIds, voicemail };
}

function FlowForm({ published, operators }: { published: Flow; operators: Operator[] }) {
  const t = useWords();
  const publish = usePublishFlow();
  const { tell } = useNotice();
  const [draft, setDraft] = useState<Draft>(() => inputOf(published));
  const [showsProblems, setShowsProblems] = useState(false);
  const isChanged = JSON.stringify(draft) !== JSON.stringify(inputOf(published));
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setShowsProblems(true);
    if (Object.keys(checkHours(draft.hours)).length > 0) return;
    const order = ringOrder(
      draft.operatorIds,
      operators.map(({ operatorId }) => operatorId),
    );
    const input = {
      ...draft,
      hours: tidyHours(draft.hours),
      // An empty list means 'all, whoever comes': that stays so unless somebody put them in order.
      operatorIds: draft.operatorIds.length === 0 ? [] : order,
    };
    // Not by the callbacks of `mutate`: the published version mounts this form anew, and they would be lost.
    publish.mutateAsync(input).then(() => tell(t("flow.published")), keptForTheForm);
  };

  return (
    <form onSubmit={submit} className={page["page"]} noValidate>
      <Section title={t("hours.title")} hint={t("hours.hint")}>
        <HoursForm hours={draft.hours} showsProblems={showsProblems} onChange={(hours) => change({ hours })} />
      </Section>
      <Section title={t("menu.title")} hint={t("menu.hint")}>
        <MenuForm menu={draft.menu} onChange={(menu) => change({ menu })} />
      </Section>
      <Section title={t("ringing.title")}>
        <RingingForm flow={draft} operators={operators} change={change} />
      </Section>
      <Section title={t("voicemail.title")}>
        <Switch
          label={t("voicemail.enabled")}
          description={t("voicemail.enabledHint")}
          checked={draft.voicemail?.isEnabled ?? true}
          onChange={(event) => change({ voicemail: { isEnabled: event.currentTarget.checked } })}
        />
      </Section>
      <FormError error={publish.error} />
      {isChanged && (
        <div className={page["saveBar"]} data-testid="publish-bar">
          <span className={page["hint"]}>{t("flow.unpublished")}</span>
          <span className={page["headerActions"]}>
            <Button
              variant="default"
              onClick={() => {
                setDraft(inputOf(published));
                setShowsProblems(false);
              }}
            >
              {t("flow.discard")}
            </Button>
            <Button type="submit" loading={publish.isPending}>
              {t("flow.publish")}
            </Button>
          </span>
        </div>
      )}
    </form>
  );
}
