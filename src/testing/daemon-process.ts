import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { until } from "./until.ts";

/** Two cores that do much else besides. */
const START_MS = 60_000;
/** As on the box: media before control (scripts/run.ts). */
const USUAL_NICENESS = 5;
const MAIN = ["--import", "tsx", fileURLToPath(new URL("../main.ts", import.meta.url))];
/** Names the daemon's file that a run of tests has built. */
export const BUILT_FOR_TESTS = "HOTLINE_TEST_DAEMON";

/** The real daemon, in its own process, so that it can be killed. */
export class DaemonProcess {
  readonly #env: Record<string, string>;
  readonly #port: number;
  readonly #niceness: number | null;
  readonly #nodeArguments: readonly string[];
  readonly #program: readonly string[];
  #child: ChildProcess | null = null;
  #said = "";

  /**
   * @param options.niceness null: as its parent has it
   * @param options.program what Node runs; what the run of tests has built, or the sources, if not given
   */
  constructor(
    env: Record<string, string>,
    port: number,
    options: { niceness?: number | null; nodeArguments?: readonly string[]; program?: readonly string[] } = {},
  ) {
    this.#env = env;
    this.#port = port;
    this.#niceness = options.niceness === undefined ? USUAL_NICENESS : options.niceness;
    this.#nodeArguments = options.nodeArguments ?? [];
    const built = process.env[BUILT_FOR_TESTS];
    this.#program = options.program ?? (built === undefined ? MAIN : [built]);
  }

  /** Everything it wrote so far, over all its lives. */
  get said(): string {
    return this.#said;
  }

  /** @throws Error when it was not started */
  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error("the daemon does not run");
    return pid;
  }

  /** @throws Error when it was not started */
  get process(): ChildProcess {
    if (this.#child === null) throw new Error("the daemon does not run");
    return this.#child;
  }

  /** Its own, for programs that are to see what it sees. */
  get environment(): Readonly<Record<string, string>> {
    return this.#env;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Resolves when the panel answers and, unless it is away in this scenario, the database is there. */
  async start({ isDatabaseAway = false } = {}): Promise<void> {
    const child = this.launch();
    const isThere = async () => {
      if (child.exitCode !== null) throw new Error(`the daemon ended with ${child.exitCode}`);
      const status = await fetch(`${this.origin}/api/status`).then(
        async (response) => (response.ok ? ((await response.json()) as { database: { connected: boolean } }) : null),
        () => null,
      );
      return status !== null && (isDatabaseAway || status.database.connected);
    };
    try {
      const what = isDatabaseAway ? "the daemon serves the panel" : "the daemon serves the panel and has its database";
      await until(what, isThere, START_MS);
    } catch (error) {
      throw new Error(`the daemon did not start:\n${this.#said.slice(-4_000)}`, { cause: error });
    }
  }

  /** Starts it and waits for nothing. */
  launch(): ChildProcess {
    const { PATH = "", HOME = "/" } = process.env;
    const child = spawn(process.execPath, [...this.#nodeArguments, ...this.#program], {
      env: { PATH, HOME, ...this.#env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        this.#said += chunk.toString("utf8");
      });
    }
    if (child.pid !== undefined && this.#niceness !== null) setPriority(child.pid, this.#niceness);
    this.#child = child;
    return child;
  }

  /** As the power or the kernel does; it gets no chance to say goodbye. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }
}
