/**
 * root.ts as its units run it: a Debian 13 with systemd and networkd, made as the image is as far as its network goes, at a cable whose other
 * end is ours. Requests are written by the user hotline. HOTLINE_BOX_ROOT names a Debian that is there already (and is changed).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPrograms } from "../../scripts/build.ts";
import type { BoxAnswer, BoxState, NetworkSettings } from "../calls/box.ts";
import { BootedDebian, OfficeNetwork, serveDhcp } from "../testing/booted-debian.ts";
import { DebianRoot } from "../testing/debian-root.ts";
import { until } from "../testing/until.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const MAKE_MS = 900_000;
const LONG = { timeout: 240_000 };
const PACKAGES = [
  "passwd",
  "tzdata",
  "systemd-sysv",
  "systemd-resolved",
  "systemd-timesyncd",
  "dbus",
  "iproute2",
  "iputils-arping",
];
const OFFERED = "192.168.77.100/24";
const OWN: NetworkSettings = {
  ...{ card: "eth0", vlan: null },
  ipv4: { method: "static", address: "192.168.77.50", prefix: 24, gateway: "192.168.77.1", dns: ["192.168.77.1"] },
};
const at = (address: string): NetworkSettings => ({
  ...OWN,
  ipv4: { ...OWN.ipv4, address } as NetworkSettings["ipv4"],
});

const given = process.env["HOTLINE_BOX_ROOT"];
let network: OfficeNetwork;
let made: DebianRoot | null = null;
let root: string;
let box: BootedDebian;

const folder = "/run/hotline-box";
const state = () => JSON.parse(readFileSync(box.path(`${folder}/state.json`), "utf8")) as BoxState;
const hasAddress = async (card: string, address: string | null) =>
  await until(
    `${card} has ${address ?? "no address"}`,
    async () => ((await box.addresses(card)).join() === (address ?? "") ? true : undefined),
    30_000,
  );

const isReached = async (address: string) =>
  await until(
    `${address} answers`,
    async () =>
      (await network.run("arping", "-c", "1", "-w", "1", "-I", ...[cardOf(address), address])).code === 0 || undefined,
    20_000,
  );
const cardOf = (address: string) => (address.startsWith("10.20.") ? "lan0.20" : network.card);

/** As the daemon does it, which runs as hotline. */
async function ask(request: unknown): Promise<BoxAnswer> {
  const id = await write(request);
  return await until("root answers", () => state().answers.find((answer) => answer.id === id), 20_000);
}

/** Without waiting for an answer: the machine may be gone before it is read. */
async function write(request: unknown): Promise<string> {
  const id = randomBytes(16).toString("hex");
  const path = `${folder}/requests/${id}.json`;
  const script = `umask 022; printf %s "$1" >"$2.new" && mv "$2.new" "$2"`;
  const { code, said } = await box.run(
    ...(["runuser", "-u", "hotline", "--", "sh", "-c", script, "sh", JSON.stringify(request), path] as const),
  );
  expect({ code, said }).toEqual({ code: 0, said: "" });
  return id;
}

beforeAll(async () => {
  await buildPrograms();
  if (given === undefined)
    made = await DebianRoot.make("trixie", { packages: [...PACKAGES, "udhcpd"], hasOurNode: true });
  root = given ?? made?.path ?? "";
  const inRoot = (...words: string[]) => execFileSync("chroot", [root, ...words], { encoding: "utf8" });
  const place = join(root, "usr/lib/hotline");
  for (const name of ["appliance", "dist/root.js", "package.json"])
    cpSync(join(project, name), join(place, name), { recursive: true });
  mkdirSync(join(place, "bin"), { recursive: true });
  if (!readdirSync(join(place, "bin")).includes("node")) symlinkSync("/usr/local/bin/node", join(place, "bin/node"));
  if (!/^hotline:/m.test(readFileSync(join(root, "etc/passwd"), "utf8")))
    inRoot("useradd", "--system", "--user-group", "--home-dir", "/var/lib/hotline", "hotline");
  inRoot("install", "-d", "-m", "700", "-o", "hotline", "-g", "hotline", "/var/lib/hotline");
  inRoot("install", "-d", "-m", "750", "-o", "root", "-g", "hotline", "/etc/hotline");
  cpSync(join(project, "appliance/network.json"), join(root, "etc/hotline/network.json"));
  // The image's, but for its card: here it is one end of a virtual cable.
  const usual = readFileSync(join(project, "iso/80-hotline.network"), "utf8").replace("Kind=!*", "Name=eth0");
  writeFileSync(join(root, "etc/systemd/network/80-hotline.network"), usual);
  const units = ["network.service", "requests.path", "requests.service", "factory-reset.service"];
  for (const unit of units.map((name) => `hotline-${name}`))
    cpSync(join(project, "systemd", unit), join(root, "etc/systemd/system", unit));
  const enabled = ["hotline-network.service", "hotline-requests.path", "hotline-factory-reset.service"];
  inRoot("systemctl", "-q", "enable", "systemd-networkd", ...enabled);
  writeFileSync(join(root, "etc/machine-id"), "");

  network = await OfficeNetwork.open();
  box = new BootedDebian(root);
  await box.start(network);
  await network.ip("address", "add", "192.168.77.1/24", "dev", network.card);
  await serveDhcp(network, root, { server: "192.168.77.1", address: "192.168.77.100" });
}, MAKE_MS);

