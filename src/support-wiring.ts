import type { BackupRun } from "./calls/backup.ts";
import { type Config, plainConfiguration } from "./config/config.ts";
import type { Db } from "./database/schema.ts";
import type { BackupOffice, BoxHealth, HealthChecks, LiveBoard } from "./http/ports.ts";
import type { LogTail } from "./support/log-tail.ts";
import { makeSupportFile } from "./support/support-file.ts";

interface SupportParts {
  config: Config;
  db: Db;
  version: string;
  checks: HealthChecks;
  board: LiveBoard;
  box: BoxHealth;
  backup: Pick<BackupOffice, "runs">;
  logTail: LogTail;
}

/** Makes the support file of this installation. */
export function supportFileOf({ config, db, version, checks, board, box, backup, logTail }: SupportParts) {
  return async () =>
    await makeSupportFile({
      ...{ db, dataDir: config.dataDir, version, checks: () => checks.now(), ...plainConfiguration(config) },
      state: () => ({
        ...{ switch: board.switch(), trunks: board.trunks(), disk: box.disk(), database: box.database() },
        backups: backup.runs.map(toldRun),
      }),
      daemonLog: () => logTail.text(),
    });
}

/** With times that can be read. */
const toldRun = ({ startedMs, endedMs, ...run }: BackupRun) => ({
  ...{ from: new Date(startedMs).toISOString(), until: new Date(endedMs).toISOString() },
  ...run,
});
