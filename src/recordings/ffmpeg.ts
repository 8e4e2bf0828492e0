/**
 * Running ffmpeg (and other programs that turn sound into sound): by argument lists, never by a shell, always with a deadline.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { constants, setPriority } from "node:os";

/** `missing`: it is not installed; `failed`: it ran and said no; `timeout`: it was killed because it took too long; `aborted`: we stopped it. */
export type ProgramFailure = "missing" | "failed" | "timeout" | "aborted";

export class ProgramError extends Error {
  override readonly name = "ProgramError";
  readonly reason: ProgramFailure;
  constructor(reason: ProgramFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface ProgramOptions {
  /** Given to its standard input, which is then closed. */
  input?: string | Buffer;
  /** The longest it may go on without having ended. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** Takes the output piece by piece; the program waits meanwhile. Without it the output is kept in memory and returned. */
  onOutput?: (piece: Buffer) => Promise<void>;
}

const KEPT_COMPLAINT_CHARS = 4_000;
/** Sound work must never take the processor away from the calls. */
const NICENESS = constants.priority.PRIORITY_LOW;

/**
 * Runs a program to its end at low priority and returns what it wrote.
 * Its output comes through a pipe, so that it dies with us: after a `kill -9` of the daemon no orphan goes on writing.
 * @throws ProgramError; whatever `onOutput` throws
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<{ output: Buffer; complaints: string }> {
  if (options.signal?.aborted) throw new ProgramError("aborted", `${program}: not started`);
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
  let reason: ProgramFailure = "failed";
  const stop = (why: ProgramFailure) => {
    reason = why;
    child.kill("SIGKILL");
  };
  const deadline = setTimeout(() => stop("timeout"), options.timeoutMs);
  const onAbort = () => stop("aborted");
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const ended = new Promise<{ code: number | null; error: NodeJS.ErrnoException | null }>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => resolve({ code: null, error }));
    child.once("close", (code) => resolve({ code, error: null }));
  });
  lowerPriority(child);
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-KEPT_COMPLAINT_CHARS);
  });
  // A program may end before it has read its input; its exit code says what that means.
  child.stdin.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") complaints += error.message;
  });
  child.stdin.end(options.input ?? "");
  const pieces: Buffer[] = [];
  try {
    for await (const piece of child.stdout as AsyncIterable<Buffer>) {
      if (options.onOutput) await options.onOutput(piece);
      else pieces.push(piece);
    }
    const { code, error } = await ended;
    if (error)
      throw new ProgramError(error.code === "ENOENT" || error.code === "EACCES" ? "missing" : "failed", error.message);
    if (code !== 0) throw new ProgramError(reason, `${program} ended with ${code ?? "a signal"}: ${complaints.trim()}`);
    return { output: Buffer.concat(pieces), complaints };
  } finally {
    clearTimeout(deadline);
    options.signal?.removeEventListener("abort", onAbort);
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      child.kill("SIGKILL");
      await once(child, "close");
    }
  }
}

function lowerPriority(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    setPriority(child.pid, NICENESS);
  } catch (error) {
    // It has already ended.
    if (
      (error as NodeJS.ErrnoException).code !== "ESRCH" &&
      (error as { info?: { code?: string } }).info?.code !== "ESRCH"
    )
      throw error;
  }
}

/** One that can write Opus is told by its list of encoders; `ffmpeg-static` may be installed without its binary. */
async function canEncodeOpus(program: string): Promise<boolean> {
  try {
    const { output } = await runProgram(program, ["-v", "error", "-encoders"], { timeoutMs: 20_000 });
    return /\blibopus\b/.test(output.toString("utf8"));
  } catch (error) {
    if (error instanceof ProgramError) return false;
    throw error;
  }
}

/** The path that the npm package `ffmpeg-static` offers, if it is installed; it may not exist. */
function bundledFfmpeg(): string | null {
  const require = createRequire(import.meta.url);
  try {
    const path: unknown = require("ffmpeg-static");
    return typeof path === "string" ? path : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return null;
    throw error;
  }
}

/**
 * The ffmpeg to use: the one of `ffmpeg-static` if it is there and runs, else the system's.
 * Null when neither can encode Opus. Asked again each time, so that one installed later is found; a found one is remembered.
 */
export async function findFfmpeg(
  candidates: readonly (string | null)[] = [bundledFfmpeg(), "ffmpeg"],
): Promise<string | null> {
  for (const candidate of candidates) {
    if (candidate === null) continue;
    if (known.has(candidate)) return candidate;
    if (await canEncodeOpus(candidate)) {
      known.add(candidate);
      return candidate;
    }
  }
  return null;
}
const known = new Set<string>();
