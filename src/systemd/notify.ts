/**
 * Tells systemd how the daemon is, as sd_notify(3) does. Node has no datagram sockets of the file system, so a few lines of Perl, which is on
 * every Debian, send what they are given; the units allow it by `NotifyAccess=all`. They run as long as the daemon: a program started for each
 * word would come too late for the watchdog on a machine that has no time or whose disk stands still.
 */
import { type ChildProcess, spawn } from "node:child_process";

/** Lines in, datagrams out; ends with whoever writes the lines. An address that begins with @ is one without a file (unix(7)). */
const SENDER = String.raw`use Socket;
$SIG{TERM} = "IGNORE";
my $path = $ENV{NOTIFY_SOCKET};
$path =~ s/^@/\0/;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "$!\n";
while (my $line = <STDIN>) {
  chomp $line;
  defined(send($socket, $line, 0, pack_sockaddr_un($path))) or print STDERR "$!\n";
}`;
/** Each period has several, so that one that is late costs nothing. */
const FEEDS_PER_PERIOD = 5;

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
 * Inert where systemd has not started us. Feeds the watchdog from the event loop, so that a daemon that hangs is started anew.
 * @param environment NOTIFY_SOCKET, WATCHDOG_USEC (µs) and WATCHDOG_PID, as sd_notify(3) and sd_watchdog_enabled(3) say
 */
export function notifierOf(environment: NodeJS.ProcessEnv, log: NotifyLogger): Notifier {
  const { NOTIFY_SOCKET, PATH } = environment;
  if (!NOTIFY_SOCKET) return { ready: () => undefined, status: () => undefined, stopping: () => undefined };
  const env = { NOTIFY_SOCKET, ...(PATH === undefined ? {} : { PATH }) };
  let sender: ChildProcess | null = null;
  let isSaid = false;
  // Once and not at each try: it is tried every few seconds.
  const failed = (error: unknown) => {
    if (!isSaid) log.warn({ err: error }, "systemd could not be told how it is");
    isSaid = true;
  };
  const start = () => {
    const child = spawn("perl", ["-e", SENDER], { env, stdio: ["pipe", "ignore", "pipe"] });
    const gone = () => {
      if (sender === child) sender = null;
    };
    child.on("error", (error) => {
      failed(error);
      gone();
    });
    child.on("exit", gone);
    child.stdin.on("error", gone);
    child.stderr.on("data", (text: Buffer) => failed(new Error(text.toString("utf8").trim())));
    // Nothing is to go on for its sake.
    child.unref();
    for (const pipe of [child.stdin, child.stderr])
      if ("unref" in pipe && typeof pipe.unref === "function") pipe.unref();
    return child;
  };
  const send = (word: string) => {
    sender ??= start();
    sender.stdin?.write(`${word}\n`);
  };
  const periodMs = watchdogPeriodMs(environment);
  if (periodMs !== null) {
    const feed = () => send("WATCHDOG=1");
    setInterval(feed, periodMs / FEEDS_PER_PERIOD).unref();
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
