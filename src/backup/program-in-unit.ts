/** A program that another unit runs for us: its end of the connection is src/box/backup-program.ts. */
import { connect } from "node:net";
import type { BackgroundOptions, ProgramEnd } from "./background-program.ts";
import { BackupError } from "./backup-error.ts";
import { lastOf, lineReader, type ProgramRequest, ProgramWord } from "./program-protocol.ts";

/**
 * Resolves when it has ended, however; our own end ends it too, as the connection does.
 * @throws BackupError `failed` when the unit is not there, does not run that program, or ends before it
 */
export async function runInUnit(
  path: string,
  program: string,
  args: readonly string[],
  { env = {}, cwd = "/", as = null, signal, onLine }: BackgroundOptions,
): Promise<ProgramEnd> {
  const request: ProgramRequest = { program, args: [...args], env: { ...env }, cwd, as };
  let stderr = "";
  let last: Extract<ProgramWord, { type: "end" | "refused" }> | null = null;
  const output = lineReader((line) => onLine?.(line));
  const words = lineReader((line) => {
    const word = ProgramWord.parse(JSON.parse(line));
    if (word.type === "stdout") output.push(word.text);
    else if (word.type === "stderr") stderr = lastOf(`${stderr}${word.text}`);
    else last = word;
  });
  const socket = connect({ path, allowHalfOpen: true });
  let isConnected = false;
  socket.once("connect", () => {
    isConnected = true;
  });
  // It is read below; what cannot be written any more, because the unit has ended, is heard there too.
  socket.on("error", () => undefined);
  socket.write(`${JSON.stringify(request)}\n`);
  // What it still says is read.
  const interrupt = () => socket.end();
  signal?.addEventListener("abort", interrupt);
  if (signal?.aborted) interrupt();
  let failure = "";
  try {
    for await (const text of socket.setEncoding("utf8")) words.push(String(text));
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    failure = `: ${error.message}`;
  } finally {
    signal?.removeEventListener("abort", interrupt);
    socket.destroy();
  }
  output.end();
  return endOf(last, { isConnected, failure, stderr, isAborted: signal?.aborted === true });
}

function endOf(
  last: Extract<ProgramWord, { type: "end" | "refused" }> | null,
  heard: { isConnected: boolean; failure: string; stderr: string; isAborted: boolean },
): ProgramEnd {
  const { isConnected, failure, stderr, isAborted } = heard;
  if (last?.type === "end") return { code: last.code, endedBy: last.signal, stderr };
  if (isAborted) return { code: null, endedBy: null, stderr };
  if (last !== null) throw new BackupError("failed", `the unit hotline-backup does not run it: ${last.why}`);
  if (!isConnected) throw new BackupError("failed", `hotline-backup.socket does not answer${failure}`);
  throw new BackupError("failed", `the unit hotline-backup ended in the middle${failure}. ${stderr}`.trim());
}
