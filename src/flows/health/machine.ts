/** Judges what was read of the machine. Pure: readings come in, a finding comes out; null means that the machine does not tell. */
import type { Finding } from "../../calls/health.ts";

const GB = 1e9;
const DAY_MS = 86_400_000;

const found = (state: Finding["state"], reason: string, params: Finding["params"] = {}): Finding => ({
  ...{ state, reason, params },
});
const gigabytes = (bytes: number) => Math.round((bytes / GB) * 10) / 10;

export interface DiskReading {
  freeBytes: number;
  totalBytes: number;
  freeInodes: number;
  /** 0: the filesystem makes them as it needs them. */
  totalInodes: number;
}

/** The disk that the system stands on: programs, logs, updates. */
export function judgeDisk(disk: DiskReading | null): Finding {
  if (disk === null || disk.totalBytes === 0) return found("unknown", "not-readable");
  const params = { freeGb: gigabytes(disk.freeBytes), totalGb: gigabytes(disk.totalBytes) };
  const share = disk.freeBytes / disk.totalBytes;
  const inodeShare = disk.totalInodes === 0 ? 1 : disk.freeInodes / disk.totalInodes;
  if (share < 0.02 || inodeShare < 0.01) return found("broken", "full", params);
  return share < 0.1 || inodeShare < 0.05 ? found("look", "filling", params) : found("ok", "room", params);
}

/** The level is the disk watch's: it has its own way back. */
export function judgeRecordingsDisk(
  disk: { level: "ok" | "low" | "critical"; freeBytes: number; freeMinutes: number } | null,
): Finding {
  if (disk === null) return found("unknown", "not-readable");
  const params = { freeGb: gigabytes(disk.freeBytes), hours: Math.floor(disk.freeMinutes / 60) };
  if (disk.level === "critical") return found("broken", "full", params);
  return disk.level === "low" ? found("look", "filling", params) : found("ok", "room", params);
}

export interface TemperatureReading {
  celsius: number;
  /** At which the machine switches itself off, if it says so. */
  criticalCelsius: number | null;
}

/** The one that is nearest to its end speaks for the machine. */
export function judgeTemperature(readings: readonly TemperatureReading[]): Finding {
  // A sensor that is not connected shows 0 or less, or far more than silicon bears.
  const real = readings.filter(({ celsius }) => celsius > 0 && celsius < 125);
  const margins = real.map(({ celsius, criticalCelsius }) => ({
    celsius: Math.round(celsius),
    margin: limitOf(criticalCelsius) - celsius,
  }));
  const hottest = margins.sort((a, b) => a.margin - b.margin)[0];
  if (hottest === undefined) return found("unknown", "no-sensor");
  const params = { celsius: hottest.celsius };
  if (hottest.margin <= 5) return found("broken", "hot", params);
  return hottest.margin <= 15 ? found("look", "warm", params) : found("ok", "cool", params);
}

const USUAL_CRITICAL_CELSIUS = 95;

function limitOf(criticalCelsius: number | null): number {
  return criticalCelsius !== null && criticalCelsius >= 60 && criticalCelsius <= 120
    ? criticalCelsius
    : USUAL_CRITICAL_CELSIUS;
}

export interface SmartReading {
  device: string;
  /** The disk's own verdict; null: it gives none. */
  isPassed: boolean | null;
  reallocatedSectors: number | null;
  pendingSectors: number | null;
  /** Of an SSD's life, 100: used up as planned. */
  usedPercent: number | null;
  mediaErrors: number | null;
}

/** `no-program`: smartctl is not installed; `no-disk`: no disk here has SMART, as in a virtual machine. */
export function judgeSmart(reading: readonly SmartReading[] | "no-program" | "no-disk"): Finding {
  if (reading === "no-program" || reading === "no-disk") return found("unknown", reading);
  const telling = reading.filter(({ isPassed }) => isPassed !== null);
  if (telling.length === 0) return found("unknown", "no-disk");
  const failing = telling.find(({ isPassed }) => isPassed === false);
  if (failing) return found("broken", "failing", { device: failing.device });
  const wearing = telling.find(
    ({ reallocatedSectors, pendingSectors, usedPercent, mediaErrors }) =>
      (reallocatedSectors ?? 0) > 0 || (pendingSectors ?? 0) > 0 || (usedPercent ?? 0) >= 90 || (mediaErrors ?? 0) > 0,
  );
  if (wearing) return found("look", "wearing", { device: wearing.device });
  return found("ok", "well", { count: telling.length });
}

export interface MemoryReading {
  totalBytes: number;
  availableBytes: number;
}

export function judgeMemory(memory: MemoryReading | null): Finding {
  if (memory === null || memory.totalBytes === 0) return found("unknown", "not-readable");
  const share = memory.availableBytes / memory.totalBytes;
  const params = { freeGb: gigabytes(memory.availableBytes), totalGb: gigabytes(memory.totalBytes) };
  if (share < 0.05) return found("broken", "short", params);
  return share < 0.12 ? found("look", "low", params) : found("ok", "room", params);
}

export interface ClockReading {
  /** Whether something keeps it in step; null: nobody here says. */
  isSynchronised: boolean | null;
  /** How far it was from the time servers at the last look, if that is told. */
  offsetMs: number | null;
  nowMs: number;
  /** When the last call began that is in the log; a clock before it is wrong, whoever keeps it. */
  lastCallMs: number | null;
}

/** Calls begin now at the latest, but for a clock that was put back. */
const BEHIND_CALLS_MS = 10 * 60_000;

export function judgeClock({ isSynchronised, offsetMs, nowMs, lastCallMs }: ClockReading): Finding {
  if (lastCallMs !== null && lastCallMs - nowMs > BEHIND_CALLS_MS)
    return found("broken", "behind-calls", { minutes: Math.round((lastCallMs - nowMs) / 60_000) });
  if (offsetMs !== null && Math.abs(offsetMs) > 5_000)
    return found("broken", "wrong", { seconds: Math.round(Math.abs(offsetMs) / 1_000) });
  if (isSynchronised === null) return found("unknown", "not-told");
  if (!isSynchronised) return found("look", "alone");
  return found("ok", "in-step");
}

/** @param certificate null: the panel is not served over HTTPS by us */
export function judgeCertificate(
  certificate: { validUntilMs: number; nowMs: number } | "not-readable" | null,
): Finding {
  if (certificate === null) return found("unknown", "no-https");
  if (certificate === "not-readable") return found("broken", "not-readable");
  const days = Math.floor((certificate.validUntilMs - certificate.nowMs) / DAY_MS);
  if (days < 0) return found("broken", "expired", { days: -days });
  return days < 14 ? found("look", "expiring", { days }) : found("ok", "valid", { days });
}

export interface UpdatesReading {
  /** Debian's security updates that are not installed; null: nobody here says. */
  security: number | null;
  needsReboot: boolean;
  /** How old the lists are that say so. */
  listsAgeMs: number | null;
}

export function judgeUpdates(updates: UpdatesReading | null): Finding {
  if (updates === null) return found("unknown", "not-debian");
  const { security, needsReboot, listsAgeMs } = updates;
  if (security !== null && security > 0) return found("look", "waiting", { count: security });
  if (needsReboot) return found("look", "reboot");
  if (security === null || listsAgeMs === null) return found("unknown", "not-told");
  const days = Math.floor(listsAgeMs / DAY_MS);
  return days >= 7 ? found("look", "old-lists", { days }) : found("ok", "current");
}
