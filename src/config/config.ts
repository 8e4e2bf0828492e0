/** The environment, read and validated once. Nothing else in the daemon looks at `process.env`. */
import { accessSync, constants } from "node:fs";
import { isIP } from "node:net";
import { networkInterfaces, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  /** Absolute path. */
  dataDir: string;
  /** `null` as host: every address of the machine, both families. */
  http: { host: string | null; port: number };
  /** The same by HTTPS; null: only if systemd hands a socket over for it. */
  httpsPort: number | null;
  /** `null`: a private cluster in the data directory. */
  databaseUrl: string | null;
  /** `password` null: the generated secret in the data directory. */
  eventSocket: { host: string; port: number; password: string | null };
  /** Absolute path of the switch's program; `null`: look on PATH. */
  freeswitchBin: string | null;
  sip: {
    /** Address that the switch binds and that phones are told, as it was at the start. */
    host: string;
    /** By the environment; else it is the machine's, and follows when that changes. */
    isHostGiven: boolean;
    phonePort: number;
    trunkPort: number;
    /** TCP, for trunks over TLS. */
    trunkTlsPort: number;
  };
  rtpPorts: { first: number; last: number };
  /** Servers on this machine that call flows may ask all the same, as `host:port`. */
  lookUpsAllowed: readonly string[];
  /** In which a new system has to be healthy after an update, or the old one comes back. */
  updateTrialSeconds: number;
  /** Of the certificate by which the panel is reached over HTTPS, here or at a proxy; `null`: it is not. */
  certificateFile: string | null;
  /** URL of the directory of the authority that gives the panel a certificate, if the owner wants one (RFC 8555, 7.1.1). */
  acmeDirectory: string;
  /** Where the token for FreeSWITCH is left for root; `null`: this is no box. */
  switchRequests: string | null;
  /** Socket of the unit that runs the programs of backups; `null`: they run beside us. */
  backupPrograms: string | null;
  /** Where root takes requests and says how the machine stands. Absolute path. */
  boxDir: string;
  logLevel: LogLevel;
}

/** Every mistake in the environment at once; each line is `NAME: what is expected, got "..."`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** What the machine, not the environment, says; an argument so that reading stays pure. */
export interface Machine {
  isRoot: boolean;
  homeDir: string;
  /** First address of a local network, if there is one. */
  lanAddress: string | null;
  isExecutable(path: string): boolean;
}

export function thisMachine(): Machine {
  const user = userInfo();
  return { isRoot: user.uid === 0, homeDir: user.homedir, lanAddress: firstLanAddress(), isExecutable };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}

/** IPv4; null: no cable, or no address yet. */
export function firstLanAddress(): string | null {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find((address) => address.family === "IPv4" && !address.internal)?.address ?? null;
}

const KNOWN = new Set([
  "HOTLINE_DATA_DIR",
  "HOTLINE_HTTP_HOST",
  "HOTLINE_HTTP_PORT",
  "HOTLINE_HTTPS_PORT",
  "HOTLINE_SIP_HOST",
  "HOTLINE_PHONE_SIP_PORT",
  "HOTLINE_TRUNK_SIP_PORT",
  "HOTLINE_TRUNK_TLS_PORT",
  "HOTLINE_RTP_PORTS",
  "HOTLINE_LOOK_UPS_ALLOWED",
  "HOTLINE_CERTIFICATE",
  "HOTLINE_ACME_DIRECTORY",
  "HOTLINE_SWITCH_REQUESTS",
  "HOTLINE_BACKUP_PROGRAMS",
  "HOTLINE_BOX_DIR",
  "HOTLINE_UPDATE_TRIAL_SECONDS",
]);

const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";

type Environment = Readonly<Record<string, string | undefined>>;

function parseTrialSeconds(text: string): number | undefined {
  const seconds = Number(text);
  return /^[0-9]+$/.test(text) && seconds >= 30 && seconds <= 7_200 ? seconds : undefined;
}

/**
 * Reads the configuration. Empty variables count as unset.
 * @throws ConfigError listing every problem
 */
