/**
 * `make run`: a switch, the daemon and the panel on this machine, in the foreground. Uses FreeSWITCH when it is found, else the lab switch,
 * which is for trying and testing only. On the box systemd does this.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError, readConfig } from "../src/config/config.ts";
import { findFreeSwitch, startFreeSwitch } from "../src/freeswitch/launch.ts";
import { startLabProcess } from "../src/lab/launch.ts";
import { switchSettings } from "../src/switch-settings.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const DAEMON_RESTART_MS = 1_000;
const CONFIGURATION_ERROR = 2;

function newest(folder: string): number {
  return Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
      entry.isFile() ? statSync(join(entry.parentPath, entry.name)).mtimeMs : 0,
    ),
  );
}

function buildPanel(): void {
  const built = join(root, "dist/admin/index.html");
  if (existsSync(built) && statSync(built).mtimeMs > newest(join(root, "src/admin"))) return;
  console.log("Building the web panel");
  const { status } = spawnSync("npx", ["vite", "build", "--logLevel", "warn"], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

function readOrExit() {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) console.error(problem);
    process.exit(CONFIGURATION_ERROR);
  }
}

const config = readOrExit();
buildPanel();

const configurationDir = join(root, "freeswitch-conf");
const settings = switchSettings(config);
const binary = await findFreeSwitch(process.env);
// A secret given by hand belongs to a switch that somebody else runs.
const isOthers = config.eventSocket.password !== null;
if (isOthers) console.log(`Using the switch at ${config.eventSocket.host}:${config.eventSocket.port}`);
else console.log(binary === null ? "FreeSWITCH not found: starting the lab switch" : `Starting ${binary}`);
const phones = isOthers
  ? null
  : binary === null
    ? await startLabProcess({ configurationDir, settings })
    : await startFreeSwitch({ binary, configurationDir, settings });

let daemon: ChildProcess | null = null;
let isStopping = false;

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  if (daemon !== null && daemon.exitCode === null) {
    const ended = once(daemon, "exit");
    daemon.kill("SIGTERM");
    await ended;
  }
  await phones?.stop();
  process.exit(0);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop());
void phones?.ended.then(() => {
  if (!isStopping) console.error("The switch has ended. Start again with `make run`.");
  void stop();
});

while (!isStopping) {
  daemon = spawn(process.execPath, ["--import", "tsx", join(root, "src/main.ts")], { stdio: "inherit" });
  const [code] = (await once(daemon, "exit")) as [number | null];
  if (isStopping) break;
  if (code === CONFIGURATION_ERROR) await stop();
  console.error(`The daemon ended (${code ?? "killed"}); calls are kept by the switch. Starting it again.`);
  await new Promise((resolve) => setTimeout(resolve, DAEMON_RESTART_MS));
}
