/**
 * Tells systemd how the daemon is, as sd_notify(3) does. Node has no datagram sockets of the file system, so systemd's own
 * `systemd-notify` sends each word; the units allow it by `NotifyAccess=all`.
 */
import { execFile } from "node:child_process";

const PROGRAM = "systemd-notify";
const SEND_TIMEOUT_MS = 5_000;

interface NotifyLogger {
  warn(data: Record<string, unknown>, message: string): void;
}

export interface Notifier {
  /** Once: what the unit's start waits for is there. */
  ready(): void;
  /** One line for `systemctl status`. */
  status(text: string): void;
  /** What is to end ends; the watchdog is fed until the process is gone. */
  stopping(): void;
}

/**
 * Inert where systemd has not started us. Feeds the watchdog at half its period from the event loop, so that a daemon that hangs is
 * started anew.
 * @param environment NOTIFY_SOCKET, WATCHDOG_USEC (µs) and WATCHDOG_PID, as sd_notify(3) and sd_watchdog_enabled(3) say
 */
export function notifierOf(environment: NodeJS.ProcessEnv, log: NotifyLogger): Notifier {
  const { NOTIFY_SOCKET, PATH } = environment;
  if (!NOTIFY_SOCKET) return { ready: () => undefined, status: () => undefined, stopping: () => undefined };
  const env = { NOTIFY_SOCKET, ...(PATH === undefined ? {} : { PATH }) };
  let isFailing = false;
  const send = (...words: string[]) => {
    execFile(PROGRAM, words, { env, timeout: SEND_TIMEOUT_MS }, (error) => {
      // Said once and not at each try: it is tried every few seconds.
      if (error !== null && !isFailing) log.warn({ err: error }, "systemd could not be told how it is");
      isFailing = error !== null;
    });
  };
  const periodMs = watchdogPeriodMs(environment);
  if (periodMs !== null) {
    const feed = () => send("WATCHDOG=1");
    setInterval(feed, periodMs / 2).unref();
  }
  return {
    ready: () => send("READY=1"),
    status: (text) => send(`STATUS=${text.replaceAll(/\s+/g, " ")}`),
    stopping: () => send("STOPPING=1"),
  };
}

/** Null when nobody watches, or when another process is watched. */
function watchdogPeriodMs(environment: NodeJS.ProcessEnv): number | null {
  const { WATCHDOG_USEC, WATCHDOG_PID } = environment;
  if (WATCHDOG_PID && WATCHDOG_PID !== `${process.pid}`) return null;
  const periodMs = Number(WATCHDOG_USEC ?? 0) / 1_000;
  return Number.isFinite(periodMs) && periodMs > 0 ? periodMs : null;
}
