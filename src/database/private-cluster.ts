/**
 * A PostgreSQL of our own in the data directory, on a Unix socket that only we reach, made and run with the programs of Debian's
 * postgresql package. It is a process beside the daemon: the daemon may die without hurting it, and finds it again.
 */
import { execFile } from "node:child_process";
import {
  access,
  chmod,
  chown,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";

const OLDEST_MAJOR = 15;
/** `sun_path` of unix(7) is 108 bytes with its final NUL; PostgreSQL adds `/.s.PGSQL.5432` to the directory. */
const LONGEST_SOCKET_DIR = 107 - "/.s.PGSQL.5432".length;
const START_TIMEOUT_MS = 60_000;
/** Some seconds where disk and processor are quick; cut off it would begin again at every try, for ever. */
const MAKE_TIMEOUT_MS = 900_000;
const STOP_TIMEOUT_MS = 30_000;
const PID_FILE = "postmaster.pid";
const DATABASE = "hotline";
const OWNER = "hotline";

export type ClusterFailure =
  | "no-programs"
  | "no-user"
  | "not-reachable"
  | "wrong-version"
  | "init-failed"
  | "start-failed"
  | "stop-failed";

export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly reason: ClusterFailure;
  constructor(reason: ClusterFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Who runs the server. PostgreSQL refuses root, so root hands it to the user `postgres` that its package makes. */
interface ServerUser {
  name: string;
  /** Null: the same user as ours, nothing to change. */
  ids: { uid: number; gid: number } | null;
}

export interface PrivateClusterOptions {
  dataDir: string;
  /** Further server settings, for tests (`fsync: "off"`). */
  settings?: Readonly<Record<string, string>>;
  /** Told what is done, in a sentence. */
  say?: (what: string) => void;
}

export interface PrivateCluster {
  socketDir: string;
  user: string;
  database: string;
  /** For programs that want a URL, for example `pg_dump`. */
  url: string;
  /** Process id of the postmaster. */
  pid: number;
  /** True when it was running already (the daemon before us was killed). */
  wasRunning: boolean;
  /** False when its postmaster is gone, whoever ended it. */
  isRunning(): Promise<boolean>;
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. @throws ClusterError */
  stop(): Promise<void>;
}

/**
 * Makes the cluster if there is none, starts it if it does not run, and makes the database in it if it is missing. Safe to repeat after
 * a crash at any step.
 * @throws ClusterError
 */
export async function startPrivateCluster(options: PrivateClusterOptions): Promise<PrivateCluster> {
  const say = options.say ?? (() => undefined);
  const { bin, clusterDir, socketDir, user } = await madeCluster(options);

  let pid = await runningPid(clusterDir, user);
  const wasRunning = pid !== null;
  if (pid === null) {
    await writeSettings(clusterDir, socketDir, user, options.settings ?? {});
    await startServer(bin, clusterDir, user);
    pid = await runningPid(clusterDir, user);
    if (pid === null) throw new ClusterError("start-failed", "PostgreSQL stopped right after its start");
  } else {
    say("the database was running already");
  }
  await ensureDatabase(bin, socketDir, user);
  return {
    ...placeIn(socketDir),
    pid,
    wasRunning,
    isRunning: async () => (await readPidFile(clusterDir)).pid !== null,
    stop: async () => {
      const { code, output } = await run(
        bin,
        "pg_ctl",
        ["stop", "-D", clusterDir, "-m", "fast", "-w", "-t", "25"],
        user,
        STOP_TIMEOUT_MS,
      );
      if (code !== 0 && (await runningPid(clusterDir, user)) !== null)
        throw new ClusterError("stop-failed", `PostgreSQL did not stop: ${output}`);
    },
  };
}

/**
 * For who starts the server on their own, as systemd does on a box: everything that comes before its start.
 * @returns the server's program, its directory for `-D`, and who has to run it when we are root
 * @throws ClusterError
 */
export async function preparePrivateCluster(
  options: PrivateClusterOptions,
): Promise<{ program: string; clusterDir: string; as: ServerUser["ids"] }> {
  const { bin, clusterDir, socketDir, user } = await madeCluster(options);
  // After a power cut the number in postmaster.pid may be a stranger's; this puts it right.
  if ((await runningPid(clusterDir, user)) === null)
    await writeSettings(clusterDir, socketDir, user, options.settings ?? {});
  return { program: join(bin, "postgres"), clusterDir, as: user.ids };
}

/** And what comes after it: the database in the server that runs. @throws ClusterError */
export async function makeDatabase(
  options: PrivateClusterOptions,
): Promise<Pick<PrivateCluster, "socketDir" | "user" | "database" | "url">> {
  if (!(await exists(join(options.dataDir, "database", "PG_VERSION"))))
    throw new ClusterError("start-failed", "there is no cluster yet");
  const { bin, socketDir, user } = await madeCluster(options);
  await ensureDatabase(bin, socketDir, user);
  return placeIn(socketDir);
}

function placeIn(socketDir: string) {
  const url = `postgresql://${OWNER}@/${DATABASE}?host=${encodeURIComponent(socketDir)}`;
  return { socketDir, user: OWNER, database: DATABASE, url };
}

async function madeCluster(options: PrivateClusterOptions) {
  const say = options.say ?? (() => undefined);
  const user = await serverUser();
  const clusterDir = join(options.dataDir, "database");
  const bin = await programs(clusterDir);
  await mkdir(options.dataDir, { recursive: true, mode: 0o755 });

  if (!(await exists(join(clusterDir, "PG_VERSION")))) {
    say(`making a database in ${clusterDir}`);
    await initialise(bin, clusterDir, user);
  }
  await assertReachable(clusterDir, user);
  const socketDir = await prepareSocketDir(options.dataDir, clusterDir, user, say);
  return { bin, clusterDir, socketDir, user };
}

async function serverUser(): Promise<ServerUser> {
  const own = userInfo();
  if (own.uid !== 0) return { name: own.username, ids: null };
  const passwd = await readFile("/etc/passwd", "utf8");
  const fields =
    passwd
      .split("\n")
      .find((line) => line.startsWith("postgres:"))
      ?.split(":") ?? [];
  const [uid, gid] = [Number(fields[2]), Number(fields[3])];
  if (!Number.isInteger(uid) || !Number.isInteger(gid) || uid === 0)
    throw new ClusterError("no-user", "there is no user postgres; install Debian's package postgresql");
  return { name: "postgres", ids: { uid, gid } };
}

/** Directory of the programs: of the cluster's own major version if it exists, else of the newest. */
async function programs(clusterDir: string): Promise<string> {
  const root = "/usr/lib/postgresql";
  const majors = (await exists(root)) ? (await readdir(root)).map(Number).filter((major) => major >= OLDEST_MAJOR) : [];
  const usable: number[] = [];
  for (const major of majors.sort((a, b) => b - a))
    if (await exists(join(root, String(major), "bin", "initdb"))) usable.push(major);
  const newest = usable[0];
  if (newest === undefined)
    throw new ClusterError(
      "no-programs",
      `PostgreSQL ${OLDEST_MAJOR} or newer is missing; install Debian's package postgresql`,
    );
  const versionFile = join(clusterDir, "PG_VERSION");
  if (!(await exists(versionFile))) return join(root, String(newest), "bin");
  const major = Number((await readFile(versionFile, "utf8")).trim());
  if (!usable.includes(major))
    throw new ClusterError(
      "wrong-version",
      `the database in ${clusterDir} was made by PostgreSQL ${major}, which is not installed`,
    );
  return join(root, String(major), "bin");
}

/** initdb works beside and the result is renamed, so a cut in the middle leaves nothing that looks like a cluster. */
async function initialise(bin: string, clusterDir: string, user: ServerUser): Promise<void> {
  const beside = `${clusterDir}.new`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { mode: 0o700 });
  if (user.ids) await chown(beside, user.ids.uid, user.ids.gid);
  await assertReachable(beside, user);
  const { code, output } = await run(
    bin,
    "initdb",
    [
      `--pgdata=${beside}`,
      `--username=${OWNER}`,
      "--encoding=UTF8",
      "--locale=C.UTF-8",
      "--data-checksums",
      // Who reaches the socket's directory is let in; there is no other way in.
      "--auth-local=trust",
      "--auth-host=reject",
    ],
    user,
    MAKE_TIMEOUT_MS,
  );
  if (code !== 0) throw new ClusterError("init-failed", `initdb failed: ${output}`);
  // What stands in the way now is an empty or broken directory without PG_VERSION; it is kept, not deleted.
  if (await exists(clusterDir)) await rename(clusterDir, `${clusterDir}.broken-${Date.now()}`);
  await rename(beside, clusterDir);
  const parent = await open(dirname(clusterDir), "r");
  await parent.sync();
  await parent.close();
}

/** @throws ClusterError when a directory above is closed to the server's user; we do not open other people's directories */
async function assertReachable(path: string, user: ServerUser): Promise<void> {
  if (!user.ids) return;
  const { code } = await execute("/usr/bin/test", ["-x", path], user, 5_000);
  if (code !== 0)
    throw new ClusterError(
      "not-reachable",
      `the user ${user.name} cannot reach ${path}; a directory above it is closed to others`,
    );
}

async function prepareSocketDir(
  dataDir: string,
  clusterDir: string,
  user: ServerUser,
  say: (what: string) => void,
): Promise<string> {
  const usual = join(dataDir, "database-socket");
  if (Buffer.byteLength(usual) <= LONGEST_SOCKET_DIR) {
    await ownDirectory(usual, user);
    return usual;
  }
  // The short one is remembered inside the cluster, so that a daemon after us finds the running server.
  const note = join(clusterDir, "hotline-socket-dir");
  const remembered = (await exists(note)) ? (await readFile(note, "utf8")).trim() : null;
  if (remembered && (await isOwnDirectory(remembered, user))) return remembered;
  const base = (await isWritable("/run")) ? "/run" : tmpdir();
  const short = await mkdtemp(join(base, "hotline-"));
  await ownDirectory(short, user);
  await writeFile(note, `${short}\n`);
  say(`${usual} is too long for a socket's path; the database's socket is in ${short}`);
  return short;
}

async function ownDirectory(path: string, user: ServerUser): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  if (user.ids) await chown(path, user.ids.uid, user.ids.gid);
}

