import { expect, test } from "vitest";
import {
  judgeCertificate,
  judgeClock,
  judgeDisk,
  judgeMemory,
  judgeRecordingsDisk,
  judgeSmart,
  judgeTemperature,
  judgeUpdates,
} from "./machine.ts";

const GB = 1e9;
const DAY_MS = 86_400_000;
const word = ({ state, reason }: { state: string; reason: string }) => `${state} ${reason}`;

test.each([
  [50, 100, "ok room"],
  [10, 100, "ok room"],
  [9.9, 100, "look filling"],
  [2, 100, "look filling"],
  [1.9, 100, "broken full"],
  [0, 100, "broken full"],
  [0, 0, "unknown not-readable"],
])("a system disk with %d of %d GB free", (free, total, expected) => {
  const disk = { freeBytes: free * GB, totalBytes: total * GB, freeInodes: 0, totalInodes: 0 };
  expect(word(judgeDisk(disk))).toBe(expected);
});

test("a disk with room and no inodes left is full all the same", () => {
  const disk = { freeBytes: 90 * GB, totalBytes: 100 * GB, freeInodes: 5, totalInodes: 1_000 };
  expect(word(judgeDisk(disk))).toBe("broken full");
  expect(word(judgeDisk({ ...disk, freeInodes: 40 }))).toBe("look filling");
  expect(word(judgeDisk(null))).toBe("unknown not-readable");
});

test("room for recordings is judged as the disk watch does, in hours of talk", () => {
  const disk = { level: "low" as const, freeBytes: 1.5 * GB, freeMinutes: 125 };
  expect(judgeRecordingsDisk(disk)).toEqual({ state: "look", reason: "filling", params: { freeGb: 1.5, hours: 2 } });
  expect(word(judgeRecordingsDisk({ ...disk, level: "critical" }))).toBe("broken full");
  expect(word(judgeRecordingsDisk({ ...disk, level: "ok" }))).toBe("ok room");
  expect(word(judgeRecordingsDisk(null))).toBe("unknown not-readable");
});

test.each([
  [[], "unknown no-sensor"],
  [[{ celsius: -273, criticalCelsius: null }], "unknown no-sensor"],
  // What eight bits hold at most, as chips for sensors say of one that is not connected.
  [[{ celsius: 127.5, criticalCelsius: null }], "unknown no-sensor"],
  [[{ celsius: 127, criticalCelsius: 80 }], "unknown no-sensor"],
  [[{ celsius: 45, criticalCelsius: null }], "ok cool"],
  [[{ celsius: 80, criticalCelsius: 105 }], "ok cool"],
  [[{ celsius: 80, criticalCelsius: null }], "look warm"],
  [[{ celsius: 90, criticalCelsius: null }], "broken hot"],
  // The disk's own limit is lower than the processor's.
  [
    [
      { celsius: 70, criticalCelsius: 105 },
      { celsius: 66, criticalCelsius: 70 },
    ],
    "broken hot",
  ],
  // Drivers tell of nonsense limits.
  [[{ celsius: 45, criticalCelsius: 0 }], "ok cool"],
])("temperatures %j", (readings, expected) => {
  expect(word(judgeTemperature(readings))).toBe(expected);
});

test("disks: the worst one speaks, and silence is no verdict", () => {
  const well = {
    ...{ device: "/dev/sda", isPassed: true, reallocatedSectors: 0, pendingSectors: 0 },
    ...{ usedPercent: null, mediaErrors: null },
  };
  expect(judgeSmart([well])).toEqual({ state: "ok", reason: "well", params: { count: 1 } });
  expect(word(judgeSmart([well, { ...well, pendingSectors: 1 }]))).toBe("look wearing");
  expect(word(judgeSmart([{ ...well, usedPercent: 90 }]))).toBe("look wearing");
  expect(word(judgeSmart([{ ...well, usedPercent: 89 }]))).toBe("ok well");
  expect(judgeSmart([well, { ...well, device: "/dev/sdb", isPassed: false }])).toMatchObject({
    ...{ state: "broken", params: { device: "/dev/sdb" } },
  });
  expect(word(judgeSmart([{ ...well, isPassed: null }]))).toBe("unknown no-disk");
  expect(word(judgeSmart("no-program"))).toBe("unknown no-program");
});

test.each([
  [4, 8, "ok room"],
  [0.9, 8, "look low"],
  [0.3, 8, "broken short"],
])("memory with %d of %d GB available", (free, total, expected) => {
  expect(word(judgeMemory({ availableBytes: free * GB, totalBytes: total * GB }))).toBe(expected);
});

test("a clock is wrong when it says so, and when calls in the log are later than it", () => {
  const clock = { isSynchronised: true, offsetMs: 3, nowMs: 1_000_000, lastCallMs: 999_000 };
  expect(word(judgeClock(clock))).toBe("ok in-step");
  expect(word(judgeClock({ ...clock, isSynchronised: false, offsetMs: null }))).toBe("look alone");
  expect(judgeClock({ ...clock, offsetMs: -7_200 })).toMatchObject({ reason: "wrong", params: { seconds: 7 } });
  expect(judgeClock({ ...clock, lastCallMs: 1_000_000 + 3_600_000 })).toMatchObject({
    ...{ state: "broken", reason: "behind-calls", params: { minutes: 60 } },
  });
  expect(word(judgeClock({ ...clock, isSynchronised: null, offsetMs: null }))).toBe("unknown not-told");
});

test("a certificate is looked at two weeks before its end", () => {
  const inDays = (days: number) => judgeCertificate({ validUntilMs: days * DAY_MS, nowMs: 0 });
  expect(word(inDays(14))).toBe("ok valid");
  expect(inDays(13.5)).toEqual({ state: "look", reason: "expiring", params: { days: 13 } });
  expect(word(inDays(-0.1))).toBe("broken expired");
  expect(word(judgeCertificate(null))).toBe("unknown no-https");
  expect(word(judgeCertificate("not-readable"))).toBe("broken not-readable");
});

test("updates: waiting ones, a restart that is due, and lists that nobody renews", () => {
  const none = { security: 0, needsReboot: false, listsAgeMs: DAY_MS };
  expect(word(judgeUpdates(none))).toBe("ok current");
  expect(judgeUpdates({ ...none, security: 3 })).toMatchObject({ reason: "waiting", params: { count: 3 } });
  expect(word(judgeUpdates({ ...none, needsReboot: true }))).toBe("look reboot");
  expect(word(judgeUpdates({ ...none, listsAgeMs: 8 * DAY_MS }))).toBe("look old-lists");
  expect(word(judgeUpdates(null))).toBe("unknown not-debian");
});
