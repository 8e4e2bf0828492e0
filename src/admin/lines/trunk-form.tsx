import { Button, Group, Stack, Switch, TextInput } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import type { Trunk } from "../api/client.ts";
import { useSaveTrunk, useTestTrunk } from "../api/lines.ts";
import { useWords } from "../messages/language.tsx";
import { FormError } from "../parts/states.tsx";
import { PresetChoice } from "./preset-choice.tsx";
import {
  checkWholeTrunk,
  draftByPreset,
  draftOfTrunk,
  ofTrunkAlone,
  type TrunkProblems,
  trunkInputOf,
  trunkToTry,
  type WholeTrunkDraft,
} from "./trunk-draft.ts";
import { TrunkFields, useTrunkErrorOf } from "./trunk-fields.tsx";
import { TrunkTestRun } from "./trunk-test.tsx";

interface Props {
  /** Null to add one: the wizard asks first what it is. */
  trunk: Trunk | null;
  onSaved: (trunk: Trunk) => void;
  onCancel: () => void;
}

export function TrunkForm({ trunk, onSaved, onCancel }: Props) {
  const [draft, setDraft] = useState<WholeTrunkDraft | null>(trunk === null ? null : draftOfTrunk(trunk));
  if (draft === null) return <PresetChoice choose={(preset) => setDraft(draftByPreset(preset))} />;
  const back = trunk === null ? () => setDraft(null) : null;
  return <Fields {...{ trunk, draft, setDraft, onSaved, onCancel, back }} />;
}

interface FieldsProps extends Props {
  draft: WholeTrunkDraft;
  setDraft: (draft: WholeTrunkDraft) => void;
  back: (() => void) | null;
}

function Fields({ trunk, draft, setDraft, onSaved, onCancel, back }: FieldsProps) {
  const t = useWords();
  const save = useSaveTrunk(trunk?.trunkId ?? null);
  const { test, stop } = useTestTrunk();
  const [callTo, setCallTo] = useState("");
  const [problems, setProblems] = useState<TrunkProblems>({});
  const keepsPassword = trunk?.hasPassword ?? false;
  const errorOf = useTrunkErrorOf(problems);
  const change = (part: Partial<WholeTrunkDraft>) => {
    setDraft({ ...draft, ...part });
    // What was found is about what was there before.
    test.reset();
  };
  const show = (found: TrunkProblems) => {
    setProblems(found);
    return Object.keys(found).length === 0;
  };
  const refused = (error: Error) => {
    if (error instanceof ApiError) show(ofTrunkAlone(error.fields));
  };

  const startTest = () => {
    const { problems: found, input } = trunkToTry(draft, keepsPassword);
    if (!show(found)) return;
    test.mutate({ trunk: input, trunkId: trunk?.trunkId ?? null, callTo: callTo.trim() }, { onError: refused });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!show(checkWholeTrunk(draft, keepsPassword))) return;
    save.mutate(trunkInputOf(draft), { onSuccess: onSaved, onError: refused });
  };
  const hasProblems = Object.keys(problems).length > 0;

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TrunkFields {...{ draft, problems, keepsPassword, change }} />
        {trunk !== null && (
          <Switch
            label={t("trunk.enabled")}
            checked={draft.isEnabled}
            onChange={(event) => change({ isEnabled: event.currentTarget.checked })}
          />
        )}
        <TrunkTestRun test={test} start={startTest} stop={stop} hidesError={hasProblems} keepsChildren={callTo !== ""}>
          <TextInput
            label={t("trunkTest.callTo")}
            description={t("trunkTest.callToHint")}
            value={callTo}
            onChange={(event) => setCallTo(event.currentTarget.value)}
            error={errorOf("callTo")}
            inputMode="tel"
            maxLength={24}
          />
        </TrunkTestRun>
        {!hasProblems && <FormError error={save.error} />}
        <Group justify={back === null ? "flex-end" : "space-between"}>
          {back !== null && (
            <Button variant="subtle" leftSection={<IconArrowLeft size={18} aria-hidden />} onClick={back}>
              {t("action.back")}
            </Button>
          )}
          <Group>
            <Button variant="default" onClick={onCancel}>
              {t("action.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {trunk === null ? t("action.add") : t("action.save")}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
