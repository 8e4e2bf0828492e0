/** Codes that an operator's phone dials to close or open the firm: `*91` for the main schedule, `*91*3` for the third. Pure. */
import { type ScheduleId, scheduleId } from "../../calls/ids.ts";
import { type HoursOverride, MAIN_SCHEDULE, type Schedule } from "../../calls/schedule.ts";
import { closedUntilNextOpening, openUntilMidnight } from "./schedule.ts";

/** `close`: until the next opening; `open`: until midnight; `plan`: whatever was closed or opened by hand is over. */
export interface HoursCode {
  wish: "close" | "open" | "plan";
  scheduleId: ScheduleId;
}

const WISHES: Readonly<Record<string, HoursCode["wish"]>> = { "0": "plan", "1": "close", "2": "open" };

/** Null: what was dialled is no such code. */
export function readHoursCode(dialled: string): HoursCode | null {
  const [, digit = "", id] = /^\*9([012])(?:\*([1-9][0-9]{0,5}))?$/.exec(dialled) ?? [];
  const wish = WISHES[digit];
  if (wish === undefined) return null;
  return { wish, scheduleId: id === undefined ? MAIN_SCHEDULE : scheduleId(Number(id)) };
}

/** What the wish comes to at `atMs`. Null: the plan. */
export function overrideFor(
  wish: HoursCode["wish"],
  schedule: Schedule,
  atMs: number,
  timeZone: string,
): HoursOverride | null {
  switch (wish) {
    case "plan":
      return null;
    case "close":
      return { state: "closed", untilMs: closedUntilNextOpening(schedule, atMs, timeZone) };
    case "open":
      return { state: "open", untilMs: openUntilMidnight(atMs, timeZone) };
  }
}
