/** On what the figures were measured, in a sentence. */
import { spawnSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";

export function describeMachine(freeSwitch: string | null): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? "unknown processor";
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  const parts = [
    `${model}, ${processors.length} cores`,
    `${memoryGiB} GiB of memory`,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
    freeSwitch === null ? "no FreeSWITCH" : versionOf(freeSwitch),
  ];
  return parts.join("; ");
}

function versionOf(freeSwitch: string): string {
  const { stdout } = spawnSync(freeSwitch, ["-version"], { encoding: "utf8" });
  const version = /version: ([0-9.]+)/.exec(stdout)?.[1];
  return version === undefined ? "FreeSWITCH of an unknown version" : `FreeSWITCH ${version}`;
}

/** Processes that wanted to run in the last minute, by core; figures of a machine with more than this to do are not worth keeping. */
const QUIET_LOAD = 0.25;

/** @returns null when the machine is quiet */
export function disturbance(): string | null {
  const [load = 0] = loadavg();
  if (load / cpus().length <= QUIET_LOAD) return null;
  return `this machine has other work (load ${load.toFixed(1)} on ${cpus().length} cores): the figures below tell little`;
}
