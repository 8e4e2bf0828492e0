/**
 * Starts the lab switch: `main.ts <folder with freeswitch.xml> <data directory>`. It reads what FreeSWITCH would read, the folder and
 * `<data directory>/freeswitch/vars.xml` with the phones and trunks beside it. For trying and testing only.
 */
import { join } from "node:path";
import { LabSwitch, type LogLevel } from "./switch/switch.ts";

const BAD_ARGUMENTS = 2;

const [configurationDir, dataDir] = process.argv.slice(2);
if (configurationDir === undefined || dataDir === undefined) {
  console.error("lab switch: wants the configuration's folder and the data directory");
  process.exit(BAD_ARGUMENTS);
}

function log(level: LogLevel, text: string): void {
  const line = `${new Date().toISOString()} [${level}] ${text}`;
  if (level === "info") console.log(line);
  else console.error(line);
}

let isStopping = false;
function stop(): void {
  if (isStopping) return;
  isStopping = true;
  lab.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      log("error", String(error));
      process.exit(1);
    },
  );
}

const lab = new LabSwitch({
  configurationDir,
  storageDir: join(dataDir, "freeswitch"),
  log,
  onStopRequest: stop,
});
console.log("LAB SWITCH: for trying and testing only, not for real calls");
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
try {
  await lab.start();
  const ports = [...lab.profiles.values()].map(({ name, endpoint }) => `${name} SIP UDP ${endpoint.port}`);
  console.log(`LAB SWITCH: ready; event socket TCP ${lab.eventSocketPort}, ${ports.join(", ")}`);
} catch (error) {
  console.error(`LAB SWITCH: cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
