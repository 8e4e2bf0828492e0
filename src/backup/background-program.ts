/** Runs programs so that calls do not notice: at the lowest priority for processor and disk; on a box in a unit of their own. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { BackupError } from "./backup-error.ts";
import { runInUnit } from "./program-in-unit.ts";
import { lastOf, lineReader } from "./program-protocol.ts";

export interface BackgroundEnd {
  /** 127: the program is not there. Null: it was interrupted by the signal that was given. */
  code: number | null;
  /** The last lines that it wrote to its standard error. */
  stderr: string;
}

export interface BackgroundOptions {
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Another user than ours; root alone can. */
  as?: { uid: number; gid: number } | null;
  /** Aborted it interrupts the program as Ctrl+C does, so that it can clear up. */
  signal?: AbortSignal;
  /** Each line of its standard output. */
  onLine?: (line: string) => void;
}

/** Resolves when it has ended. @throws BackupError `failed` when it was killed, or the unit that runs it is not there */
export type RunInBackground = (
  program: string,
  args: readonly string[],
  options?: BackgroundOptions,
) => Promise<BackgroundEnd>;

/** How a program ended, whoever ended it. */
export interface ProgramEnd extends BackgroundEnd {
  /** Name of the signal; null when `code` is not. */
  endedBy: string | null;
}

/** @param socket of the unit that runs them (hotline-backup.socket); null: they run as children of this process */
export function backgroundOf(socket: string | null): RunInBackground {
  return async (program, args, options = {}) => {
    const { code, endedBy, stderr } =
      socket === null ? await runHere(program, args, options) : await runInUnit(socket, program, args, options);
    if (code !== null || options.signal?.aborted === true) return { code, stderr: stderr.trim() };
    // Not what it was about: a dump that was killed says nothing of the database, nor of the backup that it is in.
    const why = endedBy === "SIGKILL" ? "; so the kernel ends programs when memory is short" : "";
    throw new BackupError("failed", `${basename(program)} was ended by ${endedBy}${why}. ${stderr}`.trim());
  };
}

/** Its environment holds nothing of ours. */
export function spawnInBackground(
  program: string,
  args: readonly string[],
  { env = {}, cwd = "/", as = null }: Pick<BackgroundOptions, "env" | "cwd" | "as">,
): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn("nice", ["-n", "19", "ionice", "-c", "3", program, ...args], {
    cwd,
    env: { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", HOME: "/nonexistent", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    ...as,
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8");
  return child;
}

async function runHere(program: string, args: readonly string[], options: BackgroundOptions): Promise<ProgramEnd> {
  const { signal, onLine } = options;
  const child = spawnInBackground(program, args, options);
  let stderr = "";
  child.stderr.on("data", (text: string) => {
    stderr = lastOf(`${stderr}${text}`);
  });
  const lines = lineReader((line) => onLine?.(line));
  child.stdout.on("data", (text: string) => lines.push(text));
  const interrupt = () => child.kill("SIGINT");
  signal?.addEventListener("abort", interrupt);
  if (signal?.aborted) interrupt();
  try {
    const [code, endedBy] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (...end) => resolve(end));
    });
    lines.end();
    return { code, endedBy, stderr };
  } finally {
    signal?.removeEventListener("abort", interrupt);
  }
}
