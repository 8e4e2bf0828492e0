/** A test file that runs once more in networks and mounts of its own, where it may do with addresses and firewalls what it likes. As root. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const INSIDE = "HOTLINE_TEST_IN_A_NETWORK_OF_ITS_OWN";

/** Whether this is the run within. */
export const isInside = process.env[INSIDE] !== undefined;

/** Why it cannot be done here; null: it can. */
export function whyNotInside(programs: readonly string[]): string | null {
  if (process.getuid?.() !== 0) return "not root";
  const needed = ["ip", "unshare", "nsenter", ...programs];
  const missing = needed.filter((program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0);
  if (missing.length > 0) return `missing: ${missing.join(", ")}`;
  const { status } = spawnSync("unshare", ["--net", "--mount", "ip", "link", "set", "lo", "up"]);
  return status === 0 ? null : "no networks of their own can be made here";
}

/**
 * @param prepare a script that is run there first; `$0` is `argument`
 * @returns the exit code of that run
 */
export async function runInside(
  file: string,
  options: { prepare?: string; argument?: string; env?: Readonly<Record<string, string>>; testTimeoutMs: number },
): Promise<number | null> {
  const { prepare = ":", argument = "sh", env = {}, testTimeoutMs } = options;
  const limits = [`--testTimeout=${testTimeoutMs}`, "--hookTimeout=240000", "--bail=0"];
  const again = ["npx", "vitest", "run", "--project", "box", ...limits, "--reporter=verbose", file];
  const script = `${prepare}\nip link set lo up; exec "$@"`;
  const child = spawn("unshare", ["--net", "--mount", "sh", "-ec", script, argument, ...again], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, ...env, [INSIDE]: "yes" },
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}
