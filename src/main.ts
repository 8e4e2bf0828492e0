/** The process: its settings, its log, and how it ends. The parts are those of daemon.ts. */
import pino from "pino";
import { type Config, ConfigError, readConfig } from "./config/config.ts";
import { startDaemon } from "./daemon.ts";
import { toldError } from "./database/told-error.ts";
import { StartedParts } from "./started-parts.ts";
import { LogTail } from "./support/log-tail.ts";
import { notifierOf } from "./systemd/notify.ts";

const CONFIGURATION_ERROR = 2;
/** EX_TEMPFAIL of sysexits.h: try again. */
const START_ANEW = 75;
/** The panel is told how it ended before it loses us. */
const TOLD_WITHIN_MS = 2_000;

function readOrExit(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${problem}\n`);
    process.exit(CONFIGURATION_ERROR);
  }
}

const config = readOrExit();
const logTail = new LogTail();
const log = pino(
  { level: config.logLevel, base: null, serializers: { err: toldError } },
  // What is too fine is dropped before it comes here.
  pino.multistream([
    { level: "trace", stream: pino.destination({ dest: 1, sync: true }) },
    { level: "trace", stream: logTail },
  ]),
);
const parts = new StartedParts(log);
const systemd = notifierOf(process.env, log);
let isStopping = false;

/** What was brought back is read by a new life; whoever looks after us starts it. */
function startAnew(): void {
  if (isStopping) return;
  isStopping = true;
  log.warn("everything was brought back from a backup; starting anew");
  setTimeout(() => void parts.stop().then(() => process.exit(START_ANEW)), TOLD_WITHIN_MS);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (isStopping) return;
    isStopping = true;
    systemd.stopping();
    void parts.stop().then(() => process.exit(0));
  });
}
// systemd has no terminal that could be closed. What comes is restic's question to a process that may hold a lock of before the last start, and
// may be somebody else by now (restic, internal/restic/lock_unix.go).
if (process.env["INVOCATION_ID"] !== undefined) process.on("SIGHUP", () => log.info("not hung up"));
await startDaemon({ config, log, logTail, parts, systemd, startAnew }).catch((error: unknown) => {
  // What is being stopped pulls the floor from under what still starts.
  if (isStopping) return;
  log.fatal({ err: error }, "could not start");
  process.exit(1);
});
