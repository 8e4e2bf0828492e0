/** Reads what the kernel says of the machine. `root` is `/`, but for tests. What is not there reads as null or nothing. */
import { readdir, readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { DiskReading, MemoryReading, TemperatureReading } from "../flows/health/machine.ts";

export async function readDiskOf(path: string): Promise<DiskReading | null> {
  try {
    const fs = await statfs(path);
    return {
      freeBytes: fs.bavail * fs.bsize,
      totalBytes: fs.blocks * fs.bsize,
      freeInodes: fs.ffree,
      totalInodes: fs.files,
    };
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

/** proc(5): lines such as `MemAvailable:   16384 kB`. */
export async function readMemory(root = "/"): Promise<MemoryReading | null> {
  const text = await readIfThere(join(root, "proc/meminfo"));
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+([0-9]+) kB$`, "m").exec(text ?? "")?.[1]);
  const [total, available] = [kilobytes("MemTotal"), kilobytes("MemAvailable")];
  if (Number.isNaN(total) || Number.isNaN(available)) return null;
  return { totalBytes: total * 1024, availableBytes: available * 1024 };
}

/** Thermal zones and hardware monitors alike tell thousandths of a degree (the kernel's sysfs-class-thermal and hwmon sysfs-interface). */
export async function readTemperatures(root = "/"): Promise<TemperatureReading[]> {
  return [
    ...(await readZones(join(root, "sys/class/thermal"))),
    ...(await readMonitors(join(root, "sys/class/hwmon"))),
  ];
}

async function readZones(folder: string): Promise<TemperatureReading[]> {
  const readings: TemperatureReading[] = [];
  for (const zone of (await listIfThere(folder)).filter((name) => name.startsWith("thermal_zone"))) {
    const celsius = await readThousandths(join(folder, zone, "temp"));
    if (celsius === null) continue;
    let criticalCelsius: number | null = null;
    for (const name of await listIfThere(join(folder, zone))) {
      const trip = /^(trip_point_[0-9]+)_type$/.exec(name)?.[1];
      if (trip === undefined || (await readIfThere(join(folder, zone, name)))?.trim() !== "critical") continue;
      criticalCelsius = await readThousandths(join(folder, zone, `${trip}_temp`));
    }
    readings.push({ celsius, criticalCelsius });
  }
  return readings;
}

async function readMonitors(folder: string): Promise<TemperatureReading[]> {
  const readings: TemperatureReading[] = [];
  for (const monitor of await listIfThere(folder)) {
    for (const name of await listIfThere(join(folder, monitor))) {
      const sensor = /^(temp[0-9]+)_input$/.exec(name)?.[1];
      const celsius = sensor === undefined ? null : await readThousandths(join(folder, monitor, name));
      if (celsius === null) continue;
      readings.push({ celsius, criticalCelsius: await readThousandths(join(folder, monitor, `${sensor}_crit`)) });
    }
  }
  return readings;
}

async function readThousandths(path: string): Promise<number | null> {
  const text = (await readIfThere(path))?.trim() ?? "";
  return /^-?[0-9]+$/.test(text) ? Number(text) / 1000 : null;
}

/** Null too when a driver refuses to be read, as those of sleeping devices do. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

async function listIfThere(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "code" in error;
}
