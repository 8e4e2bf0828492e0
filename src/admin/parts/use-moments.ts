import { weekdayOf } from "../../flows/hours/wall-clock.ts";
import { serverNowMs } from "../api/server-clock.ts";
import { useSession } from "../api/session.ts";
import { addDays, formatClock, formatDate, zoneDate } from "../format/zone-time.ts";
import { useLanguage, useWords } from "../messages/language.tsx";

const WEEK_DAYS = 7;

/** Moments and dates ahead, as one says them: `18:00`, `tomorrow 09:00`, `Monday 09:00`, `07/12/2026 09:00`. */
export function useMoments() {
  const { timeZone } = useSession().site;
  const { language } = useLanguage();
  const t = useWords();
  const ahead = (iso: string): string => {
    const time = formatClock(iso, timeZone);
    const today = zoneDate(serverNowMs(), timeZone);
    const date = zoneDate(Date.parse(iso), timeZone);
    if (date === today) return time;
    // The end of today is no time of tomorrow to anybody.
    if (date === addDays(today, 1) && time === "00:00") return t("schedule.midnight");
    if (date === addDays(today, 1)) return t("schedule.tomorrowAt", { time });
    const day = date < addDays(today, WEEK_DAYS) ? t(`weekday.${weekdayOf(date)}`) : formatDate(date, language);
    return `${day} ${time}`;
  };
  /** `Monday, 23/11/2026`. */
  const dayOfWeek = (date: string): string => `${t(`weekday.${weekdayOf(date)}`)}, ${formatDate(date, language)}`;
  return { ahead, dayOfWeek, timeZone, today: () => zoneDate(serverNowMs(), timeZone) };
}
