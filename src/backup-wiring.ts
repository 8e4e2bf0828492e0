import { join } from "node:path";
import type { Logger } from "pino";
import { backgroundOf } from "./backup/background-program.ts";
import { BackupDesk } from "./backup/backup-desk.ts";
import { BackupSecrets } from "./backup/backup-secrets.ts";
import { ownNetworks } from "./box/cards.ts";
import type { SecretFiles } from "./config/secret-files.ts";
import type { ClusterKeeper } from "./database/cluster-keeper.ts";
import type { ConfigurationSnapshot } from "./database/configuration-snapshot.ts";
import type { Db } from "./database/schema.ts";
import type { EventHub } from "./http/event-hub.ts";
import { lastTimeOfDay } from "./http/zone-day.ts";

interface BackupParts {
  db: Db;
  keeper: ClusterKeeper | null;
  databaseUrl: string | null;
  dataDir: string;
  /** Of the unit that runs its programs; null: we do. */
  programs: string | null;
  version: string;
  secrets: SecretFiles;
  configuration: Pick<ConfigurationSnapshot, "current">;
  events: EventHub;
  log: Logger;
  onRestored: () => void;
}

/** Backups of this installation. */
export function backupOf({
  keeper,
  databaseUrl,
  programs,
  secrets,
  configuration,
  events,
  ...parts
}: BackupParts): BackupDesk {
  const lastAt = (time: string, nowMs: number) => lastTimeOfDay(time, configuration.current.site.timeZone, nowMs);
  const run = backgroundOf(programs);
  return new BackupDesk({
    ...parts,
    databaseUrl: () => databaseUrl ?? keeper?.place?.url ?? null,
    secrets: new BackupSecrets(secrets, join(parts.dataDir, "secrets"), run),
    run,
    ...{ lastTimeOfDay: lastAt, onChange: () => events.backupChanged(), nowMs: () => Date.now(), ownNetworks },
  });
}
