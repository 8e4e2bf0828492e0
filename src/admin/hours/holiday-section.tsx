import { NativeSelect, Select } from "@mantine/core";
import { IconCalendarOff } from "@tabler/icons-react";
import { useMemo } from "react";
import { ApiError } from "../api/api-error.ts";
import type { Holiday, Schedule, ScheduleChange } from "../api/client.ts";
import { useChangeSchedule, useHolidays } from "../api/schedules.ts";
import { useLanguage, useWords } from "../messages/language.tsx";
import { countryChoices } from "../parts/countries.ts";
import { useNotice } from "../parts/notices.tsx";
import { Section } from "../parts/page.tsx";
import { Empty, FormError, Lines, Loaded } from "../parts/states.tsx";
import { useFieldText } from "../parts/use-error-text.ts";
import { useMoments } from "../parts/use-moments.ts";
import classes from "./hours.module.css";
import { hoursText, type OwnDate, withoutDate } from "./own-dates.ts";

const NO_COUNTRY = "";

interface Props {
  schedule: Schedule;
  canEdit: boolean;
  /** Short hours are asked for in a form. */
  editDate: (date: OwnDate) => void;
}

/** The public holidays of the coming twelve months, each with what the firm does on it. */
export function HolidaySection({ schedule, canEdit, editDate }: Props) {
  const t = useWords();
  const { language } = useLanguage();
  const save = useChangeSchedule(schedule.scheduleId);
  const fieldText = useFieldText();
  const refused = save.error instanceof ApiError ? save.error.fields["holidays.country"] : undefined;
  const { holidays, weekly } = schedule;
  const countries = useMemo(
    () => [{ value: NO_COUNTRY, label: t("schedule.noCountry") }, ...countryChoices(language, t)],
    [language, t],
  );
  return (
    <Section title={t("schedule.holidays")} hint={t("schedule.holidaysHint")} isFlush>
      <div className={classes["filter"]}>
        <Select
          label={t("schedule.holidayCountry")}
          data={countries}
          value={holidays.country ?? NO_COUNTRY}
          disabled={!canEdit || save.isPending}
          onChange={(country) =>
            save.mutate({ holidays: { country: country === NO_COUNTRY ? null : country, exceptions: [] } })
          }
          searchable
          allowDeselect={false}
          nothingFoundMessage={t("state.nothingFound")}
          maw={340}
          error={refused === undefined ? undefined : fieldText(refused)}
        />
        {refused === undefined && <FormError error={save.error} />}
      </div>
      {holidays.country !== null &&
        (weekly.alwaysOpen ? (
          <Empty icon={IconCalendarOff} title={t("hours.alwaysOpen")} text={t("schedule.holidaysAlwaysOpen")} />
        ) : (
          <HolidayList schedule={schedule} country={holidays.country} canEdit={canEdit} editDate={editDate} />
        ))}
    </Section>
  );
}

function HolidayList({ schedule, country, canEdit, editDate }: Props & { country: string }) {
  const query = useHolidays(country);
  return (
    <Loaded query={query} skeleton={<Lines count={6} />}>
      {(found) => (
        <ul className={classes["list"]} data-testid="holidays">
          {found.map((holiday) => (
            <Row key={holiday.date} holiday={holiday} schedule={schedule} canEdit={canEdit} editDate={editDate} />
          ))}
        </ul>
      )}
    </Loaded>
  );
}

type Treatment = "closed" | "works" | "short";

function treatmentOf({ date, key }: Holiday, { dates, holidays }: Schedule): Treatment {
  const own = dates.find((one) => one.date === date);
  if (own !== undefined) return own.periods.length === 0 ? "closed" : "short";
  return holidays.exceptions.includes(key) ? "works" : "closed";
}

/** The schedule after the choice. 'We work' holds for that holiday each year; an own date of the day would go before it. */
function changeTo(treatment: "closed" | "works", { date, key }: Holiday, schedule: Schedule): ScheduleChange {
  const { country, exceptions } = schedule.holidays;
  const others = exceptions.filter((one) => one !== key);
  return {
    holidays: { country, exceptions: treatment === "works" ? [...others, key] : others },
    dates: withoutDate(schedule.dates, date),
  };
}

function Row({ holiday, schedule, canEdit, editDate }: Props & { holiday: Holiday }) {
  const t = useWords();
  const { dayOfWeek } = useMoments();
  const { failed } = useNotice();
  const save = useChangeSchedule(schedule.scheduleId);
  const own = schedule.dates.find((one) => one.date === holiday.date);
  const treatment = treatmentOf(holiday, schedule);
  const short = own !== undefined && own.periods.length > 0 ? own : null;
  const labels: Record<Treatment, string> = {
    closed: t("schedule.holiday.closed"),
    works: t("schedule.holiday.works"),
    short: short === null ? t("schedule.holiday.short") : hoursText(short.periods),
  };
  const choose = (wanted: string) => {
    if (wanted === "short")
      editDate(short ?? { date: holiday.date, name: holiday.name, periods: [{ from: "10:00", to: "14:00" }] });
    else if (wanted === "closed" || wanted === "works")
      save.mutate(changeTo(wanted, holiday, schedule), { onError: failed });
  };
  return (
    <li className={classes["row"]} data-testid="holiday" data-date={holiday.date}>
      <div className={`${classes["when"]} ${classes["soft"]}`}>{dayOfWeek(holiday.date)}</div>
      <div className={classes["name"]}>
        <bdi>{holiday.name}</bdi>
      </div>
      {canEdit ? (
        <NativeSelect
          className={classes["choice"] ?? ""}
          aria-label={t("schedule.holidayChoice", { name: holiday.name })}
          value={treatment}
          disabled={save.isPending}
          onChange={(event) => choose(event.currentTarget.value)}
          data={(["closed", "works", "short"] as const).map((value) => ({ value, label: labels[value] }))}
        />
      ) : (
        <div>{labels[treatment]}</div>
      )}
    </li>
  );
}
