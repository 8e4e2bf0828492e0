import { expect, test } from "vitest";
import type { BackupRun } from "../../calls/backup.ts";
import { isBackupDue, isDrillDue } from "./due.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Half past two in the night, some days after the beginning. */
const PLANNED = 10 * DAY;

function run(kind: BackupRun["kind"], startedMs: number, isGood = true): BackupRun {
  const problem = isGood ? null : "target-away";
  return { kind, startedMs, endedMs: startedMs + HOUR / 6, isGood, problem, detail: "", figures: {} };
}

test("a backup is due once a night, also when the machine was off at its time", () => {
  const last = run("backup", PLANNED - DAY);
  expect(isBackupDue(PLANNED - 1, PLANNED, 0, [last])).toBe(false);
  expect(isBackupDue(PLANNED, PLANNED, 0, [last])).toBe(true);
  expect(isBackupDue(PLANNED + 9 * HOUR, PLANNED, 0, [last])).toBe(true);
  expect(isBackupDue(PLANNED + HOUR, PLANNED, 0, [run("backup", PLANNED + 1), last])).toBe(false);
  // One by hand shortly before is not tonight's.
  expect(isBackupDue(PLANNED, PLANNED, 0, [run("backup", PLANNED - HOUR)])).toBe(true);
});

test("the night before a place was chosen is not made up for", () => {
  expect(isBackupDue(PLANNED + HOUR, PLANNED, PLANNED + 1, [])).toBe(false);
  expect(isBackupDue(PLANNED + DAY, PLANNED + DAY, PLANNED + 1, [])).toBe(true);
});

test("what failed is tried again after an hour, six times", () => {
  const failed = [run("backup", PLANNED, false)];
  expect(isBackupDue(PLANNED + HOUR / 2, PLANNED, 0, failed)).toBe(false);
  expect(isBackupDue(PLANNED + 2 * HOUR, PLANNED, 0, failed)).toBe(true);
  const often = [5, 4, 3, 2, 1, 0].map((hours) => run("backup", PLANNED + hours * 1.5 * HOUR, false));
  expect(isBackupDue(PLANNED + 20 * HOUR, PLANNED, 0, often)).toBe(false);
  expect(isBackupDue(PLANNED + DAY, PLANNED + DAY, 0, often)).toBe(true);
});

test("a drill follows a good backup, once a month; one that failed is repeated after a day", () => {
  const backup = run("backup", PLANNED);
  const now = PLANNED + HOUR;
  expect(isDrillDue(now, [])).toBe(false);
  expect(isDrillDue(now, [run("backup", PLANNED, false)])).toBe(false);
  expect(isDrillDue(now, [backup])).toBe(true);
  expect(isDrillDue(now, [backup, run("drill", now - 29 * DAY)])).toBe(false);
  expect(isDrillDue(now, [backup, run("drill", now - 31 * DAY)])).toBe(true);
  expect(isDrillDue(now, [backup, run("drill", now - 2 * DAY, false)])).toBe(true);
});

test("what was done while the clock was ahead stands in no night's way", () => {
  const ahead = PLANNED + 365 * DAY;
  expect(isBackupDue(PLANNED, PLANNED, 0, [run("backup", ahead)])).toBe(true);
  expect(isBackupDue(PLANNED, PLANNED, ahead, [])).toBe(true);
  expect(isBackupDue(PLANNED + HOUR, PLANNED, ahead, [run("backup", PLANNED + 1), run("backup", ahead)])).toBe(false);
  const now = PLANNED + HOUR;
  expect(isDrillDue(now, [run("backup", PLANNED), run("drill", ahead)])).toBe(true);
  expect(isDrillDue(now, [run("drill", PLANNED), run("backup", PLANNED), run("drill", ahead)])).toBe(false);
});
