import { WEEKDAYS, type WeeklyHours } from "../../../flows/hours/weekly-hours.ts";
import type { Translate } from "../../messages/language.tsx";

/** `Mon–Fri 09:00–18:00, Sat 10:00–14:00`: neighbouring days with the same hours stand together, closed days are left out. */
export function hoursInShort(t: Translate, hours: WeeklyHours): string {
  if (hours.alwaysOpen) return t("hours.alwaysOpen");
  const runs: { from: number; to: number; times: string }[] = [];
  for (const [index, day] of WEEKDAYS.entries()) {
    const times = hours[day].map(({ from, to }) => `${from}–${to}`).join(", ");
    const last = runs.at(-1);
    if (last !== undefined && last.to === index - 1 && last.times === times) last.to = index;
    else runs.push({ from: index, to: index, times });
  }
  const shortName = (index: number) => t(`weekdayShort.${WEEKDAYS[index] ?? "monday"}`);
  const open = runs.filter(({ times }) => times !== "");
  if (open.length === 0) return t("hours.neverOpen");
  return open
    .map(({ from, to, times }) => `${from === to ? shortName(from) : `${shortName(from)}–${shortName(to)}`} ${times}`)
    .join("; ");
}
