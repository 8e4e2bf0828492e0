import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { access, constants, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { EslConnection } from "./esl-connection.ts";
import { prepareSwitchFiles, type SwitchSettings, switchPaths } from "./generated-config.ts";

class SwitchStartError extends Error {
  override readonly name = "SwitchStartError";
}

export interface RunningSwitch {
  pid: number;
  secret: string;
  /** True until the process has ended, whoever ended it. */
  isRunning(): boolean;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  /** Ends it; by force when it has not ended after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
  /** As a power cut would. */
  kill(): Promise<void>;
}

/** `FREESWITCH_BIN`, else `freeswitch` on PATH; null when there is none. */
export async function findFreeSwitch(environment: NodeJS.ProcessEnv): Promise<string | null> {
  const named = environment["FREESWITCH_BIN"];
  const candidates = named
    ? [named]
    : (environment["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "freeswitch"));
  for (const candidate of candidates) {
    const isThere = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return candidate;
  }
  return null;
}

/** In the foreground, without console, asking no router for open ports. Everything it writes is below `<dataDir>/freeswitch`. */
export function freeSwitchArguments(configurationDir: string, dataDir: string): string[] {
  const { root, recordings } = switchPaths(dataDir);
  const places = {
    conf: configurationDir,
    scripts: join(configurationDir, "scripts"),
    storage: root,
    sounds: root,
    htdocs: root,
    recordings,
    ...Object.fromEntries(
      ["log", "db", "run", "temp", "certs", "cache", "grammar"].map((name) => [name, join(root, name)]),
    ),
  };
  return ["-nf", "-nc", "-nonat", ...Object.entries(places).flatMap(([name, path]) => [`-${name}`, path])];
}

/**
 * Starts FreeSWITCH and resolves when its event socket answers and both SIP profiles run.
 * @throws SwitchStartError when a port is taken, or when it is not there within `deadlineMs`
 */
export async function startFreeSwitch(options: {
  binary: string;
  configurationDir: string;
  settings: SwitchSettings;
  deadlineMs?: number;
}): Promise<RunningSwitch> {
  const { binary, configurationDir, settings } = options;
  await refuseTakenPorts(settings);
  const { secret } = await prepareSwitchFiles(settings);
  // What the switch writes (the expanded configuration with every secret, recordings) is nobody else's: umask 077.
  const child = spawn(
    "/bin/sh",
    ["-c", 'umask 077; exec "$0" "$@"', binary, ...freeSwitchArguments(configurationDir, settings.dataDir)],
    { stdio: ["ignore", "ignore", "pipe"], detached: true },
  );
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-4000);
  });
  const life = { isOver: false };
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      life.isOver = true;
      said += String(error);
      resolve();
    });
    child.once("exit", () => {
      life.isOver = true;
      resolve();
    });
  });
  const signal = async (name: NodeJS.Signals) => {
    if (!life.isOver) child.kill(name);
    await ended;
  };
  const running: RunningSwitch = {
    pid: child.pid ?? 0,
    secret,
    isRunning: () => !life.isOver,
    ended,
    kill: () => signal("SIGKILL"),
    async stop(graceMs = 10_000) {
      const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await signal("SIGTERM");
      clearTimeout(force);
    },
  };
  const deadline = Date.now() + (options.deadlineMs ?? 30_000);
  while (!life.isOver && Date.now() < deadline) {
    if (await answers(settings.eventSocketPort, secret)) return running;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await running.kill();
  const log = await readFile(join(switchPaths(settings.dataDir).root, "log", "freeswitch.log"), "utf8").catch(
    (error: unknown) => String(error),
  );
  throw new SwitchStartError(`FreeSWITCH did not start: ${said}\n${log.split("\n").slice(-15).join("\n")}`);
}

async function answers(port: number, secret: string): Promise<boolean> {
  const connection = new EslConnection({ host: "127.0.0.1", port, secret });
  try {
    await connection.open(2000);
    const profiles = await connection.api("sofia status", 2000);
    return ["internal", "external"].every((name) =>
      new RegExp(`^\\s*${name}\\s+profile\\s.*RUNNING`, "m").test(profiles),
    );
  } catch {
    // Not yet: this is asked until it is, or until the deadline.
    return false;
  } finally {
    connection.close();
  }
}

async function refuseTakenPorts(settings: SwitchSettings): Promise<void> {
  const { sipAddress, eventSocketPort, phonesPort, trunksPort, trunksTlsPort } = settings;
  const taken: string[] = [];
  if (!(await isTcpFree("127.0.0.1", eventSocketPort))) taken.push(`TCP ${eventSocketPort} (event socket)`);
  if (!(await isUdpFree(sipAddress, phonesPort))) taken.push(`UDP ${phonesPort} (phones)`);
  if (!(await isUdpFree(sipAddress, trunksPort))) taken.push(`UDP ${trunksPort} (trunks)`);
  if (!(await isTcpFree(sipAddress, trunksTlsPort))) taken.push(`TCP ${trunksTlsPort} (trunks, TLS)`);
  if (taken.length > 0) throw new SwitchStartError(`taken by another program: ${taken.join(", ")}`);
}

async function isTcpFree(address: string, port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, address);
  return await once(server, "listening").then(
    () => new Promise<boolean>((resolve) => server.close(() => resolve(true))),
    () => false,
  );
}

async function isUdpFree(address: string, port: number): Promise<boolean> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.bind(port, address);
  return await once(socket, "listening").then(
    () => new Promise<boolean>((resolve) => socket.close(() => resolve(true))),
    () => false,
  );
}