/** In a place that everybody can write to, a directory counts only if nobody else can have made it. */
async function isOwnDirectory(path: string, user: ServerUser): Promise<boolean> {
  if (!(await exists(path))) return false;
  const found = await stat(path);
  return found.isDirectory() && found.uid === (user.ids?.uid ?? userInfo().uid) && (found.mode & 0o077) === 0;
}

async function writeSettings(
  clusterDir: string,
  socketDir: string,
  user: ServerUser,
  extra: Readonly<Record<string, string>>,
): Promise<void> {
  const settings: Record<string, string> = {
    listen_addresses: "",
    port: "5432",
    unix_socket_directories: socketDir,
    unix_socket_permissions: "0700",
    max_connections: "50",
    shared_buffers: "64MB",
    fsync: "on",
    synchronous_commit: "on",
    timezone: "UTC",
    log_timezone: "UTC",
    logging_collector: "on",
    log_directory: "log",
    log_filename: "postgresql-%a.log",
    log_truncate_on_rotation: "on",
    log_rotation_age: "1d",
    // Statements carry callers' names and numbers; so does what is said of a row that was refused.
    log_min_error_statement: "panic",
    log_error_verbosity: "terse",
    log_parameter_max_length_on_error: "0",
    ...extra,
  };
  const text = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
  // initdb's postgresql.conf stays as it is but for this line; the last setting of a name counts.
  const mainFile = join(clusterDir, "postgresql.conf");
  const include = "include_if_exists = 'hotline.conf'\n";
  const main = await readFile(mainFile, "utf8");
  if (!main.includes(include)) await replaceFile(mainFile, `${main.trimEnd()}\n${include}`, user);
  await replaceFile(join(clusterDir, "hotline.conf"), text.join(""), user);
}

