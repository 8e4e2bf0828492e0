import { Button } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Schedule } from "../api/client.ts";
import { useChangeSchedule } from "../api/schedules.ts";
import { checkHours, type Hours, tidyHours } from "../call-flow/hours.ts";
import { HoursForm } from "../call-flow/hours-form.tsx";
import { useWords } from "../messages/language.tsx";
import { keptForTheForm } from "../parts/mutation.ts";
import { useNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import page from "../parts/parts.module.css";
import { FormError } from "../parts/states.tsx";

/** The usual week. It holds when it is saved, not while somebody types. */
export function WeekSection({ schedule }: { schedule: Schedule }) {
  const t = useWords();
  const save = useChangeSchedule(schedule.scheduleId);
  const { tell } = useNotice();
  const [draft, setDraft] = useState<Hours>(schedule.weekly);
  const [showsProblems, setShowsProblems] = useState(false);
  const isChanged = JSON.stringify(draft) !== JSON.stringify(schedule.weekly);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setShowsProblems(true);
    if (Object.keys(checkHours(draft)).length > 0) return;
    // Not by the callbacks of `mutate`: the saved week mounts this form anew, and they would be lost.
    save.mutateAsync({ weekly: tidyHours(draft) }).then(() => tell(t("schedule.saved")), keptForTheForm);
  };

  return (
    <form onSubmit={submit} className={page["page"]} noValidate>
      <Section title={t("hours.title")} hint={t("hours.hint")}>
        <HoursForm hours={draft} showsProblems={showsProblems} onChange={setDraft} />
      </Section>
      <FormError error={save.error} />
      {isChanged && (
        <div className={page["saveBar"]} data-testid="save-week">
          <span className={page["hint"]}>{t("schedule.unsaved")}</span>
          <span className={page["headerActions"]}>
            <Button
              variant="default"
              onClick={() => {
                setDraft(schedule.weekly);
                setShowsProblems(false);
              }}
            >
              {t("flow.discard")}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t("action.save")}
            </Button>
          </span>
        </div>
      )}
    </form>
  );
}
