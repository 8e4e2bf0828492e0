import { expect, onTestFinished, test, vi } from "vitest";
import { keptLog } from "../testing/quiet-log.ts";
import { type DiskLevel, DiskWatch, diskLevel, readDisk, usualDiskLimits } from "./disk-watch.ts";

const GIB = 1024 ** 3;
const limits = { lowBytes: 1_000, criticalBytes: 100 };

test("a level is left only when clearly more is free", () => {
  expect(diskLevel(1_000, limits, "ok")).toBe("ok");
  expect(diskLevel(999, limits, "ok")).toBe("low");
  expect(diskLevel(1_050, limits, "low")).toBe("low");
  expect(diskLevel(1_101, limits, "low")).toBe("ok");
  expect(diskLevel(99, limits, "low")).toBe("critical");
  expect(diskLevel(105, limits, "critical")).toBe("critical");
  expect(diskLevel(111, limits, "critical")).toBe("low");
  expect(diskLevel(5_000, limits, "critical")).toBe("ok");
});

test("limits fit small disks as well as large ones", () => {
  expect(usualDiskLimits(500 * GIB)).toEqual({ lowBytes: 2 * GIB, criticalBytes: GIB / 2 });
  expect(usualDiskLimits(10 * GIB)).toEqual({ lowBytes: GIB, criticalBytes: GIB / 4 });
});

test("free space is that of the directory's filesystem", async () => {
  const disk = await readDisk("/proc", "ok");
  expect(disk).toMatchObject({ freeBytes: 0, totalBytes: 0 });
  const here = await readDisk(import.meta.dirname, "ok", { lowBytes: 0, criticalBytes: 0 });
  expect(here.freeBytes).toBeGreaterThan(0);
  expect(here.freeBytes).toBeLessThanOrEqual(here.totalBytes);
  expect(here.freeMinutes).toBe(Math.floor(here.freeBytes / (32 * 60_000)));
  expect(here.level).toBe("ok");
});

test("it is told when room gets low and when there is room again, and nothing in between", async () => {
  const changing = { lowBytes: Number.MAX_SAFE_INTEGER, criticalBytes: 0 };
  const log = keptLog();
  const watch = new DiskWatch({ directory: import.meta.dirname, log, everyMs: 10, limits: changing });
  onTestFinished(() => watch.stop());
  const levels: DiskLevel[] = [];
  watch.onChange(({ level }) => levels.push(level));
  await watch.start();
  expect(watch.disk?.level).toBe("low");
  changing.lowBytes = 0;
  await vi.waitFor(() => expect(watch.disk?.level).toBe("ok"));
  expect(levels).toEqual(["low", "ok"]);
  expect(log.lines.map(({ level }) => level)).toEqual(["warn", "info"]);
});
