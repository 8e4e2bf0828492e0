/** A channel: a small file on a web server that names the newest version, where it lies, and its checksum. The signature is looked at besides. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat, statfs } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { UpdateError } from "./update-error.ts";

const ASK_MS = 20_000;
/** A network that has gone says nothing any more. */
const STALL_MS = 60_000;
/** Without a byte more each time, and after what pause. */
const TRIES = 12;
const PAUSE_MS = 10_000;
/** HTTP's answer with a part. */
const PARTIAL = 206;
const MOST_CHANNEL_CHARACTERS = 10_000;
export const MOST_BUNDLE_BYTES = 4 * 1024 ** 3;

const Channel = z.object({
  version: z.string().regex(/^[0-9A-Za-z.+-]{1,60}$/),
  /** Absolute, or seen from the channel file. */
  url: z.string().max(1_000),
  bytes: z.number().int().positive().max(MOST_BUNDLE_BYTES),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Channel = z.infer<typeof Channel>;

/** @throws UpdateError */
export async function readChannel(address: string): Promise<Channel> {
  const text = await ask(address).catch((error: unknown) => {
    if (error instanceof UpdateError) throw error;
    throw new UpdateError("channel-away", String(error));
  });
  const found = parse(text);
  if (found === null || !URL.canParse(found.url, address)) throw new UpdateError("channel-wrong", text.slice(0, 100));
  const url = new URL(found.url, address);
  if (!["http:", "https:"].includes(url.protocol)) throw new UpdateError("channel-wrong", url.protocol);
  return { ...found, url: url.href };
}

/** @throws UpdateError, and what fetch throws when the server breaks off */
async function ask(address: string): Promise<string> {
  const response = await fetch(address, { signal: AbortSignal.timeout(ASK_MS), redirect: "follow" });
  if (!response.ok || response.body === null) throw new UpdateError("channel-away", `HTTP ${response.status}`);
  const decoder = new TextDecoder();
  let text = "";
  // Leaving the loop ends the connection: an answer may have no end.
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MOST_CHANNEL_CHARACTERS) break;
  }
  return text;
}

function parse(text: string): Channel | null {
  try {
    return Channel.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What a file that comes is watched by. */
interface Watch {
  onPercent: (percent: number) => void;
  signal: AbortSignal;
}

/**
 * A connection that breaks is taken up again where it broke (RFC 9110, 14.2).
 * @param options.pauseMs before it is tried again. @throws UpdateError when it is not what the channel says; the file is then of no use
 */
export async function fetchBundle(
  { url, bytes, sha256 }: Channel,
  file: string,
  { pauseMs = PAUSE_MS, ...watch }: Watch & { pauseMs?: number },
): Promise<void> {
  await rm(file, { force: true });
  for (let triesLeft = TRIES, from = 0; ; ) {
    try {
      await fetchRest(url, file, { ...watch, bytes, from });
      break;
    } catch (error) {
      const isOfNetwork = error instanceof UpdateError && ["channel-away", "not-whole"].includes(error.problem);
      const { size } = await stat(file).catch(() => ({ size: 0 }));
      triesLeft = size > from ? TRIES : triesLeft - 1;
      from = size;
      if (!isOfNetwork || triesLeft === 0 || from >= bytes || watch.signal.aborted) throw error;
    }
    await pause(pauseMs, undefined, { signal: watch.signal }).catch(() => undefined);
  }
  const got = await sha256Of(file);
  if (got !== sha256) throw new UpdateError("checksum", got);
}

/** @param options.from bytes that are there */
async function fetchRest(
  url: string,
  file: string,
  { bytes, from, ...watch }: Watch & { bytes: number; from: number },
): Promise<void> {
  const headers: Record<string, string> = from === 0 ? {} : { range: `bytes=${from}-` };
  const response = await fetch(url, { headers, signal: watch.signal }).catch((error: unknown) => {
    throw new UpdateError("channel-away", reasonOf(error));
  });
  // 4xx: it will say the same the next time.
  if (response.status >= 400 && response.status < 500)
    throw new UpdateError("channel-wrong", `HTTP ${response.status}`);
  if (!response.ok || response.body === null) throw new UpdateError("channel-away", `HTTP ${response.status}`);
  // A server that knows no ranges begins anew.
  await writeStream(response.body, file, { ...watch, bytes, from: response.status === PARTIAL ? from : 0 });
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** fetch says `terminated`, and keeps why for itself. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? `${error}: ${error.cause}` : String(error);
}

/**
 * @param options.bytes how many there are in the end. @param options.from how many are there already. @param options.stallMs without a byte it is
 * given up. @throws UpdateError
 */
export async function writeStream(
  stream: globalThis.ReadableStream<Uint8Array>,
  file: string,
  {
    bytes,
    from = 0,
    onPercent,
    signal,
    stallMs = STALL_MS,
  }: Watch & { bytes: number; from?: number; stallMs?: number },
): Promise<void> {
  let count = from;
  const stalled = new AbortController();
  const stall = setTimeout(() => stalled.abort(), stallMs);
  async function* counted(chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      stall.refresh();
      count += chunk.length;
      if (count > bytes) throw new UpdateError("not-whole", `more than ${bytes} bytes`);
      onPercent(Math.floor((count / bytes) * 100));
      yield chunk;
    }
  }
  try {
    const source = Readable.fromWeb(stream as ReadableStream<Uint8Array>);
    const sink = createWriteStream(file, { mode: 0o600, flush: true, flags: from === 0 ? "w" : "r+", start: from });
    await pipeline(source, counted, sink, { signal: AbortSignal.any([signal, stalled.signal]) });
  } catch (error) {
    if (error instanceof UpdateError) throw error;
    if (stalled.signal.aborted) throw new UpdateError("not-whole", `${count} bytes, and none for ${stallMs} ms`);
    const isFull = error instanceof Error && "code" in error && error.code === "ENOSPC";
    throw new UpdateError(isFull ? "no-room" : "not-whole", reasonOf(error));
  } finally {
    clearTimeout(stall);
  }
  if (count !== bytes) throw new UpdateError("not-whole", `${count} of ${bytes} bytes`);
}

/** Recordings keep their room. @throws UpdateError */
export async function assertRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes * 1.2) throw new UpdateError("no-room", `${bytes} bytes are needed in ${folder}`);
}
