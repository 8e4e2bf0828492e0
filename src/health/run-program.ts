import { execFile } from "node:child_process";

export interface ProgramEnd {
  /** Null: it was not there, or took too long. */
  code: number | null;
  isMissing: boolean;
  stdout: string;
  stderr: string;
}

/** Runs a program of the machine to its end; how it ended is told, never thrown. */
export function runProgram(program: string, args: readonly string[], timeoutMs: number): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      // Words of programs are read by us: always in the same language.
      { timeout: timeoutMs, cwd: "/", env: { PATH: SYSTEM_PATH, LC_ALL: "C" }, maxBuffer: 32 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : null;
        resolve({ code, isMissing: error?.code === "ENOENT", stdout, stderr });
      },
    );
  });
}

/** smartctl and others are where an ordinary user's shell does not look. */
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
