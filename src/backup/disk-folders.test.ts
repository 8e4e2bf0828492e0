import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findBackupFolders } from "./disk-folders.ts";

/** In memory, and so of another device than the system's disk. */
const MEMORY = "/dev/shm";

test.skipIf(!existsSync(MEMORY))(
  "of each disk the folders that hold backups are offered, or one to begin with",
  async () => {
    const place = await mkdtemp(join(MEMORY, "hotline-disks-"));
    try {
      for (const folder of ["NEW/photos", "OLD/of-the-shop/keys", "OLD/of-the-shop/data", "OLD/of-the-shop/snapshots"])
        await mkdir(join(place, folder), { recursive: true });
      expect(await findBackupFolders([place])).toContain(join(place, "OLD/hotline"));
      await writeFile(join(place, "OLD/of-the-shop/config"), "");
      const found = await findBackupFolders([place, join(place, "none")]);
      // The place itself is on another disk here too.
      expect(found.toSorted()).toEqual(["NEW/hotline", "OLD/of-the-shop", "hotline"].map((name) => join(place, name)));
    } finally {
      await rm(place, { recursive: true });
    }
  },
);

test("folders of the system's own disk are no disks", async () => {
  expect(await findBackupFolders(["/etc"])).toEqual([]);
});
