/**
 * `make iso-test`, as root: makes the image, boots it in an emulated PC by BIOS and by UEFI, installs it to a disk, boots from that, and looks
 * from outside whether a box stands there. Ends with `N passed, N failed`; test-results/iso-test.log keeps the times.
 * Usage: iso-test.ts [--full] [--iso FILE] [--pictures DIR] [files | bios | uefi | disk | update | again | token]...
 * --full: every part; files, bios, uefi and disk if none is named. --iso: not made now, but this one. --pictures: of the screens, for the manual.
 * HOTLINE_ISO_TEST_DIR: a folder where the disk after the installation and the bundles stay, to be taken by the next run.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { CONSOLE_WORDS } from "../src/box/console-words.ts";
import { PhoneError } from "../src/lab/phone/condition.ts";
import { ScriptedPhone } from "../src/lab/phone/phone.ts";
import type { PanelClient } from "../src/testing/panel-client.ts";
import { VendorRepository, vendorsPackages } from "../src/testing/vendor-repository.ts";
import { type Firmware, holdsSwitch, Machine } from "./iso-machine.ts";
import { assert, checkStick, checkVlan, makeStick } from "./iso-plugs.ts";
import { checkUpdates } from "./iso-updates.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const LARGEST_BYTES = 700 * 1024 * 1024;
const TIMES = join(root, "test-results", "iso-test.log");
const SECOND_MS = 1_000;
const PHONE_TRIES_AGAIN_MS = 10_000;
const KEY_DOWN = "\u001b[B";
const OWNER = { name: "Owner", login: "owner", password: "a long enough password" };
const FIRM = {
  ...{ language: "ka" as const, timeZone: "Asia/Tbilisi", country: "GE", firmName: "თბილისის მაღაზია", admin: OWNER },
  operators: [
    { name: "Nino", extension: "101" },
    { name: "Gia", extension: "102" },
  ],
  ...{ trunk: null, number: "0322 11 22 33" },
};

const words = process.argv.slice(2);
const pictures = valueOf("--pictures");
const failures: string[] = [];
let passed = 0;

function valueOf(word: string): string | undefined {
  return words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
}

function say(line: string): void {
  console.log(line);
  appendFileSync(TIMES, `${line}\n`);
}

/** @returns whether it passed */
async function check(what: string, look: () => unknown): Promise<boolean> {
  const sinceMs = performance.now();
  const took = () => `${Math.round((performance.now() - sinceMs) / SECOND_MS)} s`;
  try {
    await look();
    passed += 1;
    say(`  ✓ ${what} (${took()})`);
    return true;
  } catch (error) {
    failures.push(what);
    say(`  ✗ ${what} (${took()})\n    ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

/** @returns the image in `folder` */
function build(folder: string, env: Readonly<Record<string, string>> = {}): string {
  const { status } = spawnSync(join(root, "iso/build.sh"), {
    stdio: "inherit",
    // A certificate store of this machine is none of the image's.
    env: { ...process.env, NODE_EXTRA_CA_CERTS: "", HOTLINE_ISO_DIR: folder, ...env },
  });
  if (status !== 0) throw new Error("iso/build.sh failed");
  const name = readdirSync(folder).find((file) => file.endsWith(".iso"));
  if (name === undefined) throw new Error("iso/build.sh left no image");
  return join(folder, name);
}

/** Made with the vendor's token: FreeSWITCH is on it, and the token is in none of its files. */
async function checkToken(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "hotline-iso-token-"));
  const modules = readFileSync(join(root, "freeswitch-conf/autoload/modules.conf.xml"), "utf8");
  const packages = vendorsPackages(modules);
  const vendor = await VendorRepository.open({ codename: "trixie", token: "PT-of_the_image_test", packages });
  try {
    const files = {
      FREESWITCH_REPOSITORY: vendor.url,
      FREESWITCH_TOKEN: vendor.token,
      FREESWITCH_DEBS: "",
      SQUASHFS_LEVEL: "1",
    };
    // Not in this process: the stand-in answers from it.
    const making = spawn(join(root, "iso/build.sh"), {
      stdio: "inherit",
      env: { ...process.env, NODE_EXTRA_CA_CERTS: "", HOTLINE_ISO_DIR: dir, ...files },
    });
    const [code] = (await once(making, "exit")) as [number | null];
    assert(code === 0, "iso/build.sh failed");
    const iso = readdirSync(dir).find((file) => file.endsWith(".iso")) ?? "";
    const [squashfs, tree] = [join(dir, "filesystem.squashfs"), join(dir, "tree")];
    const extract = ["-osirrox", "on", "-indev", join(dir, iso), "-extract", "/live/filesystem.squashfs", squashfs];
    execFileSync("xorriso", extract, { stdio: "ignore" });
    execFileSync("unsquashfs", ["-no-progress", "-quiet", "-d", tree, squashfs], { stdio: "ignore" });
    assert(existsSync(join(tree, "usr/bin/freeswitch")), "FreeSWITCH is not on it");
    const { stdout, status } = spawnSync("grep", ["-rlF", vendor.token, tree, dir], { encoding: "utf8" });
    assert(status === 1, `the token is in ${stdout}`);
  } finally {
    await vendor.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const sha256 = (file: string) => execFileSync("sha256sum", [file], { encoding: "utf8" }).split(" ")[0] ?? "";

function checkSame(iso: string): void {
  const dir = mkdtempSync(join(tmpdir(), "hotline-iso-again-"));
  try {
    assert(sha256(build(dir)) === sha256(iso), "the checksums differ");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function checkFiles(iso: string): Promise<void> {
  const folder = dirname(iso);
  const name = basename(iso, ".iso");
  await check("the image is smaller than 700 MB", () => {
    const { size } = statSync(iso);
    say(`    ${Math.round(size / 1024 / 1024)} MB`);
    assert(size < LARGEST_BYTES, `${size} bytes`);
  });
  await check("checksums and their signature are right, and a changed file is noticed", () => {
    execFileSync("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: folder });
    const words = [
      "pkeyutl",
      "-verify",
      "-pubin",
      "-inkey",
      "signing-key.pub",
      "-rawin",
      "-sigfile",
      "SHA256SUMS.sig",
      "-in",
    ];
    execFileSync("openssl", [...words, "SHA256SUMS"], { cwd: folder, stdio: "ignore" });
    const { status } = spawnSync("openssl", [...words, `${name}.packages`], { cwd: folder });
    assert(status !== 0, "the signature also fits another file");
  });
  await check("the bill of materials names what is on it", () => {
    const bom = JSON.parse(readFileSync(join(folder, `${name}.sbom.json`), "utf8")) as {
      components: { purl: string }[];
    };
    const purls = bom.components.map(({ purl }) => purl);
    for (const start of [
      "pkg:deb/debian/linux-image",
      "pkg:deb/debian/postgresql-",
      "pkg:deb/debian/nodejs@",
      "pkg:npm/hono@",
      "pkg:npm/pg@",
    ])
      assert(
        purls.some((purl) => purl.startsWith(start)),
        `nothing starts with ${start}`,
      );
    assert(!purls.some((purl) => purl.startsWith("pkg:npm/vitest")), "it names what only developers have");
  });
}

/** Only where pictures are asked for. */
async function picture(machine: Machine, name: string, keys: readonly string[] = []): Promise<void> {
  if (pictures !== undefined) await machine.picture(join(pictures, `${name}.png`), keys);
}

/** @param isNew nobody has an account there yet */
async function checkBox(machine: Machine, title: string, isNew: boolean): Promise<void> {
  const isUp = await check(`${title}: the panel gives its first answer`, async () => {
    await machine.until("an answer", async () => (await machine.status()) !== null);
  });
  // All else would only wait as long again.
  if (!isUp) return;
  await check(
    `${title}: the database is there, and ${isNew ? "nobody has an account yet" : "it is set up"}`,
    async () => {
      await machine.until("the database", async () => {
        const status = await machine.status();
        return status !== null && status.database.connected && status.needsSetup === isNew;
      });
    },
  );
  await check(`${title}: plain HTTP leads to HTTPS`, async () => {
    assert((await machine.leadsTo())?.startsWith("https://") ?? false, "it does not");
  });
  await check(`${title}: the panel opens`, async () => {
    const { body: page } = await machine.panel("/");
    const script = /<script[^>]+src="([^"]+)"/.exec(page)?.[1] ?? "/none";
    const { body: code } = await machine.panel(script);
    assert(code.length > 100_000, `its program has ${code.length} characters`);
  });
  await check(`${title}: its screen says where the panel is, what is missing, and that no service failed`, async () => {
    // The firm's language, once there is a firm.
    const words = CONSOLE_WORDS[isNew ? "en" : FIRM.language];
    const rows = [`${words.database} +${words.there}`, `${words.switch} +`, `${words.services} +${words.noFailures}`];
    await machine.shows("https://10.0.2.15");
    await machine.until(rows.join(), () => rows.every((row) => new RegExp(row, "u").test(machine.screen)));
  });
}

interface Account {
  extension: string;
  sipUser: string;
  sipPassword: string;
}

interface SetUpBox {
  owner: PanelClient;
  /** What the operators' telephones need. */
  accounts: Account[];
}

/** Again and again, as the page says to do it, while the answer is that the database does not answer. */
async function whileAway<Value>(machine: Machine, ask: () => Promise<Value>): Promise<Value> {
  let value: Value | null = null;
  await machine.until("an answer of the database", async () => {
    try {
      value = await ask();
      return true;
    } catch (error) {
      if (!String(error).includes("database-away")) throw error;
      await pause(SECOND_MS);
      return false;
    }
  });
  return value as Value;
}

/** The first page's answers, as far as they go without a line. */
async function setUp(machine: Machine): Promise<SetUpBox> {
  const owner = machine.client();
  const { phones } = await whileAway(machine, () => owner.post<{ phones: Account[] }>("/setup", FIRM));
  const status = await machine.status();
  assert(status?.needsSetup === false, "it still waits for its first account");
  return { owner, accounts: phones };
}

/** As telephones do it, which try again after some seconds, through the emulated network's forwarded port. */
async function checkPhones(machine: Machine, owner: PanelClient, accounts: readonly Account[]): Promise<void> {
  const phones: ScriptedPhone[] = [];
  try {
    for (const { sipUser: user, sipPassword: password } of accounts)
      phones.push(await ScriptedPhone.open({ server: machine.sipServer, domain: "hotline", user, password }));
    await machine.until("the telephones are registered", async () => {
      try {
        for (const phone of phones) await phone.register();
      } catch (error) {
        if (!(error instanceof PhoneError)) throw error;
        await pause(PHONE_TRIES_AGAIN_MS);
        return false;
      }
      const all = await owner.get<{ isRegistered: boolean }[]>("/operators/presence");
      return all.length === accounts.length && all.every(({ isRegistered }) => isRegistered);
    });
  } finally {
    for (const phone of phones) await phone.close();
  }
}

const fromImage = (iso: string) => ["-drive", `file=${iso},media=cdrom,readonly=on`, "-boot", "d"];
const withDisk = (disk: string) => ["-drive", `file=${disk},format=raw,if=virtio,cache=unsafe`];

async function checkBoot(iso: string, firmware: Firmware): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "hotline-stick-"));
  const stick = makeStick(dir);
  const machine = await Machine.start(firmware, fromImage(iso));
  let box: SetUpBox | null = null;
  try {
    // Long before its kernel looks.
    await machine.plugIn(stick);
    await checkBox(machine, firmware, true);
    await check(`${firmware}: it is set up`, async () => {
      box = await setUp(machine);
    });
    if (box === null) return;
    const { owner, accounts }: SetUpBox = box;
    if (firmware === "UEFI")
      await check("UEFI: put into a VLAN it speaks there, and comes back by itself when nobody confirms", async () => {
        await checkVlan(machine, owner);
      });
    if (firmware === "BIOS")
      await check("BIOS: a USB stick takes backups, also after it was pulled out and plugged in again", async () => {
        await checkStick(machine, owner, stick);
      });
    if (holdsSwitch(iso))
      await check(`${firmware}: two telephones register with its FreeSWITCH`, async () => {
        await machine.until("the switch", async () => (await machine.status())?.switch.connected === true);
        await checkPhones(machine, owner, accounts);
      });
    else
      await check(`${firmware}: it says that the switch is missing, and asks for the token`, async () => {
        assert((await machine.status())?.switch.connected === false, "it says that there is a switch");
        const { state } = await owner.get<{ state: string }>("/switch-install");
        assert(state === "none", `the installation of FreeSWITCH is ${state}`);
      });
  } finally {
    await machine.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const DISK = { size: "14G", said: "/dev/vda  15.0 GB" } as const;

/** From the image onto the empty `disk` as somebody at the screen does it; while it asks, `look` looks. */
async function install(iso: string, disk: string, look: (machine: Machine) => Promise<void>): Promise<void> {
  execFileSync("truncate", [`--size=${DISK.size}`, disk]);
  const machine = await Machine.start("BIOS", [...fromImage(iso), ...withDisk(disk)]);
  try {
    await machine.shows("to a disk (asks first)", "executed automatically");
    machine.type(`${KEY_DOWN}${KEY_DOWN}`);
    await picture(machine, "box-start");
    machine.type("\r");
    await machine.shows(DISK.said, "Number of the disk");
    await look(machine);
    machine.type("1\r");
    await machine.shows("Type vda to erase it");
    machine.type("vda\r");
    await machine.shows("Hotline is on /dev/vda");
  } finally {
    await machine.close();
  }
}

/** Nothing is erased by an answer that is not the disk's name. */
async function answerWrongly(machine: Machine, disk: string): Promise<void> {
  await picture(machine, "box-disks");
  await picture(machine, "box-erase", ["1", "ret"]);
  machine.type("1\r");
  await machine.shows("EVERYTHING on /dev/vda (15.0 GB");
  machine.type("yes\r");
  await machine.until(
    "it asks again",
    () => !machine.screen.includes("EVERYTHING") && machine.screen.includes("Number of"),
  );
  const { stdout } = spawnSync("head", ["-c", "1048576", disk]);
  assert(
    stdout.every((byte) => byte === 0),
    "something was written",
  );
}

/** From a disk alone, by BIOS and by UEFI. */
async function checkDisk(disk: string): Promise<void> {
  const byBios = await Machine.start("BIOS", withDisk(disk));
  try {
    await checkBox(byBios, "from the disk by BIOS", true);
    await picture(byBios, "box-screen");
    await picture(byBios, "box-menu", ["ret"]);
    await picture(byBios, "box-network", ["ret"]);
    await picture(byBios, "box-time-zone", ["esc", "2", "ret"]);
    await picture(byBios, "box-erase-all", ["esc", "6", "ret", "2", "ret"]);
    await check("from the disk by BIOS: it is set up", () => setUp(byBios));
  } finally {
    await byBios.close();
  }
  const byUefi = await Machine.start("UEFI", withDisk(disk));
  try {
    await checkBox(byUefi, "from the disk by UEFI", false);
    await check("from the disk by UEFI, after the power failed: who set it up signs in", async () => {
      const { login, password } = OWNER;
      await byUefi.client().post("/session", { login, password });
    });
  } finally {
    await byUefi.close();
  }
}

/** The parts that need a box on a disk; it is installed once. */
async function checkInstalled(iso: string, isWanted: (part: string) => boolean): Promise<void> {
  const kept = process.env["HOTLINE_ISO_TEST_DIR"];
  const dir = kept ?? mkdtempSync(join(tmpdir(), "hotline-disks-"));
  const [installed, disk] = [join(dir, "installed.raw"), join(dir, "disk.raw")];
  const anew = () => void execFileSync("cp", ["--sparse=always", installed, disk]);
  mkdirSync(dir, { recursive: true });
  try {
    const isThere =
      existsSync(installed) ||
      (await check(
        "installation: it asks for the disk by name and size, erases nothing before that is typed, and puts the box there",
        async () => {
          await install(iso, disk, async (machine) => await answerWrongly(machine, disk));
          renameSync(disk, installed);
        },
      ));
    if (!isThere) return;
    if (isWanted("disk")) {
      anew();
      await checkDisk(disk);
    }
    if (isWanted("update")) {
      anew();
      const start = async () => await Machine.start("BIOS", withDisk(disk), { isLasting: true });
      await checkUpdates({ iso, disk, dir }, { check, start });
    }
  } finally {
    rmSync(kept === undefined ? dir : disk, { recursive: true, force: true });
  }
}

const PARTS = ["files", "bios", "uefi", "disk", "update", "again", "token"];
const given = valueOf("--iso");
const named = words.includes("--full") ? PARTS : PARTS.filter((part) => words.includes(part));
const parts = new Set(named.length > 0 ? named : ["files", "bios", "uefi", "disk"]);
const startedMs = performance.now();
Machine.forgetScreens();
writeFileSync(TIMES, "");
let iso = given ?? "";
if (given === undefined) await check("the image is made", () => void (iso = build(join(root, "dist/iso"))));
if (existsSync(iso)) {
  if (parts.has("files")) await checkFiles(iso);
  if (parts.has("again")) await check("made again it is the same, byte by byte", () => checkSame(iso));
  if (parts.has("token"))
    await check("made with the vendor's token FreeSWITCH is on it, and the token nowhere", checkToken);
  if (parts.has("bios")) await checkBoot(iso, "BIOS");
  if (parts.has("uefi")) await checkBoot(iso, "UEFI");
  if (parts.has("disk") || parts.has("update")) await checkInstalled(iso, (part) => parts.has(part));
}
say(`  took ${Math.round((performance.now() - startedMs) / SECOND_MS)} s`);
say(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 && passed > 0 ? 0 : 1);
