/**
 * A box as the installer leaves it, started by its own systemd, and used from its local network: by a panel, two phones and a trunk. With
 * FREESWITCH_DEBS, a folder of FreeSWITCH's packages, calls go through FreeSWITCH within its unit; without, the box is looked at up to the
 * question for the token. HOTLINE_BOX_DEBIAN=trixie: on Debian 13.
 */
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPrograms } from "../../scripts/build.ts";
import { buildPanelIfOld } from "../../scripts/build-panel.ts";
import { usualHours } from "../flows/hours/weekly-hours.ts";
import { usualSimpleFlow } from "../flows/ivr/simple-flow.ts";
import { PhoneError } from "../lab/phone/condition.ts";
import { ScriptedPhone } from "../lab/phone/phone.ts";
import { BootedDebian, cableToUs } from "../testing/booted-debian.ts";
import { DebianRoot } from "../testing/debian-root.ts";
import { isInside, runInside, whyNotInside } from "../testing/own-network.ts";
import { PanelClient } from "../testing/panel-client.ts";
import { fetchAt, getSecurely, type SecurePlace } from "../testing/secure-panel.ts";
import { converse, converseOn, type LoggedCall } from "../testing/site.ts";
import { until } from "../testing/until.ts";
import { IN_THE_MIDST, VendorRepository } from "../testing/vendor-repository.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const codename = process.env["HOTLINE_BOX_DEBIAN"] === "trixie" ? "trixie" : "bookworm";
const debs = process.env["FREESWITCH_DEBS"];
const ROOT_OF_BOX = "HOTLINE_WHOLE_BOX_ROOT";
const [OFFICE, BOX] = ["192.168.77.1", "192.168.77.2"];
const NUMBER = "0322112233";
const OWNER = { name: "Owner", login: "owner", password: "a long enough password" };
const MAKE_MS = 1_200_000;
/** A box that has just started speaks its prompts first. */
const START_MS = 120_000;
/** The box is started anew twice in it. */
const NIGHT_MS = 420_000;
const PHONE_TRIES_AGAIN_MS = 5_000;
const UNITS = [
  ...["hotline-database.service", "hotlined.service", "hotline-firewall.service", "hotline-http.socket"],
  ...["hotline-https.socket", "hotline-requests.path", "hotline-security.timer", "hotline-backup.socket"],
];
/** Of restic while it stores, which alone has such an argument: how soon the kernel ends it, how nice it is, and in which unit. */
const RESTIC = `exec 2>/dev/null
for at in $(grep -zxl -e --host /proc/[0-9]*/cmdline); do
  at=$(dirname $at)
  echo $(cat $at/oom_score_adj) $(cut -d ' ' -f 19 $at/stat) $(sed -n 's/^0:://p' $at/cgroup)
done`;
const cannot = whyNotInside(["mmdebstrap"]);

describe.runIf(!isInside)("a box with systemd", () => {
  if (cannot !== null) console.log(`LEFT OUT: a box that starts by its own systemd (${cannot})`);
  if (debs === undefined) console.log("LEFT OUT: calls through FreeSWITCH on that box (FREESWITCH_DEBS is not given)");

  test.skipIf(cannot !== null)(
    "starts, and is used from its local network",
    async () => {
      buildPanelIfOld();
      await buildPrograms();
      const debian = await DebianRoot.make(codename, {
        packages: ["systemd", "systemd-sysv", "dbus", "iproute2"],
        hasOurNode: codename === "bookworm",
      });
      try {
        execFileSync(join(project, "appliance/copy-payload.sh"), [project, join(debian.path, "root/hotline")]);
        if (debs !== undefined) cpSync(debs, join(debian.path, "root/debs"), { recursive: true });
        const given: Record<string, string> = debs === undefined ? {} : { FREESWITCH_DEBS: "/root/debs" };
        const { code, said } = await debian.run(["/root/hotline/appliance/install.sh"], given);
        expect({ code, said }).toMatchObject({ code: 0 });
        const network = ["[Match]", "Name=eth0", "", "[Network]", `Address=${BOX}/24`, `Gateway=${OFFICE}`, ""];
        writeFileSync(join(debian.path, "etc/systemd/network/10-office.network"), network.join("\n"));
        execFileSync("chroot", [debian.path, "systemctl", "-q", "enable", "systemd-networkd"]);
        writeFileSync(join(debian.path, "etc/machine-id"), "");
        const env = { [ROOT_OF_BOX]: debian.path };
        expect(await runInside(fileURLToPath(import.meta.url), { env, testTimeoutMs: 180_000 })).toBe(0);
      } finally {
        await debian.remove();
      }
    },
    MAKE_MS,
  );
});

