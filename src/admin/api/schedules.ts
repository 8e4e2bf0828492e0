import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type OverrideInput, type ScheduleChange, type ScheduleInput } from "./client.ts";
import { keys } from "./query-client.ts";

/** What is open now changes by itself, by the clock. */
const LOOK_AGAIN_MS = 30_000;

export function useSchedules() {
  return useQuery({
    queryKey: keys.schedules,
    queryFn: () => answer(api.schedules.$get()),
    refetchInterval: LOOK_AGAIN_MS,
  });
}

/** Public holidays of the coming twelve months. */
export function useHolidays(country: string) {
  return useQuery({
    queryKey: keys.holidays(country),
    queryFn: () => answer(api.schedules.holidays.$get({ query: { country } })),
  });
}

function useRefresh() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.schedules }),
      client.invalidateQueries({ queryKey: keys.flow }),
      client.invalidateQueries({ queryKey: keys.today }),
    ]);
  };
}

const param = (scheduleId: number) => ({ id: String(scheduleId) });

export function useAddSchedule() {
  const onSuccess = useRefresh();
  return useMutation({ mutationFn: (json: ScheduleInput) => answer(api.schedules.$post({ json })), onSuccess });
}

export function useChangeSchedule(scheduleId: number) {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (json: ScheduleChange) => answer(api.schedules[":id"].$patch({ param: param(scheduleId), json })),
    onSuccess,
  });
}

export function useDeleteSchedule() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (scheduleId: number) => answer(api.schedules[":id"].$delete({ param: param(scheduleId) })),
    onSuccess,
  });
}

export function useOverride(scheduleId: number) {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (json: OverrideInput) =>
      answer(api.schedules[":id"].override.$post({ param: param(scheduleId), json })),
    onSuccess,
  });
}

/** Back to the plan. */
export function useEndOverride(scheduleId: number) {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: () => answer(api.schedules[":id"].override.$delete({ param: param(scheduleId) })),
    onSuccess,
  });
}
