import { Anchor, Button, Switch } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import type { Flow, FlowInput, Operator } from "../api/client.ts";
import { useFlow, usePublishFlow } from "../api/settings.ts";
import { useOperators } from "../api/team.ts";
import { useWords } from "../messages/language.tsx";
import { keptForTheForm } from "../parts/mutation.ts";
import { useNotice } from "../parts/notices.tsx";
import { Page, Section } from "../parts/page.tsx";
import page from "../parts/parts.module.css";
import { FormError, Loaded } from "../parts/states.tsx";
import { ringOrder } from "./hours.ts";
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

function inputOf({ strategy, ringSeconds, maxWaitSeconds, menu, operatorIds, voicemail }: Flow): FlowInput {
  return { strategy, ringSeconds, maxWaitSeconds, menu, operatorIds, voicemail };
}

function FlowForm({ published, operators }: { published: Flow; operators: Operator[] }) {
  const t = useWords();
  const publish = usePublishFlow();
  const { tell } = useNotice();
  const [draft, setDraft] = useState<FlowInput>(() => inputOf(published));
  const isChanged = JSON.stringify(draft) !== JSON.stringify(inputOf(published));
  const change = (part: Partial<FlowInput>) => setDraft((before) => ({ ...before, ...part }));

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const order = ringOrder(
      draft.operatorIds,
      operators.map(({ operatorId }) => operatorId),
    );
    const input = {
      ...draft,
      // An empty list means 'all, whoever comes': that stays so unless somebody put them in order.
      operatorIds: draft.operatorIds.length === 0 ? [] : order,
    };
    // Not by the callbacks of `mutate`: the published version mounts this form anew, and they would be lost.
    publish.mutateAsync(input).then(() => tell(t("flow.published")), keptForTheForm);
  };

  return (
    <form onSubmit={submit} className={page["page"]} noValidate>
      <Section title={t("hours.title")} hint={t("flow.hours")}>
        <Anchor component={Link} href="/hours">
          {t("flow.toHours")}
        </Anchor>
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
            <Button variant="default" onClick={() => setDraft(inputOf(published))}>
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