export function readConfig(env: Environment, machine: Machine = thisMachine()): Config {
  const problems: string[] = [];

  function read<Value>(name: string, fallback: Value, expected: string, parse: (text: string) => Value | undefined) {
    const text = env[name]?.trim();
    if (!text) return fallback;
    const value = parse(text);
    if (value !== undefined) return value;
    problems.push(`${name}: ${expected} is expected, got ${shown(name, text)}`);
    return fallback;
  }
  const port = (name: string, fallback: number) => read(name, fallback, "a port from 1 to 65535", parsePort);
  const choice = <Word extends string>(name: string, fallback: Word, words: readonly Word[]) =>
    read(name, fallback, `one of ${words.join(", ")}`, (text) => words.find((word) => word === text));

  const config: Config = {
    dataDir: read("HOTLINE_DATA_DIR", usualDataDir(env, machine), "an absolute path", parsePath),
    http: {
      host: read("HOTLINE_HTTP_HOST", null as string | null, "an address or host name to listen on", parseListenHost),
      port: port("HOTLINE_HTTP_PORT", 8080),
    },
    httpsPort: read("HOTLINE_HTTPS_PORT", null as number | null, "a port from 1 to 65535", parsePort),
    databaseUrl: read(
      "DATABASE_URL",
      null as string | null,
      "a URL as in postgresql://user:password@host:5432/name",
      parseDatabaseUrl,
    ),
    eventSocket: {
      host: read("EVENT_SOCKET_HOST", "127.0.0.1", "an address or host name", parseHost),
      port: port("EVENT_SOCKET_PORT", 8021),
      password: read("EVENT_SOCKET_PASSWORD", null as string | null, "one line of printable characters", parseSecret),
    },
    freeswitchBin: read("FREESWITCH_BIN", null as string | null, "the absolute path of a program", (text) =>
      isAbsolute(text) && machine.isExecutable(text) ? text : undefined,
    ),
    sip: {
      host: read("HOTLINE_SIP_HOST", machine.lanAddress ?? "127.0.0.1", "an IP address of this machine", (text) =>
        isIP(text) > 0 ? text : undefined,
      ),
      isHostGiven: Boolean(env["HOTLINE_SIP_HOST"]?.trim()),
      phonePort: port("HOTLINE_PHONE_SIP_PORT", 5060),
      trunkPort: port("HOTLINE_TRUNK_SIP_PORT", 5080),
      trunkTlsPort: port("HOTLINE_TRUNK_TLS_PORT", 5081),
    },
    rtpPorts: read(
      "HOTLINE_RTP_PORTS",
      { first: 16384, last: 32768 },
      "two ports as in 16384-32768, at least 10 apart",
      parsePortRange,
    ),
    lookUpsAllowed: read(
      "HOTLINE_LOOK_UPS_ALLOWED",
      [] as readonly string[],
      "addresses with ports as in 127.0.0.1:8069,erp.local:80",
      parseServers,
    ),
    certificateFile: read("HOTLINE_CERTIFICATE", null as string | null, "an absolute path", parsePath),
    acmeDirectory: read(
      "HOTLINE_ACME_DIRECTORY",
      LETS_ENCRYPT,
      "a URL as in https://acme.example/directory",
      parseWebUrl,
    ),
    switchRequests: read("HOTLINE_SWITCH_REQUESTS", null as string | null, "an absolute path", parsePath),
    backupPrograms: read("HOTLINE_BACKUP_PROGRAMS", null as string | null, "an absolute path", parsePath),
    boxDir: read("HOTLINE_BOX_DIR", "/run/hotline-box", "an absolute path", parsePath),
    updateTrialSeconds: read("HOTLINE_UPDATE_TRIAL_SECONDS", 600, "30 to 7200 seconds", parseTrialSeconds),
    logLevel: choice("LOG_LEVEL", "info", LOG_LEVELS),
  };
  const { phonePort, trunkPort, trunkTlsPort } = config.sip;
  if (config.httpsPort === config.http.port)
    problems.push(`HOTLINE_HTTPS_PORT: another port than HOTLINE_HTTP_PORT is expected, got "${config.httpsPort}"`);
  if (phonePort === trunkPort)
    problems.push(`HOTLINE_TRUNK_SIP_PORT: another port than HOTLINE_PHONE_SIP_PORT is expected, got "${trunkPort}"`);
  if (trunkTlsPort === phonePort || trunkTlsPort === trunkPort)
    problems.push(`HOTLINE_TRUNK_TLS_PORT: a port that is not SIP's already is expected, got "${trunkTlsPort}"`);
  for (const name of Object.keys(env).sort())
    if (name.startsWith("HOTLINE_") && !KNOWN.has(name))
      problems.push(`${name}: no such variable; known are ${[...KNOWN].join(", ")}`);

  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** What may be shown of it, and what must not. */
export function plainConfiguration({ databaseUrl, eventSocket, ...plain }: Config): {
  configuration: Record<string, unknown>;
  secrets: string[];
} {
  const { password, ...socket } = eventSocket;
  const database = databaseUrl === null ? null : new URL(databaseUrl);
  return {
    configuration: { ...plain, eventSocket: socket, database: database === null ? "private" : database.host },
    secrets: [password ?? "", database?.password ?? "", decodeURIComponent(database?.password ?? "")],
  };
}

/** Secrets never reach the screen or a log, not even wrong ones. */
function shown(name: string, text: string): string {
  return name === "DATABASE_URL" || name.endsWith("PASSWORD") ? "something else" : JSON.stringify(text);
}

function usualDataDir(env: Environment, machine: Machine): string {
  if (machine.isRoot) return "/var/lib/hotline";
  const xdg = env.XDG_DATA_HOME?.trim();
  // The XDG base directory specification: relative paths in it are to be ignored.
  return join(xdg && isAbsolute(xdg) ? xdg : join(machine.homeDir, ".local", "share"), "hotline");
}

function parsePort(text: string): number | undefined {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

function parsePortRange(text: string): { first: number; last: number } | undefined {
  const [first, last, ...rest] = text.split("-").map((part) => parsePort(part.trim()));
  if (first === undefined || last === undefined || rest.length > 0 || last - first < 10) return undefined;
  return { first, last };
}

function parseServers(text: string): readonly string[] | undefined {
  const servers = text.split(",").map((server) => server.trim().toLowerCase());
  const areServers = servers.every((server) => {
    const [, host = "", port = ""] = /^(.+):([0-9]+)$/.exec(server) ?? [];
    return parseHost(host.replace(/^\[(.*)\]$/, "$1")) !== undefined && parsePort(port) !== undefined;
  });
  return areServers ? servers : undefined;
}

function parsePath(text: string): string | undefined {
  return isAbsolute(text) && !/\p{Cc}/u.test(text) ? text : undefined;
}

function parseHost(text: string): string | undefined {
  return isIP(text) > 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(text) ? text : undefined;
}

function parseWebUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === "" && password === "" ? text : undefined;
}

function parseListenHost(text: string): string | null | undefined {
  return text === "0.0.0.0" || text === "::" || text === "*" ? null : parseHost(text);
}

function parseSecret(text: string): string | undefined {
  return /\p{Cc}/u.test(text) ? undefined : text;
}

function parseDatabaseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return ["postgres:", "postgresql:"].includes(url.protocol) && url.pathname.length > 1 ? text : undefined;
}
