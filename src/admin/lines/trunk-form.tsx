import { Button, Group, Stack, Switch } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import type { Trunk } from "../api/client.ts";
import { useSaveTrunk } from "../api/lines.ts";
import { useWords } from "../messages/language.tsx";
import { FormError } from "../parts/states.tsx";
import { checkTrunk, EMPTY_TRUNK, type TrunkDraft, TrunkFields, toTrunkInput } from "./trunk-fields.tsx";

function draftOf(trunk: Trunk): TrunkDraft {
  const { name, kind, mode, server, port, user } = trunk;
  return { name, kind, mode, server, port, user: user ?? "", password: "" };
}

export function TrunkForm({ trunk, onDone }: { trunk: Trunk | null; onDone: () => void }) {
  const t = useWords();
  const save = useSaveTrunk(trunk?.trunkId ?? null);
  const [draft, setDraft] = useState(trunk === null ? EMPTY_TRUNK : draftOf(trunk));
  const [isEnabled, setEnabled] = useState(trunk?.isEnabled ?? true);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const keepsPassword = trunk?.hasPassword ?? false;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = checkTrunk(draft, keepsPassword);
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    save.mutate(
      { ...toTrunkInput(draft), isEnabled },
      {
        onSuccess: onDone,
        onError: (error) => {
          if (error instanceof ApiError) setProblems({ ...error.fields });
        },
      },
    );
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TrunkFields draft={draft} problems={problems} keepsPassword={keepsPassword} onChange={setDraft} />
        {trunk !== null && (
          <Switch
            label={t("trunk.enabled")}
            checked={isEnabled}
            onChange={(event) => setEnabled(event.currentTarget.checked)}
          />
        )}
        {Object.keys(problems).length === 0 && <FormError error={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {trunk === null ? t("action.add") : t("action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
