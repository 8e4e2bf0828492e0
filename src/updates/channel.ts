/** A channel: a small file on a web server that names the newest version, where it lies, and its checksum. The signature is looked at besides. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { statfs } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { z } from "zod";
import { UpdateError } from "./update-error.ts";

const ASK_MS = 20_000;
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

/** @param onPercent told as it goes. @throws UpdateError when it is not what the channel says; the file is then of no use */
export async function fetchBundle(
  { url, bytes, sha256 }: Channel,
  file: string,
  { onPercent, signal }: { onPercent: (percent: number) => void; signal: AbortSignal },
): Promise<void> {
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    throw new UpdateError("channel-away", String(error));
  });
  if (!response.ok || response.body === null) throw new UpdateError("channel-away", `HTTP ${response.status}`);
  const got = await writeStream(response.body, file, { bytes, onPercent, signal });
  if (got.sha256 !== sha256) throw new UpdateError("checksum", got.sha256);
}

/** @param bytes how many are to come. @throws UpdateError */
export async function writeStream(
  stream: globalThis.ReadableStream<Uint8Array>,
  file: string,
  { bytes, onPercent, signal }: { bytes: number; onPercent: (percent: number) => void; signal: AbortSignal },
): Promise<{ sha256: string }> {
  const hash = createHash("sha256");
  let count = 0;
  async function* counted(chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      count += chunk.length;
      if (count > bytes) throw new UpdateError("not-whole", `more than ${bytes} bytes`);
      hash.update(chunk);
      onPercent(Math.floor((count / bytes) * 100));
      yield chunk;
    }
  }
  try {
    const source = Readable.fromWeb(stream as ReadableStream<Uint8Array>);
    await pipeline(source, counted, createWriteStream(file, { mode: 0o600, flush: true }), { signal });
  } catch (error) {
    if (error instanceof UpdateError) throw error;
    const isFull = error instanceof Error && "code" in error && error.code === "ENOSPC";
    throw new UpdateError(isFull ? "no-room" : "not-whole", String(error));
  }
  if (count !== bytes) throw new UpdateError("not-whole", `${count} of ${bytes} bytes`);
  return { sha256: hash.digest("hex") };
}

/** Recordings keep their room. @throws UpdateError */
export async function assertRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes * 1.2) throw new UpdateError("no-room", `${bytes} bytes are needed in ${folder}`);
}
