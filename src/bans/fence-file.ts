import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

/** What the root's side of the firewall reads (appliance/firewall.sh): whole lines of ASCII, at once or not at all. */
export async function writeFenceFile(file: string, lines: readonly string[]): Promise<void> {
  const beside = `${file}.new`;
  const handle = await open(beside, "w", 0o600);
  try {
    await handle.writeFile(lines.map((line) => `${line}\n`).join(""));
  } finally {
    await handle.close();
  }
  await rename(beside, file);
}

/** Its lines as they were written; null: there is none. */
export async function readFenceFile(file: string): Promise<string[] | null> {
  const text = await readIfThere(file);
  return text === null ? null : text.split("\n").filter((line) => line !== "");
}

/** Where the firewall says what it has taken over; a machine that is no box has none. */
export const FIREWALL_STATE_DIR = "/run/hotline-firewall";

/** @returns null when there is no firewall of ours */
export async function readFenceAnswer(directory: string, name: "bans"): Promise<string | null> {
  return await readIfThere(join(directory, name));
}

/** Networks of a list such as /etc/hotline/local-networks, one a line. */
export async function readNetworkList(file: string): Promise<string[] | null> {
  const text = await readIfThere(file);
  return text === null ? null : text.split("\n").flatMap((line) => (/^[0-9A-Fa-f]/.test(line) ? [line.trim()] : []));
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EACCES")) return null;
    throw error;
  }
}
