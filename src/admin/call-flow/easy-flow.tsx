import { Anchor, Button, Group, Switch } from "@mantine/core";
import { IconSitemap } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import type { Flow, FlowInput, Operator } from "../api/client.ts";
import { useFlow, usePublishFlow } from "../api/settings.ts";
import { useOperators } from "../api/team.ts";
import { useWords } from "../messages/language.tsx";
import { Callout } from "../parts/callout.tsx";
import { keptForTheForm } from "../parts/mutation.ts";
import { useNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import page from "../parts/parts.module.css";
import { FormError, Loaded } from "../parts/states.tsx";
import { ringOrder } from "./hours.ts";
import { MenuForm } from "./menu-form.tsx";
import { RingingForm } from "./ringing-form.tsx";

const EDITOR = "/call-flow/main";

/** The default flow on one page: hours, menu, ringing, in the order in which a caller meets them. Who wants more draws it. */
export function EasyFlow() {
  const flow = useFlow();
  const operators = useOperators();
  return (
    <Loaded query={flow}>
      {(published) => (
        <Loaded query={operators}>
          {(people) => <FlowForm key={published.version} published={published} operators={people} />}
        </Loaded>
      )}
    </Loaded>
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
  const [isEasyAgain, setEasyAgain] = useState(false);
  const isChanged = isEasyAgain || JSON.stringify(draft) !== JSON.stringify(inputOf(published));
  const change = (part: Partial<FlowInput>) => setDraft((before) => ({ ...before, ...part }));

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const order = ringOrder(
      draft.operatorIds,
      operators.map(({ operatorId }) => operatorId),
    );
    const input = {
      ...draft,
      changedFrom: published.version,
      // An empty list means 'all, whoever comes': that stays so unless somebody put them in order.
      operatorIds: draft.operatorIds.length === 0 ? [] : order,
    };
    // Not by the callbacks of `mutate`: the published version mounts this form anew, and they would be lost.
    publish.mutateAsync(input).then(() => tell(t("flow.published")), keptForTheForm);
  };

  if (published.isCustom && !isEasyAgain) return <DrawnFreely useForm={() => setEasyAgain(true)} />;
  return (
    <form onSubmit={submit} className={page["page"]} noValidate>
      {published.isCustom ? <FormReplaces /> : <EditFreely />}
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
            <Button
              variant="default"
              onClick={() => {
                setDraft(inputOf(published));
                setEasyAgain(false);
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

/** The way from the form to the drawing, and what it means. */
function EditFreely() {
  const t = useWords();
  return (
    <Callout tone="calm" icon={IconSitemap} title={t("flow.easy")} testId="edit-freely">
      {t("flow.easyText")}
      <Group mt="xs">
        <Button component={Link} href={EDITOR} variant="default" size="compact-md">
          {t("flow.editFreely")}
        </Button>
      </Group>
    </Callout>
  );
}

function DrawnFreely({ useForm }: { useForm: () => void }) {
  const t = useWords();
  return (
    <Callout tone="calm" icon={IconSitemap} title={t("flow.custom")} testId="drawn-freely">
      {t("flow.customText")}
      <Group mt="xs" gap="xs">
        <Button component={Link} href={EDITOR} size="compact-md">
          {t("flow.openEditor")}
        </Button>
        <Button variant="default" size="compact-md" onClick={useForm}>
          {t("flow.useForm")}
        </Button>
      </Group>
    </Callout>
  );
}

function FormReplaces() {
  const t = useWords();
  return (
    <Callout tone="warn" icon={IconSitemap} title={t("flow.formReplaces")}>
      {t("flow.formReplacesText")}
    </Callout>
  );
}
