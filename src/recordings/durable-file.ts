/** Files that are really there: what these have done survives a loss of power. */
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Makes the directories from `root` (which exists) down to `path`, mode 0700, and flushes the entries of the new ones. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

/** A new empty file, mode 0600, for reading and writing. What stood there before loses its name, even if somebody still writes to it. */
export async function createAnew(path: string): Promise<FileHandle> {
  await rm(path, { force: true });
  return await open(path, "wx+", 0o600);
}

/** Gives a flushed file its final name. False when `from` is no longer the file that `handle` writes: somebody else began anew. */
export async function publish(handle: FileHandle, from: string, to: string): Promise<boolean> {
  const [mine, named] = await Promise.all([handle.stat(), stat(from)]);
  if (mine.ino !== named.ino || mine.dev !== named.dev) return false;
  await rename(from, to);
  await syncDirectory(dirname(to));
  return true;
}
