/**
 * A signed update by RAUC itself, in a Debian 13 of its own, on two disks that are files: it is written to the other place, one that somebody
 * else signed is refused, and cut off in the middle it leaves the running system as it was. This machine's kernel may have no device mapper,
 * so the bundle's format is plain here; boxes take verity only (iso-test's part `update`).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DebianRoot } from "../src/testing/debian-root.ts";
import { temporaryDir } from "../src/testing/temporary.ts";
import { until } from "../src/testing/until.ts";
import { buildPrograms } from "./build.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const MAKE_MS = 900_000;
const TEST_MS = 180_000;
const SLOT_MIB = 160;
const BALLAST_MIB = 64;
const GRUB_ENVIRONMENT = "boot/efi/grub/grubenv";
const HOTLINE = "hotline:x:800:800::/var/lib/hotline:/usr/sbin/nologin\n";
// squashfs-tools: what a plain bundle says of itself is unpacked.
const PACKAGES = [
  ...["rauc", "rauc-service", "squashfs-tools", "dbus", "e2fsprogs"],
  ...["grub-common", "util-linux", "fdisk", "dpkg-repack"],
];

/** There is no systemd in there: what it is asked for is written down. How far bringing the database back is, the test says. */
const SYSTEMCTL = `#!/bin/sh
echo "$@" >>/root/asked
case $1 in show) cat /run/bring-back ;; esac
`;

/** Answers as the daemon of the version whose package.json is there. */
const STAND_IN = `import { createServer } from "node:http";
import { readFileSync } from "node:fs";
const { version } = JSON.parse(readFileSync("/usr/lib/hotline/package.json", "utf8"));
const status = JSON.stringify({ version, switch: { connected: false }, database: { connected: true } });
createServer((request, response) => response.end(status)).listen(8099, "127.0.0.1");
`;

let debian: DebianRoot;
let work: Awaited<ReturnType<typeof temporaryDir>>;
const loops: string[] = [];

/** Of the box: what the hook of a bundle reads and writes. */
function makeSystem(root: string, version: string): void {
  for (const folder of ["etc", "usr/lib/hotline", "boot", "var/lib/dpkg", "root"])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "etc/passwd"), `root:x:0:0:root:/root:/bin/sh\n${HOTLINE}`);
  writeFileSync(join(root, "etc/group"), "root:x:0:\nhotline:x:800:\n");
  writeFileSync(join(root, "etc/shadow"), "root:!:20000::::::\n");
  writeFileSync(join(root, "etc/hostname"), "hotline\n");
  writeFileSync(join(root, "var/lib/dpkg/status"), "");
  writeFileSync(join(root, "usr/lib/hotline/package.json"), `{\n  "version": "${version}"\n}\n`);
  cpSync(join(project, "appliance"), join(root, "usr/lib/hotline/appliance"), { recursive: true });
  // So large that it can be cut off in the middle.
  execFileSync("dd", [
    "if=/dev/urandom",
    `of=${join(root, "ballast")}`,
    "bs=1M",
    `count=${BALLAST_MIB}`,
    "status=none",
  ]);
}

function makeBundle(version: string, signer: string): string {
  const root = join(work.path, `system-${version}-${signer}`);
  makeSystem(root, version);
  const dir = join(work.path, signer);
  execFileSync(join(project, "iso/bundle.sh"), [], {
    env: {
      ...{ PATH: process.env["PATH"], HOME: dir, HOTLINE_ROOT_FOLDER: root, HOTLINE_BUNDLE_DIR: dir },
      ...{ BUNDLE_FORMAT: "plain", SQUASHFS_LEVEL: "1" },
    },
    stdio: "pipe",
  });
  rmSync(root, { recursive: true });
  return join(dir, `hotline-${version}-amd64.raucb`);
}

