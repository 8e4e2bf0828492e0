import { Button, NativeSelect } from "@mantine/core";
import { IconCalendarTime, IconDoor, IconDoorOff } from "@tabler/icons-react";
import { useState } from "react";
import type { Schedule } from "../api/client.ts";
import { useEndOverride, useOverride } from "../api/schedules.ts";
import { serverNowMs } from "../api/server-clock.ts";
import { useWords } from "../messages/language.tsx";
import { useNotice } from "../parts/notices.tsx";
import page from "../parts/parts.module.css";
import { TimeField } from "../parts/time-field.tsx";
import { useMoments } from "../parts/use-moments.ts";
import classes from "./hours.module.css";
import { inAnHour, isUntilChoice, nextAt, UNTIL_CHOICES, type UntilChoice } from "./until.ts";

/** What holds now, in big words, and the buttons that change it by one touch. */
export function NowCard({ schedule }: { schedule: Schedule }) {
  const t = useWords();
  const { ahead } = useMoments();
  const { now, override, scheduleId, isMain } = schedule;
  const until = now.until === null ? "none" : ahead(now.until);
  const Icon = now.isOpen ? IconDoor : IconDoorOff;
  const code = (digit: number) => `*9${digit}${isMain ? "" : `*${scheduleId}`}`;
  return (
    <section className={page["section"]} aria-label={t("schedule.now")} data-testid="hours-now">
      <div className={classes["now"]} role="status">
        <div className={classes["nowState"]} data-open={now.isOpen}>
          <Icon size={28} stroke={1.8} aria-hidden />
          <span>{t(now.isOpen ? "schedule.openNow" : "schedule.closedNow", { until })}</span>
        </div>
        <div className={classes["nowReason"]}>{t(`schedule.reason.${now.reason}`, { name: now.name ?? "none" })}</div>
      </div>
      <Touch key={`${scheduleId} ${now.isOpen}`} schedule={schedule} isOverridden={override !== null} />
      <div className={classes["codes"]}>
        {t("schedule.phoneCodes", { close: code(1), open: code(2), plan: code(0) })}
      </div>
    </section>
  );
}

function Touch({ schedule, isOverridden }: { schedule: Schedule; isOverridden: boolean }) {
  const t = useWords();
  const { ahead, timeZone } = useMoments();
  const { failed } = useNotice();
  const { scheduleId, now, touch: usual } = schedule;
  const override = useOverride(scheduleId);
  const back = useEndOverride(scheduleId);
  const [choice, setChoice] = useState<UntilChoice>("usual");
  const [time, setTime] = useState("");
  const [isTimeWrong, setTimeWrong] = useState(false);
  const state = now.isOpen ? "closed" : "open";
  const usualUntil = now.isOpen ? usual.closeUntil : usual.openUntil;

  const moment = (): string | null | undefined => {
    if (choice === "end") return null;
    if (choice === "hour") return inAnHour(serverNowMs());
    if (choice === "usual") return usualUntil;
    return nextAt(time, serverNowMs(), timeZone) ?? undefined;
  };
  const change = () => {
    const until = moment();
    setTimeWrong(until === undefined);
    if (until === undefined) return;
    override.mutate({ state, until }, { onError: failed });
  };
  const labels: Record<UntilChoice, string> = {
    usual: usualUntil === null ? t("schedule.until.end") : ahead(usualUntil),
    hour: t("schedule.until.hour"),
    time: t("schedule.until.time"),
    end: t("schedule.until.end"),
  };
  // Without a usual end the first choice says the same as the last.
  const choices = UNTIL_CHOICES.filter((one) => one !== "end" || usualUntil !== null);

  return (
    <div className={classes["touch"]}>
      {isOverridden && (
        <Button
          size="md"
          leftSection={<IconCalendarTime size={20} aria-hidden />}
          loading={back.isPending}
          onClick={() => back.mutate(undefined, { onError: failed })}
        >
          {t("schedule.backToPlan")}
        </Button>
      )}
      <Button
        size="md"
        variant={isOverridden ? "default" : "filled"}
        leftSection={now.isOpen ? <IconDoorOff size={20} aria-hidden /> : <IconDoor size={20} aria-hidden />}
        loading={override.isPending}
        onClick={change}
      >
        {t(now.isOpen ? "schedule.close" : "schedule.open")}
      </Button>
      <NativeSelect
        size="md"
        label={t("schedule.until")}
        value={choice}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          if (isUntilChoice(chosen)) setChoice(chosen);
        }}
        data={choices.map((value) => ({ value, label: labels[value] }))}
      />
      {choice === "time" && (
        <TimeField aria-label={t("schedule.time")} value={time} error={isTimeWrong} onChange={setTime} />
      )}
    </div>
  );
}
