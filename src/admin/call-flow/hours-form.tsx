import { ActionIcon, Switch, Tooltip } from "@mantine/core";
import { IconCopy, IconPlus, IconX } from "@tabler/icons-react";
import { WEEKDAYS, type Weekday } from "../../flows/hours/weekly-hours.ts";
import { type Interval, type IntervalProblem, runsPastMidnight } from "../format/time-of-day.ts";
import { useWords } from "../messages/language.tsx";
import { TimeField } from "../parts/time-field.tsx";
import classes from "./call-flow.module.css";
import { checkHours, copyToAllDays, type Hours, nextInterval } from "./hours.ts";

interface Props {
  hours: Hours;
  /** Problems are shown once somebody tried to publish. */
  showsProblems: boolean;
  onChange: (hours: Hours) => void;
}

export function HoursForm({ hours, showsProblems, onChange }: Props) {
  const t = useWords();
  const problems = showsProblems ? checkHours(hours) : {};
  return (
    <>
      <Switch
        label={t("hours.alwaysOpen")}
        checked={hours.alwaysOpen}
        onChange={(event) => onChange({ ...hours, alwaysOpen: event.currentTarget.checked })}
        mb="sm"
      />
      {!hours.alwaysOpen && (
        <div className={classes["days"]}>
          {WEEKDAYS.map((day) => (
            <Day
              key={day}
              day={day}
              intervals={hours[day]}
              problems={problems[day] ?? []}
              onChange={(intervals) => onChange({ ...hours, [day]: intervals })}
              copy={() => onChange(copyToAllDays(hours, day))}
            />
          ))}
        </div>
      )}
    </>
  );
}

interface DayProps {
  day: Weekday;
  intervals: readonly Interval[];
  problems: readonly (IntervalProblem | null)[];
  onChange: (intervals: Interval[]) => void;
  copy: () => void;
}

function Day({ day, intervals, problems, onChange, copy }: DayProps) {
  const t = useWords();
  const name = t(`weekday.${day}`);
  return (
    <fieldset className={classes["day"]} aria-label={name} data-day={day}>
      <div className={classes["dayName"]}>{name}</div>
      {intervals.length === 0 ? (
        <div className={classes["closed"]}>{t("hours.closed")}</div>
      ) : (
        <IntervalFields day={name} intervals={intervals} problems={problems} onChange={onChange} />
      )}
      <div className={classes["dayActions"]}>
        <Tooltip label={t("hours.add")}>
          <ActionIcon
            variant="subtle"
            size="lg"
            aria-label={t("hours.addTo", { day: name })}
            onClick={() => onChange([...intervals, nextInterval(intervals)])}
          >
            <IconPlus size={18} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={t("hours.copy")}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={t("hours.copyOf", { day: name })}
            onClick={copy}
          >
            <IconCopy size={18} />
          </ActionIcon>
        </Tooltip>
      </div>
    </fieldset>
  );
}

interface IntervalFieldsProps {
  /** What a screen reader says before 'from' and 'to'. */
  day: string;
  intervals: readonly Interval[];
  problems: readonly (IntervalProblem | null)[];
  onChange: (intervals: Interval[]) => void;
}

/** The hours of one day, each with a button that takes it away. */
export function IntervalFields({ day, intervals, problems, onChange }: IntervalFieldsProps) {
  const t = useWords();
  const change = (index: number, part: Partial<Interval>) =>
    onChange(intervals.map((interval, at) => (at === index ? { ...interval, ...part } : interval)));
  return (
    <div className={classes["intervals"]}>
      {intervals.map((interval, index) => {
        const problem = problems[index] ?? null;
        return (
          // An interval has no identity but its place.
          <div key={index} className={classes["interval"]}>
            <TimeField
              aria-label={t("hours.from", { day })}
              value={interval.from}
              error={problem !== null}
              onChange={(from) => change(index, { from })}
            />
            <span aria-hidden>–</span>
            <TimeField
              aria-label={t("hours.to", { day })}
              value={interval.to}
              error={problem !== null}
              onChange={(to) => change(index, { to })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t("hours.remove", { day, from: interval.from, to: interval.to })}
              onClick={() => onChange(intervals.filter((_, at) => at !== index))}
            >
              <IconX size={17} />
            </ActionIcon>
            {problem === null && runsPastMidnight(interval) && (
              <div className={classes["note"]}>{t("hours.nextDay")}</div>
            )}
            {problem !== null && (
              <div className={classes["problem"]} role="alert">
                {t(`hours.problem.${problem}`)}
              </div>
            )}
          </div>
        );
      })}
    </div>
  );
}
