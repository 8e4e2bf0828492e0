import { Hono } from "hono";
import type { Language } from "../../calls/language.ts";
import { type HoursOverride, MAIN_SCHEDULE, type Schedule } from "../../calls/schedule.ts";
import { writeAudit } from "../../database/audit.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../../database/failure.ts";
import {
  deleteSchedule,
  findSchedule,
  insertSchedule,
  listSchedules,
  readScheduleUse,
  type ScheduleRow,
  type ScheduleUse,
  setOverride,
  updateSchedule,
} from "../../database/schedules.ts";
import type { Tx } from "../../database/schema.ts";
import {
  closedUntilNextOpening,
  isInForce,
  isOpenBySchedule,
  nextChange,
  openUntilMidnight,
} from "../../flows/hours/schedule.ts";
import { wallClock } from "../../flows/hours/wall-clock.ts";
import { holidaysAround } from "../../holidays/public-holidays.ts";
import { ApiError, fieldError, notFound } from "../api-error.ts";
import type { ApiEnv, RouteDeps } from "../deps.ts";
import { CountryQuery, OverrideInput, ScheduleInput, SchedulePatch } from "../hours-input.ts";
import { refuseInUse } from "../in-use.ts";
import { adminOnly } from "../sessions.ts";
import { refreshConfiguration } from "../switch-changes.ts";
import { withoutUndefined } from "../trunk-input.ts";
import { scheduleParam, validate } from "../validate.ts";

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** What the panel shows: the plan, what is in force now, and who uses it. */
function view(deps: RouteDeps, row: ScheduleRow, use: ScheduleUse | undefined) {
  const { timeZone, language } = deps.configuration.current.site;
  const nowMs = Date.now();
  const schedule = withHolidays(row, nowMs, language);
  const { override } = row;
  const now = isOpenBySchedule(schedule, nowMs, timeZone);
  return {
    scheduleId: row.scheduleId as number,
    isMain: row.scheduleId === MAIN_SCHEDULE,
    name: row.name,
    weekly: row.weekly,
    // A country's code is a plain word to the panel.
    holidays: { country: row.holidays.country as string | null, exceptions: row.holidays.exceptions },
    dates: row.dates,
    override:
      override !== null && isInForce(override, nowMs) ? { state: override.state, until: iso(override.untilMs) } : null,
    /** `until`: when it changes next; null: not within a year. */
    now: { ...now, until: iso(nextChange(schedule, nowMs, timeZone)) },
    /** Until when a touch lasts if nobody chooses otherwise; null: until somebody ends it. */
    touch: {
      closeUntil: iso(closedUntilNextOpening(schedule, nowMs, timeZone)),
      openUntil: new Date(openUntilMidnight(nowMs, timeZone)).toISOString(),
    },
    usedBy: use ?? { numbers: [], flows: [] },
  };
}

function withHolidays(row: ScheduleRow, nowMs: number, language: Language): Schedule {
  const { country, exceptions } = row.holidays;
  const days = country === null ? [] : holidaysAround(country, nowMs, language);
  return { ...row, holidays: { country, exceptions, days } };
}

async function viewOf(deps: RouteDeps, id: ScheduleRow["scheduleId"]) {
  const row = await findSchedule(deps.db, id);
  if (!row) throw notFound();
  return view(deps, row, (await readScheduleUse(deps.db)).get(id));
}

async function change<Result>(deps: RouteDeps, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  try {
    const result = await deps.db.transaction().execute(work);
    await refreshConfiguration(deps);
    deps.events.hoursChanged();
    return result;
  } catch (error) {
    if (isUniqueViolation(error, "schedules_name")) throw fieldError(409, "name-taken", "name");
    throw error;
  }
}

