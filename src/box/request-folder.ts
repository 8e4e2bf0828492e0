/**
 * How the daemon and the screen, which run as hotline, ask root: by files in a folder that hotline writes and root empties, and by a state
 * that root writes and everybody reads. Both are in memory: no request outlives a restart.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { BoxAnswer, BoxRequest, BoxState } from "../calls/box.ts";

const LARGEST_BYTES = 16 * 1024;
const ASK_EVERY_MS = 100;
/** Looking whether an address is free takes seconds. */
const ANSWER_MS = 15_000;
/** What a machine that cannot do it says at once. */
const REFUSED_WITHIN_MS = 500;

const requestsIn = (folder: string) => join(folder, "requests");
const stateIn = (folder: string) => join(folder, "state.json");

/** Null: root's service does not run here. */
export async function readBoxState(folder: string): Promise<BoxState | null> {
  const text = await readFile(stateIn(folder), "utf8").catch(nothingThere);
  // Written whole, by root alone.
  return text === null ? null : (JSON.parse(text) as BoxState);
}

export async function writeBoxState(folder: string, state: BoxState): Promise<void> {
  await replaceFile(stateIn(folder), `${JSON.stringify(state)}\n`);
}

/**
 * Asks, and waits for the answer.
 * @param options.isByNetwork a trial of the network that is about to begin is answer enough: no other would reach who asked
 * @returns the request's id with it; `no-answer` when nobody answers in time
 */
export async function askRoot(
  folder: string,
  request: BoxRequest,
  { isByNetwork = false }: { isByNetwork?: boolean } = {},
): Promise<BoxAnswer> {
  const id = randomBytes(16).toString("hex");
  const unanswered: BoxAnswer = { id, problem: "no-answer", fields: {} };
  const path = join(requestsIn(folder), `${id}.json`);
  try {
    await replaceFile(path, JSON.stringify(request));
  } catch (error) {
    if (isSystemError(error)) return unanswered;
    throw error;
  }
  const end = performance.now() + ANSWER_MS;
  let triedSinceMs: number | null = null;
  while (performance.now() < end) {
    const state = await readBoxState(folder);
    const answer = state?.answers.find((one) => one.id === id);
    if (answer !== undefined) return answer;
    if (isByNetwork && state?.trial?.id === id) triedSinceMs ??= performance.now();
    if (triedSinceMs !== null && performance.now() - triedSinceMs > REFUSED_WITHIN_MS)
      return { id, problem: null, fields: {} };
    await pause(ASK_EVERY_MS);
  }
  // What nobody wanted to do now shall not be done some time.
  await rm(path, { force: true });
  return unanswered;
}

export interface TakenRequest {
  id: string;
  /** Whatever stood in the file; null: nothing that can be read. */
  content: unknown;
}

/**
 * For root: the next request, which is deleted before it is done, so that none is done twice. What else lies there is deleted too, but for
 * what is being written at the moment.
 */
export async function takeRequest(folder: string): Promise<TakenRequest | null> {
  for (const name of (await readdir(requestsIn(folder)).catch(nothingThere)) ?? []) {
    const path = join(requestsIn(folder), name);
    const id = /^([0-9a-f]{32})\.json$/.exec(name)?.[1];
    if (id === undefined && /^[0-9a-f]{32}\.json\.new$/.test(name)) continue;
    const content = id === undefined ? null : await readOwnFile(path);
    await rm(path, { force: true, recursive: true });
    if (id !== undefined) return { id, content };
  }
  return null;
}

/** For root: what somebody began to write and never ended. */
export async function clearUnfinished(folder: string): Promise<void> {
  for (const name of (await readdir(requestsIn(folder)).catch(nothingThere)) ?? [])
    if (name.endsWith(".new")) await rm(join(requestsIn(folder), name), { force: true, recursive: true });
}

/** A plain file of a sensible size; a link, a pipe or a device is none, wherever it leads. */
async function readOwnFile(path: string): Promise<unknown> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { size } = await file.stat();
    if (!(await file.stat()).isFile() || size > LARGEST_BYTES) return null;
    return JSON.parse(await file.readFile("utf8")) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError || isSystemError(error)) return null;
    throw error;
  } finally {
    await file?.close();
  }
}

/** Beside, synced, renamed; readable to all, whatever the umask. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, "w", 0o644);
  try {
    await file.chmod(0o644);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

function nothingThere(error: unknown): null {
  if (isSystemError(error)) return null;
  throw error;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("E");
}
