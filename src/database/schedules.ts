import type { ScheduleId } from "../calls/ids.ts";
import type { Country } from "../calls/phone-number.ts";
import { type HoursOverride, MAIN_SCHEDULE, type OwnDate, type Schedule, type WeeklyHours } from "../calls/schedule.ts";
import { readFlowDocuments } from "./flow-documents.ts";
import type { Db, Tx } from "./schema.ts";

/** A schedule as it is kept: public holidays are looked up by their country. */
export interface ScheduleRow extends Omit<Schedule, "holidays"> {
  holidays: { country: Country | null; exceptions: string[] };
}

/** What the owner may change of it by hand; the override has its own ways. */
export type ScheduleValues = Pick<ScheduleRow, "name" | "weekly" | "holidays" | "dates">;

export async function listSchedules(db: Db | Tx): Promise<ScheduleRow[]> {
  const rows = await scheduleQuery(db).orderBy("id").execute();
  return rows.map(fromRow);
}

/** `forUpdate`: nobody else changes it until the transaction is over. */
export async function findSchedule(
  db: Db | Tx,
  id: ScheduleId,
  options: { forUpdate: boolean } = { forUpdate: false },
): Promise<ScheduleRow | null> {
  const query = scheduleQuery(db).where("id", "=", id);
  const row = await (options.forUpdate ? query.forUpdate() : query).executeTakeFirst();
  return row === undefined ? null : fromRow(row);
}

/** @throws unique violation of `schedules_name` */
export async function insertSchedule(tx: Tx, values: ScheduleValues): Promise<ScheduleId> {
  const { id } = await tx.insertInto("schedules").values(columns(values)).returning("id").executeTakeFirstOrThrow();
  return id;
}

/** @throws unique violation of `schedules_name` */
export async function updateSchedule(tx: Tx, id: ScheduleId, values: ScheduleValues): Promise<void> {
  await tx.updateTable("schedules").set(columns(values)).where("id", "=", id).execute();
}

export async function setWeeklyHours(tx: Tx, id: ScheduleId, weekly: WeeklyHours): Promise<void> {
  await tx
    .updateTable("schedules")
    .set({ weekly: JSON.stringify(weekly) })
    .where("id", "=", id)
    .execute();
}

/** Null ends it: the plan holds again. @returns false when there is no such schedule */
export async function setOverride(tx: Tx, id: ScheduleId, override: HoursOverride | null): Promise<boolean> {
  const untilMs = override?.untilMs ?? null;
  const { numUpdatedRows } = await tx
    .updateTable("schedules")
    .set({
      override_state: override?.state ?? null,
      override_until: untilMs === null ? null : new Date(untilMs),
    })
    .where("id", "=", id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** @throws foreign key violation while a number uses it */
export async function deleteSchedule(tx: Tx, id: ScheduleId): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom("schedules")
    .where("id", "=", id)
    .where("id", "!=", MAIN_SCHEDULE)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** What would lose its hours with this schedule. */
export interface ScheduleUse {
  numbers: { numberId: number; number: string; name: string }[];
  /** Call flows that name it, as published now or in their drafts. */
  flows: { flowId: string; name: string }[];
}

/** Use of every schedule that is used at all, but by the main flow's default. */
export async function readScheduleUse(db: Db | Tx): Promise<Map<ScheduleId, ScheduleUse>> {
  const use = new Map<ScheduleId, ScheduleUse>();
  const of = (id: ScheduleId): ScheduleUse => {
    const found = use.get(id) ?? { numbers: [], flows: [] };
    use.set(id, found);
    return found;
  };
  const numbers = await db
    .selectFrom("numbers")
    .select(["id as numberId", "number", "name", "schedule_id as scheduleId"])
    .where("schedule_id", "is not", null)
    .orderBy("id")
    .execute();
  for (const { scheduleId, ...number } of numbers) if (scheduleId !== null) of(scheduleId).numbers.push(number);
  for (const { flowId, name, documents } of await readFlowDocuments(db))
    for (const scheduleId of schedulesNamedIn(documents)) of(scheduleId).flows.push({ flowId, name });
  return use;
}

/** Wherever a node of a flow document stands in `document`. */
function schedulesNamedIn(document: unknown): Set<ScheduleId> {
  const found = new Set<ScheduleId>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "schedule" && typeof inner === "number") found.add(inner as ScheduleId);
      else look(inner);
    }
  };
  look(document);
  return found;
}

function scheduleQuery(db: Db | Tx) {
  return db
    .selectFrom("schedules")
    .select([
      "id",
      "name",
      "weekly",
      "holiday_country",
      "holiday_exceptions",
      "dates",
      "override_state",
      "override_until",
    ]);
}

function fromRow(row: {
  id: ScheduleId;
  name: string;
  weekly: WeeklyHours;
  holiday_country: Country | null;
  holiday_exceptions: string[];
  dates: OwnDate[];
  override_state: HoursOverride["state"] | null;
  override_until: Date | null;
}): ScheduleRow {
  return {
    scheduleId: row.id,
    name: row.name,
    weekly: row.weekly,
    holidays: { country: row.holiday_country, exceptions: row.holiday_exceptions },
    dates: row.dates,
    override:
      row.override_state === null
        ? null
        : { state: row.override_state, untilMs: row.override_until?.getTime() ?? null },
  };
}

function columns({ name, weekly, holidays, dates }: ScheduleValues) {
  return {
    name,
    weekly: JSON.stringify(weekly),
    holiday_country: holidays.country,
    holiday_exceptions: JSON.stringify(holidays.exceptions),
    dates: JSON.stringify(dates),
  };
}
