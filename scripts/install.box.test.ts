/**
 * appliance/install.sh and uninstall.sh in a Debian of their own: an empty Debian 12 becomes a box whose panel answers, by each way to
 * FreeSWITCH. HOTLINE_BOX_DEBIAN=trixie does the same on Debian 13, with Debian's own Node.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DebianRoot } from "../src/testing/debian-root.ts";
import { getSecurely } from "../src/testing/secure-panel.ts";
import { freeTcpPort } from "../src/testing/temporary.ts";
import { until } from "../src/testing/until.ts";
import { IN_THE_MIDST, VendorRepository, vendorsPackages } from "../src/testing/vendor-repository.ts";
import { buildPrograms } from "./build.ts";
import { buildPanelIfOld } from "./build-panel.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const codename = process.env["HOTLINE_BOX_DEBIAN"] === "trixie" ? "trixie" : "bookworm";
const TOKEN = "PT0123456789abcdef_of-a-test";
const INSTALL_MS = 900_000;
const START_MS = 120_000;
const UNAME = "/usr/local/sbin/uname";
const UNITS = [
  "hotline-database.service",
  "hotline-switch.service",
  "hotlined.service",
  "hotline-firewall.service",
  "hotline-backup.socket",
];

const packages = vendorsPackages(readFileSync(join(project, "freeswitch-conf/autoload/modules.conf.xml"), "utf8"));
let debian: DebianRoot;
let vendor: VendorRepository;

const install = async (env: Record<string, string> = {}) =>
  await debian.run(["/root/hotline/appliance/install.sh"], env);
const inside = async (...command: string[]) => (await debian.run(command)).said.trim();
const areInstalled = async (names: readonly string[]) => {
  const states = (await inside("dpkg-query", "-W", "-f", "${db:Status-Status}\\n", ...names)).split("\n");
  return states.length === names.length && states.every((state) => state === "installed");
};

/** The next package of ours is cut off while it is installed, and dpkg with it: as by a power cut. */
const cutNextInstallation = async () =>
  await writeFile(join(debian.path, IN_THE_MIDST), `rm ${IN_THE_MIDST}\nkill -KILL $PPID\n`);
const areWhole = async () => (await inside("dpkg", "--audit")) === "";

/** What the installer may have touched, with times, so that writing the same again would be seen. */
const everything = async () =>
  await inside("find", "/etc", "/usr/lib/hotline", "/var/lib/hotline", "-printf", "%p %M %u:%g %s %T@ %l\\n");

beforeAll(async () => {
  buildPanelIfOld();
  await buildPrograms();
  vendor = await VendorRepository.open({ codename, token: TOKEN, packages });
  debian = await DebianRoot.make(codename, {
    packages: ["systemd", "systemd-sysv"],
    hasOurNode: codename === "bookworm",
  });
  execFileSync(join(project, "appliance/copy-payload.sh"), [project, join(debian.path, "root/hotline")]);
}, INSTALL_MS);

afterAll(async () => {
  await debian?.remove();
  await vendor?.close();
}, START_MS);

test("one command makes an empty Debian a box, and says that FreeSWITCH comes later", {
  timeout: INSTALL_MS,
}, async () => {
  const { code, said } = await install();
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(said).toContain("FreeSWITCH comes later");
  expect(await inside("systemctl", "is-enabled", ...UNITS)).toBe(UNITS.map(() => "enabled").join("\n"));
  // Debian's own cluster, which nobody would use, was not made.
  expect(await inside("pg_lsclusters", "--no-header")).toBe("");
});

test("run again it changes nothing", { timeout: INSTALL_MS }, async () => {
  const before = await everything();
  const { code, said } = await install();
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(said).toContain("nothing was changed");
  expect(await everything()).toBe(before);
});

