import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";

/** First and last byte, both inclusive. */
interface ByteRange {
  first: number;
  last: number;
}

/**
 * The one range of a `Range` header (RFC 9110, section 14). `whole`: send everything (no header, another unit, several ranges);
 * `unsatisfiable`: answer 416.
 */
function parseRange(header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return "whole";
  const [, from, to] = match;
  if (from === "") {
    const suffix = Number(to);
    return suffix === 0 || size === 0 ? "unsatisfiable" : { first: Math.max(0, size - suffix), last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < first) return "whole";
  return first >= size ? "unsatisfiable" : { first, last };
}

/** A file or the asked part of it; null when it is not there. */
export async function fileResponse(
  path: string,
  options: { range: string | undefined; contentType: string; headers?: Record<string, string>; isHead?: boolean },
): Promise<Response | null> {
  const size = await sizeOf(path);
  if (size === null) return null;
  const headers = new Headers({
    "content-type": options.contentType,
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
    ...options.headers,
  });
  const range = parseRange(options.range, size);
  if (range === "unsatisfiable") {
    headers.set("content-range", `bytes */${size}`);
    return new Response(null, { status: 416, headers });
  }
  const { first, last } = range === "whole" ? { first: 0, last: size - 1 } : range;
  headers.set("content-length", String(last - first + 1));
  if (range !== "whole") headers.set("content-range", `bytes ${first}-${last}/${size}`);
  const status = range === "whole" ? 200 : 206;
  if (options.isHead || size === 0) return new Response(null, { status, headers });
  const stream = Readable.toWeb(createReadStream(path, { start: first, end: last }));
  return new Response(stream as ReadableStream, { status, headers });
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    const file = await open(path, "r");
    try {
      const found = await file.stat();
      return found.isFile() ? found.size : null;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
