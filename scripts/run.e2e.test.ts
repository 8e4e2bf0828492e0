import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { freeTcpPort, freeUdpPort, temporaryDir } from "../src/testing/temporary.ts";
import { until } from "../src/testing/until.ts";

/** `make run` on a fresh machine, with the switch of the suite. */
const START_MS = 120_000;
const RTP_PORTS = "9000-9399";
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Status {
  database: { connected: boolean };
  switch: { connected: boolean };
}

/** Without it the lab switch is taken. Folders of PATH that hold FreeSWITCH are replaced by ones with links to all else in them. */
async function withoutFreeSwitch(path: string, to: string): Promise<string> {
  const folders = await Promise.all(
    path.split(delimiter).map(async (folder, index) => {
      const names = await readdir(folder).catch((): string[] => []);
      if (!names.includes("freeswitch")) return folder;
      const links = join(to, `${index}`);
      await mkdir(links, { recursive: true });
      const others = names.filter((name) => name !== "freeswitch");
      await Promise.all(others.map((name) => symlink(join(folder, name), join(links, name))));
      return links;
    }),
  );
  return folders.join(delimiter);
}

async function start(): Promise<{ child: ChildProcess; origin: string; said: () => string }> {
  const dir = await temporaryDir();
  closers.push(dir.remove);
  const port = await freeTcpPort();
  const { PATH = "", HOME = "/", FREESWITCH_BIN } = process.env;
  const isFreeSwitch = process.env["HOTLINE_E2E_SWITCH"] === "freeswitch";
  const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(new URL("run.ts", import.meta.url))], {
    env: {
      PATH: isFreeSwitch ? PATH : await withoutFreeSwitch(PATH, join(dir.path, "programs")),
      ...{
        HOME,
        HOTLINE_DATA_DIR: join(dir.path, "data"),
        HOTLINE_HTTP_HOST: "127.0.0.1",
        HOTLINE_HTTP_PORT: `${port}`,
      },
      ...{ EVENT_SOCKET_PORT: `${await freeTcpPort()}`, HOTLINE_SIP_HOST: "127.0.0.1", HOTLINE_RTP_PORTS: RTP_PORTS },
      HOTLINE_PHONE_SIP_PORT: `${await freeUdpPort()}`,
      HOTLINE_TRUNK_SIP_PORT: `${await freeUdpPort()}`,
      HOTLINE_TRUNK_TLS_PORT: `${await freeTcpPort()}`,
      ...(isFreeSwitch && FREESWITCH_BIN !== undefined ? { FREESWITCH_BIN } : {}),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
  }
  closers.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  });
  return { child, origin: `http://127.0.0.1:${port}`, said: () => said };
}

const statusOf = async (origin: string) =>
  await fetch(`${origin}/api/status`).then(
    async (response) => (response.ok ? ((await response.json()) as Status) : null),
    () => null,
  );

const untilAllIsThere = async (origin: string) =>
  await until(
    "the panel is served, with switch and database",
    async () => {
      const status = await statusOf(origin);
      return status !== null && status.database.connected && status.switch.connected;
    },
    START_MS,
  );

/** A process that `parent` has started, by its command line. */
async function childOf(parent: ChildProcess, command: RegExp): Promise<number | null> {
  const list = await readFile(`/proc/${parent.pid}/task/${parent.pid}/children`, "utf8");
  for (const pid of list.trim().split(" ").filter(Boolean)) {
    const line = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ");
    if (command.test(line)) return Number(pid);
  }
  return null;
}

const SWITCH = /lab\/main\.ts|freeswitch .*-nonat|\/freeswitch /;
const DAEMON = /src\/main\.ts/;

test("everything starts by one command, what dies is started again, and one signal ends it all", {
  timeout: 300_000,
}, async () => {
  const { child, origin, said } = await start();
  await untilAllIsThere(origin);
  await until("it says where the panel is", () => said().includes(`The panel is at ${origin}`));
  for (const [name, command] of [
    ["the switch", SWITCH],
    ["the daemon", DAEMON],
  ] as const) {
    const before = await childOf(child, command);
    expect(before).not.toBeNull();
    process.kill(before ?? 0, "SIGKILL");
    await until(
      `${name} runs again`,
      async () => {
        const now = await childOf(child, command);
        return now !== null && now !== before;
      },
      START_MS,
    );
    await untilAllIsThere(origin);
  }
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number];
  expect(code).toBe(0);
  expect(await statusOf(origin)).toBeNull();
});
