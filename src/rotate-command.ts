/**
 * New secrets for a site, while it runs; with the daemon's own environment. On a box: systemctl start hotline-rotate-secrets
 *   node --import tsx src/rotate-command.ts [event-socket] [certificate] [sessions] [authority]
 * Without words the first three: the secret between daemon and switch, the panel's key and certificate, and who is signed in (everybody signs
 * in again). `authority` only if it is named: every computer and phone has to be told anew to trust the box. Conversations go on.
 * Ends with 0, 1 when something failed, 2 when asked wrongly.
 */
import { join } from "node:path";
import pino from "pino";
import { type Config, ConfigError, readConfig } from "./config/config.ts";
import { SecretFiles } from "./config/secret-files.ts";
import { ClusterKeeper } from "./database/cluster-keeper.ts";
import { connect } from "./database/connect.ts";
import { toldError } from "./database/told-error.ts";
import { deleteAllSessions } from "./database/users.ts";
import { renewSwitchSecret } from "./freeswitch/renew-secret.ts";
import { lastSwitchSettings } from "./switch-settings.ts";
import { AUTHORITY_SECRET, SERVER_SECRET } from "./tls/panel-certificate.ts";

const TASKS = { "event-socket": eventSocket, certificate, sessions, authority } as const;
type Task = keyof typeof TASKS;
const USUAL: readonly Task[] = ["event-socket", "certificate", "sessions"];

async function eventSocket(config: Config): Promise<string> {
  if (config.eventSocket.password !== null) return "given by EVENT_SOCKET_PASSWORD: change it there and at the switch";
  const done = await renewSwitchSecret(await lastSwitchSettings(config));
  return done === "taken" ? "new; daemon and switch go on with it" : "new; no switch runs, the next start takes it";
}

/** The daemon looks each minute, and makes what is missing. */
async function certificate({ dataDir }: Config): Promise<string> {
  await secretsOf(dataDir).remove(SERVER_SECRET);
  return "new within a minute, by the same authority";
}

async function authority({ dataDir }: Config): Promise<string> {
  await secretsOf(dataDir).remove(AUTHORITY_SECRET);
  return "new within a minute; every computer and phone has to be told to trust it";
}

async function sessions({ databaseUrl, dataDir }: Config): Promise<string> {
  const log = pino({ level: "warn", base: null, serializers: { err: toldError } }, pino.destination(2));
  // The daemon's own server is used when it runs, and left running.
  const keeper = databaseUrl === null ? new ClusterKeeper({ dataDir, log }) : null;
  await keeper?.start();
  const db = connect({ to: () => databaseUrl ?? keeper?.place ?? null });
  try {
    return `${await deleteAllSessions(db)} ended; everybody signs in again`;
  } finally {
    await db.destroy();
    if (keeper?.place?.wasRunning === false) await keeper.stop();
  }
}

const secretsOf = (dataDir: string) => new SecretFiles(join(dataDir, "secrets"));
const isTask = (word: string): word is Task => Object.hasOwn(TASKS, word);

const words = process.argv.slice(2);
if (!words.every(isTask)) {
  console.error(Object.keys(TASKS).join(" | "));
  process.exit(2);
}
try {
  const config = readConfig(process.env);
  for (const task of words.length > 0 ? words.filter(isTask) : USUAL) {
    const said = await TASKS[task](config).catch((error: unknown) => {
      process.exitCode = 1;
      return `FAILED, the old one stays: ${error instanceof Error ? error.message : String(error)}`;
    });
    console.log(`${task}: ${said}`);
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  for (const problem of error.problems) console.error(problem);
  process.exitCode = 2;
}
