import { type ScheduledTask, schedule } from "node-cron";
import { deleteAlertsBefore } from "../database/alerts.ts";
import type { Db } from "../database/schema.ts";
import { readSiteSettings } from "../database/site-settings.ts";
import { deleteSyntheticBefore } from "../database/synthetic-calls.ts";
import { deleteChangesBefore } from "../database/trunk-history.ts";
import { deleteExpiredSessions } from "../database/users.ts";
import type { Recordings } from "../recordings/recordings.ts";

const DAY_MS = 24 * 3_600_000;
/** How trunks stood, and what was told of it, is kept for so long. */
const HISTORY_DAYS = 90;
/** At night, off the full hour, when nobody calls a shop. */
const NIGHTLY = "17 3 * * *";

export interface JobLogger {
  info(data: Record<string, unknown>, message: string): void;
  error(data: Record<string, unknown>, message: string): void;
}

/** What is done by the clock. Each job is a plain function that may be run at any time, and again. */
export function scheduleJobs(parts: {
  db: Db;
  recordings: Recordings;
  /** The routing copy holds the public holidays of the coming two years; it is read anew so that they go on. */
  configuration: { refresh(): Promise<void> };
  timeZone: () => string;
  log: JobLogger;
}): {
  stop: () => Promise<void>;
} {
  const { db, recordings, configuration, log } = parts;
  const run = (name: string, job: () => Promise<number | void>) => async () => {
    try {
      log.info({ job: name, count: await job() }, "job done");
    } catch (error) {
      log.error({ job: name, err: error }, "job failed; it runs again tomorrow");
    }
  };
  const options = { timezone: parts.timeZone() };
  const tasks: ScheduledTask[] = [
    schedule(
      NIGHTLY,
      run("old recordings", () => deleteOldRecordings(db, recordings, new Date())),
      options,
    ),
    schedule(
      NIGHTLY,
      run("expired sessions", () => deleteExpiredSessions(db, new Date())),
      options,
    ),
    schedule(
      NIGHTLY,
      run("old trunk states and alerts", async () => {
        const before = new Date(Date.now() - HISTORY_DAYS * DAY_MS);
        const counts = [deleteChangesBefore, deleteAlertsBefore, deleteSyntheticBefore].map((old) => old(db, before));
        return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
      }),
      options,
    ),
    schedule(
      NIGHTLY,
      run("holidays ahead", () => configuration.refresh()),
      options,
    ),
  ];
  return {
    stop: async () => {
      for (const task of tasks) await task.destroy();
    },
  };
}

/** Deletes what is older than the owner wants to keep. Returns how many. */
async function deleteOldRecordings(db: Db, recordings: Recordings, now: Date): Promise<number> {
  const settings = await readSiteSettings(db);
  if (settings === null || settings.retentionDays === null) return 0;
  return await recordings.deleteBefore(new Date(now.getTime() - settings.retentionDays * DAY_MS));
}
