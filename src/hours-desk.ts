import { writeAudit } from "./database/audit.ts";
import type { ConfigurationSnapshot } from "./database/configuration-snapshot.ts";
import { setOverride } from "./database/schedules.ts";
import type { Db } from "./database/schema.ts";
import type { HoursDesk } from "./engine/surroundings.ts";

/** Closing and opening by a phone's code: kept in the database, and in force for the next call. */
export function hoursDesk(parts: {
  db: Db;
  configuration: Pick<ConfigurationSnapshot, "refresh">;
  onChanged: () => void;
}): HoursDesk {
  return {
    async override(scheduleId, override, by) {
      const isKnown = await parts.db.transaction().execute(async (tx) => {
        if (!(await setOverride(tx, scheduleId, override))) return false;
        const until = override?.untilMs ?? null;
        await writeAudit(tx, {
          userId: null,
          action: override === null ? "hours-override-ended" : "hours-overridden",
          subject: `schedule:${scheduleId}`,
          data: {
            extension: by,
            ...(override === null
              ? {}
              : { state: override.state, until: until === null ? null : new Date(until).toISOString() }),
          },
        });
        return true;
      });
      await parts.configuration.refresh();
      parts.onChanged();
      return isKnown;
    },
  };
}
