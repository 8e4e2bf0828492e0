import { statfs } from "node:fs/promises";

export type DiskLevel = "ok" | "low" | "critical";

export interface DiskState {
  level: DiskLevel;
  freeBytes: number;
  totalBytes: number;
  /** How many minutes of conversation still fit, as the switch spools them (stereo WAV, 8 kHz, 16 bit). */
  freeMinutes: number;
}

export interface DiskLimits {
  /** Below this many free bytes the panel warns. */
  lowBytes: number;
  /** Below this many free bytes recordings are about to be lost. */
  criticalBytes: number;
}

const GIB = 1024 ** 3;
const SPOOL_BYTES_PER_MINUTE = 8_000 * 4 * 60;
/** A level is left only when this much more is free, so that it does not flicker. */
const WAY_BACK = 1.1;

/** Low: 2 GiB (18 hours of talk) or a tenth of a small disk; critical: a quarter of that. */
export function usualDiskLimits(totalBytes: number): DiskLimits {
  const lowBytes = Math.min(2 * GIB, totalBytes / 10);
  return { lowBytes, criticalBytes: lowBytes / 4 };
}

export function diskLevel(freeBytes: number, limits: DiskLimits, before: DiskLevel): DiskLevel {
  const isBelow = (limit: number, isLeaving: boolean) => freeBytes < (isLeaving ? limit * WAY_BACK : limit);
  if (isBelow(limits.criticalBytes, before === "critical")) return "critical";
  return isBelow(limits.lowBytes, before !== "ok") ? "low" : "ok";
}

/** Free space of the filesystem that `directory` is on, as an unprivileged process may use it. */
export async function readDisk(directory: string, before: DiskLevel, limits?: DiskLimits): Promise<DiskState> {
  const fs = await statfs(directory);
  const freeBytes = fs.bavail * fs.bsize;
  const totalBytes = fs.blocks * fs.bsize;
  return {
    level: diskLevel(freeBytes, limits ?? usualDiskLimits(totalBytes), before),
    freeBytes,
    totalBytes,
    freeMinutes: Math.floor(freeBytes / SPOOL_BYTES_PER_MINUTE),
  };
}
