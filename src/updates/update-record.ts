/**
 * What the daemon, which has no rights, and the programs that root runs tell each other of an update, and what both systems of a box remember
 * of it. The daemon writes requests into its own folder; root's answers stand where the daemon can only read them.
 */
import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { UPDATE_REASONS, UPDATE_STATES } from "../calls/update.ts";

/** Below the data directory; the daemon's. */
export const UPDATE_FOLDER = "update";
export const REQUEST = "request.json";
export const EVIDENCE = "evidence.json";
export const COPY = "before.dump";
export const COPY_FACTS = "before.json";
/** Root's, gone at the next start. */
export const STATUS_FOLDER = "/run/hotline-update";
/** On the partition that both systems share and root alone reads. */
export const RECORD = "/boot/efi/hotline/update.json";

const Slot = z.enum(["A", "B"]);
const Version = z.string().regex(/^[0-9A-Za-z.+-]{1,60}$/);
const Id = z.string().regex(/^[0-9a-f-]{8,40}$/);

/** What was healthy before, and has to be so afterwards. */
const HEALTHY_PARTS = ["database", "switch", "trunks", "synthetic-call"] as const;
export type HealthyPart = (typeof HEALTHY_PARTS)[number];

export const UpdateRequest = z.discriminatedUnion("action", [
  z.object({
    action: z.literal("install"),
    id: Id,
    // Of the daemon's own folder, or of a disk that was plugged in.
    bundle: z
      .string()
      .max(500)
      .regex(/^\/(var\/lib\/hotline\/update|media|mnt)\/[^\p{Cc}]*\.raucb$/u)
      .refine((path) => !path.split("/").includes("..")),
  }),
  z.object({
    action: z.literal("restart"),
    id: Id,
    healthy: z.array(z.enum(HEALTHY_PARTS)).max(HEALTHY_PARTS.length),
    trunks: z.array(z.string().max(100)).max(200),
  }),
]);
export type UpdateRequest = z.infer<typeof UpdateRequest>;

export const UpdateRecord = z.object({
  state: z.enum(UPDATE_STATES),
  from: z.object({ slot: Slot, version: Version }),
  /** The version is null while it is not yet written. */
  to: z.object({ slot: Slot, version: Version.nullable() }),
  atMs: z.number(),
  healthy: z.array(z.enum(HEALTHY_PARTS)),
  trunks: z.array(z.string()),
  reason: z.enum(UPDATE_REASONS).nullable(),
  /** What was not healthy in time, or the last words of what failed. */
  missing: z.array(z.string()),
});
export type UpdateRecord = z.infer<typeof UpdateRecord>;

/** For the daemon, in `status.json`. */
export const UpdateStatus = z.object({
  booted: Slot,
  record: UpdateRecord.nullable(),
  /** Of the request that is being carried out, or was last. */
  request: z
    .object({ id: Id, action: z.enum(["install", "restart"]), percent: z.number().nullable(), isDone: z.boolean() })
    .nullable(),
});
export type UpdateStatus = z.infer<typeof UpdateStatus>;

/** What the new system's daemon found of itself. */
export const Evidence = z.object({
  atMs: z.number(),
  switch: z.boolean(),
  /** Names of those that can carry calls. */
  trunks: z.array(z.string()),
  /** Null: none was made yet. */
  syntheticCall: z.boolean().nullable(),
});
export type Evidence = z.infer<typeof Evidence>;

export const CopyFacts = z.object({ migrations: z.array(z.string()), tables: z.record(z.string(), z.number()) });
export type CopyFacts = z.infer<typeof CopyFacts>;

/** Null when it is not there, or is none. */
export async function readJson<Value>(file: string, shape: z.ZodType<Value>): Promise<Value | null> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return "";
    throw error;
  });
  try {
    return shape.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The old one or the new one is there, whenever the power fails. */
export async function writeJson(file: string, value: unknown, mode: number): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(value)}\n`, { mode: 0o600, flush: true });
  // Whatever the umask is: who is to read it can.
  await chmod(`${file}.new`, mode);
  await rename(`${file}.new`, file);
}

/** @param commandLine the kernel's. Null where no update can be: not a box that was installed from the image. */
export function bootedSlot(commandLine: string): "A" | "B" | null {
  const found = /(?:^|\s)rauc\.slot=([AB])(?:\s|$)/.exec(commandLine)?.[1];
  return found === "A" || found === "B" ? found : null;
}

export const otherSlot = (slot: "A" | "B") => (slot === "A" ? "B" : "A");
export const slotName = (slot: "A" | "B") => (slot === "A" ? "rootfs.0" : "rootfs.1");
