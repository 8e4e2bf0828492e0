/** Disks that are plugged in, as places for backups: to be chosen in the place of typing where they are mounted. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Where USB disks are mounted (hotline-usb@.service), and others by their owner. */
const PLACES = ["/media", "/mnt"];
const USUAL_NAME = "hotline";
/** What restic's repositories hold, all of them. */
const OF_REPOSITORY = ["config", "data", "keys", "snapshots"];

/** @returns of each disk the folders that hold backups, else one to begin with */
export async function findBackupFolders(places: readonly string[] = PLACES): Promise<string[]> {
  const found: string[] = [];
  for (const disk of await disksAt(places)) {
    const repositories: string[] = [];
    for (const folder of [disk, ...(await foldersIn(disk))]) if (await isRepository(folder)) repositories.push(folder);
    found.push(...(repositories.length > 0 ? repositories : [join(disk, USUAL_NAME)]));
  }
  return found;
}

async function disksAt(places: readonly string[]): Promise<string[]> {
  const system = (await stat("/")).dev;
  const disks: string[] = [];
  for (const place of places) {
    for (const folder of [place, ...(await foldersIn(place))]) {
      const device = await stat(folder).then(
        ({ dev }) => dev,
        () => system,
      );
      if (device !== system) disks.push(folder);
    }
  }
  return disks;
}

async function isRepository(folder: string): Promise<boolean> {
  const names = await namesIn(folder);
  return OF_REPOSITORY.every((name) => names.includes(name));
}

/** A disk may be pulled out while it is looked at. */
async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}
