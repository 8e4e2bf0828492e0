import { useMemo } from "react";
import { serverNowMs } from "../api/server-clock.ts";
import { useSession } from "../api/session.ts";
import { addDays, formatClock, formatClockSeconds, formatDate, zoneDate } from "../format/zone-time.ts";
import { useLanguage, useWords } from "../messages/language.tsx";

/** Times as the site's own clock shows them, wherever the browser is. */
export function useSiteTime() {
  const { timeZone } = useSession().site;
  const { language } = useLanguage();
  const t = useWords();
  return useMemo(() => {
    const dateOf = (iso: string) => zoneDate(Date.parse(iso), timeZone);
    const today = () => zoneDate(serverNowMs(), timeZone);
    const dayName = (iso: string) => {
      const date = dateOf(iso);
      if (date === today()) return t("day.today");
      if (date === addDays(today(), -1)) return t("day.yesterday");
      return formatDate(date, language);
    };
    return {
      today,
      clock: (iso: string) => formatClock(iso, timeZone),
      clockSeconds: (iso: string) => formatClockSeconds(iso, timeZone),
      date: (iso: string) => formatDate(dateOf(iso), language),
      plainDate: (date: string) => formatDate(date, language),
      /** `Today`, `Yesterday` or the date. */
      dayName,
      /** The same within a sentence: `today`. */
      dayInSentence: (iso: string) => dayName(iso).toLocaleLowerCase(language),
    };
  }, [timeZone, language, t]);
}
