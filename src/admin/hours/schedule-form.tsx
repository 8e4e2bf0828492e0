import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { usualHours } from "../../flows/hours/weekly-hours.ts";
import { ApiError } from "../api/api-error.ts";
import type { Schedule } from "../api/client.ts";
import { useAddSchedule, useChangeSchedule, useDeleteSchedule } from "../api/schedules.ts";
import { useWords } from "../messages/language.tsx";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";

interface NameProps {
  label: string;
  /** What the form starts with. */
  first: string;
  submitText: string;
  isPending: boolean;
  error: unknown;
  mayBeEmpty: boolean;
  onSubmit: (name: string) => void;
  onCancel: () => void;
}

function NameForm({ label, first, submitText, isPending, error, mayBeEmpty, onSubmit, onCancel }: NameProps) {
  const t = useWords();
  const fieldText = useFieldText();
  const [name, setName] = useState(first);
  const [isMissing, setMissing] = useState(false);
  const refusal = error instanceof ApiError ? error.fields["name"] : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isEmpty = name.trim() === "" && !mayBeEmpty;
    setMissing(isEmpty);
    if (!isEmpty) onSubmit(name.trim());
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={label}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={isMissing ? fieldText("required") : refusal === undefined ? undefined : fieldText(refusal)}
          maxLength={60}
          data-autofocus
        />
        <FormError error={refusal === undefined ? error : null} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={isPending}>
            {submitText}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Further hours begin with a usual week and the main ones' country. */
export function AddSchedule({
  country,
  onDone,
  onCancel,
}: {
  country: string | null;
  onDone: (scheduleId: number) => void;
  onCancel: () => void;
}) {
  const t = useWords();
  const add = useAddSchedule();
  return (
    <Stack>
      <Text>{t("schedule.addText")}</Text>
      <NameForm
        label={t("schedule.name")}
        first=""
        submitText={t("action.add")}
        isPending={add.isPending}
        error={add.error}
        mayBeEmpty={false}
        onSubmit={(name) =>
          add.mutate(
            { name, weekly: usualHours(), holidays: { country, exceptions: [] }, dates: [] },
            { onSuccess: ({ scheduleId }) => onDone(scheduleId) },
          )
        }
        onCancel={onCancel}
      />
    </Stack>
  );
}

export function RenameSchedule({ schedule, onDone }: { schedule: Schedule; onDone: () => void }) {
  const t = useWords();
  const save = useChangeSchedule(schedule.scheduleId);
  return (
    <NameForm
      label={t("schedule.name")}
      first={schedule.name}
      submitText={t("action.save")}
      isPending={save.isPending}
      error={save.error}
      mayBeEmpty={schedule.isMain}
      onSubmit={(name) => save.mutate({ name }, { onSuccess: onDone })}
      onCancel={onDone}
    />
  );
}

/** It has no undo, so it is asked for by name; what is in use says where. */
export function DeleteSchedule({
  schedule,
  onDone,
  onCancel,
}: {
  schedule: Schedule;
  onDone: () => void;
  onCancel: () => void;
}) {
  const t = useWords();
  const remove = useDeleteSchedule();
  return (
    <Stack>
      <Text>{t("schedule.deleteText", { name: schedule.name })}</Text>
      <FormError error={remove.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel} data-autofocus>
          {t("action.cancel")}
        </Button>
        <Button
          color="red"
          loading={remove.isPending}
          onClick={() => remove.mutate(schedule.scheduleId, { onSuccess: onDone })}
        >
          {t("action.delete")}
        </Button>
      </Group>
    </Stack>
  );
}
