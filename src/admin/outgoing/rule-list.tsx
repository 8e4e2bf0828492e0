import { ActionIcon, Button, Menu } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowUp,
  IconDots,
  IconListNumbers,
  IconPencil,
  IconPlus,
  IconTrash,
} from "@tabler/icons-react";
import type { Outgoing, OutgoingRule } from "../api/client.ts";
import { useSaveOutgoing } from "../api/outgoing.ts";
import { useWords } from "../messages/language.tsx";
import { useNotice, useUndoNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import { Empty } from "../parts/states.tsx";
import { useMatchText } from "./number-words.ts";
import classes from "./outgoing.module.css";
import { inputOf, moved } from "./settings.ts";

interface Props {
  outgoing: Outgoing;
  edit: (index: number | null) => void;
}

/** By which lines which numbers leave: the first rule that means a number counts. */
export function RuleList({ outgoing, edit }: Props) {
  const t = useWords();
  return (
    <Section
      title={t("rules.title")}
      hint={t("rules.hint")}
      isFlush
      actions={
        <Button
          variant="default"
          leftSection={<IconPlus size={18} aria-hidden />}
          disabled={outgoing.trunks.length === 0}
          onClick={() => edit(null)}
        >
          {t("rules.add")}
        </Button>
      }
    >
      {outgoing.rules.length === 0 ? (
        <Empty
          icon={IconListNumbers}
          title={t("rules.none")}
          text={outgoing.trunks.length === 0 ? t("rules.noneWithoutTrunks") : t("rules.noneText")}
        />
      ) : (
        <ol className={classes["list"]} data-testid="rules">
          {outgoing.rules.map((rule, index) => (
            <Row key={`${index} ${rule.name}`} {...{ outgoing, rule, index, edit }} />
          ))}
          <li className={classes["rest"]}>{t("rules.rest")}</li>
        </ol>
      )}
    </Section>
  );
}

function Row({ outgoing, rule, index, edit }: Props & { rule: OutgoingRule; index: number }) {
  const t = useWords();
  const matchText = useMatchText();
  const save = useSaveOutgoing();
  const undoNotice = useUndoNotice();
  const { failed } = useNotice();
  const { rules, trunks } = outgoing;
  const change = (changed: OutgoingRule[]) => save.mutate(inputOf(outgoing, { rules: changed }), { onError: failed });
  const remove = () =>
    save.mutate(inputOf(outgoing, { rules: rules.filter((_, at) => at !== index) }), {
      onSuccess: () =>
        undoNotice(t("rules.deleted", { name: rule.name }), () => save.mutateAsync(inputOf(outgoing, { rules }))),
      onError: failed,
    });
  const names = rule.trunkIds.map((id) => trunks.find(({ trunkId }) => trunkId === id)?.name ?? `#${id}`);
  return (
    <li className={classes["rule"]} data-testid="rule">
      <span className={classes["place"]} aria-hidden>
        {index + 1}
      </span>
      <div className={classes["cell"]}>
        <div className={classes["name"]}>
          <bdi>{rule.name}</bdi>
        </div>
        <div className={classes["soft"]}>{matchText(rule.numbers)}</div>
      </div>
      <div className={classes["cell"]}>
        {names.length === 0 ? (
          <span className={classes["bad"]}>{t("rules.noTrunk")}</span>
        ) : (
          <bdi>{names.join(" → ")}</bdi>
        )}
        {rule.callerNumber !== null && (
          <div className={classes["soft"]}>{t("rules.shows", { number: rule.callerNumber })}</div>
        )}
      </div>
      <div className={classes["actions"]}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          disabled={index === 0 || save.isPending}
          aria-label={t("rules.up", { name: rule.name })}
          onClick={() => change(moved(rules, index, -1))}
        >
          <IconArrowUp size={19} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          disabled={index === rules.length - 1 || save.isPending}
          aria-label={t("rules.down", { name: rule.name })}
          onClick={() => change(moved(rules, index, 1))}
        >
          <IconArrowDown size={19} />
        </ActionIcon>
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("rules.actions", { name: rule.name })}>
              <IconDots size={20} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPencil size={17} aria-hidden />} onClick={() => edit(index)}>
              {t("action.edit")}
            </Menu.Item>
            <Menu.Item color="red" leftSection={<IconTrash size={17} aria-hidden />} onClick={remove}>
              {t("action.delete")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </li>
  );
}
