import { ActionIcon, Button } from "@mantine/core";
import { IconCalendarPlus, IconPencil, IconPlus, IconX } from "@tabler/icons-react";
import type { Schedule } from "../api/client.ts";
import { useChangeSchedule } from "../api/schedules.ts";
import { useWords } from "../messages/language.tsx";
import { useNotice, useUndoNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import { Empty } from "../parts/states.tsx";
import { useMoments } from "../parts/use-moments.ts";
import classes from "./hours.module.css";
import { hoursText, type OwnDate, withoutDate } from "./own-dates.ts";

interface Props {
  schedule: Schedule;
  canEdit: boolean;
  editDate: (date: OwnDate | null) => void;
}

/** Days off, half days and special openings of the firm's own. Those that are over are not shown. */
export function DateSection({ schedule, canEdit, editDate }: Props) {
  const t = useWords();
  const { dayOfWeek, today } = useMoments();
  const save = useChangeSchedule(schedule.scheduleId);
  const undoNotice = useUndoNotice();
  const { failed } = useNotice();
  const coming = schedule.dates.filter(({ date }) => date >= today());
  const remove = (own: OwnDate) => {
    const { dates } = schedule;
    save.mutate(
      { dates: withoutDate(dates, own.date) },
      {
        onSuccess: () =>
          undoNotice(t("schedule.dateDeleted", { date: dayOfWeek(own.date) }), () => save.mutateAsync({ dates })),
        onError: failed,
      },
    );
  };
  return (
    <Section
      title={t("schedule.dates")}
      hint={t("schedule.datesHint")}
      isFlush
      actions={
        canEdit && (
          <Button variant="default" leftSection={<IconPlus size={18} aria-hidden />} onClick={() => editDate(null)}>
            {t("schedule.addDate")}
          </Button>
        )
      }
    >
      {coming.length === 0 ? (
        <Empty icon={IconCalendarPlus} title={t("schedule.noDates")} text={t("schedule.noDatesText")} />
      ) : (
        <ul className={classes["list"]} data-testid="own-dates">
          {coming.map((own) => (
            <li key={own.date} className={classes["row"]} data-testid="own-date" data-date={own.date}>
              <div className={`${classes["when"]} ${classes["soft"]}`}>{dayOfWeek(own.date)}</div>
              <div className={classes["name"]}>
                <bdi>{own.name}</bdi>
                <div className={own.name === "" ? "" : classes["soft"]}>
                  {own.periods.length === 0 ? t("hours.closed") : hoursText(own.periods)}
                </div>
              </div>
              {canEdit && (
                <div className={classes["rowActions"]}>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="lg"
                    aria-label={t("schedule.editOf", { date: dayOfWeek(own.date) })}
                    onClick={() => editDate(own)}
                  >
                    <IconPencil size={18} />
                  </ActionIcon>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="lg"
                    aria-label={t("schedule.deleteOf", { date: dayOfWeek(own.date) })}
                    onClick={() => remove(own)}
                  >
                    <IconX size={18} />
                  </ActionIcon>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
