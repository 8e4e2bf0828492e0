/** An emulated PC for the image's test. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PanelClient } from "../src/testing/panel-client.ts";
import { fetchAt, getSecurely, type SecurePlace } from "../src/testing/secure-panel.ts";
import { freeTcpPort, freeUdpPort } from "../src/testing/temporary.ts";
import { until } from "../src/testing/until.ts";

const RESULTS = fileURLToPath(new URL("../test-results", import.meta.url));
/** An emulated PC on two cores that have other work. */
const BOOT_MS = 1_500_000;
const MEMORY_MIB = 2_048;
const OVMF = "/usr/share/OVMF/OVMF_CODE_4M.fd";
/** HTTPS, and plain HTTP, by which the certificate comes that it is to be trusted by. */
const PANEL_PORTS = { secure: 443, plain: 80 };
/** Where telephones register. */
const PHONES_PORT = 5060;
/** For one answer: while it speaks its first prompts an emulated PC has little time for others. */
const ANSWER_MS = 120_000;
const SECOND_MS = 1_000;
const STICK = "stick";
/** Until its screen has drawn what its serial line has said already. */
const PICTURE_MS = 15_000;
/** What stood on all screens, to read while it runs and afterwards. */
const SCREENS = join(RESULTS, "iso-screens.log");
/** Of libpcap's file format: before all frames, before each, and where in that its length in the file is told. */
const [FILE_HEADER_BYTES, FRAME_HEADER_BYTES, LENGTH_AT] = [24, 16, 8];
/** Of a frame, enough for its addresses. */
const FRAME_BYTES = 64;
/** Its telling nothing yet is no fault. */
const FLEETING = ["TypeError", "TimeoutError", "AbortError", "SyntaxError"];

interface Status {
  product: string;
  needsSetup: boolean;
  switch: { connected: boolean };
  database: { connected: boolean };
}

export type Firmware = "BIOS" | "UEFI";

const wireOf = (dir: string) => join(dir, "wire.pcap");

/** @returns whether FreeSWITCH is on the image, by its list of packages */
export function holdsSwitch(iso: string): boolean {
  return readFileSync(iso.replace(/\.iso$/, ".packages"), "utf8").includes("freeswitch");
}

/** An emulated PC: what its serial line says, and where its panel is reached from here. */
export class Machine {
  readonly #ports: { secure: number; plain: number; phones: number };
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<unknown>;
  readonly #dir: string;
  readonly #isLasting: boolean;
  #screen = "";