async function override(
  deps: RouteDeps,
  by: { id: ScheduleRow["scheduleId"]; userId: number },
  wanted: HoursOverride | null,
): Promise<void> {
  await change(deps, async (tx) => {
    if (!(await setOverride(tx, by.id, wanted))) throw notFound();
    await writeAudit(tx, {
      userId: by.userId,
      action: wanted === null ? "hours-override-ended" : "hours-overridden",
      subject: `schedule:${by.id}`,
      data: wanted === null ? {} : { state: wanted.state, until: iso(wanted.untilMs) },
    });
  });
}

/** Everybody who is signed in may look, close and open: whoever stands in the shop. The plan is the admin's. */
export const scheduleRoutes = (deps: RouteDeps) =>
  new Hono<ApiEnv>()
    .get("/", async (c) => {
      const use = await readScheduleUse(deps.db);
      return c.json((await listSchedules(deps.db)).map((row) => view(deps, row, use.get(row.scheduleId))));
    })
    /** Public holidays of a country in the coming twelve months, whether a schedule keeps them or not. */
    .get("/holidays", validate("query", CountryQuery), (c) => {
      const { country } = c.req.valid("query");
      const nowMs = Date.now();
      const today = wallClock(nowMs, deps.configuration.current.site.timeZone).date;
      const inAYear = `${Number(today.slice(0, 4)) + 1}${today.slice(4)}`;
      const days = holidaysAround(country, nowMs, c.get("user").language);
      return c.json(days.filter(({ date }) => date >= today && date < inAYear));
    })
    .post("/", adminOnly, validate("json", ScheduleInput), async (c) => {
      const values = c.req.valid("json");
      const { userId } = c.get("user");
      const id = await change(deps, async (tx) => {
        const added = await insertSchedule(tx, values);
        await writeAudit(tx, { userId, action: "schedule-added", subject: `schedule:${added}` });
        return added;
      });
      return c.json(await viewOf(deps, id));
    })
    .patch("/:id", adminOnly, validate("param", scheduleParam), validate("json", SchedulePatch), async (c) => {
      const { id } = c.req.valid("param");
      const changed = withoutUndefined(c.req.valid("json"));
      const { userId } = c.get("user");
      if (changed.name === "" && id !== MAIN_SCHEDULE) throw fieldError(422, "invalid-input", "name", "required");
      await change(deps, async (tx) => {
        const before = await findSchedule(tx, id, { forUpdate: true });
        if (!before) throw notFound();
        await updateSchedule(tx, id, { ...before, ...changed });
        await writeAudit(tx, { userId, action: "schedule-changed", subject: `schedule:${id}` });
      });
      return c.json(await viewOf(deps, id));
    })
    .delete("/:id", adminOnly, validate("param", scheduleParam), async (c) => {
      const { id } = c.req.valid("param");
      const { userId } = c.get("user");
      if (id === MAIN_SCHEDULE) throw new ApiError(409, "main-schedule");
      try {
        await change(deps, async (tx) => {
          refuseInUse((await readScheduleUse(tx)).get(id) ?? {});
          if (!(await deleteSchedule(tx, id))) throw notFound();
          await writeAudit(tx, { userId, action: "schedule-deleted", subject: `schedule:${id}` });
        });
      } catch (error) {
        // A number took it at the same moment.
        if (isForeignKeyViolation(error)) refuseInUse((await readScheduleUse(deps.db)).get(id) ?? {});
        throw error;
      }
      return c.json({});
    })
    .post("/:id/override", validate("param", scheduleParam), validate("json", OverrideInput), async (c) => {
      const { id } = c.req.valid("param");
      const { state, until } = c.req.valid("json");
      const untilMs = until === null ? null : Date.parse(until);
      if (untilMs !== null && untilMs <= Date.now()) throw fieldError(422, "invalid-input", "until", "in-the-past");
      await override(deps, { id, userId: c.get("user").userId }, { state, untilMs });
      return c.json(await viewOf(deps, id));
    })
    .delete("/:id/override", validate("param", scheduleParam), async (c) => {
      const { id } = c.req.valid("param");
      await override(deps, { id, userId: c.get("user").userId }, null);
      return c.json(await viewOf(deps, id));
    });
