/**
 * A disk at USB, as hotline-usb@.service and its rule for udev take it: on a Debian 13 with systemd and udev, and a loop device in the disk's
 * place. Its file system is ext4, which every kernel has; the image's test plugs in one with FAT. HOTLINE_BOX_ROOT names a Debian that is there
 * already (and is changed).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BootedDebian, type Cable } from "../testing/booted-debian.ts";
import { DebianRoot } from "../testing/debian-root.ts";
import { temporaryDir } from "../testing/temporary.ts";
import { until } from "../testing/until.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const MAKE_MS = 900_000;
const LONG = { timeout: 120_000 };
const PACKAGES = ["passwd", "systemd-sysv", "udev", "dbus", "e2fsprogs"];
const PLACE = "usr/lib/hotline";
const FIRST_LOOP = 1_000;
const LOOP_MAJOR = "7";
const NO_CABLE: Cable = { plugIn: async () => await Promise.resolve() };
/** With the daemon's own fences: it writes wherever somebody leaves word, as restic does into open files, and was there before the disk. */
const STAND_IN = `[Service]
Type=exec
WatchdogSec=0
ExecStart=
ExecStart=/bin/sh -c 'while :; do for at in /media/*/hotline; do [ ! -e $$at/wanted ] || { exec 9>$$at/backup; echo written >&9; }; done; sleep 0.2; done'
`;

const given = process.env["HOTLINE_BOX_ROOT"];
let made: DebianRoot | null = null;
let work: Awaited<ReturnType<typeof temporaryDir>>;
let root: string;
let box: BootedDebian;
let loop: string;
let image: string;

const sh = async (script: string) => {
  const { code, said } = await box.run("sh", "-ec", script);
  expect({ script, code, said }).toMatchObject({ code: 0 });
  return said.trim();
};
const isMounted = async (place: string) => (await box.run("mountpoint", "-q", place)).code === 0;
const unit = () => `hotline-usb@${basename(loop)}.service`;
const unitState = async () => (await box.run("systemctl", "is-active", unit())).said.trim();

/** Plugs a disk in that has this label. @param options.end where it is cut off @param options.onErrors what it wants done then */
function plugIn(
  label: string,
  options: { fill?: (folder: string) => void; end?: string; onErrors?: "panic" } = {},
): void {
  const tree = join(work.path, `tree-${label}`);
  mkdirSync(tree);
  options.fill?.(tree);
  execFileSync("truncate", ["--size=32M", image]);
  // The owner of its first folder is somebody else's number.
  const behaviour = options.onErrors === undefined ? [] : ["-e", options.onErrors];
  execFileSync("mkfs.ext4", ["-qF", "-L", label, "-E", "root_owner=1000:1000", ...behaviour, "-d", tree, image]);
  if (options.end !== undefined) execFileSync("truncate", [`--size=${options.end}`, image]);
  execFileSync("losetup", [loop, image]);
}

/** Resolves when the box has done with it what it does. */
const isTaken = async () =>
  await until("its unit is active", async () => (await unitState()) === "active" || undefined, 30_000);

/** A loop device stays as long as it is mounted, so the box is told that it is gone, as the kernel tells of a disk. */
async function pullOut(): Promise<void> {
  await sh(`udevadm trigger --action=remove ${loop}`);
  await until("its unit has ended", async () => (await unitState()) === "inactive" || undefined, 30_000);
  execFileSync("losetup", ["--detach", loop]);
  await sh("udevadm settle");
}

beforeAll(async () => {
  made = given === undefined ? await DebianRoot.make("trixie", { packages: PACKAGES, hasOurNode: false }) : null;
  root = made?.path ?? given ?? "";
  work = await temporaryDir();
  image = join(work.path, "disk.img");
  // Far from those that are given out one after the other.
  loop = `/dev/loop${FIRST_LOOP + (process.pid % FIRST_LOOP)}`;
  execFileSync("mknod", [loop, "b", LOOP_MAJOR, basename(loop).slice("loop".length)]);
  const inRoot = (...words: string[]) => execFileSync("chroot", [root, ...words], { stdio: "ignore" });
  if (!readFileSync(join(root, "etc/passwd"), "utf8").includes("hotline:"))
    inRoot("useradd", "--system", "--uid", "800", "--user-group", "--no-create-home", "hotline");
  cpSync(join(project, "appliance"), join(root, PLACE, "appliance"), { recursive: true });
  const rules = readFileSync(join(project, "appliance/usb-disk.rules"), "utf8");
  mkdirSync(join(root, "etc/udev/rules.d"), { recursive: true });
  writeFileSync(
    join(root, "etc/udev/rules.d/90-hotline-usb.rules"),
    rules.replace('SUBSYSTEMS=="usb"', `KERNEL=="${basename(loop)}"`),
  );
  for (const name of ["hotline-usb@.service", "hotlined.service"])
    cpSync(join(project, "systemd", name), join(root, "etc/systemd/system", name));
  mkdirSync(join(root, "etc/systemd/system/hotlined.service.d"), { recursive: true });
  writeFileSync(join(root, "etc/systemd/system/hotlined.service.d/stand-in.conf"), STAND_IN);
  inRoot("systemctl", "-q", "enable", "hotlined.service");
  // What this machine has besides is none of the box's business.
  inRoot("systemctl", "-q", "mask", "systemd-udev-trigger.service");
  writeFileSync(join(root, "etc/machine-id"), "");
  box = new BootedDebian(root, [loop]);
  await box.start(NO_CABLE);
}, MAKE_MS);

