import { ActionIcon, Button, Group, Input, NativeSelect, Stack, TextInput } from "@mantine/core";
import { IconArrowUp, IconX } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import type { Outgoing, OutgoingRule } from "../api/client.ts";
import { useNumbers } from "../api/lines.ts";
import { useSaveOutgoing } from "../api/outgoing.ts";
import { useWords } from "../messages/language.tsx";
import { isToldBeside, problemOf } from "../parts/field-problems.ts";
import { checkName } from "../parts/field-rules.ts";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { NumberMatchFields } from "./number-match-fields.tsx";
import classes from "./outgoing.module.css";
import { EVERY_NUMBER, inputOf } from "./settings.ts";

const FIELDS = ["name", "numbers.kinds", "numbers.countries", "numbers.prefixes", "trunkIds", "callerNumber"];

interface Props {
  outgoing: Outgoing;
  /** Null to add one. */
  index: number | null;
  onDone: () => void;
}

export function RuleForm({ outgoing, index, onDone }: Props) {
  const t = useWords();
  const fieldText = useFieldText();
  const save = useSaveOutgoing();
  const numbers = useNumbers();
  const kept = index === null ? undefined : outgoing.rules[index];
  const [rule, setRule] = useState<OutgoingRule>(
    kept ?? { name: "", numbers: EVERY_NUMBER, trunkIds: [], callerNumber: null },
  );
  const [problems, setProblems] = useState<Record<string, string>>({});
  const errorOf = (path: string) => {
    const code = problemOf(problems, path);
    return code === undefined ? undefined : fieldText(code);
  };
  const change = (part: Partial<OutgoingRule>) => setRule({ ...rule, ...part });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found: Record<string, string> = {};
    const nameProblem = checkName(rule.name);
    if (nameProblem !== null) found["name"] = nameProblem;
    if (rule.trunkIds.length === 0) found["trunkIds"] = "too-few";
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    const named = { ...rule, name: rule.name.trim() };
    const rules = index === null ? [...outgoing.rules, named] : outgoing.rules.with(index, named);
    const place = index ?? outgoing.rules.length;
    save.mutate(inputOf(outgoing, { rules }), {
      onSuccess: onDone,
      onError: (error) => {
        if (error instanceof ApiError) setProblems(fieldsOf(error, `rules.${place}.`));
      },
    });
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={t("rules.name")}
          placeholder={t("rules.namePlaceholder")}
          value={rule.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={errorOf("name")}
          maxLength={60}
          data-autofocus
        />
        <NumberMatchFields
          match={rule.numbers}
          onChange={(match) => change({ numbers: match })}
          errorOf={(path) => errorOf(`numbers.${path}`)}
        />
        <TrunkOrder
          outgoing={outgoing}
          trunkIds={rule.trunkIds}
          onChange={(trunkIds) => change({ trunkIds })}
          error={errorOf("trunkIds")}
        />
        <NativeSelect
          label={t("rules.callerNumber")}
          description={t("rules.callerNumberHint")}
          value={rule.callerNumber ?? ""}
          onChange={(event) => change({ callerNumber: event.currentTarget.value || null })}
          error={errorOf("callerNumber")}
          data={[
            { value: "", label: t("rules.callerByTrunk") },
            ...(numbers.data ?? []).map(({ number, name }) => ({ value: number, label: `${number} · ${name}` })),
          ]}
        />
        {!isToldBeside(FIELDS, problems) && <FormError error={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {index === null ? t("action.add") : t("action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Findings about this part of what was sent, by their paths in it; others keep theirs. */
export function fieldsOf(error: ApiError, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(error.fields).map(([path, code]) => [
      path.startsWith(prefix) ? path.slice(prefix.length) : path,
      code,
    ]),
  );
}

interface TrunkOrderProps {
  outgoing: Outgoing;
  trunkIds: readonly number[];
  onChange: (trunkIds: number[]) => void;
  error: string | undefined;
}

/** Which lines, in which order they are tried. */
function TrunkOrder({ outgoing, trunkIds, onChange, error }: TrunkOrderProps) {
  const t = useWords();
  const nameOf = (id: number) => outgoing.trunks.find(({ trunkId }) => trunkId === id)?.name ?? `#${id}`;
  const others = outgoing.trunks.filter(({ trunkId }) => !trunkIds.includes(trunkId));
  const up = (index: number) => {
    const ids = [...trunkIds];
    const [id] = ids.splice(index, 1);
    if (id !== undefined) ids.splice(index - 1, 0, id);
    onChange(ids);
  };
  return (
    <Input.Wrapper
      label={t("rules.trunks")}
      description={t("rules.trunksHint")}
      labelElement="div"
      error={error}
      inputWrapperOrder={["label", "description", "input", "error"]}
    >
      <ol className={classes["order"]}>
        {trunkIds.map((id, index) => (
          <li key={id}>
            <span className={classes["place"]} aria-hidden>
              {index + 1}
            </span>
            <bdi className={classes["orderName"]}>{nameOf(id)}</bdi>
            <ActionIcon
              variant="subtle"
              color="gray"
              disabled={index === 0}
              aria-label={t("rules.up", { name: nameOf(id) })}
              onClick={() => up(index)}
            >
              <IconArrowUp size={18} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("rules.dropTrunk", { name: nameOf(id) })}
              onClick={() => onChange(trunkIds.filter((other) => other !== id))}
            >
              <IconX size={18} />
            </ActionIcon>
          </li>
        ))}
      </ol>
      {others.length > 0 && (
        <NativeSelect
          aria-label={t("rules.addTrunk")}
          value=""
          onChange={(event) => {
            if (event.currentTarget.value !== "") onChange([...trunkIds, Number(event.currentTarget.value)]);
          }}
          data={[
            { value: "", label: t("rules.addTrunk") },
            ...others.map(({ trunkId, name }) => ({ value: String(trunkId), label: name })),
          ]}
        />
      )}
    </Input.Wrapper>
  );
}