afterAll(async () => {
  await box?.cutPower();
  await network?.close();
  await made?.remove();
}, 60_000);

test("a new box takes its address by DHCP, and only hotline asks root for things", LONG, async () => {
  await hasAddress("eth0", OFFERED);
  expect(state()).toMatchObject({ isManaged: true, trial: null, network: { card: null }, answers: [] });
  expect((await box.run("stat", "-c", "%a %U:%G", `${folder}/requests`)).said.trim()).toBe("730 root:hotline");
  const asNobody = await box.run("runuser", "-u", "nobody", "--", "touch", `${folder}/requests/x`);
  expect(asNobody.code).not.toBe(0);
});

test("what is no request is thrown away, wherever it leads", LONG, async () => {
  expect(await ask({ kind: "run", command: "id" })).toMatchObject({ problem: "not-understood" });
  const inFolder = async (script: string) =>
    await box.run("runuser", "-u", "hotline", "--", "sh", "-c", `cd ${folder}/requests && ${script}`);
  const name = "0".repeat(32);
  await inFolder(
    `ln -s /etc/shadow ${name}.json; mkfifo ${"1".repeat(32)}.json; mkdir -p ${"2".repeat(32)}.json; echo x >y`,
  );
  await until(
    "the folder is empty again",
    () => (readdirSync(box.path(`${folder}/requests`)).length === 0 ? true : undefined),
    20_000,
  );
  expect(state().answers.find(({ id }) => id === name)).toMatchObject({ problem: "not-understood" });
  expect((await box.run("test", "-s", "/etc/shadow")).code).toBe(0);
});

test("wrong settings change nothing, and say where they are wrong", LONG, async () => {
  const elsewhere = { ...OWN, ipv4: { ...OWN.ipv4, gateway: "10.9.9.9" } };
  expect(await ask({ kind: "network", settings: elsewhere })).toMatchObject({
    ...{ problem: "invalid", fields: { "ipv4.gateway": "not-in-network" } },
  });
  // Another machine of the network.
  await network.ip("address", "add", "192.168.77.77/24", "dev", network.card);
  expect(await ask({ kind: "network", settings: at("192.168.77.77") })).toMatchObject({
    ...{ problem: "invalid", fields: { "ipv4.address": "address-taken" } },
  });
  expect(state().trial).toBeNull();
  expect(await box.addresses("eth0")).toEqual([OFFERED]);
});

test("an address that nobody confirms is given up again, and the old one is back", LONG, async () => {
  const id = await write({ kind: "network", settings: OWN });
  await until("the trial is said", () => state().trial?.id === id || undefined, 20_000);
  // Whoever asked over the network still hears of it.
  expect(await box.addresses("eth0")).toEqual([OFFERED]);
  expect(state().trial).toMatchObject({ id, settings: OWN });
  await hasAddress("eth0", "192.168.77.50/24");
  await isReached("192.168.77.50");
  expect((await box.run("ip", "route", "show", "default")).said).toContain("via 192.168.77.1 ");
  expect(await ask({ kind: "network", settings: at("192.168.77.51") })).toMatchObject({ problem: "trial-under-way" });
  await until("the trial is over", () => (state().trial === null ? true : undefined), 70_000);
  await hasAddress("eth0", OFFERED);
  expect(await ask({ kind: "keep-network", trial: id })).toMatchObject({ problem: "trial-over" });
  expect(readFileSync(join(root, "etc/hotline/network.json"), "utf8")).toContain('"dhcp"');
});

test("when the program dies in the middle, the old address comes back at once", LONG, async () => {
  await ask({ kind: "network", settings: OWN });
  await hasAddress("eth0", "192.168.77.50/24");
  await box.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "hotline-requests.service");
  await hasAddress("eth0", OFFERED);
  expect(state().trial).toBeNull();
});

test("when the power fails in the middle, the old settings are what starts", LONG, async () => {
  await ask({ kind: "network", settings: OWN });
  await hasAddress("eth0", "192.168.77.50/24");
  await box.cutPower();
  await box.start(network);
  await network.ip("address", "add", "192.168.77.1/24", "dev", network.card);
  await serveDhcp(network, root, { server: "192.168.77.1", address: "192.168.77.100" });
  await hasAddress("eth0", OFFERED);
  expect(state().trial).toBeNull();
});

/** Not every kernel has VLANs. */
const knowsVlans =
  spawnSync("ip", ["link", "add", "hotline-vlan", "type", "dummy"]).status === 0 &&
  spawnSync("ip", ["link", "add", "link", "hotline-vlan", "name", "hotline-vlan.2", "type", "vlan", "id", "2"])
    .status === 0;
