import { ActionIcon, Button, Group, Menu, Modal, Text, TextInput } from "@mantine/core";
import { IconChevronRight, IconDots } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { LONGEST_FLOW_NAME } from "../../calls/text-limits.ts";
import { ApiError } from "../api/api-error.ts";
import type { FlowRow } from "../api/client.ts";
import { useDeleteFlow, useRenameFlow } from "../api/flows.ts";
import { type Translate, useWords } from "../messages/language.tsx";
import { Section } from "../parts/page.tsx";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { useSiteTime } from "../parts/use-site-time.ts";
import classes from "./flow-list.module.css";
import { nameOfFlow } from "./name-of-flow.ts";
import { NewFlowDialog } from "./new-flow-dialog.tsx";

type Act = { name: "rename" | "delete" | "copy"; flow: FlowRow } | null;

export function FlowList({ flows }: { flows: readonly FlowRow[] }) {
  const t = useWords();
  const [act, setAct] = useState<Act>(null);
  const close = () => setAct(null);
  return (
    <Section title={t("flows.title")} hint={t("flows.hint")} isFlush>
      <ul className={classes["list"]}>
        {flows.map((flow) => (
          <FlowItem key={flow.flowId} flow={flow} act={(name) => setAct({ name, flow })} />
        ))}
      </ul>
      {act?.name === "rename" && <RenameDialog flow={act.flow} close={close} />}
      {act?.name === "delete" && <DeleteDialog flow={act.flow} close={close} />}
      {act?.name === "copy" && <NewFlowDialog flows={flows} copyOf={act.flow} close={close} />}
    </Section>
  );
}

function FlowItem({ flow, act }: { flow: FlowRow; act: (name: "rename" | "delete" | "copy") => void }) {
  const t = useWords();
  const { dayInSentence, clock } = useSiteTime();
  const { flowId, isDefault, version, publishedAt, publishedBy, hasDraft } = flow;
  const name = nameOfFlow(t, flow);
  return (
    <li className={classes["flow"]} data-testid="flow" data-flow={flowId}>
      <Link href={`/call-flow/${flowId}`} className={classes["link"] ?? ""}>
        <span className={classes["name"]}>
          <bdi>{name}</bdi>
        </span>
        <span className={classes["about"]}>
          {version === null || publishedAt === null
            ? t("flows.notPublished")
            : t("flows.published", {
                version,
                when: `${dayInSentence(publishedAt)}, ${clock(publishedAt)}`,
                who: publishedBy ?? "–",
              })}
          {hasDraft && version !== null && <span className={classes["draft"]}> · {t("flows.hasDraft")}</span>}
        </span>
        <span className={classes["about"]}>{usedByText(t, flow)}</span>
      </Link>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("flows.more", { name })}>
            <IconDots size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => act("rename")}>{t("flows.rename")}</Menu.Item>
          <Menu.Item onClick={() => act("copy")}>{t("flows.copy")}</Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" disabled={isDefault} onClick={() => act("delete")}>
            {t("action.delete")}
          </Menu.Item>
          {isDefault && <Menu.Label>{t("flows.defaultStays")}</Menu.Label>}
        </Menu.Dropdown>
      </Menu>
      <IconChevronRight size={18} aria-hidden className={classes["chevron"]} />
    </li>
  );
}

function usedByText(t: Translate, { isDefault, usedBy }: FlowRow): string {
  const numbers = usedBy.numbers.map(({ number, name }) => (name === "" ? number : name));
  const flows = usedBy.flows.map((flow) => nameOfFlow(t, flow));
  const uses = [...numbers, ...flows].join(", ");
  if (isDefault) return uses === "" ? t("flows.usedByAll") : t("flows.usedByAllAnd", { uses });
  return uses === "" ? t("flows.notUsed") : t("flows.usedBy", { uses });
}

function RenameDialog({ flow, close }: { flow: FlowRow; close: () => void }) {
  const t = useWords();
  const rename = useRenameFlow();
  const fieldText = useFieldText();
  const [name, setName] = useState(flow.name);
  const refusal = rename.error instanceof ApiError ? rename.error.fields["name"] : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate({ flowId: flow.flowId, name: name.trim() }, { onSuccess: close });
  };
  return (
    <Modal opened onClose={close} title={t("flows.rename")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form onSubmit={submit}>
        <TextInput
          label={t("flows.name")}
          placeholder={t("flows.default")}
          value={name}
          maxLength={LONGEST_FLOW_NAME}
          error={refusal === undefined ? undefined : fieldText(refusal)}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
          mb="md"
        />
        <FormError error={refusal === undefined ? rename.error : null} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={rename.isPending} disabled={name.trim() === ""}>
            {t("action.save")}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

/** What is in use stays; it is said where. */
function DeleteDialog({ flow, close }: { flow: FlowRow; close: () => void }) {
  const t = useWords();
  const remove = useDeleteFlow();
  const isUsed = flow.usedBy.numbers.length + flow.usedBy.flows.length > 0;
  const name = nameOfFlow(t, flow);
  return (
    <Modal
      opened
      onClose={close}
      title={t("flows.deleteTitle", { name })}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <Text size="sm" mb="md">
        {isUsed ? `${t("flows.deleteUsed")} ${usedByText(t, flow)}` : t("flows.deleteText")}
      </Text>
      <FormError error={remove.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          {t("action.cancel")}
        </Button>
        <Button
          color="red"
          disabled={isUsed}
          loading={remove.isPending}
          onClick={() => remove.mutate(flow.flowId, { onSuccess: close })}
        >
          {t("action.delete")}
        </Button>
      </Group>
    </Modal>
  );
}
