import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Schedule } from "../../../calls/schedule.ts";
import { answer, api } from "../../api/client.ts";
import { keys } from "../../api/query-client.ts";
import { useSchedules } from "../../api/schedules.ts";

/** Opening hours with their public holidays, as the flows know them; of the coming year, since nobody is told of more. */
export function useWholeSchedules(): readonly Schedule[] {
  const { data: rows } = useSchedules();
  const countries = useMemo(() => [...new Set((rows ?? []).flatMap(({ holidays }) => holidays.country ?? []))], [rows]);
  const holidays = useQueries({
    queries: countries.map((country) => ({
      queryKey: keys.holidays(country),
      queryFn: () => answer(api.schedules.holidays.$get({ query: { country } })),
    })),
    combine: (results) => results.map(({ data }) => data ?? []),
  });
  return useMemo(
    () =>
      (rows ?? []).map(({ scheduleId, name, weekly, holidays: kept, dates, override }) => ({
        scheduleId: scheduleId as Schedule["scheduleId"],
        name,
        weekly,
        holidays: {
          country: kept.country as Schedule["holidays"]["country"],
          exceptions: kept.exceptions,
          days: holidays[countries.indexOf(kept.country ?? "")] ?? [],
        },
        dates,
        override: override && {
          state: override.state,
          untilMs: override.until === null ? null : Date.parse(override.until),
        },
      })),
    [rows, holidays, countries],
  );
}
