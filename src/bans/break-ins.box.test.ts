/**
 * sipvicious (Debian's package) against a whole box: switch, daemon and firewall, in networks of their own. All of it runs once more inside them.
 */
import { execFile, spawnSync } from "node:child_process";
import { watch } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ScriptedPhone } from "../lab/phone/phone.ts";
import { Lan } from "../testing/lan.ts";
import { isInside, runInside, whyNotInside } from "../testing/own-network.ts";
import { Site } from "../testing/site.ts";
import { withTemporaryDir } from "../testing/temporary.ts";
import { until } from "../testing/until.ts";

const FILE = fileURLToPath(import.meta.url);
const FIREWALL = fileURLToPath(new URL("../../appliance/firewall.sh", import.meta.url));
const run = promisify(execFile);

const cannot =
  whyNotInside(["nft", "svwar", "svcrack"]) ??
  (spawnSync("unshare", ["--net", "--mount", "nft", "list", "ruleset"]).status === 0
    ? null
    : "no firewall can be made here");

describe.runIf(!isInside)("a box in a network of its own", () => {
  if (cannot !== null) console.log(`LEFT OUT: sipvicious against a box behind its firewall (${cannot})`);

  test.skipIf(cannot !== null)(
    "withstands sipvicious",
    async () => {
      await withTemporaryDir(async (argument) => {
        // The rules name the user hotline.
        const prepare = `(cat /etc/passwd; echo hotline:x:64999:64999::/:/usr/sbin/nologin) >"$0/passwd"
          mount --bind "$0/passwd" /etc/passwd`;
        expect(await runInside(FILE, { prepare, argument, testTimeoutMs: 90_000 })).toBe(0);
      });
    },
    1_200_000,
  );
});

const BOX = "10.9.0.1";
const OPERATOR = "10.9.0.3";
const OFFICE = "10.9.0.4";
/** Who once signs in rightly is a phone of ours for a day: the one who finds the password is none of the later ones. */
const ATTACKERS = { war: "10.9.0.66", crack: "10.9.0.67", lucky: "10.9.0.68" };

interface Bans {
  banned: { address: string; reach: string; reason: string; tries: number }[];
}

const EXTENSIONS = ["101", "102", "103"];

/** Of the extensions that there are, those in svwar's table whose answer is not also that of one that there is not: it lists what it sent before the first answer came. */
function learned(said: string): string[] {
  const rows = [...said.matchAll(/^\| *([0-9]+) *\| *(\S+)/gm)].map(([, extension = "", answer = ""]) => ({
    extension,
    answer,
  }));
  const isOurs = ({ extension }: { extension: string }) => EXTENSIONS.includes(extension);
  const ofOthers = new Set(rows.filter((row) => !isOurs(row)).map(({ answer }) => answer));
  return rows.filter((row) => isOurs(row) && !ofOthers.has(row.answer)).map(({ extension }) => extension);
}