function makeDisk(name: string): string {
  const file = join(work.path, name);
  execFileSync("truncate", [`--size=${SLOT_MIB}M`, file]);
  // A partition table, so that the place has a name of its own.
  execFileSync("sfdisk", ["-q", file], { input: `label: gpt\ntype=linux, name=${name}\n` });
  const loop = execFileSync("losetup", ["--find", "--show", file], { encoding: "utf8" }).trim();
  loops.push(loop);
  // Not every kernel reads such tables itself.
  execFileSync("partx", ["--add", loop]);
  return `${loop}p1`;
}

const sha256 = (file: string) => execFileSync("sha256sum", [file], { encoding: "utf8" }).split(" ")[0];

/** As after a start from that system: RAUC with a bus of its own, and a command; both end with the command. */
function rauc(command: string, slot: "A" | "B" = "A") {
  return debian.start([
    "/bin/sh",
    "-euc",
    `mount -t sysfs none /sys && mount -t tmpfs none /run && mkdir -p /run/dbus
    dbus-daemon --system --fork --nopidfile
    echo quiet rauc.slot=${slot} >/run/cmdline && mount --bind /run/cmdline /proc/cmdline
    rauc --mount=/run/rauc --override-boot-slot=${slot} service >/root/service.log 2>&1 &
    for i in $(seq 100); do busctl --system status de.pengutronix.rauc >/dev/null 2>&1 && break; sleep 0.1; done
    ${command}`,
  ]);
}

const environment = () =>
  execFileSync("grub-editenv", [join(debian.path, GRUB_ENVIRONMENT), "list"], { encoding: "utf8" });

beforeAll(async () => {
  work = await temporaryDir();
  debian = await DebianRoot.make("trixie", { packages: PACKAGES, hasOurNode: true });
  const [a, b] = [makeDisk("hotline-a"), makeDisk("hotline-b")];
  execFileSync("mkfs.ext4", ["-qF", a]);
  const at = (path: string) => join(debian.path, path);
  const conf = readFileSync(join(project, "appliance/rauc.conf"), "utf8")
    .replace("/dev/disk/by-partuuid/@A@", a)
    .replace("/dev/disk/by-partuuid/@B@", b)
    .replace("bundle-formats=verity", "bundle-formats=plain");
  mkdirSync(at("etc/rauc"), { recursive: true });
  mkdirSync(at("etc/hotline"), { recursive: true });
  writeFileSync(at("etc/rauc/system.conf"), conf);
  writeFileSync(at("etc/hotline/hotline.env"), "HOTLINE_HTTP_PORT=8099\n");
  writeFileSync(at("etc/hostname"), "owners-name\n");
  symlinkSync("/usr/share/zoneinfo/Asia/Tbilisi", at("etc/localtime.new"));
  execFileSync("mv", [at("etc/localtime.new"), at("etc/localtime")]);
  writeFileSync(
    at("etc/fstab"),
    "PARTUUID=aaaa / ext4 errors=remount-ro 0 1\nUUID=d /var/lib/hotline ext4 nodev 0 2\n",
  );
  writeFileSync(at("etc/passwd"), `${readFileSync(at("etc/passwd"), "utf8")}${HOTLINE}`);
  writeFileSync(at("etc/group"), `${readFileSync(at("etc/group"), "utf8")}hotline:x:800:\n`);
  for (const folder of ["grub", "hotline"]) mkdirSync(at(`boot/efi/${folder}`), { recursive: true });
  execFileSync("grub-editenv", [at(GRUB_ENVIRONMENT), "create"]);
  execFileSync("grub-editenv", [at(GRUB_ENVIRONMENT), "set", "ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=0", "B_TRY=0"]);
  const bundle = makeBundle("2.0.0", "ours");
  cpSync(bundle, at("root/good.raucb"));
  await buildPrograms();
  for (const folder of ["usr/lib/hotline/dist", "media", "var/lib/hotline/update"])
    mkdirSync(at(folder), { recursive: true });
  cpSync(join(project, "dist/update.js"), at("usr/lib/hotline/dist/update.js"));
  cpSync(bundle, at("media/good.raucb"));
  cpSync(join(project, "package.json"), at("usr/lib/hotline/package.json"));
  writeFileSync(at("usr/local/sbin/systemctl"), SYSTEMCTL, { mode: 0o755 });
  writeFileSync(at("root/daemon.mjs"), STAND_IN);
  cpSync(makeBundle("6.6.6", "theirs"), at("root/theirs.raucb"));
  cpSync(join(work.path, "ours/.config/hotline/update-certificate.pem"), at("etc/rauc/keyring.pem"));
}, MAKE_MS);