async function replaceFile(path: string, text: string, user: ServerUser): Promise<void> {
  const beside = `${path}.new`;
  await writeFile(beside, text, { mode: 0o600, flush: true });
  if (user.ids) await chown(beside, user.ids.uid, user.ids.gid);
  await rename(beside, path);
}

async function startServer(bin: string, clusterDir: string, user: ServerUser): Promise<void> {
  const log = join(clusterDir, "start.log");
  const { code, output } = await run(
    bin,
    "pg_ctl",
    ["start", "-D", clusterDir, "-w", "-t", "50", "-s", "-l", log],
    user,
    START_TIMEOUT_MS,
  );
  if (code === 0) return;
  const words = (await exists(log)) ? (await readFile(log, "utf8")).trim().split("\n").slice(-5).join("\n") : "";
  throw new ClusterError("start-failed", `PostgreSQL did not start: ${output} ${words}`.trim());
}

/**
 * Pid of our postmaster if it runs. After a power cut `postmaster.pid` is stale and its number may belong to a stranger by now, whom
 * `pg_ctl` and PostgreSQL would take for the server; so the command line is looked at, and a stranger's pid is replaced by that of
 * init, which PostgreSQL recognises as stale. The rest of the file stays: with it PostgreSQL makes sure that no orphaned backend is left.
 */
