/**
 * The firewall on a Debian that has rules of its own (nftables.service, /etc/nftables.conf), which begin by deleting all that there are: started
 * by its own systemd. HOTLINE_BOX_ROOT names a Debian that is there already (and is changed).
 */
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BootedDebian, OfficeNetwork } from "../testing/booted-debian.ts";
import { DebianRoot } from "../testing/debian-root.ts";
import { until } from "../testing/until.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const MAKE_MS = 900_000;
const LONG = { timeout: 240_000 };
/** Looked for once a minute, give or take some seconds. */
const LOOKED_FOR_MS = 90_000;

const given = process.env["HOTLINE_BOX_ROOT"];
let network: OfficeNetwork;
let made: DebianRoot | null = null;
let box: BootedDebian;

const isThere = async () => (await box.run("nft", "list", "chain", "inet", "hotline", "input")).code === 0;
const systemctl = async (...words: string[]) => {
  const { code, said } = await box.run("systemctl", ...words);
  expect({ code, said }).toMatchObject({ code: 0 });
};

beforeAll(async () => {
  if (given === undefined)
    made = await DebianRoot.make("bookworm", { packages: ["passwd", "systemd-sysv", "nftables"], hasOurNode: false });
  const root = given ?? made?.path ?? "";
  const inRoot = (...words: string[]) => execFileSync("chroot", [root, ...words], { encoding: "utf8" });
  cpSync(join(project, "appliance"), join(root, "usr/lib/hotline/appliance"), { recursive: true });
  cpSync(join(project, "appliance/local-networks"), join(root, "etc/hotline/local-networks"));
  if (!/^hotline:/m.test(readFileSync(join(root, "etc/passwd"), "utf8"))) inRoot("useradd", "--system", "hotline");
  inRoot("install", "-d", "/var/lib/hotline", "/etc/hotline/firewall.d");
  for (const unit of readdirSync(join(project, "systemd")).filter((name) => name.startsWith("hotline-firewall")))
    cpSync(join(project, "systemd", unit), join(root, "etc/systemd/system", unit));
  inRoot("systemctl", "-q", "enable", "nftables.service", "hotline-firewall.service", "hotline-firewall-keep.timer");
  writeFileSync(join(root, "etc/machine-id"), "");
  network = await OfficeNetwork.open();
  box = new BootedDebian(root);
  await box.start(network);
}, MAKE_MS);

afterAll(async () => {
  await box?.cutPower();
  await network?.close();
  await made?.remove();
}, 60_000);

test("stands beside the machine's own rules after a start, and after those were loaded anew", LONG, async () => {
  await until("both are loaded", async () => {
    const { said } = await box.run("systemctl", "is-active", "nftables.service", "hotline-firewall.service");
    return said.trim() === "active\nactive" || undefined;
  });
  expect(await isThere()).toBe(true);
  await systemctl("reload", "nftables.service");
  await until("the rules are loaded anew", async () => (await isThere()) || undefined);
});

test("comes back by itself within a minute, whoever deleted it, and the journal says so once", LONG, async () => {
  await systemctl("restart", "nftables.service");
  await until("the rules are there again", async () => (await isThere()) || undefined, LOOKED_FOR_MS);
  const { said } = await box.run("journalctl", "--no-pager", "-o", "cat", "-u", "hotline-firewall-keep.service");
  expect(said.match(/deleted the rules/g)).toHaveLength(1);
  expect(said).not.toContain("Finished");
});

test("stays away once it was stopped, and is looked after again once it was started", LONG, async () => {
  const isLookedAfter = async () =>
    (await box.run("systemctl", "is-active", "-q", "hotline-firewall-keep.timer")).code === 0;
  expect(await isLookedAfter()).toBe(true);
  await systemctl("stop", "hotline-firewall.service");
  expect(await isLookedAfter()).toBe(false);
  await box.run("systemctl", "start", "hotline-firewall-keep.service");
  expect(await isThere()).toBe(false);
  await systemctl("start", "hotline-firewall.service");
  expect(await isThere()).toBe(true);
  expect(await isLookedAfter()).toBe(true);
});
