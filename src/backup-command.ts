/**
 * Backups by hand, on the machine itself, with the daemon's own environment:
 *   node --import tsx src/backup-command.ts backup | drill | snapshots
 *   node --import tsx src/backup-command.ts restore PLACE [SNAPSHOT]     (the password in HOTLINE_BACKUP_PASSWORD; only while the daemon is stopped)
 * `backup` and `drill` need a place that was chosen in the panel. Ends with 0, 1 when it failed, 2 when asked wrongly.
 */
import { isAbsolute, join } from "node:path";
import pino from "pino";
import { backupOf } from "./backup-wiring.ts";
import { readConfig } from "./config/config.ts";
import { SecretFiles } from "./config/secret-files.ts";
import { ClusterKeeper } from "./database/cluster-keeper.ts";
import { ConfigurationSnapshot } from "./database/configuration-snapshot.ts";
import { connect } from "./database/connect.ts";
import { migrate } from "./database/migrate.ts";
import { toldError } from "./database/told-error.ts";
import { EventHub } from "./http/event-hub.ts";
import { snapshotFile } from "./switch-settings.ts";

const USAGE = "backup | drill | snapshots | restore PLACE [SNAPSHOT]";
const { HOTLINE_BACKUP_PASSWORD: password = "", ...environment } = process.env;
const [task, place, wanted] = process.argv.slice(2);
const config = readConfig(environment);
const log = pino({ level: "warn", base: null, serializers: { err: toldError } }, pino.destination(2));
// The daemon's own server is used when it runs, and left running.
const keeper = config.databaseUrl === null ? new ClusterKeeper({ dataDir: config.dataDir, log }) : null;

async function work(): Promise<boolean> {
  await keeper?.start();
  const db = connect({ to: () => config.databaseUrl ?? keeper?.place ?? null });
  const wasRunning = keeper?.place?.wasRunning ?? true;
  const configuration = new ConfigurationSnapshot({ db, file: snapshotFile(config.dataDir), log });
  await configuration.readFile();
  const desk = backupOf({
    ...{ db, keeper, databaseUrl: config.databaseUrl, dataDir: config.dataDir, version: "", log },
    programs: config.backupPrograms,
    secrets: new SecretFiles(join(config.dataDir, "secrets")),
    ...{ configuration, events: new EventHub(), onRestored: () => undefined },
  });
  try {
    await desk.open();
    if (task === "snapshots") {
      for (const { id, atMs, hostName } of await desk.snapshots())
        console.log(`${new Date(atMs).toISOString()}  ${hostName}  ${id}`);
      return true;
    }
    if (task === "restore") {
      await migrate(db);
      const from = { target: { kind: "path" as const, path: place ?? "" }, password, s3Key: null };
      const snapshotId = wanted ?? (await desk.snapshots(from))[0]?.id ?? "";
      desk.beginRestore(from, snapshotId);
      await desk.idle();
      return told(desk.lastRestore);
    }
    if (!desk.begin(task === "drill" ? "drill" : "backup")) throw new Error("no place for backups is chosen");
    await desk.idle();
    return told(desk.runs[0] ?? null);
  } finally {
    await db.destroy();
    if (!wasRunning) await keeper?.stop();
  }
}

function told(run: { isGood: boolean; problem: string | null; detail: string; figures: object } | null): boolean {
  if (run?.isGood) console.log(JSON.stringify(run.figures));
  else console.error(`${run?.problem ?? "failed"}: ${run?.detail ?? ""}`);
  return run?.isGood ?? false;
}

const isAsked = task === "backup" || task === "drill" || task === "snapshots";
const isRestore = task === "restore" && place !== undefined && isAbsolute(place) && password !== "";
if (!isAsked && !isRestore) {
  console.error(USAGE);
  process.exit(2);
}
try {
  process.exit((await work()) ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
