import { execFileSync } from "node:child_process";
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { withTemporaryDir } from "../testing/temporary.ts";
import { readDiskOf, readMemory, readTemperatures } from "./machine-readings.ts";
import { countSecurityUpdates, decodeChrony, decodeSmart, readCertificate, readSmart } from "./program-readings.ts";

async function put(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

test("this machine's memory and disk are read", async () => {
  const memory = await readMemory();
  expect(memory?.totalBytes).toBeGreaterThan(100e6);
  expect(memory?.availableBytes).toBeLessThan(memory?.totalBytes ?? 0);
  expect((await readDiskOf("/"))?.totalBytes).toBeGreaterThan(1e9);
  expect(await readDiskOf("/there/is/no/such/place")).toBeNull();
});

test("temperatures are read as the kernel lays them out", async () => {
  await withTemporaryDir(async (root) => {
    expect(await readTemperatures(root)).toEqual([]);
    await put(root, {
      "sys/class/thermal/thermal_zone0/temp": "47000\n",
      "sys/class/thermal/thermal_zone0/trip_point_0_type": "passive\n",
      "sys/class/thermal/thermal_zone0/trip_point_0_temp": "80000\n",
      "sys/class/thermal/thermal_zone0/trip_point_1_type": "critical\n",
      "sys/class/thermal/thermal_zone0/trip_point_1_temp": "105000\n",
      "sys/class/thermal/cooling_device0/type": "Processor\n",
      "sys/class/hwmon/hwmon1/temp1_input": "38500\n",
      "sys/class/hwmon/hwmon1/temp1_crit": "84800\n",
      "sys/class/hwmon/hwmon1/temp2_input": "no data\n",
    });
    expect(await readTemperatures(root)).toEqual([
      { celsius: 47, criticalCelsius: 105 },
      { celsius: 38.5, criticalCelsius: 84.8 },
    ]);
  });
});

test("what smartctl prints of a spinning disk, of an NVMe, and of one that tells nothing", () => {
  const table = [
    { id: 5, raw: { value: 8 } },
    { id: 197, raw: { value: 0 } },
  ];
  expect(decodeSmart("/dev/sda", { smart_status: { passed: true }, ata_smart_attributes: { table } })).toEqual({
    ...{ device: "/dev/sda", isPassed: true, reallocatedSectors: 8, pendingSectors: 0 },
    ...{ usedPercent: null, mediaErrors: null },
  });
  const log = { percentage_used: 91, media_errors: 0 };
  expect(
    decodeSmart("/dev/nvme0", { smart_status: { passed: false }, nvme_smart_health_information_log: log }),
  ).toMatchObject({ isPassed: false, usedPercent: 91, mediaErrors: 0 });
  expect(decodeSmart("/dev/vda", null)).toMatchObject({ isPassed: null });
});

test("a disk that sleeps is as it was before it fell asleep: nobody is told of its wear twice a day", () => {
  const asleep = { smartctl: { exit_status: 2, messages: [{ string: "Device is in STANDBY mode, exit(2)" }] } };
  const table = [{ id: 5, raw: { value: 8 } }];
  const awake = decodeSmart("/dev/sdb", { smart_status: { passed: true }, ata_smart_attributes: { table } });
  expect(decodeSmart("/dev/sdb", asleep, awake)).toEqual(awake);
  expect(decodeSmart("/dev/sdb", asleep)).toMatchObject({ isPassed: null });
  // Another one in its place, which tells nothing, and one that is well again after all.
  expect(decodeSmart("/dev/sdb", { smartctl: { exit_status: 4 } }, awake)).toMatchObject({ isPassed: null });
  expect(
    decodeSmart("/dev/sdb", { smartctl: { exit_status: 0 }, smart_status: { passed: true } }, awake),
  ).toMatchObject({ isPassed: true, reallocatedSectors: null });
});

test("what was left by whoever may ask the disks is believed for two days", async () => {
  await withTemporaryDir(async (dir) => {
    const report = join(dir, "smart.json");
    const asked = await readSmart(report);
    const wearing = decodeSmart("/dev/sdx", { smart_status: { passed: true } });
    await writeFile(report, JSON.stringify([wearing]));
    expect(await readSmart(report)).toEqual([wearing]);
    await writeFile(report, "[]");
    expect(await readSmart(report)).toBe("no-disk");
    await writeFile(report, JSON.stringify([{ device: 7 }]));
    expect(await readSmart(report)).toEqual(asked);
    const old = (Date.now() - 3 * 86_400_000) / 1000;
    await writeFile(report, JSON.stringify([wearing]));
    await utimes(report, old, old);
    expect(await readSmart(report)).toEqual(asked);
    const command = fileURLToPath(new URL("../smart-command.ts", import.meta.url));
    execFileSync(process.execPath, ["--import", "tsx", command, report]);
    expect(await readSmart(report)).toEqual(asked);
  });
});

test("what chronyc says, in step and alone", () => {
  const inStep =
    "C0A80001,192.168.0.1,3,1763816400.123456789,-0.000123456,0.000010,0.000200,-12.3,0.001,0.05,0.02,0.001,64.2,Normal";
  const alone = "7F7F0101,,0,0.000000000,0.000000000,0.000000000,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised";
  expect(decodeChrony(inStep)).toEqual({ isSynchronised: true, offsetMs: -0 });
  expect(decodeChrony(alone)).toEqual({ isSynchronised: false, offsetMs: null });
  expect(decodeChrony("506 Cannot talk to daemon")).toEqual({ isSynchronised: null, offsetMs: null });
});

test("security updates are told from others in what apt simulates", () => {
  const text = [
    "Inst libc6 [2.36-9] (2.36-10 Debian:12.8/stable [amd64])",
    "Inst libssl3 [3.0.14] (3.0.15-1~deb12u1 Debian-Security:12/stable-security [amd64])",
    "Conf libssl3 (3.0.15-1~deb12u1 Debian-Security:12/stable-security [amd64])",
  ].join("\n");
  expect(countSecurityUpdates(text)).toBe(1);
});

test("a certificate's end is read from its file", async () => {
  await withTemporaryDir(async (dir) => {
    const [key, certificate] = [join(dir, "key.pem"), join(dir, "certificate.pem")];
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "10"];
    execFileSync("openssl", [...made, "-subj", "/CN=hotline.local", "-keyout", key, "-out", certificate], {
      stdio: "ignore",
    });
    const read = await readCertificate(certificate);
    const days = read === "not-readable" ? 0 : (read.validUntilMs - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(9.9);
    expect(days).toBeLessThan(10.1);
    expect(await readCertificate(key)).toBe("not-readable");
    expect(await readCertificate(join(dir, "none.pem"))).toBe("not-readable");
  });
});