async function runningPid(clusterDir: string, user: ServerUser): Promise<number | null> {
  const found = await readPidFile(clusterDir);
  if (found.pid === null && found.isStrangers)
    await replaceFile(join(clusterDir, PID_FILE), ["1", ...found.lines.slice(1)].join("\n"), user);
  return found.pid;
}

/** Only reads, so that it can be asked while the disk is full. `isStrangers`: the file names a process that is not our postmaster. */
async function readPidFile(clusterDir: string) {
  const nobody = { pid: null, isStrangers: false, lines: [] as string[] };
  const pidFile = join(clusterDir, PID_FILE);
  if (!(await exists(pidFile))) return nobody;
  const lines = (await readFile(pidFile, "utf8")).split("\n");
  const pid = Number(lines[0]);
  const commandLine = `/proc/${pid}/cmdline`;
  if (!Number.isInteger(pid) || pid <= 1 || !(await exists(commandLine))) return nobody;
  const [program, ...args] = (await readFile(commandLine, "utf8")).split("\0");
  if (program?.endsWith("/postgres") && args.includes(clusterDir)) return { ...nobody, pid };
  return { pid: null, isStrangers: true, lines };
}

async function ensureDatabase(bin: string, socketDir: string, user: ServerUser): Promise<void> {
  const there = ["-h", socketDir, "-p", "5432", "-U", OWNER];
  const { code, output } = await run(
    bin,
    "psql",
    [...there, "-d", "postgres", "-XAtqc", `select 1 from pg_database where datname = '${DATABASE}'`],
    user,
    MAKE_TIMEOUT_MS,
  );
  if (code !== 0) throw new ClusterError("start-failed", `PostgreSQL does not answer: ${output}`);
  if (output === "1") return;
  const made = await run(bin, "createdb", [...there, DATABASE], user, MAKE_TIMEOUT_MS);
  if (made.code !== 0) throw new ClusterError("start-failed", `the database could not be made: ${made.output}`);
}

async function run(bin: string, program: string, args: readonly string[], user: ServerUser, timeoutMs: number) {
  return await execute(join(bin, program), args, user, timeoutMs);
}

function execute(
  path: string,
  args: readonly string[],
  user: ServerUser,
  timeoutMs: number,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    execFile(
      path,
      [...args],
      {
        timeout: timeoutMs,
        // The server must not keep a directory busy or unreadable that happens to be ours, nor see our secrets.
        cwd: "/",
        env: { PATH: "/usr/bin:/bin", LC_ALL: "C", HOME: "/" },
        ...user.ids,
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : null;
        resolve({ code, output: `${stdout}${stderr}`.trim() });
      },
    );
  });
}

async function exists(path: string): Promise<boolean> {
  return await isAccessible(path);
}

async function isWritable(path: string): Promise<boolean> {
  return await isAccessible(path, 2);
}

async function isAccessible(path: string, mode?: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}
