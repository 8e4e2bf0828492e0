import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { prepareSwitchFiles, type SwitchSettings } from "./freeswitch/generated-config.ts";
import type { RunningSwitch } from "./freeswitch/launch.ts";

const MAIN = fileURLToPath(new URL("lab/main.ts", import.meta.url));

/**
 * Starts the lab switch in its own process, from the same files that FreeSWITCH would read. Resolves when it is ready.
 * @throws Error with what it said when it ends instead
 */
export async function startLabProcess(options: {
  configurationDir: string;
  settings: SwitchSettings;
}): Promise<RunningSwitch> {
  const { configurationDir, settings } = options;
  const { secret } = await prepareSwitchFiles(settings);
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, configurationDir, settings.dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  let isRunning = true;
  const ended = once(child, "exit").then(() => {
    isRunning = false;
  });
  const said: string[] = [];
  const isReady = new Promise<boolean>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      said.push(line);
      if (line.startsWith("LAB SWITCH")) console.log(line);
      if (/\bready\b/.test(line)) resolve(true);
    });
    void ended.then(() => resolve(false));
  });
  if (!(await isReady)) throw new Error(`the lab switch did not start:\n${said.join("\n")}`);
  const signal = async (name: NodeJS.Signals) => {
    if (isRunning) child.kill(name);
    await ended;
  };
  return {
    pid: child.pid ?? 0,
    secret,
    isRunning: () => isRunning,
    ended,
    kill: () => signal("SIGKILL"),
    async stop(graceMs = 5_000) {
      const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await signal("SIGTERM");
      clearTimeout(force);
    },
  };
}