afterAll(async () => {
  await debian?.remove();
  for (const loop of loops) {
    spawnSync("partx", ["--delete", loop]);
    spawnSync("losetup", ["--detach", loop]);
  }
  await work?.remove();
}, MAKE_MS);

test("an update is written to the other place, with the owner's settings, and is not started from before it is asked for", {
  timeout: TEST_MS,
}, async () => {
  const running = sha256(loops[0] ?? "");
  const { code, said } = await rauc("rauc install /root/good.raucb || { cat /root/service.log; exit 1; }").ended;
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(said).toMatch(/100% Installing done/);
  expect(sha256(loops[0] ?? "")).toBe(running);
  const mounted = join(work.path, "mounted");
  mkdirSync(mounted, { recursive: true });
  execFileSync("mount", ["-o", "ro", `${loops[1]}p1`, mounted]);
  try {
    const text = (path: string) => readFileSync(join(mounted, path), "utf8");
    expect(text("usr/lib/hotline/package.json")).toContain("2.0.0");
    expect(text("etc/hostname")).toBe("owners-name\n");
    expect(text("etc/hotline/hotline.env")).toBe("HOTLINE_HTTP_PORT=8099\n");
    expect(text("etc/rauc/system.conf")).toContain("bootname=B");
    const partition = execFileSync("blkid", ["-s", "PARTUUID", "-o", "value", `${loops[1]}p1`], { encoding: "utf8" });
    expect(text("etc/fstab")).toBe(
      `PARTUUID=${partition.trim()} / ext4 errors=remount-ro 0 1\nUUID=d /var/lib/hotline ext4 nodev 0 2\n`,
    );
    expect(existsSync(join(mounted, "ballast"))).toBe(true);
  } finally {
    execFileSync("umount", [mounted]);
  }
  expect(environment()).toMatch(/^ORDER=A B$/m);
  expect(environment()).toMatch(/^B_OK=0$/m);
  const asked = await rauc("rauc status mark-active rootfs.1").ended;
  expect(asked).toMatchObject({ code: 0 });
  expect(environment()).toMatch(/^ORDER=B A$/m);
  expect(environment()).toMatch(/^B_OK=1$/m);
});

test("nothing is left to hand over to tar when that has read the archive's end, or RAUC fails of a broken pipe", () => {
  const archive = execFileSync("unsquashfs", ["-cat", join(debian.path, "root/good.raucb"), "system.tar"], {
    maxBuffer: 2 * BALLAST_MIB * 1024 * 1024,
    stdio: ["ignore", "pipe", "ignore"],
  });
  // POSIX pax: two blocks of zeros are its end.
  const isZero = (byte: number) => byte === 0;
  expect(archive.subarray(-1024).every(isZero)).toBe(true);
  expect(archive.subarray(-1536, -1024).every(isZero)).toBe(false);
});

test("an update that somebody else signed is refused before anything is written", { timeout: TEST_MS }, async () => {
  const before = sha256(loops[1] ?? "");
  const { code, said } = await rauc("rauc install /root/theirs.raucb").ended;
  expect(code).not.toBe(0);
  expect(said).toMatch(/signature verification failed|self.signed certificate/i);
  expect(sha256(loops[1] ?? "")).toBe(before);
  expect(environment()).toMatch(/^B_OK=1$/m);
});

