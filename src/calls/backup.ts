/** Backups: where they go, when, and how they can fail. */

export type BackupTarget =
  /** A directory of another disk, on USB too. */
  | { kind: "path"; path: string }
  | { kind: "sftp"; host: string; port: number; user: string; path: string }
  /** `endpoint`: `https://s3.example.com`; its secret key is a secret file. */
  | { kind: "s3"; endpoint: string; bucket: string; prefix: string; keyId: string };

export interface BackupSettings {
  target: BackupTarget;
  /** `HH:MM` in the site's time zone. */
  at: string;
  keep: { daily: number; weekly: number; monthly: number };
  /** Unix ms. */
  setUpMs: number;
}

/** Of a fortnight every day, of two months every week, of a year every month. */
export const USUAL_KEEP: BackupSettings["keep"] = { daily: 14, weekly: 8, monthly: 12 };

/** Why a backup, a drill or a restore did not succeed; the panel says what to do. */
export const BACKUP_PROBLEMS = [
  /** restic is not installed. */
  "no-program",
  /** The target is not reached: no network, a server that is off. */
  "target-away",
  /** There is no repository: the USB disk is not plugged in, or another one is. */
  "no-repository",
  "target-full",
  "target-refused",
  "wrong-password",
  /** Somebody else works on the same repository. */
  "locked",
  /** The database did not give, or not take, what it should. */
  "database-failed",
  /** This machine's own disk has no room. */
  "no-room-here",
  /** Made by a newer version than this one. */
  "newer-version",
  /** What lies there is no backup of ours, or not all of it. */
  "not-whole",
  "cancelled",
  "failed",
] as const;
export type BackupProblem = (typeof BACKUP_PROBLEMS)[number];

export type BackupKind = "backup" | "drill";

/** One that is over. */
export interface BackupRun {
  kind: BackupKind;
  startedMs: number;
  endedMs: number;
  isGood: boolean;
  problem: BackupProblem | null;
  /** What the program said of it, for whoever helps. */
  detail: string;
  figures: Record<string, number>;
}

export interface BackupProgress {
  kind: BackupKind | "restore";
  phase: "database" | "files" | "tidying" | "fetching" | "comparing";
  /** Of the phase; null: not known. */
  percent: number | null;
}

export interface BackupSnapshot {
  id: string;
  /** Unix ms. */
  atMs: number;
  hostName: string;
}
