/** One archive for whoever helps: logs, versions, configuration; without secrets, names and phone numbers. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { arch, loadavg, release, totalmem, uptime } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { CheckNow } from "../calls/health.ts";
import { isPassing } from "../database/failure.ts";
import type { Db } from "../database/schema.ts";
import { listNames, readSupportFacts } from "../database/support-facts.ts";
import { redactor } from "./redact.ts";

const run = promisify(execFile);

export interface SupportParts {
  db: Db;
  dataDir: string;
  version: string;
  /** The environment as it was understood, without secrets. */
  configuration: Record<string, unknown>;
  /** What must be found nowhere in it, besides the secret files. */
  secrets: readonly string[];
  checks: () => readonly CheckNow[];
  /** What went on of late. */
  state: () => Record<string, unknown>;
  daemonLog: () => string;
}

/** The end of a log is what helps. */
const MOST_LOG_BYTES = 3_000_000;
const PACKAGES = [
  "freeswitch*",
  "postgresql*",
  "restic",
  "ffmpeg",
  "espeak-ng",
  "nodejs",
  "linux-image-*",
  "smartmontools",
  "hotline*",
];
const MACHINE = { hasNumbers: false };
const LEFT_OUT = "left out: the database is away, so that nobody can say which names are in it\n";

/** @returns the archive, tar and gzip */
export async function makeSupportFile(parts: SupportParts): Promise<Uint8Array<ArrayBuffer>> {
  const { db, dataDir, version, checks, state, daemonLog, configuration } = parts;
  const names = await unlessAway(() => listNames(db));
  const redact = redactor({ secrets: [...parts.secrets, ...(await readSecrets(dataDir))], names: names ?? [] });
  const work = await mkdtemp(join(await ownDirectory(dataDir), "support-"));
  try {
    const root = join(work, "hotline-support");
    const put = async (name: string, text: string, options: { hasNumbers?: boolean } = {}) => {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), await redact(text, options), { mode: 0o600 });
    };
    const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
    await put("about.json", json({ madeAt: new Date().toISOString(), version, ...(await aboutMachine()) }), MACHINE);
    await put("health.json", json(checks()));
    await put("state.json", json(state()));
    await put("configuration.json", json(configuration));
    await put("database.json", json((await unlessAway(() => readSupportFacts(db))) ?? "the database is away"));
    await put("packages.txt", await output("dpkg-query", ["-W", ...PACKAGES]), MACHINE);
    await put("logs/daemon.log", daemonLog());
    await put("logs/units.log", await output("journalctl", ["--no-pager", "-n", "5000", "-u", "hotline*"]));
    // The switch writes who calls; without the names they could not be taken out.
    const switchLog = await tailOf(join(dataDir, "freeswitch", "log", "freeswitch.log"));
    await put("logs/freeswitch.log", names === null ? LEFT_OUT : switchLog);
    await put("logs/database-start.log", await tailOf(join(dataDir, "database", "start.log")));
    const archive = join(work, "support.tar.gz");
    await run("tar", [
      "--create",
      "--gzip",
      "--owner=0",
      "--group=0",
      `--file=${archive}`,
      "-C",
      work,
      "hotline-support",
    ]);
    return new Uint8Array(await readFile(archive));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function aboutMachine() {
  return {
    ...{ node: process.version, kernel: release(), architecture: arch() },
    ...{ upSeconds: Math.round(uptime()), daemonUpSeconds: Math.round(process.uptime()), load: loadavg() },
    ...{ memoryBytes: totalmem(), daemonMemory: process.memoryUsage() },
    system: await tailOf("/etc/os-release"),
    disks: await output("df", ["-P", "-k"]),
    freeswitch: await output("freeswitch", ["-version"]),
    restic: await output("restic", ["version"]),
  };
}

/** What cannot be asked here is said instead. */
async function output(program: string, args: readonly string[]): Promise<string> {
  const environment = { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", HOME: "/nonexistent" };
  try {
    const { stdout } = await run(program, [...args], { timeout: 20_000, maxBuffer: 16e6, env: environment });
    return stdout;
  } catch (error) {
    // dpkg-query ends badly when one of several is not installed, and still tells of the others.
    const said = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
    return said === "" ? `${program}: not known here\n` : said;
  }
}

async function tailOf(path: string): Promise<string> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const start = Math.max(0, size - MOST_LOG_BYTES);
      const buffer = Buffer.alloc(size - start);
      await file.read(buffer, 0, buffer.length, start);
      return buffer.toString("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && "code" in error) return "";
    throw error;
  }
}

/** All that is kept in clear somewhere. */
async function readSecrets(dataDir: string): Promise<string[]> {
  const folder = join(dataDir, "secrets");
  const names = await readdir(folder).catch(() => []);
  const secrets: string[] = [];
  for (const path of [...names.map((name) => join(folder, name)), join(dataDir, "freeswitch", "event-socket-secret")])
    secrets.push(...(await tailOf(path)).split("\n"));
  return secrets;
}

async function ownDirectory(dataDir: string): Promise<string> {
  const directory = join(dataDir, "support");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return directory;
}

/** Null while the database is away. */
async function unlessAway<Value>(ask: () => Promise<Value>): Promise<Value | null> {
  try {
    return await ask();
  } catch (error) {
    if (isPassing(error)) return null;
    throw error;
  }
}
