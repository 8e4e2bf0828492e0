import { Button, Group, Stack, Switch, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import type { Schedule } from "../api/client.ts";
import { useChangeSchedule } from "../api/schedules.ts";
import { nextInterval, writtenOut } from "../call-flow/hours.ts";
import { IntervalFields } from "../call-flow/hours-form.tsx";
import { checkIntervals } from "../format/time-of-day.ts";
import { useWords } from "../messages/language.tsx";
import { FormError } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { useMoments } from "../parts/use-moments.ts";
import { type OwnDate, withDate } from "./own-dates.ts";

interface Props {
  schedule: Schedule;
  /** Null: a new one. */
  own: OwnDate | null;
  onDone: () => void;
}

/** One date on which other hours hold than usual, or none. */
export function DateForm({ schedule, own, onDone }: Props) {
  const t = useWords();
  const fieldText = useFieldText();
  const { today, dayOfWeek } = useMoments();
  const save = useChangeSchedule(schedule.scheduleId);
  const [date, setDate] = useState(own?.date ?? "");
  const [name, setName] = useState(own?.name ?? "");
  const [periods, setPeriods] = useState(own?.periods ?? []);
  const [showsProblems, setShowsProblems] = useState(false);
  const isClosed = periods.length === 0;
  const problems = checkIntervals(periods);
  const isDateMissing = !/^\d{4}-\d{2}-\d{2}$/.test(date);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setShowsProblems(true);
    if (isDateMissing || problems.some((problem) => problem !== null)) return;
    const changed = { date, name: name.trim(), periods: periods.map(writtenOut) };
    save.mutate({ dates: withDate(schedule.dates, changed, own?.date ?? null) }, { onSuccess: onDone });
  };
  const fields = save.error instanceof ApiError ? save.error.fields : {};
  const refusal = Object.values(fields)[0];

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          type="date"
          label={t("schedule.date")}
          value={date}
          min={today()}
          onChange={(event) => setDate(event.currentTarget.value)}
          error={showsProblems && isDateMissing ? fieldText("required") : undefined}
          data-autofocus
        />
        <TextInput
          label={t("schedule.dateName")}
          placeholder={t("schedule.dateNamePlaceholder")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={60}
        />
        <Switch
          label={t("schedule.dateClosed")}
          checked={isClosed}
          onChange={(event) => setPeriods(event.currentTarget.checked ? [] : [{ from: "09:00", to: "13:00" }])}
        />
        {!isClosed && (
          <>
            <IntervalFields
              day={isDateMissing ? t("schedule.date") : dayOfWeek(date)}
              intervals={periods}
              problems={showsProblems ? problems : []}
              onChange={setPeriods}
            />
            <Button
              variant="subtle"
              leftSection={<IconPlus size={17} aria-hidden />}
              onClick={() => setPeriods([...periods, nextInterval(periods)])}
              style={{ alignSelf: "flex-start" }}
            >
              {t("hours.add")}
            </Button>
          </>
        )}
        <FormError error={refusal === undefined ? save.error : null} />
        {refusal !== undefined && <div role="alert">{fieldText(refusal)}</div>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {own === null ? t("action.add") : t("action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