test("cut off, it goes on when it is run again, and starts what was not started yet", {
  timeout: INSTALL_MS,
}, async () => {
  // It comes as far as the units, of which it has written one anew.
  const wrapper = join(debian.path, "usr/local/sbin/systemctl");
  await inside("rm", "/etc/systemd/system/hotline-disks.timer");
  await writeFile(wrapper, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  expect((await install()).code).not.toBe(0);
  await rm(wrapper);
  const { code, said } = await install();
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(said).toContain("Going on where the last run was cut off");
  expect(said).not.toContain("nothing was changed");
  expect((await install()).said).toContain("nothing was changed");
});

test("cut off while Debian's packages are installed, it finishes them when it is run again", {
  timeout: INSTALL_MS,
}, async () => {
  // As dpkg leaves it: half configured, and noted beside its list.
  const half = "s/^Status: .*/Status: install ok half-configured/";
  const note = "/var/lib/dpkg/updates/0000";
  await inside("sh", "-ec", `sed -n '/^Package: restic$/,/^$/p' /var/lib/dpkg/status | sed '${half}' >${note}`);
  expect(await areInstalled(["restic"])).toBe(false);
  const { code, said } = await install();
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(await areInstalled(["restic"])).toBe(true);
  expect(await areWhole()).toBe(true);
});

test("cut off right after it brought avahi, it still gives it the box's name; avahi that was there keeps its own", {
  timeout: INSTALL_MS,
}, async () => {
  const name = async () => await inside("grep", "-E", "^#?host-name=", "/etc/avahi/avahi-daemon.conf");
  const cut = join(debian.path, "etc/apt/apt.conf.d/99-cut-off");
  await inside("apt-get", "purge", "-y", "avahi-daemon");
  await writeFile(cut, 'DPkg::Post-Invoke { "false"; };\n');
  expect((await install()).code).not.toBe(0);
  expect(await areInstalled(["avahi-daemon"])).toBe(true);
  await rm(cut);
  expect((await install()).code).toBe(0);
  expect(await name()).toBe("host-name=hotline");
  await inside("sed", "-i", "s/^host-name=.*/host-name=reception/", "/etc/avahi/avahi-daemon.conf");
  expect((await install()).code).toBe(0);
  expect(await name()).toBe("host-name=reception");
  await inside("sed", "-i", "s/^host-name=.*/host-name=hotline/", "/etc/avahi/avahi-daemon.conf");
});

test("data and settings are closed to everybody else", async () => {
  const modes = await inside(
    "stat",
    "-c",
    "%a %U:%G %n",
    "/var/lib/hotline",
    "/var/lib/hotline/secrets",
    "/etc/hotline",
    "/etc/hotline/hotline.env",
  );
  expect(modes.split("\n")).toEqual([
    "700 hotline:hotline /var/lib/hotline",
    "700 hotline:hotline /var/lib/hotline/secrets",
    "750 root:hotline /etc/hotline",
    "640 root:hotline /etc/hotline/hotline.env",
  ]);
  expect(await inside("getent", "passwd", "hotline")).toMatch(/:\/usr\/sbin\/nologin$/);
  // Of the programs nothing is the service's own to change.
  expect(
    await inside("find", "/usr/lib/hotline", "-not", "-user", "root", "-o", "-perm", "/022", "-not", "-type", "l"),
  ).toBe("");
});

test("what the units run serves the panel and has its database, as the user hotline", {
  timeout: 3 * START_MS,
}, async () => {
  const port = await freeTcpPort();
  const unit = await readFile(join(debian.path, "etc/systemd/system/hotlined.service"), "utf8");
  const environment = [...unit.matchAll(/^Environment=(.+)$/gm)].map((found) => found[1] ?? "");
  const asHotline = ["setpriv", "--reuid=hotline", "--regid=hotline", "--init-groups", "env"];
  const [securePort, host] = [await freeTcpPort(), "127.0.0.1"];
  const ourPort = [`HOTLINE_HTTP_PORT=${port}`, `HOTLINE_HTTPS_PORT=${securePort}`, `HOTLINE_HTTP_HOST=${host}`];
  const makeDatabase = `until ${asHotline.join(" ")} ${environment.join(" ")} /usr/lib/hotline/bin/node /usr/lib/hotline/dist/database.js make; do sleep 1; done`;
  const script = [
    `${asHotline.join(" ")} ${environment.join(" ")} /usr/lib/hotline/appliance/programs/database-server &`,
    makeDatabase,
    `exec ${asHotline.join(" ")} ${[...environment, ...ourPort].map((word) => `'${word}'`).join(" ")} /usr/lib/hotline/bin/node /usr/lib/hotline/dist/hotlined.js`,
  ];
  const { child, ended } = debian.start(["/bin/sh", "-c", script.join("\n")]);
  try {
    const status = await until(
      "the panel answers, with its database",
      async () => {
        if (child.exitCode !== null) throw new Error((await ended).said);
        const answer = await fetch(`http://127.0.0.1:${port}/api/status`).catch(() => null);
        const said = answer?.ok
          ? ((await answer.json()) as { database: { connected: boolean }; needsSetup: boolean })
          : null;
        return said?.database.connected ? said : null;
      },
      START_MS,
    );
    // There is no account that somebody could know the password of.
    expect(status.needsSetup).toBe(true);
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect(await page.text()).toContain("<script");
    const ca = await (await fetch(`http://${host}:${port}/ca.crt`)).text();
    const secure = await getSecurely({ host, port: securePort, name: "hotline.local", ca }, "/");
    expect(secure.body).toContain("<script");
    // The manual's own command for a backup finds program, data and database; nobody has chosen a place for backups yet.
    const manual = await readFile(join(project, "docs/admin.md"), "utf8");
    const command = /^runuser .* backup$/m.exec(manual)?.[0] ?? "";
    expect(await debian.run(["/bin/sh", "-c", command])).toEqual({ code: 1, said: "no place for backups is chosen\n" });
  } finally {
    await debian.stop(child);
  }
});

test("the firewall's rules are taken by nft, with networks and trunks' addresses in their sets", async () => {
  const networks = join(debian.path, "etc/hotline/local-networks");
  const before = await readFile(networks, "utf8");
  await writeFile(networks, `${before}192.168.7.0/24\n2001:db8:7::/64\nnonsense\n`);
  const trunks = join(debian.path, "var/lib/hotline/trunk-addresses.json");
  await writeFile(
    trunks,
    JSON.stringify({
      "udp:192.0.2.99:5060": { port: 5060, addresses: ["192.0.2.5", "192.0.2.7"] },
      "tls:x.ge:5061": { port: 5061, addresses: ["2001:db8::5"] },
    }),
  );
  try {
    const { code, said } = await debian.run([
      ...["unshare", "--net", "/bin/sh", "-euc"],
      "/usr/lib/hotline/appliance/firewall.sh load; /usr/lib/hotline/appliance/firewall.sh load; nft list table inet hotline; rm /var/lib/hotline/trunk-addresses.json; /usr/lib/hotline/appliance/firewall.sh trunks; echo AFTER; nft list set inet hotline trunks4; /usr/lib/hotline/appliance/firewall.sh unload; nft list ruleset | wc -c",
    ]);
    expect({ code, said }).toMatchObject({ code: 0 });
    const [rules = "", after = ""] = said.split("AFTER");
    for (const words of [
      "192.168.0.0/16",
      "2001:db8:7::/64",
      "192.0.2.5, 192.0.2.7",
      "2001:db8::5",
      "tcp dport { 80, 443 }",
      "udp dport 16384-32768",
    ])
      expect(rules).toContain(words);
    expect(rules).not.toContain("192.0.2.99");
    expect(after).not.toContain("192.0.2");
    expect(after.trim().split("\n").at(-1)).toBe("0");
  } finally {
    await writeFile(networks, before);
    await rm(trunks, { force: true });
  }
});

test("with a wrong token FreeSWITCH is not installed, all else is, and the token is kept nowhere", {
  timeout: INSTALL_MS,
}, async () => {
  const { code, said } = await install({ FREESWITCH_REPOSITORY: vendor.url, FREESWITCH_TOKEN: `${TOKEN}-wrong` });
  expect({ code, said }).toMatchObject({ code: 1 });
  expect(said).toContain("all else is");
  expect(said).toContain("is the access token right");
  expect(vendor.refused.length).toBeGreaterThan(0);
  expect(await inside("grep", "-rlF", TOKEN, "/etc", "/var", "/usr/lib/hotline", "/root", "/tmp")).toBe("");
});

/** As the daemon asks, and as the unit answers; on a machine without systemd somebody has to play both. */
async function askInPanel(token: string, env: Record<string, string> = {}, before = "true") {
  const places = ["/run/hotline-switch", "/run/hotline-switch-install"];
  const script = [
    `install -d -m 700 -o hotline -g hotline ${places[0]}; install -d ${places[1]}`,
    `printf '%s\\n' "$0" | setpriv --reuid=hotline --regid=hotline --init-groups sh -c 'umask 077; cat >${places[0]}/token'`,
    before,
    `/usr/lib/hotline/appliance/install-switch-asked.sh ${places.join(" ")}`,
  ];
  const { code, said } = await debian.run(["/bin/sh", "-c", script.join("\n"), token], {
    FREESWITCH_REPOSITORY: vendor.url,
    ...env,
  });
  const state: unknown = JSON.parse(await inside("cat", `${places[1]}/state.json`));
  expect(await inside("ls", places[0] ?? "")).toBe("");
  expect(said).not.toContain(token);
  return { code, said, state };
}

test("asked for in the panel: a wrong token, no internet and no room are told apart, and nothing is left behind", {
  timeout: INSTALL_MS,
}, async () => {
  const refusedBefore = vendor.refused.length;
  expect(await askInPanel(`${TOKEN}-wrong`)).toMatchObject({ code: 1, state: { problem: "wrong-token" } });
  expect(vendor.refused.length).toBeGreaterThan(refusedBefore);
  // What is no token never gets as far as the vendor.
  const refusedNow = vendor.refused.length;
  expect(await askInPanel("$(id) and more")).toMatchObject({ code: 1, state: { problem: "wrong-token" } });
  expect(vendor.refused.length).toBe(refusedNow);

  const nobody = { FREESWITCH_REPOSITORY: `http://127.0.0.1:${await freeTcpPort()}/` };
  expect(await askInPanel(TOKEN, nobody)).toMatchObject({ code: 1, state: { problem: "no-internet" } });
  const small = "mount -t tmpfs -o size=8m tmpfs /var/cache/apt/archives";
  expect(await askInPanel(TOKEN, {}, small)).toMatchObject({ code: 1, state: { problem: "no-room" } });
  expect(await areInstalled(["freeswitch"])).toBe(false);
});

test("asked for in the panel, the token is an argument of no program", { timeout: INSTALL_MS }, async () => {
  // Stands before Debian's, and writes down how it was called.
  const wrapper = "/usr/local/sbin/grep";
  const lines = ["#!/bin/sh", 'echo "$0 $*" >>/var/tmp/arguments', 'exec /usr/bin/grep "$@"', ""];
  await writeFile(join(debian.path, wrapper), lines.join("\n"), { mode: 0o755 });
  try {
    expect(await askInPanel(`${TOKEN}-wrong`)).toMatchObject({ code: 1, state: { problem: "wrong-token" } });
    const seen = await readFile(join(debian.path, "var/tmp/arguments"), "utf8");
    expect(seen).toContain(wrapper);
    expect(seen).not.toContain(TOKEN);
  } finally {
    await rm(join(debian.path, wrapper));
    await rm(join(debian.path, "var/tmp/arguments"), { force: true });
  }
});

test("asked for in the panel and cut off amid its packages, it is said to be unfinished where the daemon looks", {
  timeout: INSTALL_MS,
}, async () => {
  await cutNextInstallation();
  expect(await askInPanel(TOKEN)).toMatchObject({ code: 1, state: { problem: "failed" } });
  expect(await inside("ls", "/usr/bin/freeswitch")).toBe("/usr/bin/freeswitch");
  expect(await areWhole()).toBe(false);
  const asHotline = ["setpriv", "--reuid=hotline", "--regid=hotline", "--init-groups"];
  expect((await debian.run([...asHotline, "test", "-e", "/var/lib/hotline-install/switch"])).code).toBe(0);
});

test("asked for in the panel with the right token it is installed, and a link in the token's place leads nowhere", {
  timeout: INSTALL_MS,
}, async () => {
  const link = "ln -sf /etc/shadow /run/hotline-switch/token";
  expect(await askInPanel(TOKEN, {}, link)).toMatchObject({ code: 1, state: { problem: "wrong-token" } });
  expect(await askInPanel(TOKEN)).toMatchObject({ code: 0, state: { state: "done", problem: "" } });
  expect(await areInstalled(packages)).toBe(true);
  expect(await areWhole()).toBe(true);
  expect(await inside("ls", "/var/lib/hotline-install")).toBe("");
  const files = await inside("grep", "-rlF", TOKEN, "/etc", "/var", "/usr", "/root", "/tmp", "/run");
  expect(files).toBe("/etc/apt/auth.conf.d/hotline-freeswitch.conf");
  // As if it had never been, for what follows.
  await inside("apt-get", "purge", "-y", ...packages);
  await inside(
    "sh",
    "-c",
    "rm -f /etc/apt/auth.conf.d/hotline-* /etc/apt/sources.list.d/hotline-* /var/log/freeswitch*",
  );
});

test("with the vendor's token FreeSWITCH comes from the vendor; the token is in one file that root alone reads", {
  timeout: INSTALL_MS,
}, async () => {
  const { code, said } = await install({ FREESWITCH_REPOSITORY: vendor.url, FREESWITCH_TOKEN: TOKEN });
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(said).not.toContain(TOKEN);
  expect(await areInstalled(packages)).toBe(true);
  const files = await inside("grep", "-rlF", TOKEN, "/etc", "/var", "/usr", "/root", "/tmp");
  expect(files).toBe("/etc/apt/auth.conf.d/hotline-freeswitch.conf");
  expect(await inside("stat", "-c", "%a %U", files)).toBe("600 root");
  // The stand-in's packages write down what they see of the environment.
  expect(await readFile(join(debian.path, "var/log/freeswitch-environment.log"), "utf8")).toContain("DPKG");
  const before = await everything();
  expect((await install({ FREESWITCH_REPOSITORY: vendor.url, FREESWITCH_TOKEN: TOKEN })).said).toContain(
    "nothing was changed",
  );
  expect(await everything()).toBe(before);
});

test("at night security updates are installed, and nothing else; FreeSWITCH only within its line, and only while nobody is on the telephone", {
  timeout: INSTALL_MS,
}, async () => {
  const kernels = ["9", "10", "11"].map((number) => `linux-image-6.1.0-${number}-amd64`);
  const debians = await VendorRepository.open({
    ...{
      codename,
      token: TOKEN,
      packages: ["hotline-test-hole", "hotline-test-plain", ...kernels],
      label: "Debian-Security",
    },
  });
  try {
    await inside("sh", "-ec", debians.asSource("stand-in-security"));
    const all = ["hotline-test-hole", ...kernels].join(" ");
    const first = await debian.run(["sh", "-ec", `apt-get update && apt-get install -y ${all}`]);
    expect(first).toMatchObject({ code: 0 });
    // The box runs the one in the middle.
    const uname = ["#!/bin/sh", '[ "$*" != -r ] || { echo 6.1.0-10-amd64; exit; }', 'exec /usr/bin/uname "$@"', ""];
    await writeFile(join(debian.path, UNAME), uname.join("\n"), { mode: 0o755 });
    const version = async (name: string) => await inside("dpkg-query", "-W", "-f", "${Version}", name);
    // Of the vendor's, one step within the line and one beyond; of Debian's, an ordinary package that nobody has installed.
    await debians.release(["hotline-test-hole"], "1.11.1-1+deb1", "Debian-Security");
    await vendor.release(["freeswitch"], "1.11.2-1");

    // Nobody listens there: no switch runs, so nobody can be on the telephone.
    const port = await freeTcpPort();
    const night = async (words: readonly string[], before = "true") =>
      await debian.run(
        [
          "sh",
          "-c",
          [before, ...words.map((word) => `/usr/lib/hotline/appliance/security-updates.sh ${word}`)].join(" && "),
        ],
        {
          STATE_DIRECTORY: "/var/lib/hotline-security",
          EVENT_SOCKET_PORT: `${port}`,
        },
      );
    const state = async () => JSON.parse(await inside("cat", "/var/lib/hotline-security/state.json")) as unknown;
    await inside("install", "-d", "/var/lib/hotline-security");
    const { code, said } = await night(["may", "run"]);
    expect({ code, said }).toMatchObject({ code: 0 });
    expect(await version("hotline-test-hole")).toBe("1.11.1-1+deb1");
    expect(await version("freeswitch")).toBe("1.11.2-1");
    expect(await areInstalled(["hotline-test-plain"])).toBe(false);
    expect(await state()).toMatchObject({ outcome: "done", problem: "", installed: "2", waitingSwitch: "" });

    // Neither old kernels nor what was fetched fill the disk; the kernel that runs stays, and the newest.
    expect(await Promise.all(kernels.map(async (name) => await areInstalled([name])))).toEqual([false, true, true]);
    expect(await inside("find", "/var/cache/apt/archives", "-name", "*.deb")).toBe("");

    // The same night again: there is nothing to do.
    expect(await night(["may"])).toMatchObject({ code: 1 });
    // Unless the clock was ahead then.
    await inside("sh", "-ec", `sed -i 's/"lastRunAt":"20../"lastRunAt":"2099/' /var/lib/hotline-security/state.json`);
    expect(await night(["may"])).toMatchObject({ code: 0 });
    // A disk that is full of what was fetched before is no obstacle.
    await inside("sh", "-ec", 'sed -i "s/done/failed/" /var/lib/hotline-security/state.json');
    await debians.release(["hotline-test-hole"], "1.11.1-1+deb1.1", "Debian-Security");
    const archives = "/var/cache/apt/archives";
    const fill = `mount -t tmpfs -o size=1m tmpfs ${archives}; cat /dev/zero >${archives}/old_1_all.deb`;
    expect(await night(["may", "run"], `${fill} 2>/dev/null || true`)).toMatchObject({ code: 0 });
    expect(await version("hotline-test-hole")).toBe("1.11.1-1+deb1.1");

    // Cut off amid a package, the next time finishes it first.
    await inside("sh", "-ec", 'sed -i "s/done/failed/" /var/lib/hotline-security/state.json');
    await debians.release(["hotline-test-hole"], "1.11.1-1+deb2", "Debian-Security");
    await cutNextInstallation();
    expect((await night(["may", "run"])).code).not.toBe(0);
    expect(await areWhole()).toBe(false);
    expect(await night(["may", "run"])).toMatchObject({ code: 0 });
    expect(await areWhole()).toBe(true);
    expect(await version("hotline-test-hole")).toBe("1.11.1-1+deb2");
    // Another line of the switch waits for somebody who decides.
    await inside("sh", "-ec", 'sed -i "s/done/failed/" /var/lib/hotline-security/state.json');
    await vendor.release(["freeswitch"], "1.12.0-1");
    expect(await night(["may", "run"])).toMatchObject({ code: 0 });
    expect(await version("freeswitch")).toBe("1.11.2-1");
    expect(await state()).toMatchObject({ outcome: "done", waitingSwitch: "1.12.0-1" });

    // An update asks for a restart of the box: only where the owner allows it.
    await inside("sh", "-ec", "touch /run/reboot-required");
    expect(await night(["may"])).toMatchObject({ code: 1 });
    await writeFile(join(debian.path, "var/lib/hotline/security-updates.json"), '{"mayReboot": true}');
    await inside("chown", "hotline:hotline", "/var/lib/hotline/security-updates.json");
    expect(await night(["may", "run"])).toMatchObject({ code: 0 });
    expect(await inside("ls", "/var/lib/hotline-security")).toContain("rebooted");

    // Without a way to the repositories it is said so, and tried again.
    await debians.close();
    await inside("sh", "-ec", "rm -f /run/reboot-required");
    await inside("sh", "-ec", 'sed -i "s/done/failed/" /var/lib/hotline-security/state.json');
    expect((await night(["may", "run"])).code).not.toBe(0);
    expect(await state()).toMatchObject({ outcome: "failed", problem: "no-internet" });
  } finally {
    await inside(
      "sh",
      "-c",
      `rm -f /etc/apt/sources.list.d/stand-in-* /etc/apt/auth.conf.d/stand-in-* ${UNAME}; apt-get purge -y hotline-test-hole ${kernels.join(" ")}`,
    );
  }
});

test("uninstalled, data and settings are left, and the next installation finds them", {
  timeout: INSTALL_MS,
}, async () => {
  await writeFile(join(debian.path, "var/lib/hotline/recordings/talk.opus"), "a talk");
  const { code, said } = await debian.run(["/usr/lib/hotline/appliance/uninstall.sh"]);
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(said).toContain("/var/lib/hotline");
  const left = await inside("find", "/etc/systemd/system", "/etc/udev", "/usr/lib/hotline", "-name", "*hotline*");
  for (const name of ["hotlined", "hotline-usb"]) expect(left).not.toContain(name);
  expect(await readFile(join(debian.path, "var/lib/hotline/recordings/talk.opus"), "utf8")).toBe("a talk");
  expect(await inside("cat", "/var/lib/hotline/database/PG_VERSION")).toMatch(/^1[0-9]$/);
});

test("from a folder of .deb files, without network to the vendor; a folder that lacks one is refused by name", {
  timeout: INSTALL_MS,
}, async () => {
  await inside("apt-get", "purge", "-y", ...packages);
  await rm(join(debian.path, "etc/apt/sources.list.d/hotline-freeswitch.sources"));
  await cp(vendor.debs, join(debian.path, "root/debs"), { recursive: true });
  await rm(join(debian.path, "root/debs/freeswitch-mod-sofia_1.11.1-1_all.deb"));
  const lacking = await install({ FREESWITCH_DEBS: "/root/debs" });
  expect(lacking).toMatchObject({ code: 1 });
  expect(lacking.said).toContain("freeswitch-mod-sofia is not among them");
  await cp(vendor.debs, join(debian.path, "root/debs"), { recursive: true });
  const { code, said } = await install({ FREESWITCH_DEBS: "/root/debs" });
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(await areInstalled(packages)).toBe(true);
  expect(await inside("systemctl", "is-enabled", "hotline-switch.service")).toBe("enabled");
  expect(await inside("systemctl", "is-enabled", "freeswitch.service")).toBe("masked");
});