spawnSync("ip", ["link", "delete", "hotline-vlan"]);
if (!knowsVlans) console.log("this machine's kernel has no VLANs (module 8021q): they are left out here");

test.skipIf(!knowsVlans)("a VLAN carries the box, and is gone again when it is not kept", LONG, async () => {
  await network.ip("link", "add", "link", network.card, "name", "lan0.20", "type", "vlan", "id", "20");
  await network.ip("address", "add", "10.20.0.1/24", "dev", "lan0.20");
  await network.ip("link", "set", "lan0.20", "up");
  const ipv4 = { method: "static", prefix: 24, gateway: "10.20.0.1", dns: ["10.20.0.1"] } as const;
  const tagged = (address: string): NetworkSettings => ({ card: "eth0", vlan: 20, ipv4: { ...ipv4, address } });
  // That somebody has the address is only seen once the box is there.
  expect(await ask({ kind: "network", settings: tagged("10.20.0.1") })).toMatchObject({
    ...{ problem: "invalid", fields: { "ipv4.gateway": "is-the-box" } },
  });
  await network.ip("address", "add", "10.20.0.7/24", "dev", "lan0.20");
  expect(await ask({ kind: "network", settings: tagged("10.20.0.7") })).toMatchObject({
    ...{ problem: "invalid", fields: { "ipv4.address": "address-taken" } },
  });
  await hasAddress("eth0", OFFERED);
  const { id } = await ask({ kind: "network", settings: tagged("10.20.0.50") });
  await hasAddress("vlan20", "10.20.0.50/24");
  await hasAddress("eth0", null);
  await isReached("10.20.0.50");
  expect(await ask({ kind: "return-network", trial: id })).toMatchObject({ problem: null });
  await hasAddress("eth0", OFFERED);
  expect(await box.addresses("vlan20")).toEqual([]);
});

test("what is confirmed is what starts from then on", LONG, async () => {
  const { id } = await ask({ kind: "network", settings: OWN });
  await hasAddress("eth0", "192.168.77.50/24");
  expect(await ask({ kind: "keep-network", trial: id })).toMatchObject({ problem: null });
  expect(state()).toMatchObject({ trial: null, network: OWN });
  await box.cutPower();
  await box.start(network);
  await network.ip("address", "add", "192.168.77.1/24", "dev", network.card);
  await hasAddress("eth0", "192.168.77.50/24");
  expect(state()).toMatchObject({ isManaged: true, network: OWN });
});

test("time zone and time servers", LONG, async () => {
  const answer = await ask({ kind: "clock", timeZone: "Asia/Tbilisi", ntpServers: ["ntp.example.ge"] });
  const { said } = await box.run("journalctl", "--no-pager", "-o", "cat", "-u", "hotline-requests", "-n", "5");
  expect({ ...answer, said }).toMatchObject({ problem: null });
  expect(state()).toMatchObject({ timeZone: "Asia/Tbilisi", ntpServers: ["ntp.example.ge"] });
  expect((await box.run("date", "+%Z")).said.trim()).toBe("+04");
  expect((await box.run("cat", "/run/systemd/timesyncd.conf.d/hotline.conf")).said).toBe(
    "[Time]\nNTP=ntp.example.ge\n",
  );
});

test(
  "a factory reset erases everything but what was to be kept, and takes the address by DHCP again",
  LONG,
  async () => {
    const script =
      "cd /var/lib/hotline && mkdir -p recordings secrets database .hidden && touch recordings/a secrets/b";
    await box.run("runuser", "-u", "hotline", "--", "sh", "-c", script);
    const told = async () => (await box.run("journalctl", "--no-pager", "-t", "before-the-reset")).said;
    await box.run("systemd-cat", "-t", "before-the-reset", "echo", "Nino Beridze");
    await until("the journal has it", async () => (await told()).includes("Nino") || undefined);
    const ended = box.ended();
    await write({ kind: "factory-reset", keepRecordings: true });
    await ended;
    await box.start(network);
    await network.ip("address", "add", "192.168.77.1/24", "dev", network.card);
    await serveDhcp(network, root, { server: "192.168.77.1", address: "192.168.77.100" });
    await hasAddress("eth0", OFFERED);
    const left = (await box.run("find", "/var/lib/hotline", "-mindepth", "1", "-printf", "%P %U\n")).said;
    const user = (await box.run("id", "-u", "hotline")).said.trim();
    expect(left.trim().split("\n").toSorted()).toEqual(
      ["journal", "recordings", "recordings/a", "secrets"].map((name) => `${name} ${user}`),
    );
    expect(readdirSync(join(root, "etc/hotline"))).toEqual(["network.json"]);
    expect(await told()).not.toContain("Nino");
    // It goes on, on the disk.
    const { said: files } = await box.run("find", "/var/log/journal", "-name", "system.journal");
    expect(files).not.toBe("");
  },
);

test("the machine is shut down", LONG, async () => {
  const ended = box.ended();
  await write({ kind: "shut-down" });
  await ended;
});
