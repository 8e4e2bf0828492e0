/** What a backup says of itself. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BackupError } from "./backup-error.ts";

export const STAGE = "stage";
export const MANIFEST = "manifest.json";
export const DUMP = "database.dump";

const Manifest = z.object({
  format: z.literal(1),
  version: z.string(),
  createdAt: z.string(),
  /** Where the data directory was: the files lie below it. */
  dataDir: z.string(),
  migrations: z.array(z.string()),
  tables: z.record(z.string(), z.number()),
});
export type Manifest = z.output<typeof Manifest>;

/** @throws BackupError when it is none of ours */
export async function readManifest(stageDir: string): Promise<Manifest> {
  try {
    return Manifest.parse(JSON.parse(await readFile(join(stageDir, MANIFEST), "utf8")));
  } catch (error) {
    throw new BackupError("not-whole", "the backup does not say what it holds", { cause: error });
  }
}
