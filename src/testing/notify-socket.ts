/** What systemd would hear: a datagram socket in the file system, which Node has not, by socat. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { temporaryDir } from "./temporary.ts";
import { until } from "./until.ts";

export class NotifySocket {
  readonly path: string;
  /** All datagrams, one behind the other. */
  #heard = "";
  readonly #close: () => Promise<void>;

  private constructor(path: string, close: () => Promise<void>) {
    this.path = path;
    this.#close = close;
  }

  static async open(): Promise<NotifySocket> {
    const dir = await temporaryDir();
    const path = join(dir.path, "notify");
    const socat = spawn("socat", ["-u", `UNIX-RECV:${path}`, "STDOUT"], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(socat, "exit");
    const socket = new NotifySocket(path, async () => {
      socat.kill();
      await ended;
      await dir.remove();
    });
    socat.stdout.on("data", (chunk: Buffer) => {
      socket.#heard += chunk.toString("utf8");
    });
    await Promise.race([ended, until("socat listens", () => existsSync(path))]);
    return socket;
  }

  /** How often this word was said. */
  times(word: string): number {
    return this.#heard.split(word).length - 1;
  }

  async hears(word: string, times = 1): Promise<void> {
    await until(`systemd hears ${word}`, () => this.times(word) >= times, 20_000);
  }

  async close(): Promise<void> {
    await this.#close();
  }
}
