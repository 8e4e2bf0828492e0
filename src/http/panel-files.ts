import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import type { MiddlewareHandler } from "hono";
import type { ApiEnv } from "./deps.ts";

const CONTENT_TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** Vite puts a hash of the content into names below this folder. */
const HASHED = "/assets/";
const NOT_BUILT = "The panel has not been built. Run: npx vite build\n";

/** The built panel. A path of one of its pages gets `index.html`; the panel itself finds the page. */
export function panelFiles(panelDir: string): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (c.req.method !== "GET" && c.req.method !== "HEAD") return await next();
    const path = pathWithin(c.req.path);
    const isHashed = path?.startsWith(HASHED) ?? false;
    const file = path === null ? null : await readIfThere(join(panelDir, path));
    if (path !== null && file !== null) {
      c.header("content-type", CONTENT_TYPES[extname(path)] ?? "application/octet-stream");
      c.header("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
      return c.body(file);
    }
    // A page that asks for an asset of a version that is gone must not get HTML instead.
    if (isHashed || (path !== null && extname(path) !== "")) return c.text("Not found\n", 404);
    const index = await readIfThere(join(panelDir, "index.html"));
    if (index === null) return c.text(NOT_BUILT, 503);
    c.header("content-type", "text/html; charset=utf-8");
    c.header("cache-control", "no-cache");
    return c.body(index);
  };
}

/** Null for what is no plain path or leads out of the folder. */
function pathWithin(requested: string): string | null {
  let path: string;
  try {
    path = decodeURIComponent(requested);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
  const isPlain = !path.includes("\0") && !path.includes("\\") && normalize(path) === path && path.startsWith("/");
  return isPlain && !path.includes("/.") ? path : null;
}

const NOT_A_FILE = new Set(["ENOENT", "EISDIR", "ENOTDIR", "ENAMETOOLONG"]);

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (error instanceof Error && "code" in error && NOT_A_FILE.has(String(error.code))) return null;
    throw error;
  }
}
