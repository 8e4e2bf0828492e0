import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { NotifySocket } from "../testing/notify-socket.ts";
import { until } from "../testing/until.ts";
import { notifierOf } from "./notify.ts";

const { PATH } = process.env;
const sockets: NotifySocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) await socket.close();
});

async function listen(): Promise<NotifySocket> {
  const socket = await NotifySocket.open();
  sockets.push(socket);
  return socket;
}

function logOf() {
  const warnings: string[] = [];
  return { warnings, log: { warn: (_data: unknown, message: string) => void warnings.push(message) } };
}

test("systemd hears that the daemon is ready, how it is, and that it stops", async () => {
  const systemd = await listen();
  const { log, warnings } = logOf();
  const notifier = notifierOf({ PATH, NOTIFY_SOCKET: systemd.path }, log);
  notifier.status("no switch\nREADY=1 yet");
  await systemd.hears("STATUS=no switch READY=1 yet");
  notifier.ready();
  await systemd.hears("READY=1", 2);
  notifier.stopping();
  await systemd.hears("STOPPING=1");
  expect(systemd.times("WATCHDOG=1")).toBe(0);
  expect(warnings).toEqual([]);
});

test("the watchdog is fed five times in its period, by the process that it watches and by no other", async () => {
  const [watching, other] = [await listen(), await listen()];
  const { log } = logOf();
  const watchdog = { PATH, WATCHDOG_USEC: "1000000" };
  const sinceMs = Date.now();
  notifierOf({ ...watchdog, WATCHDOG_PID: `${process.pid}`, NOTIFY_SOCKET: watching.path }, log);
  notifierOf({ ...watchdog, WATCHDOG_PID: "1", NOTIFY_SOCKET: other.path }, log);
  await watching.hears("WATCHDOG=1", 5);
  expect(Date.now() - sinceMs).toBeGreaterThanOrEqual(5 * 200);
  expect(other.times("WATCHDOG=1")).toBe(0);
});

test("who sends for it is killed: another one does", async () => {
  const systemd = await listen();
  const { log } = logOf();
  const notifier = notifierOf({ PATH, NOTIFY_SOCKET: systemd.path }, log);
  notifier.ready();
  await systemd.hears("READY=1");
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
  for (const pid of children.trim().split(" ").map(Number))
    if ((await readFile(`/proc/${pid}/environ`, "utf8")).includes(`NOTIFY_SOCKET=${systemd.path}`))
      process.kill(pid, "SIGKILL");
  await until("another one sends", () => {
    notifier.status("still here");
    return systemd.times("STATUS=still here") > 0;
  });
});

test("without systemd nothing is said; where it cannot be told, that is logged once", async () => {
  const { log, warnings } = logOf();
  const alone = notifierOf({ PATH }, log);
  alone.ready();
  alone.stopping();
  await pause(200);
  expect(warnings).toEqual([]);

  const told = notifierOf({ PATH: "/nowhere", NOTIFY_SOCKET: "/nowhere/notify" }, log);
  told.ready();
  told.status("here");
  await until("it is logged", () => warnings.length > 0);
  await pause(200);
  expect(warnings).toEqual(["systemd could not be told how it is"]);
});
