/** The units of a box, by systemd's own judgement. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { freeSwitchArguments } from "../src/freeswitch/launch.ts";
import { withTemporaryDir } from "../src/testing/temporary.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "systemd");
const units = readdirSync(folder).sort();
const services = units.filter((name) => name.endsWith(".service"));
const WORST_EXPOSURE = 3;
/** Runs once, with somebody at the screen, who sees how it ends; no service of a box that runs. */
const AT_THE_SCREEN = "hotline-install-to-disk@.service";
/** Asked for anew by the daemon: one for each connection with its socket. */
const ASKED_FOR = "hotline-backup@.service";
const PLACE = "/usr/lib/hotline";

function analyze(args: readonly string[]): { code: number | null; said: string } {
  const { status, stdout, stderr, error } = spawnSync("systemd-analyze", args, {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", SYSTEMD_COLORS: "0", LC_ALL: "C" },
  });
  if (error) throw error;
  return { code: status, said: `${stdout}${stderr}` };
}

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
if (!hasSystemd)
  console.log("systemd-analyze is not on this machine (Debian's package systemd): the units are not judged here");

describe.skipIf(!hasSystemd)("the units of a box", () => {
  test.each(services)("%s is exposed as little as it can be", (name) => {
    const { code, said } = analyze(["security", "--offline=true", "--no-pager", join(folder, name)]);
    expect({ code, said }).toMatchObject({ code: 0 });
    const exposure = /Overall exposure level for .*: ([0-9.]+)/.exec(said)?.[1];
    expect(Number(exposure)).toBeLessThanOrEqual(WORST_EXPOSURE);
  });

  test("systemd finds nothing wrong with them, and every program that they run is there", async () => {
    await withTemporaryDir(async (path) => {
      const at = (place: string) => {
        const to = join(path, place);
        mkdirSync(dirname(to), { recursive: true });
        return to;
      };
      // What they build on, as Debian ships it, and our programs as the payload places them.
      for (const own of ["/usr/lib/systemd/system", "/lib/systemd/system"]) cpSync(own, at(own), { recursive: true });
      cpSync(folder, at("/etc/systemd/system"), { recursive: true });
      cpSync(join(root, "appliance"), at(`${PLACE}/appliance`), { recursive: true });
      for (const program of [`${PLACE}/bin/node`, "/usr/bin/systemctl"])
        writeFileSync(at(program), "", { mode: 0o755 });
      const verify = () => analyze(["verify", "--man=no", "--recursive-errors=no", `--root=${path}`, ...units]);
      const { code, said } = verify();
      expect(said.trim()).toBe("");
      expect(code).toBe(0);
      // That it looks at all: a program that is missing, a word that it does not know.
      writeFileSync(
        at("/etc/systemd/system/hotlined.service"),
        "[Service]\nExecStart=/usr/lib/hotline/none\nWatchdogSecs=1\n",
      );
      expect(verify().said).toMatch(/hotline\/none is not executable/);
      expect(verify().said).toMatch(/WatchdogSecs/);
    });
  });
});

test("nothing that the units keep running is ever given up, and what is killed comes back within seconds", () => {
  const kept = services.filter(
    (name) =>
      ![AT_THE_SCREEN, ASKED_FOR].includes(name) && !/^Type=oneshot$/m.test(readFileSync(join(folder, name), "utf8")),
  );
  expect(kept).toEqual(
    expect.arrayContaining(["hotline-database.service", "hotline-switch.service", "hotlined.service"]),
  );
  for (const name of kept) {
    const text = readFileSync(join(folder, name), "utf8");
    const seconds = Number(/^RestartSec=([0-9]+)$/m.exec(text)?.[1]);
    const isKept = /^StartLimitIntervalSec=0$/m.test(text) && /^Restart=always$/m.test(text) && seconds <= 5;
    expect({ name, isKept }).toEqual({ name, isKept: true });
  }
});

