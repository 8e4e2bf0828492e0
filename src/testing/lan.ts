/** A second network namespace beside the one that we are in, joined by a cable: the local network of a box. As root, in a namespace of our own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readlink } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { PhoneOptions } from "../lab/phone/phone.ts";
import { until } from "./until.ts";

const run = promisify(execFile);
const PHONE = fileURLToPath(new URL("lan-phone.ts", import.meta.url));

export interface LanPhone {
  /** Its own SIP port. */
  port: number;
  /** `register` or `call NUMBER`; what it says. */
  does(line: string): Promise<string>;
}

export class Lan {
  readonly #keeper: ChildProcess;
  readonly #children: ChildProcess[] = [];

  private constructor(keeper: ChildProcess) {
    this.#keeper = keeper;
  }

  /** @param box our own address there, with the length of the network; `others`: addresses at the other end of the cable */
  static async open(box: string, others: readonly string[]): Promise<Lan> {
    const keeper = spawn("unshare", ["--net", "sleep", "infinity"], { stdio: "ignore" });
    const lan = new Lan(keeper);
    const ours = await readlink("/proc/self/ns/net");
    await until("a second network", async () => {
      const theirs = await readlink(`/proc/${keeper.pid}/ns/net`);
      return theirs !== ours;
    });
    await run("ip", ["link", "add", "box", "type", "veth", "peer", "name", "lan", "netns", String(keeper.pid)]);
    await run("ip", ["addr", "add", box, "dev", "box"]);
    await run("ip", ["link", "set", "box", "up"]);
    for (const address of others) await lan.run("ip", ["addr", "add", address, "dev", "lan"]);
    await lan.run("ip", ["link", "set", "lan", "up"]);
    await lan.run("ip", ["link", "set", "lo", "up"]);
    return lan;
  }

  /** Runs a program there to its end. */
  async run(program: string, args: readonly string[], timeoutMs = 120_000): Promise<string> {
    const [command = "", ...rest] = this.#inside(program, args);
    return await new Promise((resolve) => {
      execFile(command, rest, { timeout: timeoutMs, maxBuffer: 2 ** 26 }, (_, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
  }

  /** Programs there that choose no address of their own speak from this one. */
  async speakFrom(address: string, network: string): Promise<void> {
    await this.run("ip", ["route", "replace", network, "dev", "lan", "src", address]);
  }

  async phone(options: PhoneOptions): Promise<LanPhone> {
    const [command = "", ...args] = this.#inside(process.execPath, ["--import", "tsx", PHONE, JSON.stringify(options)]);
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#children.push(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error("the phone has ended");
      return value;
    };
    const port = Number((await next()).split(" ")[1]);
    const does = async (line: string) => {
      child.stdin.write(`${line}\n`);
      return await next();
    };
    return { port, does };
  }

  async close(): Promise<void> {
    for (const child of [...this.#children, this.#keeper]) {
      if (child.exitCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
  }

  #inside(program: string, args: readonly string[]): string[] {
    return ["nsenter", `--net=/proc/${this.#keeper.pid}/ns/net`, "--", program, ...args];
  }
}
