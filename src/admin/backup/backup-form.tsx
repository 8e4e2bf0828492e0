import { Button, Group, NumberInput, PasswordInput, SimpleGrid, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { useSaveBackup } from "../api/backup.ts";
import type { Backup, BackupInput } from "../api/client.ts";
import { readTimeOfDay } from "../format/time-of-day.ts";
import { useWords } from "../messages/language.tsx";
import { keptForTheForm } from "../parts/mutation.ts";
import { useNotice } from "../parts/notices.tsx";
import { FormError } from "../parts/states.tsx";
import { TimeField } from "../parts/time-field.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { TargetFields } from "./target-fields.tsx";

const USUAL: BackupInput = {
  target: { kind: "path", path: "" },
  at: "02:30",
  keep: { daily: 14, weekly: 8, monthly: 12 },
};
const KEPT = [
  ["daily", "backup.keepDaily"],
  ["weekly", "backup.keepWeekly"],
  ["monthly", "backup.keepMonthly"],
] as const;

/** Target and times. @param onPassword is given a password that was made just now */
export function BackupForm({
  saved,
  onPassword,
}: {
  saved: Backup["settings"];
  onPassword: (password: string) => void;
}) {
  const t = useWords();
  const fieldText = useFieldText();
  const save = useSaveBackup();
  const { tell } = useNotice();
  const [draft, setDraft] = useState<BackupInput>(saved ?? USUAL);
  const change = (part: Partial<BackupInput>) => setDraft((before) => ({ ...before, ...part }));
  const fields = save.error instanceof ApiError ? save.error.fields : {};
  const errorOf = (field: string) => {
    const code = fields[field];
    return code === undefined ? undefined : fieldText(code);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // Not by the callbacks of `mutate`: the saved settings mount this form anew, and they would be lost.
    save.mutateAsync({ ...draft, at: readTimeOfDay(draft.at) ?? draft.at }).then(({ newPassword }) => {
      if (newPassword === null) tell(t("backup.saved"));
      else onPassword(newPassword);
    }, keptForTheForm);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TargetFields
            target={draft.target}
            s3Key={draft.s3Key ?? ""}
            isKept={saved?.target.kind === "s3"}
            isFirstStart={false}
            onChange={(target) => change({ target })}
            onS3Key={(s3Key) => change({ s3Key })}
            errorOf={errorOf}
          />
          <TimeField label={t("backup.at")} value={draft.at} error={errorOf("at")} onChange={(at) => change({ at })} />
          <PasswordInput
            label={t("backup.password")}
            description={t("backup.passwordHint")}
            value={draft.password ?? ""}
            autoComplete="off"
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
            onChange={(event) => change({ password: event.currentTarget.value })}
          />
        </SimpleGrid>
        <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
          <legend>{t("backup.keep")}</legend>
          <SimpleGrid cols={3}>
            {KEPT.map(([name, label]) => (
              <NumberInput
                key={name}
                label={t(label)}
                value={draft.keep[name]}
                min={0}
                max={366}
                allowDecimal={false}
                error={errorOf(`keep.${name}`)}
                onChange={(value) => {
                  if (typeof value === "number") change({ keep: { ...draft.keep, [name]: value } });
                }}
              />
            ))}
          </SimpleGrid>
        </fieldset>
        {Object.keys(fields).length === 0 && <FormError error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending}>
            {t("action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
