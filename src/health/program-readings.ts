/** Reads what programs of the machine say: smartctl, chronyc or timedatectl, apt-get. What is not there is said so. */
import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { SmartReading, UpdatesReading } from "../flows/health/machine.ts";
import { readIfThere } from "./machine-readings.ts";
import { type ProgramEnd, runProgram } from "./run-program.ts";

const TIMEOUT_MS = 30_000;

const SmartDevices = z.object({ devices: z.array(z.object({ name: z.string(), type: z.string() })).default([]) });
/** smartctl(8), --json: the names are those of smartmontools 7. */
const SmartReport = z.object({
  smartctl: z.object({ exit_status: z.number() }).optional(),
  smart_status: z.object({ passed: z.boolean() }).optional(),
  ata_smart_attributes: z
    .object({ table: z.array(z.object({ id: z.number(), raw: z.object({ value: z.number() }) })) })
    .optional(),
  nvme_smart_health_information_log: z
    .object({ percentage_used: z.number().optional(), media_errors: z.number().optional() })
    .optional(),
});
/** smartctl(8), exit status: the disk was not asked, for it sleeps, or did not let itself be opened. */
const NOT_ASKED = 2;
const REALLOCATED = 5;
const PENDING = 197;

/** Where whoever may ask the disks leaves what they said (src/smart-command.ts); the daemon itself may not. */
export const SMART_REPORT = "/run/hotline-smart.json";
const REPORT_HOLDS_MS = 2 * 86_400_000;
const SmartReadings = z.array(
  z.object({
    ...{ device: z.string(), isPassed: z.boolean().nullable(), reallocatedSectors: z.number().nullable() },
    ...{
      pendingSectors: z.number().nullable(),
      usedPercent: z.number().nullable(),
      mediaErrors: z.number().nullable(),
    },
  }),
);

/** The report, if it is there and not old; else the disks are asked. */
export async function readSmart(report = SMART_REPORT): Promise<SmartReading[] | "no-program" | "no-disk"> {
  const ageMs = await ageOf(report);
  if (ageMs === null || ageMs > REPORT_HOLDS_MS) return await askDisks();
  const readings = await readSmartReport(report);
  return readings === null ? await askDisks() : readings.length === 0 ? "no-disk" : readings;
}

/** Null when there is none that can be read. */
export async function readSmartReport(report = SMART_REPORT): Promise<SmartReading[] | null> {
  return SmartReadings.safeParse(parseJson((await readIfThere(report)) ?? "")).data ?? null;
}

/** Needs the right to ask disks, which is root's. @param before what they said the last time, which holds for those that sleep now */
export async function askDisks(
  before: readonly SmartReading[] = [],
): Promise<SmartReading[] | "no-program" | "no-disk"> {
  const scan = await runProgram("smartctl", ["--json", "--scan"], TIMEOUT_MS);
  if (scan.isMissing) return "no-program";
  const devices = SmartDevices.safeParse(parseJson(scan.stdout)).data?.devices ?? [];
  const readings: SmartReading[] = [];
  for (const { name, type } of devices) {
    // A disk that sleeps is not woken for it.
    const report = await runProgram("smartctl", ["--json", "-a", "-n", "standby", "-d", type, name], TIMEOUT_MS);
    const last = before.find(({ device }) => device === name) ?? null;
    readings.push(decodeSmart(name, parseJson(report.stdout), last));
  }
  return readings.length === 0 ? "no-disk" : readings;
}

/** @param report what smartctl printed, parsed @param last what the disk said before */
export function decodeSmart(device: string, report: unknown, last: SmartReading | null = null): SmartReading {
  const { data } = SmartReport.safeParse(report);
  if (last !== null && ((data?.smartctl?.exit_status ?? 0) & NOT_ASKED) !== 0) return last;
  const attribute = (id: number) =>
    data?.ata_smart_attributes?.table.find((entry) => entry.id === id)?.raw.value ?? null;
  return {
    device,
    isPassed: data?.smart_status?.passed ?? null,
    reallocatedSectors: attribute(REALLOCATED),
    pendingSectors: attribute(PENDING),
    usedPercent: data?.nvme_smart_health_information_log?.percentage_used ?? null,
    mediaErrors: data?.nvme_smart_health_information_log?.media_errors ?? null,
  };
}

interface ClockKeeping {
  isSynchronised: boolean | null;
  offsetMs: number | null;
}

/** chrony tells how far off it is; systemd only whether the kernel's clock is kept. */
export async function readClockKeeping(): Promise<ClockKeeping> {
  const chrony = await runProgram("chronyc", ["-c", "tracking"], TIMEOUT_MS);
  if (chrony.code === 0) return decodeChrony(chrony.stdout);
  const systemd = await runProgram("timedatectl", ["show", "--property=NTPSynchronized", "--value"], TIMEOUT_MS);
  return { isSynchronised: systemd.code === 0 ? yesOrNo(systemd) : null, offsetMs: null };
}

/** chronyc(1), tracking as CSV: reference, its name, stratum, reference time, offset of the clock in s, ..., leap status. */
export function decodeChrony(line: string): ClockKeeping {
  const fields = line.trim().split(",");
  const [offset, leap] = [Number(fields[4]), fields.at(-1)];
  if (fields.length < 14 || Number.isNaN(offset)) return { isSynchronised: null, offsetMs: null };
  const isSynchronised = leap !== "Not synchronised";
  return { isSynchronised, offsetMs: isSynchronised ? Math.round(offset * 1000) : null };
}

function yesOrNo({ stdout }: ProgramEnd): boolean | null {
  const word = stdout.trim();
  return word === "yes" ? true : word === "no" ? false : null;
}

/** Null: no Debian, or none that we may ask. It takes apt some seconds of work. */
export async function readUpdates(root = "/"): Promise<UpdatesReading | null> {
  const needsReboot = (await readIfThere(join(root, "run/reboot-required"))) !== null;
  const listsAgeMs = await ageOf(join(root, "var/lib/apt/lists"));
  // Simulated: nothing is locked or changed, and any user may.
  const apt = await runProgram(
    "nice",
    ["-n", "19", "apt-get", "--simulate", "-o", "Debug::NoLocking=1", "dist-upgrade"],
    120_000,
  );
  if (apt.code !== 0) return needsReboot ? { security: null, needsReboot, listsAgeMs } : null;
  return { security: countSecurityUpdates(apt.stdout), needsReboot, listsAgeMs };
}

/** Lines such as `Inst libssl3 [3.0.1-1] (3.0.2-1 Debian-Security:12/stable-security [amd64])`. */
export function countSecurityUpdates(simulation: string): number {
  return simulation.split("\n").filter((line) => line.startsWith("Inst ") && /\([^)]*security/i.test(line)).length;
}

/** @returns when it ends, Unix ms; `not-readable`: it is configured, and cannot be read */
export async function readCertificate(path: string): Promise<{ validUntilMs: number } | "not-readable"> {
  try {
    const validUntilMs = Date.parse(new X509Certificate(await readFile(path)).validTo);
    return Number.isNaN(validUntilMs) ? "not-readable" : { validUntilMs };
  } catch (error) {
    if (error instanceof Error) return "not-readable";
    throw error;
  }
}

async function ageOf(path: string): Promise<number | null> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