afterAll(async () => {
  await box?.cutPower();
  // Whether it is still attached depends on how far the scenarios got.
  spawnSync("losetup", ["--detach", loop]);
  rmSync(loop, { force: true });
  await made?.remove();
  await work?.remove();
}, 60_000);

test(
  "a disk that is plugged in is there under its name, and the daemon, which runs already, writes on it",
  LONG,
  async () => {
    expect(await sh("systemctl is-active hotlined.service")).toBe("active");
    plugIn("My Backups", { onErrors: "panic" });
    await until("it is mounted", async () => (await isMounted("/media/My_Backups")) || undefined, 30_000);
    await isTaken();
    const options = (await sh("findmnt -no OPTIONS /media/My_Backups")).split(",");
    expect(options).toEqual(expect.arrayContaining(["rw", "nosuid", "nodev", "noexec", "errors=remount-ro"]));
    expect(await sh("stat -c '%a %U:%G' /media/My_Backups/hotline")).toBe("700 hotline:hotline");
    await sh("touch /media/My_Backups/hotline/wanted");
    await until("the daemon has written", async () => {
      const { code, said } = await box.run("cat", "/media/My_Backups/hotline/backup");
      return code === 0 && said === "written\n" ? true : undefined;
    });
  },
);

test("pulled out it is gone, for the daemon too, and leaves no folder and no fault", LONG, async () => {
  await pullOut();
  expect(await sh("ls /media")).toBe("");
  const pid = await sh("systemctl show -p MainPID --value hotlined.service");
  expect(await sh(`ls /proc/${pid}/root/media`)).toBe("");
  expect(await sh("systemctl list-units --failed --plain --no-legend 'hotline*' 'media*'")).toBe("");
  expect(await sh("ls /run/hotline-usb")).toBe("");
  // The stand-in gives its open file up.
  await sh("systemctl restart hotlined.service");
});

test("a folder that another box wrote becomes this one's; a link in its place leads nowhere", LONG, async () => {
  plugIn("OLD", {
    fill: (tree) => {
      mkdirSync(join(tree, "hotline/keys"), { recursive: true });
      writeFileSync(join(tree, "hotline/keys/key"), "");
      chmodSync(join(tree, "hotline"), 0o700);
    },
  });
  const owner = async (path: string) => (await box.run("stat", "-c", "%U", path)).said.trim();
  await until("it is this box's", async () => (await owner("/media/OLD/hotline/keys/key")) === "hotline" || undefined);
  await pullOut();
  expect(await sh("ls /media")).toBe("");
  plugIn("LINK", { fill: (tree) => symlinkSync("/etc/systemd", join(tree, "hotline")) });
  await isTaken();
  expect(await isMounted("/media/LINK")).toBe(true);
  expect(await owner("/etc/systemd")).toBe("root");
  await pullOut();
  expect(await sh("ls /media")).toBe("");
});

test("one that cannot be read is left alone, and nothing of the box has failed", LONG, async () => {
  plugIn("BROKEN", { end: "16M" });
  await isTaken();
  expect(await sh(`journalctl --no-pager -u ${unit()}`)).toContain("it cannot be mounted");
  expect(await sh("ls /media")).toBe("");
  expect(await sh("systemctl list-units --failed --plain --no-legend 'hotline*' 'media*'")).toBe("");
  await pullOut();
});

test("what has its place already stays there alone, and a name that is taken gets more letters", LONG, async () => {
  await sh("mkdir -p /media/SAME; touch /media/SAME/somebodys");
  plugIn("SAME");
  const place = await until("it is mounted", async () => {
    const { code, said } = await box.run("findmnt", "-nro", "TARGET", "-S", loop);
    return code === 0 ? said.trim() : undefined;
  });
  expect(place).toMatch(/^\/media\/SAME-[0-9a-f-]{36}$/);
  await pullOut();
  expect(await sh("ls /media")).toBe("SAME");
  await sh("rm -r /media/SAME; systemctl stop systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udevd");
  plugIn("OWNERS");
  await sh(`mkdir -p /srv/disk; mount ${loop} /srv/disk; systemctl start systemd-udevd; udevadm trigger ${loop}`);
  await isTaken();
  expect(await sh(`findmnt -nro TARGET -S ${loop}`)).toBe("/srv/disk");
  await sh("umount /srv/disk");
});
