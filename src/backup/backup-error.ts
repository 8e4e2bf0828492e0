import type { BackupProblem } from "../calls/backup.ts";

export class BackupError extends Error {
  override readonly name = "BackupError";
  readonly problem: BackupProblem;
  constructor(problem: BackupProblem, detail: string, options?: ErrorOptions) {
    super(detail.slice(0, 2_000), options);
    this.problem = problem;
  }
}

/** Of programs that write on this machine alone: whether its disk is full. */
export function saysFull(words: string): boolean {
  return /no space left/i.test(words);
}

/** What could not be done, in one of our words. */
export function problemOf(error: unknown): { problem: BackupProblem; detail: string } {
  if (error instanceof BackupError) return { problem: error.problem, detail: error.message };
  const detail = error instanceof Error ? error.message : String(error);
  const isFull = error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
  return { problem: isFull ? "no-room-here" : "failed", detail };
}
