/**
 * A Debian that runs: systemd as its first process in namespaces of its own (mount, pid, net, cgroup ...), with one network card whose cable
 * leads to a network of the test. For what needs units, networkd and a start of the machine, but no kernel of its own.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "./until.ts";

const run = promisify(execFile);
const START_MS = 90_000;

/** Runs as the first process of its namespaces, and becomes systemd. As container managers do it (systemd's CONTAINER_INTERFACE). */
const BOOT = `
set -eu
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
for place in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs "$root/$place"; done
chmod 1777 "$root/tmp"
mount -t proc proc "$root/proc"
# Read-only where it has no disks: there is no udev then, and networkd does not wait for it.
mount -t sysfs -o "$2" sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for device in null zero full random urandom tty; do touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
mkdir "$root/dev/pts" "$root/dev/shm" "$root/run/host" "$root/tmp/old"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
shift 2
# systemd listens to udev only if it finds this, or all devices, as it begins. What is mounted later is seen by the services that run, as a
# kernel starts it.
sharing=private
if [ $# -gt 0 ]; then mkdir "$root/run/udev"; touch "$root/run/udev/control"; sharing=shared; fi
for disk in "$@"; do cp -a "$disk" "$root/dev/"; done
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
printf hotline-test >"$root/run/host/container-manager"
hostname hotline
cd "$root"
pivot_root . tmp/old
# The clock is everybody's: the first time zone that a kernel is told would move it by hours (settimeofday(2)).
exec env -i container=hotline-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /bin/sh -c \\
  'umount -l /tmp/old && mount --make-r$0 / && exec setpriv --bounding-set=-sys_time --inh-caps=-sys_time /lib/systemd/systemd --log-target=journal --show-status=no' "$sharing"
`;

export interface Outcome {
  code: number;
  said: string;
}

/** What a box is connected to. */
export interface Cable {
  /** Gives the process's namespace one end, as the card `name`. */
  plugIn: (pid: number, name: string) => Promise<void>;
}

/** The other end is ours, as the card `card` with `address` (`192.168.77.1/24`): for a test that has a network of its own. */
export function cableToUs(card: string, address: string): Cable {
  return {
    plugIn: async (pid, name) => {
      await run("ip", ["link", "add", card, "type", "veth", "peer", "name", name, "netns", String(pid)]);
      await run("ip", ["address", "add", address, "dev", card]);
      await run("ip", ["link", "set", card, "up"]);
    },
  };
}

/** A Linux network namespace that stands for whatever is at the other end of the cable. */
export class OfficeNetwork implements Cable {
  readonly name = `hotline-${randomBytes(3).toString("hex")}`;
  readonly card = "lan0";
  readonly #children = new Set<ChildProcess>();

  static async open(): Promise<OfficeNetwork> {
    const network = new OfficeNetwork();
    await run("ip", ["netns", "add", network.name]);
    await network.ip("link", "set", "lo", "up");
    return network;
  }

  async ip(...words: string[]): Promise<string> {
    return (await run("ip", ["-n", this.name, ...words])).stdout;
  }

  async plugIn(pid: number, name: string): Promise<void> {
    await this.ip("link", "add", this.card, "type", "veth", "peer", "name", name, "netns", String(pid));
    await this.ip("link", "set", this.card, "up");
  }

  async run(command: string, ...args: string[]): Promise<Outcome> {
    return await outcomeOf("ip", ["netns", "exec", this.name, command, ...args]);
  }

  start(command: string, ...args: string[]): ChildProcess {
    const child = spawn("ip", ["netns", "exec", this.name, command, ...args], { stdio: "ignore" });
    this.#children.add(child);
    child.once("close", () => this.#children.delete(child));
    return child;
  }

  async close(): Promise<void> {
    for (const child of this.#children) {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
    }
    await run("ip", ["netns", "delete", this.name]);
  }
}

export class BootedDebian {
  readonly root: string;
  readonly #disks: readonly string[];
  #unshare: ChildProcess | null = null;
  #pid = 0;

  /**
   * @param root of a Debian that nobody else uses; what happens in it stays in it
   * @param disks devices of this machine that it has too, by its own udev; it is told of all others, and has them not
   */
  constructor(root: string, disks: readonly string[] = []) {
    this.root = root;
    this.#disks = disks;
  }

  /** @returns when systemd has started what it starts */
  async start(network: Cable): Promise<void> {
    // As long as nothing is plugged in, systemd waits in the script for a line.
    const separate = ["--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--fork", "--kill-child"];
    const sys = this.#disks.length > 0 ? "rw" : "ro";
    const script = `read -r _; ${BOOT}`;
    const child = spawn("unshare", [...separate, "/bin/sh", "-c", script, "boot", this.root, sys, ...this.#disks], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#unshare = child;
    this.#pid = await until("the first process is there", async () => {
      const text = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").catch(() => "");
      return Number(text.trim().split(" ")[0]) || undefined;
    });
    await network.plugIn(this.#pid, "eth0");
    child.stdin?.end("\n");
    await until(
      "systemd has started",
      async () =>
        /^(running|degraded)$/.test((await this.run("systemctl", "is-system-running")).said.trim()) || undefined,
      START_MS,
    );
  }

  /** A file of it, seen from here. */
  path(place: string): string {
    return join(`/proc/${this.#pid}/root`, place);
  }

  async run(command: string, ...args: string[]): Promise<Outcome> {
    return await outcomeOf("nsenter", ["--target", String(this.#pid), "--all", command, ...args]);
  }

  /** Addresses of a card: `["192.168.1.50/24"]`. */
  async addresses(card: string): Promise<string[]> {
    const { code, said } = await this.run("ip", "-4", "-json", "address", "show", "dev", card);
    if (code !== 0) return [];
    const [found] = JSON.parse(said) as { addr_info: { local: string; prefixlen: number }[] }[];
    return (found?.addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  }

  /** Resolves when it is off: shut down, or about to start anew. */
  async ended(): Promise<void> {
    const child = this.#unshare;
    if (child === null) return;
    this.#unshare = null;
    await once(child, "close");
  }

  /** The power fails. */
  async cutPower(): Promise<void> {
    const child = this.#unshare;
    if (child === null) return;
    this.#unshare = null;
    const closed = once(child, "close");
    if (this.#pid > 0) process.kill(this.#pid, "SIGKILL");
    await closed;
  }
}

async function outcomeOf(program: string, args: readonly string[]): Promise<Outcome> {
  return await new Promise((resolve) => {
    execFile(program, [...args], { encoding: "utf8" }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, said: `${stdout}${stderr}` });
    });
  });
}

/** A DHCP server in the network that gives out one address: busybox's udhcpd (Debian's package udhcpd) out of `root`. */
export async function serveDhcp(
  network: OfficeNetwork,
  root: string,
  offer: { server: string; address: string },
): Promise<void> {
  const place = "/var/tmp/udhcpd";
  const lines = [
    ...[`start ${offer.address}`, `end ${offer.address}`, `interface ${network.card}`, `lease_file ${place}.leases`],
    ...[`pidfile ${place}.pid`, "option subnet 255.255.255.0", `option router ${offer.server}`],
    ...[`option dns ${offer.server}`, "option lease 3600", ""],
  ];
  await writeFile(join(root, `${place}.leases`), "");
  await writeFile(join(root, `${place}.conf`), lines.join("\n"));
  network.start("chroot", root, "/usr/sbin/udhcpd", "-f", `${place}.conf`);
}
