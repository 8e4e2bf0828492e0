/** A disk of its own for a test, small enough to be filled: a tmpfs, which only root may mount (`canMount`). */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { temporaryDir } from "./temporary.ts";

const run = promisify(execFile);
const BALLAST = "ballast";
/** What somebody deletes meanwhile is taken soon. */
const FILL_EVERY_MS = 50;
const PIECE = Buffer.alloc(64 * 1024);

export interface SmallDisk {
  path: string;
  /** Takes what is free, again and again until `free`, as somebody else's files would. */
  fill: () => Promise<void>;
  free: () => Promise<void>;
  remove: () => Promise<void>;
}

/** Number of the capability, capabilities(7). */
const CAP_SYS_ADMIN = 21n;

export function canMount(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}

export async function mountSmallDisk(bytes: number): Promise<SmallDisk> {
  const dir = await temporaryDir();
  await run("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=755`, "hotline-test", dir.path]);
  const ballast = join(dir.path, BALLAST);
  let filling: Promise<void> | null = null;
  let emptying: AbortController | null = null;
  const takeAll = async () => {
    const file = await open(ballast, "a", 0o600);
    try {
      for (const piece of [PIECE, PIECE.subarray(0, 4_096)]) while ((await write(file, piece)) === piece.length);
    } finally {
      await file.close();
    }
  };
  const keepFull = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      await takeAll();
      await pause(FILL_EVERY_MS);
    }
  };
  const free = async () => {
    emptying?.abort();
    await filling;
    await rm(ballast, { force: true });
  };
  return {
    path: dir.path,
    fill: async () => {
      emptying = new AbortController();
      await takeAll();
      filling = keepFull(emptying.signal);
    },
    free,
    remove: async () => {
      await free();
      await run("umount", ["-l", dir.path]);
      await dir.remove();
    },
  };
}

/** @returns bytes that still fitted */
async function write(file: Awaited<ReturnType<typeof open>>, piece: Buffer): Promise<number> {
  try {
    return (await file.write(piece)).bytesWritten;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return 0;
    throw error;
  }
}

export async function withSmallDisk(bytes: number, work: (disk: SmallDisk) => Promise<void>): Promise<void> {
  const disk = await mountSmallDisk(bytes);
  try {
    await work(disk);
  } finally {
    await disk.remove();
  }
}