test("cut off in the middle, the running system is as it was and the half one is not started from; tried again it is whole", {
  timeout: TEST_MS,
}, async () => {
  const running = sha256(loops[0] ?? "");
  const { child, ended } = rauc("rauc install /root/good.raucb");
  await until("it is being written", () => /^B_OK=0$/m.test(environment()), TEST_MS);
  // Half of it is there.
  await until(
    "half of it",
    () => {
      const { stdout } = spawnSync("dumpe2fs", ["-h", `${loops[1]}p1`], { encoding: "utf8" });
      return stdout.includes("Filesystem state") ? true : null;
    },
    TEST_MS,
  );
  await debian.stop(child);
  const { said } = await ended;
  expect(said).not.toContain("Installing done");
  expect(sha256(loops[0] ?? "")).toBe(running);
  expect(environment()).toMatch(/^A_OK=1$/m);
  expect(environment()).toMatch(/^B_OK=0$/m);
  const again = await rauc("rauc install /root/good.raucb").ended;
  expect(again).toMatchObject({ code: 0 });
});

const UPDATE = "node /usr/lib/hotline/dist/update.js";
const SETTINGS =
  "export HOTLINE_DATA_DIR=/var/lib/hotline HOTLINE_HTTP_PORT=8099 HOTLINE_UPDATE_TRIAL_SECONDS=30; umask 077";
const inside = (path: string) => join(debian.path, path);

interface Record {
  state: string;
  from: { slot: string; version: string };
  to: { slot: string; version: string | null };
  reason: string | null;
  missing: string[];
}
const record = () => JSON.parse(readFileSync(inside("boot/efi/hotline/update.json"), "utf8")) as Record;

/** Runs steps of update.js as at a start from that system. @returns what was asked of systemd */
async function steps(slot: "A" | "B", ...names: string[]): Promise<string> {
  rmSync(inside("root/asked"), { force: true });
  const { code, said } = await rauc([SETTINGS, ...names].join("\n"), slot).ended;
  expect({ code, said }).toMatchObject({ code: 0 });
  return existsSync(inside("root/asked")) ? readFileSync(inside("root/asked"), "utf8") : "";
}

function ask(request: object): void {
  writeFileSync(inside("var/lib/hotline/update/request.json"), JSON.stringify({ id: randomUUID(), ...request }));
}

/** The new system has a version of its own; its files are those of the update. */
function setVersion(version: string): void {
  writeFileSync(inside("usr/lib/hotline/package.json"), `{\n  "type": "module",\n  "version": "${version}"\n}\n`);
}

test("what the daemon asks for is done, and nothing that it must not ask for", { timeout: TEST_MS }, async () => {
  setVersion("1.0.0");
  for (const bundle of ["/etc/passwd", "/var/lib/hotline/update/../../../../etc/x.raucb", "/root/good.raucb"]) {
    ask({ action: "install", bundle });
    await steps("A", `${UPDATE} carry-out`);
  }
  expect(existsSync(inside("boot/efi/hotline/update.json"))).toBe(false);
  ask({ action: "install", bundle: "/media/theirs.raucb" });
  cpSync(inside("root/theirs.raucb"), inside("media/theirs.raucb"));
  await steps("A", `${UPDATE} carry-out`);
  expect(record()).toMatchObject({ state: "failed", reason: "signature" });
  ask({ action: "restart", healthy: [], trunks: [] });
  expect(await steps("A", `${UPDATE} carry-out`)).toBe("");
  ask({ action: "install", bundle: "/media/good.raucb" });
  await steps("A", `${UPDATE} carry-out`);
  expect(record()).toMatchObject({
    state: "ready",
    from: { slot: "A", version: "1.0.0" },
    to: { slot: "B", version: "2.0.0" },
  });
  expect(environment()).toMatch(/^B_OK=0$/m);
  ask({ action: "restart", healthy: ["database"], trunks: [] });
  expect(await steps("A", `${UPDATE} carry-out`)).toContain("start reboot.target");
  expect(record()).toMatchObject({ state: "trying", reason: null });
  expect(environment()).toMatch(/^ORDER=B A$/m);
  expect(environment()).toMatch(/^B_OK=1$/m);
  expect(environment()).toMatch(/^A_OK=1$/m);
});

