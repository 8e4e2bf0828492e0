/**
 * One program of a backup, a drill or a restore, for the daemon at the other end of the socket that is our standard input
 * (hotline-backup@.service): apart from the daemon, so that it is the first to go when memory is short. It ends with the connection, and when
 * we are told to stop. Whatever it wrote goes to the daemon alone; our log has names of programs and signals, nothing of what was asked.
 */
import type { ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { spawnInBackground } from "../backup/background-program.ts";
import {
  isProgramOfBackups,
  lineReader,
  ProgramRequest,
  type ProgramWord,
  parseJson,
} from "../backup/program-protocol.ts";

/** The kernel lets a program have no more than half as many bytes of arguments. */
const LONGEST_REQUEST = 4 * 1024 * 1024;
const ASKED_WITHIN_MS = 30_000;
/** To clear up after an interruption: a lock in a repository far away is a file there to be deleted. */
const CLEARED_UP_WITHIN_MS = 30_000;
/** sd-daemon(3): a notice. */
const NOTICE = "<5>";

const socket = new Socket({ fd: 0, readable: true, writable: true, allowHalfOpen: true });
let child: ChildProcess | null = null;
let outputs: readonly Readable[] = [];
let isInterrupted = false;

function note(what: string): void {
  process.stderr.write(`${NOTICE}${what}\n`);
}

/** What is said faster than the daemon reads it waits in the program. */
function say(word: ProgramWord): void {
  if (socket.writable && !socket.write(`${JSON.stringify(word)}\n`)) for (const output of outputs) output.pause();
}

function sayLast(word: ProgramWord): void {
  say(word);
  socket.end(() => socket.destroy());
}

function interrupt(): void {
  if (isInterrupted) return;
  isInterrupted = true;
  if (child === null) {
    socket.destroy();
    return;
  }
  const interrupted = child;
  interrupted.kill("SIGINT");
  setTimeout(() => {
    interrupted.kill("SIGKILL");
    // A program that it started may hold them still.
    for (const output of outputs) output.destroy();
  }, CLEARED_UP_WITHIN_MS).unref();
}

function start({ program, args, env, cwd, as }: ProgramRequest): void {
  const started = spawnInBackground(program, args, { env, cwd, as });
  child = started;
  outputs = [started.stdout, started.stderr];
  started.stdout.on("data", (text: string) => say({ type: "stdout", text }));
  started.stderr.on("data", (text: string) => say({ type: "stderr", text }));
  started.once("error", (error) => sayLast({ type: "refused", why: error.message }));
  started.once("close", (code, signal) => {
    if (signal !== null && !isInterrupted) note(`${basename(program)} was ended by ${signal}`);
    sayLast({ type: "end", code, signal });
  });
}

function take(line: string): void {
  clearTimeout(patience);
  const { data } = ProgramRequest.safeParse(parseJson(line));
  const why =
    data === undefined ? "the request is not understood" : `${basename(data.program)} is no program of backups`;
  if (data !== undefined && isProgramOfBackups(data.program)) {
    start(data);
    return;
  }
  note(why);
  sayLast({ type: "refused", why });
}

const patience = setTimeout(interrupt, ASKED_WITHIN_MS);
let askedBytes = 0;
let isAsked = false;
const request = lineReader((line) => {
  if (!isAsked) take(line);
  isAsked = true;
});
socket.setEncoding("utf8");
socket.on("data", (text: string) => {
  askedBytes += text.length;
  if (askedBytes > LONGEST_REQUEST) socket.destroy();
  else request.push(text);
});
socket.on("end", interrupt);
// The daemon is gone: it reads nothing any more.
socket.on("error", interrupt);
socket.on("close", () => {
  clearTimeout(patience);
  interrupt();
});
for (const event of ["drain", "close"]) socket.on(event, () => outputs.forEach((output) => output.resume()));
process.on("SIGTERM", interrupt);
// restic's question to whoever locked a repository before the last start, and may be us by now (src/main.ts).
process.on("SIGHUP", () => undefined);