interface Phone {
  extension: string;
  sipUser: string;
  sipPassword: string;
}

describe.runIf(isInside)("from its local network", () => {
  const box = new BootedDebian(process.env[ROOT_OF_BOX] ?? "");
  const cable = cableToUs("office", `${OFFICE}/24`);
  const phones: ScriptedPhone[] = [];
  const place = async (): Promise<SecurePlace> => {
    const given = await fetch(`http://${BOX}/ca.crt`, { signal: AbortSignal.timeout(10_000) });
    return { host: BOX, port: 443, name: "hotline.local", ca: await given.text() };
  };
  const panel = new PanelClient("https://hotline.local", fetchAt(place));
  const status = async () =>
    await panel
      .get<{ needsSetup: boolean; switch: { connected: boolean }; database: { connected: boolean } }>("/status")
      .catch(() => null);
  const isUp = async () =>
    await until("the panel and its database", async () => (await status())?.database.connected, START_MS);
  const hasSwitch = async () => await until("the switch", async () => (await status())?.switch.connected, START_MS);
  const systemctl = async (...words: string[]) => (await box.run("systemctl", "--no-pager", ...words)).said.trim();
  const sh = async (command: string) => {
    const { code, said } = await box.run("sh", "-ec", command);
    expect({ command, code, said }).toMatchObject({ code: 0 });
    return said.trim();
  };
  const mainPid = async (unit: string) => await systemctl("show", "-p", "MainPID", "--value", unit);
  /** Resolves when the unit's program runs anew. */
  const killed = async (unit: string) => {
    const pid = await mainPid(unit);
    expect((await box.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", unit)).code).toBe(0);
    await until(`${unit} runs again`, async () => !["0", pid].includes(await mainPid(unit)), 30_000);
  };

  async function phone(options: Parameters<typeof ScriptedPhone.open>[0]): Promise<ScriptedPhone> {
    const opened = await ScriptedPhone.open({ address: OFFICE, ...options });
    phones.push(opened);
    return opened;
  }

  /** As phones do it, which try again after some seconds; who tries without a pause is banned. Resolves when the daemon knows of it. */
  async function registered(one: ScriptedPhone, extension: string): Promise<void> {
    const isIn = async () => {
      try {
        await one.register();
      } catch (error) {
        if (!(error instanceof PhoneError)) throw error;
        await pause(PHONE_TRIES_AGAIN_MS);
        return false;
      }
      const all = await panel.get<{ extension: string; isRegistered: boolean }[]>("/operators/presence");
      return all.find((presence) => presence.extension === extension)?.isRegistered;
    };
    await until(`${extension} is registered`, isIn, 60_000);
  }

  /** A caller from outside reaches an operator; both hear each other, and it is in the log with its recording. */
  async function callIn(line: ScriptedPhone, operator: ScriptedPhone, number: string): Promise<void> {
    operator.incoming.clear();
    const call = await line.call(NUMBER, { from: { number, name: "Caller" } });
    const ringing = await operator.incoming.next({ timeoutMs: 60_000 });
    ringing.answer();
    await converse(call, ringing);
    await converseOn(call, ringing, 3);
    await call.hangUp();
    const recording = await until(
      "the call in the log, with its recording",
      async () => {
        const { calls } = await panel.get<{ calls: { callId: string }[] }>(`/calls?q=${number}`);
        const callId = calls[0]?.callId;
        if (callId === undefined) return null;
        const logged = await panel.get<LoggedCall>(`/calls/${callId}`);
        return logged.outcome === "talked" && logged.recordings[0]?.state === "ready" ? logged.recordings[0] : null;
      },
      90_000,
    );
    const { length } = Buffer.from(
      await (await panel.fetch(`/recordings/${recording.recordingId}/audio`)).arrayBuffer(),
    );
    expect(length).toBe(recording.bytes);
  }

  beforeAll(async () => {
    await box.start(cable);
    await isUp();
  }, 240_000);
  afterAll(async () => {
    for (const opened of phones) await opened.close();
    await box.cutPower();
  }, 60_000);

  test("everything of ours has started, and nothing failed", async () => {
    const failed = await until("nothing is starting any more", async () => {
      if ((await systemctl("list-jobs", "--no-legend")).includes("hotline")) return undefined;
      return { units: await systemctl("list-units", "--failed", "--plain", "--no-legend", "hotline*") };
    });
    expect(failed).toEqual({ units: "" });
    const units = debs === undefined ? UNITS : [...UNITS, "hotline-switch.service"];
    expect(await systemctl("is-active", ...units)).toBe(units.map(() => "active").join("\n"));
  });

  test("plain HTTP leads to HTTPS, whose certificate is of the authority that the box hands out", async () => {
    const answer = await fetch(`http://${BOX}/calls`, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")?.startsWith("https://")]).toEqual([308, true]);
    expect((await getSecurely(await place(), "/")).body).toContain("<script");
    await expect(getSecurely({ ...(await place()), name: "other.example" }, "/")).rejects.toThrow("altnames");
  });

  test("nothing is reached from the local network but panel and telephones", async () => {
    for (const port of [5432, 8021, 8080]) {
      const reached = await fetch(`http://${BOX}:${port}/`, { signal: AbortSignal.timeout(1_500) }).then(
        () => true,
        () => false,
      );
      expect([port, reached]).toEqual([port, false]);
    }
  });

  test("it is set up; the switch is there, or is said to be missing", async () => {
    const { phones: given } = await panel.post<{ phones: Phone[] }>("/setup", {
      ...{ language: "ka", timeZone: "Asia/Tbilisi", country: "GE", firmName: "მაღაზია", admin: OWNER },
      operators: [
        { name: "Nino", extension: "101" },
        { name: "Gia", extension: "102" },
      ],
      ...{ trunk: null, number: NUMBER },
    });
    const flow = usualSimpleFlow({ ...usualHours(), alwaysOpen: true });
    await panel.put("/flow", { ...flow, menu: { ...flow.menu, isEnabled: false } });
    if (debs === undefined) return expect((await status())?.switch.connected).toBe(false);
    await hasSwitch();
    for (const { extension, sipUser: user, sipPassword: password } of given) {
      const opened = await phone({ server: { address: BOX, port: 5060 }, domain: "hotline", user, password });
      await registered(opened, extension);
    }
    const settings = await panel.get<Record<string, unknown>>("/settings");
    const body = JSON.stringify({ ...settings, callerLanguages: ["en"] });
    const headers = { "content-type": "application/json" };
    // Not before its prompts are spoken.
    await until(
      "callers are spoken to in English alone",
      async () => (await panel.fetch("/settings", { method: "PUT", headers, body })).ok,
      START_MS,
    );
    const line = await phone({ server: { address: BOX, port: 5080 }, user: "line" });
    const trunk = { name: "City", kind: "city", mode: "ip-peer", server: OFFICE, port: line.address.port };
    await panel.post("/trunks", { ...trunk, sources: ["203.0.113.0/24"] });
    await until("the firewall lets calls of the line in", async () => {
      const { said } = await box.run("nft", "list", "set", "inet", "hotline", "trunks4");
      return said.includes(OFFICE) && said.includes("203.0.113.0/24");
    });
    await until(
      "the line works",
      async () => (await panel.get<{ state: string }[]>("/trunks"))[0]?.state === "idle",
      60_000,
    );
  });

  test.runIf(debs !== undefined)("one operator calls the other", async () => {
    const [nino, gia] = phones as [ScriptedPhone, ScriptedPhone, ScriptedPhone];
    const call = await nino.call("102");
    const ringing = await gia.incoming.next({ timeoutMs: 20_000 });
    ringing.answer();
    await converse(call, ringing);
    await call.hangUp();
  });

  test.runIf(debs !== undefined)("a caller from outside talks with an operator, and is recorded", async () => {
    const [nino, gia, line] = phones as [ScriptedPhone, ScriptedPhone, ScriptedPhone];
    gia.behaviour = { type: "reject", status: 486 };
    await callIn(line, nino, "599441001");
  });

  test.runIf(debs !== undefined)("the switch is killed: it is there again, with its phones", async () => {
    const [nino, , line] = phones as [ScriptedPhone, ScriptedPhone, ScriptedPhone];
    await killed("hotline-switch.service");
    await hasSwitch();
    await registered(nino, "101");
    await callIn(line, nino, "599441002");
  });

  test("at night one unit fetches the security updates, and another, without a network, installs them, and is not cut off by a restart", {
    timeout: NIGHT_MS,
  }, async () => {
    const hole = "hotline-test-hole";
    const repository = { codename, token: "PT-of_the_whole_box", label: "Debian-Security", address: OFFICE };
    const debians = await VendorRepository.open({ ...repository, packages: [hole] });
    try {
      // From here Debian's own servers are not reached.
      await sh("mkdir /root/sources; mv /etc/apt/sources.list* /root/sources/; mkdir /etc/apt/sources.list.d");
      await sh(debians.asSource("stand-in"));
      await sh(`apt-get -q update && apt-get -q install -y ${hole}`);
      await debians.release([hole], "1.11.1-1+deb1", "Debian-Security");
      const { code } = await box.run("systemctl", "start", "hotline-security.service");
      const journal = (await box.run("journalctl", "--no-pager", "-u", "hotline-security*")).said;
      expect({ code, journal }).toMatchObject({ code: 0 });
      expect(await sh(`dpkg-query -W -f '\${Version}' ${hole}`)).toBe("1.11.1-1+deb1");
      const state = await sh("cat /var/lib/hotline-security/state.json");
      expect(JSON.parse(state)).toMatchObject({ outcome: "done", problem: "", installed: "1", restartWaits: false });

      const began = "/var/lib/in-the-midst-began";
      const installing = async (version: string, seconds: number) => {
        await sh("sed -i s/done/failed/ /var/lib/hotline-security/state.json");
        await debians.release([hole], version, "Debian-Security");
        await sh(`rm -f ${began}; printf 'touch ${began}\\nsleep ${seconds}\\n' >${IN_THE_MIDST}`);
        await sh("systemctl --no-block start hotline-security.service");
        await until("a package is being installed", async () => (await box.run("ls", began)).code === 0, 60_000);
      };
      const isWhole = async () => (await box.run("dpkg", "--audit")).said === "";
      const startAgain = async () => {
        await until("the cable is out", () => !readFileSync("/proc/net/dev", "utf8").includes("office"));
        await box.start(cable);
        await isUp();
        await sh(`rm ${IN_THE_MIDST}`);
      };
      // A restart waits until the package is whole.
      await installing("1.11.1-1+deb2", 15);
      await sh("systemctl --no-block start reboot.target");
      await box.ended();
      await startAgain();
      expect(await isWhole()).toBe(true);
      expect(await sh(`dpkg-query -W -f '\${Version}' ${hole}`)).toBe("1.11.1-1+deb2");
      // A power cut does not: what it left is finished the next time.
      await installing("1.11.1-1+deb3", 600);
      await box.cutPower();
      await startAgain();
      expect(await isWhole()).toBe(false);
      await sh("systemctl start hotline-security.service");
      expect(await isWhole()).toBe(true);
      expect(await sh(`dpkg-query -W -f '\${Version}' ${hole}`)).toBe("1.11.1-1+deb3");
      await sh("rm -r /etc/apt/sources.list.d; mv /root/sources/* /etc/apt/");
    } finally {
      await debians.close();
    }
    // It restarted what may still have run what was replaced.
    await isUp();
  });

  test("a backup is made in units of its own, which are the first to go when memory is short; cut off it is made again", {
    timeout: NIGHT_MS,
  }, async () => {
    const ballast = "/var/lib/hotline/recordings/ballast";
    await sh(`install -d -o hotline -g hotline -m 700 /mnt/backups; head -c 200M /dev/urandom >${ballast}`);
    await sh(`chown hotline:hotline ${ballast}`);
    expect(await sh("stat -c '%a %U' /run/hotline-backup.sock")).toBe("600 hotline");
    const seenBy = async (unit: string) =>
      await sh(`stat -c '%a %U' /proc/${await mainPid(unit)}/root/run/hotline-backup.sock`);
    expect(await seenBy("hotlined.service")).toBe("600 hotline");
    for (const unit of ["hotline-database.service", ...(debs === undefined ? [] : ["hotline-switch.service"])])
      expect([unit, await seenBy(unit)]).toEqual([unit, "0 root"]);
    const target = { kind: "path", path: "/mnt/backups/box" };
    await panel.put("/backup", { target, at: "02:30", keep: { daily: 14, weekly: 8, monthly: 12 } });
    const restic = async () => (await box.run("sh", "-c", RESTIC)).said.trim();
    const begun = async () => {
      await panel.post("/backup/run", { kind: "backup" });
      return await until("restic stores", async () => (await restic()) || undefined, 60_000);
    };
    const last = async () =>
      await until(
        "it has ended",
        async () => {
          const { running, runs } = await panel.get<{ running: object | null; runs: object[] }>("/backup");
          return running === null ? runs[0] : undefined;
        },
        120_000,
      );
    expect(await begun()).toMatch(/^900 19 \/system\.slice\/hotline-backup@[0-9]+-[0-9]+-[0-9]+\.service$/);
    expect(await last()).toMatchObject({ kind: "backup", isGood: true });
    await panel.post("/backup/run", { kind: "drill" });
    expect(await last()).toMatchObject({ kind: "drill", isGood: true });
    // What went well is not even named in the journal.
    const inJournal = async () =>
      (await sh("journalctl --sync; journalctl -F UNIT")).split("\n").filter((name) => name.includes("backup@"));
    expect(await inJournal()).toEqual([]);

    const unit = (await begun()).split("/").at(-1) ?? "";
    await systemctl("kill", "--kill-whom=all", "--signal=KILL", unit);
    expect(await last()).toMatchObject({ kind: "backup", isGood: false, problem: "failed" });
    expect(await inJournal()).toEqual([unit]);
    await begun();
    await killed("hotlined.service");
    await until("restic has ended", async () => (await restic()) === "" || undefined, 60_000);
    await isUp();
    const isKnown = async () => (await panel.get<{ settings: object | null }>("/backup")).settings;
    await until("it knows again where to", isKnown, 60_000);
    await begun();
    expect(await last()).toMatchObject({ kind: "backup", isGood: true });
    expect(await systemctl("list-units", "--failed", "--plain", "--no-legend", "hotline*")).toBe("");
    await sh(`rm ${ballast}`);
    if (debs !== undefined) await hasSwitch();
  });

  test("the support file has what the units said, without a number that one of them told", async () => {
    const words = ["--quiet", "--wait", "--unit=hotline-talkative", "echo", "who called: 0599 44 10 77"];
    expect(await box.run("systemd-run", ...words)).toEqual({ code: 0, said: "" });
    await box.run("journalctl", "--sync");
    const archive = Buffer.from(await (await panel.fetch("/support-file")).arrayBuffer());
    const file = ["--extract", "--gzip", "--to-stdout", "hotline-support/logs/units.log"];
    const units = execFileSync("tar", file, { input: archive, encoding: "utf8" });
    expect(units).toContain("hotline-database.service");
    expect(units).toContain("hotline-backup@");
    expect(units).toContain("who called: [number 77]");
    expect(units).not.toContain("44 10");
  });

  test("the daemon is killed: its unit brings it back", async () => {
    await killed("hotlined.service");
    await isUp();
    if (debs !== undefined) await hasSwitch();
  });

  test("the power fails: it starts again as it was", async () => {
    await box.cutPower();
    await until("the cable is out", () => !readFileSync("/proc/net/dev", "utf8").includes("office"));
    await box.start(cable);
    await isUp();
    expect((await status())?.needsSetup).toBe(false);
    await panel.post("/session", { login: OWNER.login, password: OWNER.password });
    if (debs === undefined) return;
    await hasSwitch();
    const [nino, , line] = phones as [ScriptedPhone, ScriptedPhone, ScriptedPhone];
    await registered(nino, "101");
    await callIn(line, nino, "599441003");
    expect((await panel.get<{ calls: unknown[] }>("/calls?q=59944100")).calls.length).toBeGreaterThanOrEqual(3);
  });
});