  private constructor(
    ports: { secure: number; plain: number; phones: number },
    dir: string,
    words: readonly string[],
    isLasting: boolean,
  ) {
    this.#ports = ports;
    this.#dir = dir;
    this.#isLasting = isLasting;
    this.#child = spawn("setpriv", ["--pdeathsig", "KILL", "qemu-system-x86_64", ...words], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    // A letter of Georgian comes in pieces.
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#screen += text;
      appendFileSync(SCREENS, text);
    });
    this.#ended = once(this.#child, "exit");
  }

  /** What earlier ones showed. */
  static forgetScreens(): void {
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(SCREENS, "");
  }

  /** @param options.isLasting it starts again when it says so, and has a network card that costs the emulation little instead of a usual one */
  static async start(
    firmware: Firmware,
    drives: readonly string[],
    { isLasting = false }: { isLasting?: boolean } = {},
  ): Promise<Machine> {
    const dir = mkdtempSync(join(tmpdir(), "hotline-machine-"));
    const ports = { secure: await freeTcpPort(), plain: await freeTcpPort(), phones: await freeUdpPort() };
    const forwarded = (["secure", "plain"] as const)
      .map((door) => `hostfwd=tcp:127.0.0.1:${ports[door]}-:${PANEL_PORTS[door]}`)
      .concat(`hostfwd=udp:127.0.0.1:${ports.phones}-:${PHONES_PORT}`)
      .join(",");
    const variables = join(dir, "variables.fd");
    if (firmware === "UEFI") copyFileSync(OVMF.replace("CODE", "VARS"), variables);
    const code = ["-drive", `if=pflash,format=raw,readonly=on,file=${OVMF}`];
    const uefi = [...code, "-drive", `if=pflash,format=raw,file=${variables}`];
    const words = [
      // Every processor of the last ten years has random numbers of its own; without, the kernel gathers them for minutes here.
      ...["-machine", "q35,accel=tcg", "-cpu", "Nehalem,+rdrand", "-smp", "2", "-m", `${MEMORY_MIB}`],
      ...["-display", "none", "-vga", "std", "-monitor", `unix:${join(dir, "monitor")},server=on,wait=off`],
      ...["-serial", "stdio", ...(isLasting ? [] : ["-no-reboot"])],
      ...(firmware === "UEFI" ? uefi : []),
      ...drives,
      ...["-device", "qemu-xhci"],
      ...["-netdev", `user,id=lan,${forwarded}`, "-device", `${isLasting ? "virtio-net-pci" : "e1000"},netdev=lan`],
      ...["-object", `filter-dump,id=wire,netdev=lan,file=${wireOf(dir)},maxlen=${FRAME_BYTES}`],
    ];
    return new Machine(ports, dir, words, isLasting);
  }

  /** Of its switch, for telephones of this machine. */
  get sipServer(): { address: string; port: number } {
    return { address: "127.0.0.1", port: this.#ports.phones };
  }

  /** What stands on the screen since it was cleared last. */
  get screen(): string {
    return this.#screen.slice(this.#screen.lastIndexOf("\u001b[2J") + 1);
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  async until(what: string, look: () => Promise<boolean> | boolean, timeoutMs = BOOT_MS): Promise<void> {
    const lookOnce = async () => {
      if (this.#child.exitCode !== null) throw new Error(`the machine ended with ${this.#child.exitCode}`);
      // One that may start again gets over a panic, as a PC does.
      for (const end of ["emergency mode", ...(this.#isLasting ? [] : ["Kernel panic"])])
        if (this.#screen.includes(end)) throw new Error(`its start ended in: ${end}`);
      return await look();
    };
    try {
      await until(what, lookOnce, timeoutMs);
    } catch (error) {
      const lines = this.#screen.split("\n").slice(-30).join("\n");
      throw new Error(`${String(error)}; the last lines of its screen:\n${lines}`, { cause: error });
    }
  }

  async shows(...texts: readonly string[]): Promise<void> {
    await this.until(texts.join(", "), () => texts.every((text) => this.screen.includes(text)));
  }

  async status(): Promise<Status | null> {
    // Each question costs the emulated processor something.
    await pause(SECOND_MS);
    // Cut off in the middle it has not answered either.
    try {
      const { status, body } = await this.panel("/api/status");
      return status === 200 ? (JSON.parse(body) as Status) : null;
    } catch (error) {
      // Node's own errors of a connection have codes; what is no JSON was cut off.
      if (error instanceof Error && ("code" in error || FLEETING.includes(error.name))) return null;
      throw error;
    }
  }

  /** Signed in as nobody. */
  client(): PanelClient {
    return new PanelClient(
      "https://hotline.local",
      fetchAt(() => this.#place()),
    );
  }

  /** By HTTPS, trusting the authority that the box hands out, under the name that the network gives it. */
  async panel(path: string): Promise<{ status: number; body: string }> {
    return await getSecurely(await this.#place(), path);
  }

  async #place(): Promise<SecurePlace> {
    const given = await fetch(`http://127.0.0.1:${this.#ports.plain}/ca.crt`, {
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return { host: "127.0.0.1", port: this.#ports.secure, name: "hotline.local", ca: await given.text() };
  }

  /** Where plain HTTP leads to. */
  async leadsTo(): Promise<string | null> {
    const headers = { host: "hotline.local" };
    const answer = await fetch(`http://127.0.0.1:${this.#ports.plain}/calls`, { headers, redirect: "manual" });
    return answer.status === 308 ? answer.headers.get("location") : null;
  }

  /** A PNG of what a person sees on its screen, which follows its own keyboard: after `keys` of that, by QEMU's names, and some seconds. */
  async picture(file: string, keys: readonly string[] = []): Promise<void> {
    rmSync(file, { force: true });
    for (const key of keys) await this.#order(`sendkey ${key}`);
    await pause(PICTURE_MS);
    await this.#order(`screendump ${file} -f png`);
    await until(file, () => existsSync(file) && statSync(file).size > 0);
  }

  /** Into a USB socket, while it runs. */
  async plugIn(stick: string): Promise<void> {
    await this.#order(`drive_add 0 if=none,id=${STICK},format=raw,file=${stick}`);
    await this.#order(`device_add usb-storage,id=${STICK},drive=${STICK},removable=on`);
  }

  /** Without a word to the box before. */
  async pullOut(): Promise<void> {
    await this.#order(`device_del ${STICK}`);
  }

  /** Beginnings of all frames that went through its network card, in both directions (IEEE 802.3). */
  frames(): Buffer[] {
    const wire = readFileSync(wireOf(this.#dir));
    const frames: Buffer[] = [];
    let at = FILE_HEADER_BYTES;
    while (at + FRAME_HEADER_BYTES <= wire.length) {
      const begin = at + FRAME_HEADER_BYTES;
      at = begin + wire.readUInt32LE(at + LENGTH_AT);
      frames.push(wire.subarray(begin, at));
    }
    return frames;
  }

  async #order(line: string): Promise<void> {
    const place = join(this.#dir, "monitor");
    await until(place, () => existsSync(place));
    const monitor = connect(place);
    await once(monitor, "connect");
    monitor.end(`${line}\n`);
    monitor.resume();
    await once(monitor, "close");
  }

  /** As the power that fails. */
  async close(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
