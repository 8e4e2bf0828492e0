import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { isLanguage } from "../../calls/language.ts";
import { ApiError } from "../api/api-error.ts";
import type { FlowRow, SiteNumber, Trunk } from "../api/client.ts";
import { useFlows } from "../api/flows.ts";
import { useDeleteNumber, useSaveNumber } from "../api/lines.ts";
import { useSchedules } from "../api/schedules.ts";
import { nameOfFlow } from "../call-flow/name-of-flow.ts";
import { LANGUAGE_NAMES, LANGUAGES, type Translate, useWords } from "../messages/language.tsx";
import { checkName, checkPhoneNumber } from "../parts/field-rules.ts";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";

interface Props {
  /** Null to add one. */
  number: SiteNumber | null;
  /** What is known of one that is added. */
  suggested?: { number?: string; trunkId?: number | null };
  trunks: readonly Trunk[];
  onDone: () => void;
}

export function NumberForm({ number, suggested = {}, trunks, onDone }: Props) {
  const t = useWords();
  const fieldText = useFieldText();
  const save = useSaveNumber(number?.numberId ?? null);
  const [digits, setDigits] = useState(number?.number ?? suggested.number ?? "");
  const [name, setName] = useState(number?.name ?? "");
  const [trunkId, setTrunkId] = useState(String(number?.trunkId ?? suggested.trunkId ?? ""));
  const [language, setLanguage] = useState<string>(number?.language ?? "");
  const [scheduleId, setScheduleId] = useState(String(number?.scheduleId ?? ""));
  const [flowId, setFlowId] = useState(number?.flowId ?? "");
  const [recording, setRecording] = useState(recordingWord(number?.recordCalls ?? null));
  const schedules = useSchedules();
  const flows = useFlows();
  const [problems, setProblems] = useState<Record<string, string>>({});
  const errorOf = (field: string) => {
    const code = problems[field];
    return code === undefined ? undefined : fieldText(code);
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found: Record<string, string> = {};
    const numberProblem = checkPhoneNumber(digits);
    const nameProblem = checkName(name);
    if (numberProblem !== null) found["number"] = numberProblem;
    if (nameProblem !== null) found["name"] = nameProblem;
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    save.mutate(
      {
        number: digits.trim(),
        name: name.trim(),
        trunkId: trunkId === "" ? null : Number(trunkId),
        language: isLanguage(language) ? language : null,
        scheduleId: scheduleId === "" ? null : Number(scheduleId),
        flowId: flowId === "" ? null : flowId,
        recordCalls: recording === "site" ? null : recording === "yes",
      },
      {
        onSuccess: onDone,
        onError: (error) => {
          if (!(error instanceof ApiError)) return;
          if (error.code === "number-overlaps") setProblems({});
          else setProblems(error.code === "number-taken" ? { number: error.code } : { ...error.fields });
        },
      },
    );
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={t("number.number")}
          description={t("start.trunk.numberHint")}
          value={digits}
          onChange={(event) => setDigits(event.currentTarget.value)}
          error={errorOf("number")}
          inputMode="tel"
          data-autofocus
        />
        <TextInput
          label={t("number.name")}
          placeholder={t("number.namePlaceholder")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={errorOf("name")}
          maxLength={60}
        />
        <NativeSelect
          label={t("number.trunk")}
          value={trunkId}
          onChange={(event) => setTrunkId(event.currentTarget.value)}
          error={errorOf("trunkId")}
          data={[
            { value: "", label: t("number.anyTrunk") },
            ...trunks.map((trunk) => ({ value: String(trunk.trunkId), label: trunk.name })),
          ]}
        />
        <NativeSelect
          label={t("number.flow")}
          description={t("number.flowHint")}
          value={flowId}
          onChange={(event) => setFlowId(event.currentTarget.value)}
          error={errorOf("flowId")}
          data={flowChoices(t, flows.data ?? [])}
        />
        <NativeSelect
          label={t("number.language")}
          description={t("number.languageHint")}
          value={language}
          onChange={(event) => setLanguage(event.currentTarget.value)}
          data={[
            { value: "", label: t("number.siteLanguage") },
            ...LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] })),
          ]}
        />
        {(schedules.data?.length ?? 0) > 1 && (
          <NativeSelect
            label={t("number.hours")}
            value={scheduleId}
            onChange={(event) => setScheduleId(event.currentTarget.value)}
            error={errorOf("scheduleId")}
            data={[
              { value: "", label: t("number.flowHours") },
              ...(schedules.data ?? []).map((schedule) => ({
                value: String(schedule.scheduleId),
                label: schedule.name === "" ? t("schedule.main") : schedule.name,
              })),
            ]}
          />
        )}
        <NativeSelect
          label={t("number.recording")}
          value={recording}
          onChange={(event) => setRecording(RECORDING.find((word) => word === event.currentTarget.value) ?? "site")}
          data={RECORDING.map((value) => ({ value, label: t(`number.recording.${value}`) }))}
        />
        {Object.keys(problems).length === 0 && <FormError error={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {number === null ? t("action.add") : t("action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const RECORDING = ["site", "yes", "no"] as const;
type Recording = (typeof RECORDING)[number];

function recordingWord(recordCalls: boolean | null): Recording {
  if (recordCalls === null) return "site";
  return recordCalls ? "yes" : "no";
}

/** Callers can only be led to what is published. */
function flowChoices(t: Translate, flows: readonly FlowRow[]) {
  const others = flows.filter(({ isDefault, version }) => !isDefault && version !== null);
  const usual = flows.find(({ isDefault }) => isDefault);
  return [
    { value: "", label: usual === undefined ? t("flows.default") : nameOfFlow(t, usual) },
    ...others.map((flow) => ({ value: flow.flowId, label: nameOfFlow(t, flow) })),
  ];
}

/** A number has no undo, so its deletion is asked for by name. */
export function DeleteNumber({ number, onDone }: { number: SiteNumber; onDone: () => void }) {
  const t = useWords();
  const remove = useDeleteNumber();
  return (
    <Stack>
      <Text>{t("number.deleteText", { number: number.number, name: number.name })}</Text>
      <FormError error={remove.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone} data-autofocus>
          {t("action.cancel")}
        </Button>
        <Button
          color="red"
          loading={remove.isPending}
          onClick={() => remove.mutate(number.numberId, { onSuccess: onDone })}
        >
          {t("number.deleteConfirm", { number: number.number })}
        </Button>
      </Group>
    </Stack>
  );
}
