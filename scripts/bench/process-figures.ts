/** What the kernel says about one process (proc(5)); its children are told apart. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const TICKS_A_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Seconds of CPU that the process has used so far, in its own code and in the kernel for it. */
export function cpuSeconds(pid: number): number {
  return secondsOf(pid, [11, 12]);
}

/** The same of its children that have ended, and theirs. */
export function childrenCpuSeconds(pid: number): number {
  return secondsOf(pid, [13, 14]);
}

/** @param columns of the fields from the third on */
function secondsOf(pid: number, columns: readonly [number, number]): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name, in parentheses, may hold anything; field 3 comes after the last of them.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = columns.map((column) => Number(fields[column])) as [number, number];
  return (user + system) / TICKS_A_SECOND;
}

/** Memory that the process has in RAM, in MiB. */
export function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  if (kib === undefined) throw new Error(`/proc/${pid}/status has no VmRSS`);
  return Number(kib) / 1024;
}
