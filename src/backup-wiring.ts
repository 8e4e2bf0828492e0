import { join } from "node:path";
import type { Logger } from "pino";
import { BackupDesk } from "./backup/backup-desk.ts";
import { BackupSecrets } from "./backup/backup-secrets.ts";
import type { SecretFiles } from "./config/secret-files.ts";
import type { ClusterKeeper } from "./database/cluster-keeper.ts";
import type { ConfigurationSnapshot } from "./database/configuration-snapshot.ts";
import type { Db } from "./database/schema.ts";
import type { EventHub } from "./http/event-hub.ts";
import { dateIn, startOfDay } from "./http/zone-day.ts";

const DAY_MS = 86_400_000;

interface BackupParts {
  db: Db;
  keeper: ClusterKeeper | null;
  databaseUrl: string | null;
  dataDir: string;
  version: string;
  secrets: SecretFiles;
  configuration: Pick<ConfigurationSnapshot, "current">;
  events: EventHub;
  log: Logger;
  onRestored: () => void;
}

/** Backups of this installation. */
export function backupOf({ keeper, databaseUrl, secrets, configuration, events, ...parts }: BackupParts): BackupDesk {
  const lastTimeOfDay = (time: string, nowMs: number) => {
    const { timeZone } = configuration.current.site;
    const [hours = 0, minutes = 0] = time.split(":").map(Number);
    const at = (day: Date) => startOfDay(dateIn(timeZone, day), timeZone).getTime() + (hours * 60 + minutes) * 60_000;
    const today = at(new Date(nowMs));
    return today <= nowMs ? today : at(new Date(nowMs - DAY_MS));
  };
  return new BackupDesk({
    ...parts,
    databaseUrl: () => databaseUrl ?? keeper?.place?.url ?? null,
    secrets: new BackupSecrets(secrets, join(parts.dataDir, "secrets")),
    ...{ lastTimeOfDay, onChange: () => events.backupChanged(), nowMs: () => Date.now() },
  });
}
