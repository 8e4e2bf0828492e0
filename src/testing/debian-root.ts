/** A Debian of its own in a folder, made by mmdebstrap from the mirrors that this machine uses; what runs in it sees nothing else. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryDir } from "./temporary.ts";

const SOURCES = fileURLToPath(new URL("../../iso/debian-sources.sh", import.meta.url));
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const MAKE_MS = 600_000;
const run = promisify(execFile);

interface Outcome {
  code: number | null;
  /** What it wrote, both streams. */
  said: string;
}

export class DebianRoot {
  readonly path: string;
  readonly #remove: () => Promise<void>;
  readonly #running = new Set<ChildProcess>();

  private constructor(path: string, remove: () => Promise<void>) {
    this.path = path;
    this.#remove = remove;
  }

  /** @param options.hasOurNode the Node of this machine is there as /usr/local/bin/node, as an owner would have put it there */
  static async make(
    codename: string,
    options: { packages: readonly string[]; hasOurNode: boolean },
  ): Promise<DebianRoot> {
    const { path, remove } = await temporaryDir();
    const root = new DebianRoot(path, remove);
    try {
      const { stdout: sources } = await run(SOURCES, [codename]);
      const words = [
        "--quiet",
        "--mode=root",
        "--variant=apt",
        `--include=${options.packages.join(",")}`,
        codename,
        path,
      ];
      const making = run("mmdebstrap", [...words, "-"], { timeout: MAKE_MS });
      making.child.stdin?.end(sources);
      await making;
      if (options.hasOurNode) await copyFile(process.execPath, join(path, "usr/local/bin/node"));
      return root;
    } catch (error) {
      await remove();
      throw error;
    }
  }

  /** Starts a program there as root, with an environment that holds nothing but `env`. All that it started ends with it. */
  start(
    command: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): { child: ChildProcess; ended: Promise<Outcome> } {
    // Devices of this machine, seen there by this program alone; its network cards too.
    const enter = 'mount --rbind /dev "$0/dev" && mount -t sysfs -o ro sysfs "$0/sys" && exec chroot "$0" "$@"';
    const separate = ["--mount", "--pid", "--fork", "--kill-child", `--mount-proc=${join(this.path, "proc")}`];
    const child = spawn("unshare", [...separate, "/bin/sh", "-euc", enter, this.path, ...command], {
      env: { PATH, HOME: "/root", LC_ALL: "C.UTF-8", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString("utf8");
      });
    }
    this.#running.add(child);
    const ended = once(child, "close").then(([code]) => {
      this.#running.delete(child);
      return { code: code as number | null, said };
    });
    return { child, ended };
  }

  /** Ends it with all that it started. What changed its user no longer dies with its parent, so the first process in there is killed itself. */
  async stop(child: ChildProcess): Promise<void> {
    if (!this.#running.has(child)) return;
    const closed = once(child, "close");
    const inside = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").catch(() => "");
    for (const pid of inside.trim().split(" ").filter(Boolean)) process.kill(Number(pid), "SIGKILL");
    child.kill("SIGKILL");
    await closed;
  }

  async run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return await this.start(command, env).ended;
  }

  async remove(): Promise<void> {
    for (const child of this.#running) await this.stop(child);
    await this.#remove();
  }
}
