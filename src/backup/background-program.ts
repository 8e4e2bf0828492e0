/** Runs programs so that calls do not notice: at the lowest priority for processor and disk. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface BackgroundEnd {
  /** 127: the program is not there. Null: ended by a signal. */
  code: number | null;
  /** The last lines that it wrote to its standard error. */
  stderr: string;
}

export interface BackgroundOptions {
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  signal?: AbortSignal;
  /** Each line of its standard output. */
  onLine?: (line: string) => void;
}

const MOST_KEPT = 8_000;

/** Resolves when it has ended, however it ended. An aborted signal interrupts it as Ctrl+C does, so that it can clear up. */
export async function runInBackground(
  program: string,
  args: readonly string[],
  { env = {}, cwd = "/", signal, onLine }: BackgroundOptions = {},
): Promise<BackgroundEnd> {
  const child = spawn("nice", ["-n", "19", "ionice", "-c", "3", program, ...args], {
    cwd,
    env: { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", HOME: "/nonexistent", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = `${stderr}${chunk.toString("utf8")}`.slice(-MOST_KEPT);
  });
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => onLine?.(line));
  const interrupt = () => child.kill("SIGINT");
  signal?.addEventListener("abort", interrupt);
  if (signal?.aborted) interrupt();
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return { code, stderr: stderr.trim() };
  } finally {
    signal?.removeEventListener("abort", interrupt);
  }
}
