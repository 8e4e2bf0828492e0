/**
 * `make run`: a switch, the daemon and the panel on this machine, in the foreground. Uses FreeSWITCH when it is found, else the lab switch,
 * which is for trying and testing only. Switch and daemon are started again when they end. On the box systemd does this.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ConfigError, readConfig } from "../src/config/config.ts";
import { findFreeSwitch, startFreeSwitch } from "../src/freeswitch/launch.ts";
import { KeptRunning, type RunningProcess } from "../src/keep-running.ts";
import { startLabProcess } from "../src/lab-process.ts";
import { lastSwitchSettings } from "../src/switch-settings.ts";
import { buildPanelIfOld } from "./build-panel.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const CONFIGURATION_ERROR = 2;
const DATABASE_PATIENCE_MS = 20_000;

async function startSwitch() {
  const settings = await lastSwitchSettings(config);
  return binary === null
    ? await startLabProcess({ configurationDir, settings })
    : await startFreeSwitch({ binary, configurationDir, settings });
}

function startDaemon(): Promise<RunningProcess> {
  const child = spawn(process.execPath, ["--import", "tsx", join(root, "src/main.ts")], { stdio: "inherit" });
  const ended = once(child, "exit").then(([code]) => {
    // Starting it again would say the same.
    if (code === CONFIGURATION_ERROR) void stop();
  });
  const stopDaemon = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return Promise.resolve({ ended, stop: stopDaemon });
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
  const patientUntilMs = Date.now() + DATABASE_PATIENCE_MS;
  for (;;) {
    if (isStopping) return;
    const status = await fetch(`${address}/api/status`).then(
      async (response) => (response.ok ? ((await response.json()) as { database: { connected: boolean } }) : null),
      () => null,
    );
    // Without its database the panel can only say so; on the first start that takes some seconds.
    if (status?.database.connected || (status && Date.now() > patientUntilMs)) {
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
const binary = await findFreeSwitch(process.env);
// A secret given by hand belongs to a switch that somebody else runs.
const isOthers = config.eventSocket.password !== null;
if (isOthers) console.log(`Using the switch at ${config.eventSocket.host}:${config.eventSocket.port}`);
else console.log(binary === null ? "FreeSWITCH not found: starting the lab switch" : `Starting ${binary}`);
const say = (text: string) => console.error(`${text.charAt(0).toUpperCase()}${text.slice(1)}`);
const kept = [
  ...(isOthers ? [] : [new KeptRunning({ name: "the switch", start: startSwitch, say })]),
  new KeptRunning({ name: "the daemon", start: startDaemon, say }),
];
let isStopping = false;

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  for (const part of kept.toReversed()) await part.stop();
  process.exit(0);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop());

try {
  for (const part of kept) await part.start();
} catch (error) {
  say(`the switch does not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
await announcePanel();
