/** When the next backup, and when the next drill. Pure. */
import type { BackupRun } from "../../calls/backup.ts";

const HOUR_MS = 3_600_000;
const MOST_TRIES = 6;
const DRILL_EVERY_MS = 30 * 24 * HOUR_MS;

/**
 * @param plannedMs the last moment at which one was planned; a machine that was off then makes up for it
 * @param runs newest first; what is said to be later than now was done while the clock was ahead, and counts for no night
 */
export function isBackupDue(nowMs: number, plannedMs: number, setUpMs: number, runs: readonly BackupRun[]): boolean {
  if (nowMs < plannedMs || (setUpMs > plannedMs && setUpMs <= nowMs)) return false;
  const since = runs.filter(({ kind, startedMs }) => kind === "backup" && startedMs >= plannedMs && startedMs <= nowMs);
  if (since.some(({ isGood }) => isGood)) return false;
  const [last] = since;
  // A target that is away may come back within the night.
  return last === undefined || (since.length < MOST_TRIES && nowMs - last.endedMs >= HOUR_MS);
}

/** Only behind a good backup: what cannot be made need not be tried out. */
export function isDrillDue(nowMs: number, runs: readonly BackupRun[]): boolean {
  const backup = runs.find(({ kind }) => kind === "backup");
  if (backup === undefined || !backup.isGood) return false;
  const drill = runs.find(({ kind, startedMs }) => kind === "drill" && startedMs <= nowMs);
  return drill === undefined || nowMs - drill.startedMs >= (drill.isGood ? DRILL_EVERY_MS : 24 * HOUR_MS);
}