describe.runIf(isInside)("sipvicious", () => {
  let site: Site;
  let lan: Lan;
  let anna: ScriptedPhone;
  let stopWatching: () => void = () => undefined;
  let environment: Record<string, string> = {};
  let applied = 0;
  let broken: unknown = null;

  const firewall = async (what: string) =>
    await run("sh", [FIREWALL, what], { env: { ...process.env, ...environment } });
  const guard = async (isOn: boolean) => await site.panel.put("/bans", { isOn, never: [] });
  const banned = async () => (await site.panel.get<Bans>("/bans")).banned;
  const set = async (name: string) => (await run("nft", ["list", "set", "inet", "hotline", name])).stdout;
  const settings = (extension: string) => {
    const found = site.phones.find((phone) => phone.extension === extension);
    if (found === undefined) throw new Error(extension);
    return found;
  };

  /** sipvicious does not bind the address that `-b` names. */
  async function war(from: string, method: string): Promise<string> {
    await lan.speakFrom(from, "10.9.0.0/24");
    const to = ["-p", String(site.phonePort), BOX];
    return await lan.run("svwar", ["--force", "-x", from, "-e", "100-400", "-m", method, ...to]);
  }

  async function crack(from: string, extension: string, passwords: readonly string[]): Promise<string> {
    await lan.speakFrom(from, "10.9.0.0/24");
    return await withTemporaryDir(async (dir) => {
      const list = join(dir, "passwords");
      await writeFile(list, `${passwords.join("\n")}\n`);
      const to = ["-p", String(site.phonePort), BOX];
      return await lan.run("svcrack", ["-x", from, "-u", extension, "-t", "0.0005", "-d", list, ...to], 400_000);
    });
  }

  beforeAll(async () => {
    const addresses = [OPERATOR, OFFICE, ...Object.values(ATTACKERS)];
    lan = await Lan.open(
      `${BOX}/24`,
      addresses.map((address) => `${address}/24`),
    );
    site = await Site.open({ operators: EXTENSIONS, sipAddress: BOX });
    anna = await site.operator("101");
    anna.behaviour = { type: "answer", markers: 1 };
    environment = {
      HOTLINE_DATA_DIR: site.dataDir,
      HOTLINE_LOCAL_NETWORKS_FILE: join(FIREWALL, "../local-networks"),
      HOTLINE_FIREWALL_STATE_DIR: join(site.dataDir, "firewall"),
      HOTLINE_PHONE_SIP_PORT: String(site.phonePort),
      HOTLINE_TRUNK_SIP_PORT: String(site.trunkPort),
      HOTLINE_TRUNK_TLS_PORT: String(site.trunkTlsPort),
      HOTLINE_RTP_PORTS: "20000-62000",
    };
    await firewall("load");
    // What systemd's path unit does on a box.
    let turn: Promise<unknown> = Promise.resolve();
    const watcher = watch(site.dataDir, (_, name) => {
      if (name !== "bans") return;
      turn = turn
        .then(() => firewall("bans"))
        .then(() => (applied += 1))
        .catch((error: unknown) => (broken = error));
    });
    stopWatching = () => watcher.close();
  }, 120_000);
  afterAll(async () => {
    stopWatching();
    await site.close();
    await lan.close();
    if (broken !== null) throw new Error("the firewall was not told", { cause: broken });
  });

  describe("with bans off", () => {
    beforeAll(async () => {
      await guard(false);
    });

    test.each(["REGISTER", "INVITE", "OPTIONS"])("learns no extension by %s", async (method) => {
      const said = await war(ATTACKERS.war, method);
      console.log(`svwar ${method}: ${said.trim().split("\n").slice(-3).join(" | ")}`);
      expect(learned(said)).toEqual([]);
    });

    test("guesses no password in 10,000 tries, and would find it if it guessed right", async () => {
      // Whose phone is not connected yet: with the right password svcrack registers, from nowhere.
      const { sipPassword } = settings("103");
      const guesses = Array.from({ length: 10_000 }, (_, index) => `guess-${index}`);
      const startedMs = Date.now();
      const said = await crack(ATTACKERS.lucky, "103", guesses);
      console.log(`svcrack: 10,000 tries in ${Math.round((Date.now() - startedMs) / 1000)} s`);
      expect(said).toMatch(/no passwords found|found nothing/i);
      const right = await crack(ATTACKERS.lucky, "103", [...guesses.slice(0, 50), sipPassword]);
      expect(right).toContain(sipPassword);
    }, 450_000);
  });

  describe("with bans on", () => {
    beforeAll(async () => {
      await guard(true);
    });

    test("is banned within 10 tries while it looks for extensions", async () => {
      // It gives up after a few answers that are all alike, so it is sent again.
      const ban = await until(
        "the ban",
        async () => {
          await war(ATTACKERS.war, "REGISTER");
          return (await banned()).find(({ address }) => address === ATTACKERS.war);
        },
        60_000,
      );
      expect(ban).toMatchObject({ reach: "all", reason: "unknown-extension" });
      expect(ban.tries).toBeLessThanOrEqual(10);
      await until("it in the firewall", async () => (await set("banned4")).includes(ATTACKERS.war));
      expect(await war(ATTACKERS.war, "REGISTER")).toMatch(/No server response|timed out/);
    });

    test("finds no password, though it is in its list", async () => {
      const { sipPassword } = settings("101");
      const guesses = Array.from({ length: 1_000 }, (_, index) => `guess-${index}`);
      const said = await crack(ATTACKERS.crack, "101", [...guesses, sipPassword]);
      expect(said).not.toContain(sipPassword);
      const ban = (await banned()).find(({ address }) => address === ATTACKERS.crack);
      expect(ban).toMatchObject({ reach: "all", reason: "wrong-password" });
      console.log(`svcrack: the daemon saw ${ban?.tries} tries until the firewall had it`);
      // Nothing of it is heard any more.
      expect(await crack(ATTACKERS.crack, "101", [sipPassword])).not.toContain(sipPassword);
    });

    test("an operator in the same network goes on to call", async () => {
      const { sipUser: user, sipPassword: password } = settings("102");
      const server = { address: BOX, port: site.phonePort };
      const phone = await lan.phone({ address: OPERATOR, server, domain: "hotline", user, password });
      expect(await phone.does("register")).toBe("registered");
      expect(await phone.does("call 101")).toBe("talked");
    });

    test("an operator behind the same address goes on to call, the attacker does not go on", async () => {
      const { sipUser: user, sipPassword: password } = settings("103");
      const server = { address: BOX, port: site.phonePort };
      const phone = await lan.phone({ address: OFFICE, server, domain: "hotline", user, password });
      expect(await phone.does("register")).toBe("registered");
      const { sipPassword } = settings("101");
      const guesses = Array.from({ length: 1_000 }, (_, index) => `guess-${index}`);
      expect(await crack(OFFICE, "101", [...guesses, sipPassword])).not.toContain(sipPassword);
      expect((await banned()).find(({ address }) => address === OFFICE)).toMatchObject({ reach: "guests" });
      await until("the phone in the firewall", async () => (await set("registered4")).includes(String(phone.port)));
      expect(await crack(OFFICE, "101", [sipPassword])).not.toContain(sipPassword);
      expect(await phone.does("register")).toBe("registered");
      expect(await phone.does("call 101")).toBe("talked");
    });

    test("who was let in again by hand is heard again", async () => {
      const before = applied;
      await site.panel.post("/bans/revoke", { address: ATTACKERS.crack });
      await until("the firewall is told", () => applied > before);
      await until("it is out of the firewall", async () => !(await set("banned4")).includes(ATTACKERS.crack));
      const { sipPassword } = settings("103");
      expect(await crack(ATTACKERS.crack, "103", [sipPassword])).toContain(sipPassword);
    });
  });
});
