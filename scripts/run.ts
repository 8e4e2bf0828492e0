/**
 * `make run`: a switch, the daemon and the panel on this machine, in the foreground. Uses FreeSWITCH when it is found, else the lab switch,
 * which is for trying and testing only. On the box systemd does this.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ConfigError, readConfig } from "../src/config/config.ts";
import { findFreeSwitch, startFreeSwitch } from "../src/freeswitch/launch.ts";
import { startLabProcess } from "../src/lab-process.ts";
import { switchSettings } from "../src/switch-settings.ts";
import { buildPanelIfOld } from "./build-panel.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const DAEMON_RESTART_MS = 1_000;
const LONGEST_RESTART_MS = 30_000;
/** A daemon that lived so long was well: its next end is answered at once. */
const WELL_AFTER_MS = 60_000;
const CONFIGURATION_ERROR = 2;

async function startSwitch() {
  try {
    return binary === null
      ? await startLabProcess({ configurationDir, settings })
      : await startFreeSwitch({ binary, configurationDir, settings });
  } catch (error) {
    console.error(`The switch does not start: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
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

/** Says where the panel is, once it is there. */
async function announcePanel(): Promise<void> {
  const { host, port } = config.http;
  const address = `http://${host === null ? "localhost" : host.includes(":") ? `[${host}]` : host}:${port}`;
  for (;;) {
    if (isStopping) return;
    const isServed = await fetch(`${address}/api/status`).then(
      (response) => response.ok,
      () => false,
    );
    if (isServed) {
      console.log(`\nThe panel is at ${address} (data in ${config.dataDir}; Ctrl+C stops)\n`);
      return;
    }
    await sleep(300);
  }
}

const config = readOrExit();
buildPanelIfOld();
// The database runs as another user when this runs as root: it has to get through.
mkdirSync(config.dataDir, { recursive: true, mode: 0o755 });

const configurationDir = join(root, "freeswitch-conf");
const settings = switchSettings(config);
const binary = await findFreeSwitch(process.env);
// A secret given by hand belongs to a switch that somebody else runs.
const isOthers = config.eventSocket.password !== null;
if (isOthers) console.log(`Using the switch at ${config.eventSocket.host}:${config.eventSocket.port}`);
else console.log(binary === null ? "FreeSWITCH not found: starting the lab switch" : `Starting ${binary}`);
const phones = isOthers ? null : await startSwitch();

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

async function stopWith(ended: Promise<void>): Promise<void> {
  await ended;
  if (!isStopping) console.error("The switch has ended. Start again with `make run`.");
  await stop();
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop());
if (phones !== null) void stopWith(phones.ended);

void announcePanel();
let restartMs = DAEMON_RESTART_MS;
while (!isStopping) {
  const sinceMs = Date.now();
  daemon = spawn(process.execPath, ["--import", "tsx", join(root, "src/main.ts")], { stdio: "inherit" });
  const [code] = (await once(daemon, "exit")) as [number | null];
  if (isStopping) break;
  if (code === CONFIGURATION_ERROR) await stop();
  restartMs = Date.now() - sinceMs > WELL_AFTER_MS ? DAEMON_RESTART_MS : Math.min(2 * restartMs, LONGEST_RESTART_MS);
  console.error(
    `The daemon ended (${code ?? "killed"}); calls are kept by the switch. Again in ${restartMs / 1_000} s.`,
  );
  await sleep(restartMs);
}