test("programs of backups see what the daemon sees and no more, and are the first to go; the daemon knows where they are asked for", () => {
  const [daemon, program, socket] = ["hotlined.service", ASKED_FOR, "hotline-backup.socket"].map((name) =>
    readFileSync(join(folder, name), "utf8"),
  ) as [string, string, string];
  const setting = (text: string, name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1];
  /** Without its folder of requests to root. */
  const fences = (text: string) =>
    (/^UMask=[^]*?(?=\n\n|$(?![^]))/m.exec(text)?.[0] ?? "")
      .replace(" -/run/hotline-box/requests", "")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
  expect(fences(daemon).length).toBeGreaterThan(20);
  expect(fences(program)).toEqual(fences(daemon));
  expect(Number(setting(program, "OOMScoreAdjust"))).toBeGreaterThan(Number(setting(daemon, "OOMScoreAdjust")) + 1_000);
  // The usual weight, 100: less than the daemon's, and enough to get on while that speaks the first prompts.
  expect(setting(program, "CPUWeight")).toBeUndefined();
  expect(Number(setting(daemon, "CPUWeight"))).toBeGreaterThan(100);
  // A template's own slice would count as much as all of the daemon.
  expect(setting(program, "Slice")).toBe("system.slice");
  expect(setting(daemon, "Environment=HOTLINE_BACKUP_PROGRAMS")).toBe(setting(socket, "ListenStream"));
  expect([setting(socket, "SocketUser"), setting(socket, "SocketMode")]).toEqual(["hotline", "0600"]);
  // What Node says of its own failure is not dropped with what is usual.
  expect(setting(program, "LogLevelMax")).toBe("notice");
  expect(setting(program, "SyslogLevel")).toBe("notice");
});

test("nobody else of the user hotline asks for programs of backups, which see what is kept from them", () => {
  const path = /^ListenStream=(.*)$/m.exec(readFileSync(join(folder, "hotline-backup.socket"), "utf8"))?.[1];
  // These see all of it themselves.
  const trusted = ["hotlined.service", ASKED_FOR, "hotline-rotate-secrets.service"];
  const others = services.filter(
    (name) => !trusted.includes(name) && /^User=hotline$/m.test(readFileSync(join(folder, name), "utf8")),
  );
  expect(others).toEqual(expect.arrayContaining(["hotline-database.service", "hotline-switch.service"]));
  for (const name of others) {
    const text = readFileSync(join(folder, name), "utf8");
    const isKept = /^InaccessiblePaths=(.*)$/m.exec(text)?.[1]?.split(" ").includes(`-${path}`);
    // A path that is not there when a unit starts is kept from nobody.
    expect({ name, isKept, isAfter: /^After=.*hotline-backup\.socket/m.test(text) }).toEqual({
      ...{ name, isKept: true, isAfter: true },
    });
  }
});

test("the daemon waits for the first try to bring the database back after an update; that is tried until it is back", () => {
  const text = readFileSync(join(folder, "hotline-bring-back.service"), "utf8");
  expect(text).toMatch(/^Before=hotlined\.service$/m);
  expect(text).toMatch(/^Restart=on-failure$/m);
  expect(text).toMatch(/^StartLimitIntervalSec=0$/m);
  // A database that does not start ends no try before it begins.
  expect(text).not.toMatch(/^Requires=/m);
});

test("whoever looks at the panel on a box knows its ports: those of the sockets, unless the owner's settings say others", () => {
  const socket = (name: string) => /^ListenStream=([0-9]+)$/m.exec(readFileSync(join(folder, name), "utf8"))?.[1];
  const ports = { HTTP: socket("hotline-http.socket"), HTTPS: socket("hotline-https.socket") };
  expect(ports).toEqual({ HTTP: "80", HTTPS: "443" });
  const portIn = (text: string, scheme: string) =>
    new RegExp(`^Environment=HOTLINE_${scheme}_PORT=([0-9]+)$`, "m").exec(text)?.[1];
  const looking = services.filter((name) =>
    /dist\/(hotlined|console|update)\.js/.test(readFileSync(join(folder, name), "utf8")),
  );
  expect(looking.length).toBeGreaterThanOrEqual(5);
  for (const name of looking) {
    const [before = ""] = readFileSync(join(folder, name), "utf8").split("EnvironmentFile=");
    const told = { HTTP: portIn(before, "HTTP"), HTTPS: portIn(before, "HTTPS") };
    expect({ name, told }).toEqual({ name, told: ports });
  }
});

test("on a box FreeSWITCH is started with the same arguments as everywhere", () => {
  const { stdout } = spawnSync(join(root, "appliance/programs/switch"), {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", HOTLINE_DATA_DIR: "/var/lib/hotline", FREESWITCH_BIN: "/bin/echo" },
  });
  const expected = freeSwitchArguments(join(root, "freeswitch-conf"), "/var/lib/hotline");
  const pairs = (words: readonly string[]) =>
    words
      .join(" ")
      .trim()
      .split(/ (?=-)/)
      .sort();
  expect(pairs(stdout.trim().split(" "))).toEqual(pairs(expected));
});