test("a new system that is not healthy in time is marked bad, the old one is started, and brings the database back", {
  timeout: TEST_MS,
}, async () => {
  setVersion("2.0.0");
  expect(await steps("B", `${UPDATE} begin`, `${UPDATE} judge`)).toContain("start reboot.target");
  expect(record()).toMatchObject({ state: "trying", reason: "not-healthy", missing: ["panel", "database"] });
  expect(environment()).toMatch(/^ORDER=A B$/m);
  expect(environment()).toMatch(/^B_OK=0$/m);
  setVersion("1.0.0");
  const begins = [
    `${UPDATE} begin`,
    "ls /run/hotline-update/went-back",
    'test "$(stat -c %a /run/hotline-update/status.json)" = 644',
    "grep -q going-back /run/hotline-update/status.json",
  ];
  // Cut off while the database is loaded, and after a try that failed: the start menu knows, and the next start begins anew.
  for (const state of ["activating", "failed"]) {
    const looksTwice = "until [ $(grep -c ^show /root/asked) -ge 2 ]; do sleep 0.1; done";
    expect(await steps("A", ...begins, `echo ${state} >/run/bring-back`, `${UPDATE} judge &`, looksTwice)).toContain(
      "start hotline-bring-back.service",
    );
    expect(readFileSync(inside("boot/efi/grub/confirmed.cfg"), "utf8")).toBe('ORDER="A B"\nA_OK=1\nB_OK=0\n');
    expect(record()).toMatchObject({ state: "trying", reason: "not-healthy" });
  }
  const isBack = "echo active >/run/bring-back";
  expect(
    await steps("A", ...begins, isBack, `${UPDATE} judge`, "grep -q went-back /run/hotline-update/status.json"),
  ).toContain("start hotline-bring-back.service");
  expect(record()).toMatchObject({ state: "went-back", reason: "not-healthy" });
  // The next start is one like any other.
  expect(await steps("A", `${UPDATE} begin`, `${UPDATE} judge`, "! ls /run/hotline-update/went-back")).toBe("");
});

test("a new system that is healthy stays, and the old one is not started by itself any more", {
  timeout: TEST_MS,
}, async () => {
  ask({ action: "install", bundle: "/media/good.raucb" });
  await steps("A", `${UPDATE} carry-out`);
  ask({ action: "restart", healthy: ["database"], trunks: [] });
  await steps("A", `${UPDATE} carry-out`);
  setVersion("2.0.0");
  mkdirSync(inside("var/lib/hotline-trial"));
  writeFileSync(inside("var/lib/hotline-trial/unproven"), "");
  await steps("B", `${UPDATE} begin`, "node /root/daemon.mjs &", `${UPDATE} judge`);
  expect(record()).toMatchObject({ state: "good", reason: null });
  expect(existsSync(inside("var/lib/hotline-trial/unproven"))).toBe(false);
  expect(environment()).toMatch(/^ORDER=B A$/m);
  expect(environment()).toMatch(/^B_OK=1$/m);
  expect(environment()).toMatch(/^B_TRY=0$/m);
  expect(environment()).toMatch(/^A_OK=0$/m);
  expect(readFileSync(inside("boot/efi/grub/confirmed.cfg"), "utf8")).toBe('ORDER="B A"\nB_OK=1\nA_OK=0\n');
});

test("one that did not come so far that it could be judged, and one that was cut off while it was written, are said so", {
  timeout: TEST_MS,
}, async () => {
  const last = record();
  const remember = (changes: object) =>
    writeFileSync(inside("boot/efi/hotline/update.json"), JSON.stringify({ ...last, ...changes }));
  remember({ state: "trying", from: { slot: "B", version: "2.0.0" }, to: { slot: "A", version: "3.0.0" } });
  await steps("B", `${UPDATE} begin`, "echo active >/run/bring-back", `${UPDATE} judge`);
  expect(record()).toMatchObject({ state: "went-back", reason: "not-started" });
  expect(environment()).toMatch(/^A_OK=0$/m);
  remember({ state: "writing", from: { slot: "B", version: "2.0.0" }, to: { slot: "A", version: null } });
  await steps("B", `${UPDATE} begin`, `${UPDATE} judge`);
  expect(record()).toMatchObject({ state: "failed", reason: "interrupted" });
});
