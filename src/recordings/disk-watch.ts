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

/** A disk that fills does so within minutes; looking costs one system call. */
const LOOK_EVERY_MS = 5_000;

interface DiskLogger {
  info(data: Record<string, unknown>, message: string): void;
  warn(data: Record<string, unknown>, message: string): void;
  error(data: Record<string, unknown>, message: string): void;
}

interface DiskWatchOptions {
  /** A directory of the watched filesystem; need not be there yet. */
  directory: string;
  log: DiskLogger;
  everyMs?: number;
  limits?: DiskLimits;
}

/** Looks again and again how much room there is where the switch and we write. One for all: spool, archive and journal are on one disk. */
export class DiskWatch {
  readonly #options: DiskWatchOptions;
  readonly #listeners = new Set<(disk: DiskState) => void>();
  #disk: DiskState | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isBlind = false;

  constructor(options: DiskWatchOptions) {
    this.#options = options;
  }

  /** Null before the first look. */
  get disk(): DiskState | null {
    return this.#disk;
  }

  /** Told when the level changes, and when the first look finds another than `ok`. */
  onChange(listener: (disk: DiskState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(): Promise<void> {
    await this.#look();
    this.#timer = setInterval(() => void this.#look(), this.#options.everyMs ?? LOOK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  async #look(): Promise<void> {
    const { directory, limits, log } = this.#options;
    const before = this.#disk?.level ?? "ok";
    try {
      this.#disk = await readDisk(directory, before, limits);
      this.#isBlind = false;
    } catch (error) {
      if (!this.#isBlind) log.error({ err: error }, "free space cannot be read");
      this.#isBlind = true;
      return;
    }
    const { level, freeMinutes } = this.#disk;
    if (level === before) return;
    if (level === "ok") log.info({ level, freeMinutes }, "the disk has room again");
    else log.warn({ level, freeMinutes }, "the disk is filling");
    for (const listener of this.#listeners) listener(this.#disk);
  }
}
